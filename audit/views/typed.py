"""What a person typed into an address or a form, made safe to look for in any database."""

from collections.abc import Mapping
from datetime import date

from audit.errors import QueryError

_MAX_CHARS = 500
# Databases and time zones reckon with these years without a fault.
_YEARS = range(1970, 2107)


def texts(values: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return the named values, trimmed and cut; no NUL and no lone surrogate, as databases ask."""
    return {name: text(values.get(name, "")) for name in names}


def text(value: str) -> str:
    """Return one value as `texts` does."""
    plain = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return plain.strip()[:_MAX_CHARS]


def day(typed: str) -> date | None:
    """Return the day that was typed; None for nothing.

    Raises:
        QueryError: it is no day, or one that no record can have.
    """
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise QueryError(
            f"day: expected YYYY-MM-DD from {_YEARS[0]} on, got '{typed}'.",
            zh="日期请写成 2026-11-25 的样子。",
        )
    return found
