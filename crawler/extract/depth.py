"""A bound on nesting, because tree builders take quadratic time in it.

Fifty thousand nested `<div>` cost the parser 10 s and the main-text extractor 110 s (measured);
browsers stop at 512 levels. Start tags deeper than the bound become line breaks, so no text goes.
"""

import re

MAX_DEPTH = 200
# A page with fewer tags than this cannot be slow; most pages are never scanned.
_SCAN_FROM_TAGS = 2_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_VOID = (
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    "track wbr"
)
# These close one another, so that a page may well leave them all open; an `a` carries a link.
_SELF_CLOSING = "a p li dt dd option optgroup td th tr tbody thead tfoot colgroup rb rt rp rtc"
_NOT_COUNTED = frozenset(f"{_VOID} {_SELF_CLOSING} html head body script style title".split())
_FORMATTING = frozenset(
    ("b", "big", "code", "em", "font", "i", "s", "small", "span", "strong", "tt", "u")
)


def flatten(html: str) -> str:
    """Return the page with no element nested deeper than `MAX_DEPTH`."""
    if html.count("<") < _SCAN_FROM_TAGS or not _is_deep(html):
        return html
    depth = 0

    def _renamed(match: re.Match[str]) -> str:
        nonlocal depth
        slash, name = match.groups()
        name = name.lower()
        if name in _NOT_COUNTED:
            return match.group()
        if slash:
            depth = max(0, depth - 1)
            return "</wbr" if depth >= MAX_DEPTH else match.group()
        depth += 1
        if depth <= MAX_DEPTH:
            return match.group()
        return "<wbr" if name in _FORMATTING else "<br"

    return _TAG.sub(_renamed, html)


def _is_deep(html: str) -> bool:
    depth = 0
    for slash, name in _TAG.findall(html):
        if name.lower() in _NOT_COUNTED:
            continue
        depth = max(0, depth - 1) if slash else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False
