"""Run a costly pattern only near the characters that each of its matches must hold."""

import re
from collections.abc import Iterator
from functools import cache


@cache
def compiled(source: str) -> re.Pattern[str]:
    """Compile a pattern when a text first needs it: most short texts need few."""
    return re.compile(source)


def matches_near(
    source: str, text: str, anchors: re.Pattern[str], *, before: int, after: int
) -> Iterator[re.Match[str]]:
    """Give the matches within so many characters before and after an anchor, in order."""
    low = high = -1
    for anchor in anchors.finditer(text):
        if anchor.start() - before > high:
            if high >= 0:
                yield from compiled(source).finditer(text, low, high)
            low = max(0, high, anchor.start() - before)
        high = anchor.end() + after
    if high >= 0:
        yield from compiled(source).finditer(text, low, high)
