"""Region codes: what a scope covers, and local zones that have no code of their own kind.

A code of GB/T 2260 covers every code that begins with it once its trailing "00" pairs are taken
off: 150100 covers 1501…, 150000 covers 15…. `regions.csv` lists zones that a bureau watches over
although their code does not begin with its own (or that have only a locally agreed code).
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from audit.errors import ConfigError

ZONES = Path(__file__).with_name("regions.csv")
_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")


def prefix(code: str) -> str:
    """Return the code without its trailing "00" pairs; an empty code covers everything."""
    while len(code) > 2 and code.endswith("00") and len(code) % 2 == 0:
        code = code[:-2]
    return code


def is_code(code: str) -> bool:
    """Tell whether this looks like a region code (6 digits; 9 or 12 for streets and villages)."""
    return _CODE.fullmatch(code) is not None


def read_zones(path: Path) -> dict[str, str]:
    """Read zones: code → the code that it lies within.

    Raises:
        ConfigError: file, line and what is wrong.
    """
    zones: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            code, within = row.get("code") or "", row.get("within") or ""
            where = f"{path.name}, zone {code or '?'}"
            if not is_code(code) or not is_code(within):
                raise ConfigError(f"{where}: expected 6-digit 'code' and 'within'. Got {row}.")
            if code in zones:
                raise ConfigError(f"{where}: stands twice. Remove one.")
            zones[code] = within
    return zones


@cache
def load_zones() -> dict[str, str]:
    """Return the package's zones, read once."""
    return read_zones(ZONES)


def covers(scope: Iterable[str], region: str) -> bool:
    """Tell whether any code of the scope covers the region, by prefix or through its zone."""
    codes = [region] if region else []
    while codes and (within := load_zones().get(codes[-1])) and within not in codes:
        codes.append(within)
    prefixes = tuple(prefix(code) for code in scope)
    return any(code.startswith(prefixes) for code in codes)


def zones_covered(scope: Iterable[str]) -> list[str]:
    """Return the zones that the scope covers, whatever their own codes."""
    codes = list(scope)
    return [zone for zone in load_zones() if covers(codes, zone)]
