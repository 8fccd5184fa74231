"""Names of regions for people, from `region_names.csv` (source: `region_names.NOTICE.md`)."""

import csv
from functools import cache
from pathlib import Path

from audit.errors import ConfigError
from audit.regions import ZONES, is_code

NAMES = Path(__file__).with_name("region_names.csv")


def read_names(path: Path) -> dict[str, str]:
    """Read names by code from a table with the columns `code` and `name`.

    Raises:
        ConfigError: file, code and what is wrong.
    """
    names: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            code, name = row.get("code") or "", (row.get("name") or "").strip()
            if not is_code(code) or not name or code in names:
                raise ConfigError(
                    f"{path.name}, region {code or '?'}: expected a 6-digit 'code', once, and a"
                    f" 'name'. Got {row}."
                )
            names[code] = name
    return names


@cache
def load_names() -> dict[str, str]:
    """Return the names of regions and of local zones, read once."""
    return read_names(NAMES) | read_names(ZONES)


def region_zh(code: str) -> str:
    """Return the name of a region; the code itself when nobody named it, 未定 without a code."""
    return load_names().get(code, code) if code else "未定"
