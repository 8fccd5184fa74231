"""Read the data files strictly: a wrong key or kind names the file, the entry and what to do.

The package's own YAML is also kept as one JSON file (`python -m classifier.build_data`), because
importing and running the YAML parser takes a fifth of the time in which the command must start. A
file that differs from its JSON is parsed.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from classifier.errors import DataError

DATA_FOLDER = Path(__file__).parent / "data"
PARSED_FILE = DATA_FOLDER / "parsed_yaml.json"


def read_yaml(path: Path) -> Any:
    """Return the parsed file.

    Raises:
        DataError: the file cannot be read or is not YAML.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read ({error}). Restore the file.") from error
    kept = _kept().get(hashlib.sha256(content).hexdigest())
    return parse_yaml(content, where=path.name) if kept is None else json.loads(kept)


def parse_yaml(content: bytes, *, where: str) -> Any:
    """Parse YAML, whatever is kept of it.

    Raises:
        DataError: it is not YAML in UTF-8.
    """
    import yaml

    # libyaml reads the tables ten times faster; the pure loader is the fall-back of PyYAML itself.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(content.decode("utf-8"), Loader=loader)  # noqa: S506 (safe loader)
    except (ValueError, yaml.YAMLError) as error:
        raise DataError(f"{where}: cannot be read ({error}). Restore the file.") from error


@cache
def _kept() -> dict[str, str]:
    """Return sha256 of a YAML file → the same as JSON text; empty without the JSON file."""
    try:
        kept: dict[str, str] = json.loads(PARSED_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(
            f"{PARSED_FILE.name}: cannot be read ({error}). Run 'python -m classifier.build_data'."
        ) from error
    return kept


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Return the file's list of mappings.

    Raises:
        DataError: as `read_yaml`, or the file is not a list of mappings.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DataError(f"{path.name}: expected a list of entries ('- id: …').")
    return entries


def nearest(name: str, known: Collection[str]) -> str:
    """Return " Did you mean 'x'?" for the closest known name, else an empty string."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def check_keys(
    entry: Mapping[str, Any],
    *,
    where: str,
    required: Collection[str],
    optional: Collection[str] = (),
) -> None:
    """Refuse a missing or an unknown key.

    Raises:
        DataError: names the key and, for an unknown one, its nearest relative.
    """
    for key in entry:
        if key not in required and key not in optional:
            hint = nearest(str(key), [*required, *optional])
            raise DataError(f"{where}: unknown key '{key}'.{hint}")
    for key in required:
        if key not in entry:
            raise DataError(f"{where}: key '{key}' is missing. Add it.")


def text_of(entry: Mapping[str, Any], key: str, *, where: str) -> str:
    """Return a value that must be a non-empty string."""
    value = entry[key]
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: '{key}' must be a non-empty string. Got {value!r}; quote it.")
    return value


def texts_of(entry: Mapping[str, Any], key: str, *, where: str) -> tuple[str, ...]:
    """Return a value that must be a list of non-empty strings; an absent key is an empty list."""
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise DataError(f"{where}: '{key}' must be a list of strings. Got {value!r}.")
    return tuple(value)
