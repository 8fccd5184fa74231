"""What a person typed into an address or a form, made safe to look for in any database."""

from collections.abc import Mapping

_MAX_CHARS = 500


def texts(values: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return the named values, trimmed and cut; no NUL and no lone surrogate, as databases ask."""
    return {name: text(values.get(name, "")) for name in names}


def text(value: str) -> str:
    """Return one value as `texts` does."""
    plain = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return plain.strip()[:_MAX_CHARS]
