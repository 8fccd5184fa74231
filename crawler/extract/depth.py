"""A bound on nesting, because tree builders take quadratic time in it.

Fifty thousand nested `<div>` cost the parser 10 s and the main-text extractor 110 s (measured);
browsers stop at 512 levels. Start tags deeper than the bound become line breaks, so no text goes.
"""

import re

MAX_DEPTH = 200
# Unclosed formatting is opened again in every paragraph after it.
MAX_FORMATTING_DEPTH = 24
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
    """Return the page with nothing nested deeper than the bounds."""
    if html.count("<") < _SCAN_FROM_TAGS or not _is_deep(html):
        return html
    depth = _Depth()

    def _renamed(match: re.Match[str]) -> str:
        slash, name = match.groups()
        name = name.lower()
        if name in _NOT_COUNTED:
            return match.group()
        if not depth.is_within(name, closes=bool(slash)):
            return f"<{slash}wbr" if slash or name in _FORMATTING else "<br"
        return match.group()

    return _TAG.sub(_renamed, html)


def _is_deep(html: str) -> bool:
    depth = _Depth()
    return any(
        not depth.is_within(name.lower(), closes=bool(slash))
        for slash, name in _TAG.findall(html)
        if name.lower() not in _NOT_COUNTED
    )


class _Depth:
    """Counts open elements; formatting ones apart, because each paragraph opens them anew."""

    def __init__(self) -> None:
        self._open = {True: 0, False: 0}

    def is_within(self, name: str, *, closes: bool) -> bool:
        """Count a tag; tell whether it lies within the bound of its kind."""
        is_formatting = name in _FORMATTING
        bound = MAX_FORMATTING_DEPTH if is_formatting else MAX_DEPTH
        if closes:
            self._open[is_formatting] = max(0, self._open[is_formatting] - 1)
            return self._open[is_formatting] < bound
        self._open[is_formatting] += 1
        return self._open[is_formatting] <= bound
