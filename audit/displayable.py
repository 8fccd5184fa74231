"""Makes crawled words fit to be shown: what could mislead the eye or break the page is replaced."""

import re
from typing import Any

REPLACEMENT = "\ufffd"
# Control characters, marks that turn the reading direction, lone surrogates, non-characters. Each
# becomes one replacement character, so that offsets still hold.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]"
)


def displayable(text: str) -> str:
    """Return the text with each unfit character replaced, one for one."""
    return _UNFIT.sub(REPLACEMENT, text)


def displayable_values(value: Any) -> Any:
    """Return plain JSON-like values with every text in them displayable."""
    if isinstance(value, str):
        return displayable(value)
    if isinstance(value, dict):
        return {key: displayable_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [displayable_values(item) for item in value]
    return value
