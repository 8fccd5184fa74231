"""A bound on the attributes of one tag: the parser takes quadratic time in them.

A hundred thousand attributes in one tag cost it 86 s (measured); no page needs five hundred.
"""

import re

MAX_ATTRIBUTES = 500
# A smaller page cannot hold enough attributes to be slow.
_SCAN_FROM_CHARS = 64 * 1024
_SUSPECT_CHARS = 3_000

# A quote counts only after an equals sign, as for the parser. Possessive: the scan is linear.
_TAG = re.compile(r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?)*+>?""")
_NAME = re.compile(r"<[a-zA-Z][^\s/>]{0,30}")
_ATTRIBUTE = re.compile(r"""[\s/"'][^\s/>"'=]""")


def without_attribute_floods(html: str) -> str:
    """Return the page with the attributes dropped of every tag that has too many."""
    if len(html) < _SCAN_FROM_CHARS:
        return html
    kept: list[str] = []
    done = 0
    for tag in _TAG.finditer(html):
        start, end = tag.span()
        if end - start > _SUSPECT_CHARS and _is_flooded(tag.group()):
            name = _NAME.match(html, start)
            kept += [html[done:start], name.group() if name else "", ">"]
            done = end
    return "".join([*kept, html[done:]]) if kept else html


def _is_flooded(tag: str) -> bool:
    return sum(1 for _ in _ATTRIBUTE.finditer(tag)) > MAX_ATTRIBUTES
