"""Build `data/law/*.yml`, one file per instrument, from a legal_basis.yaml.

Run as `python -m classifier.build_law legal_basis.yaml [FOLDER]`. Running it again gives the same
files; a file whose instrument has gone from the source is left, for repealed law stays citable.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from classifier.errors import DataError
from classifier.law import LAW_FOLDER
from classifier.strict_yaml import check_keys, nearest, read_entries

INSTRUMENTS_FILE = Path(__file__).parent / "data" / "instruments.yml"
_SOURCE_KEYS = (
    "id",
    "instrument",
    "document_number",
    "article",
    "effective",
    "labels",
    "summary_zh",
    "penalty_zh",
    "confidence",
    "source_urls",
)


def _provision(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "number": entry["article"],
        "effective": None if entry["effective"] is None else str(entry["effective"]),
        "ended": None if entry.get("ended") is None else str(entry["ended"]),
        "gist": entry["summary_zh"],
        "penalty": entry["penalty_zh"],
        "confidence": entry["confidence"],
        "labels": list(entry["labels"]),
        "source_urls": list(entry["source_urls"]),
    }


def instruments_from(source: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return file stem → instrument with its provisions, in the order of the source.

    Raises:
        DataError: an unknown key, or an instrument that instruments.yml does not describe.
    """
    described = {entry["title"]: entry for entry in read_entries(INSTRUMENTS_FILE)}
    built: dict[str, dict[str, Any]] = {}
    for entry in source:
        where = f"legal basis, {entry.get('id', 'entry without id')}"
        check_keys(entry, where=where, required=_SOURCE_KEYS, optional=("ended",))
        title = entry["instrument"]
        if title not in described:
            hint = nearest(title, described)
            raise DataError(f"{where}: add '{title}' to {INSTRUMENTS_FILE.name}.{hint}")
        about = described[title]
        instrument = built.setdefault(
            about["file"],
            {
                "title": title,
                "number": entry["document_number"],
                "issuer": about["issuer"],
                "level": about["level"],
                "provisions": [],
            },
        )
        instrument["provisions"].append(_provision(entry))
    return built


def build_law(source: Path, folder: Path = LAW_FOLDER) -> int:
    """Write the files and return the number of provisions."""
    built = instruments_from(read_entries(source))
    folder.mkdir(parents=True, exist_ok=True)
    for stem, instrument in built.items():
        text = yaml.safe_dump(instrument, allow_unicode=True, sort_keys=False, width=100)
        (folder / f"{stem}.yml").write_text(text, encoding="utf-8")
    return sum(len(instrument["provisions"]) for instrument in built.values())


if __name__ == "__main__":
    build_law(Path(sys.argv[1]), *(Path(folder) for folder in sys.argv[2:3]))
