"""The legal basis as dated data: what may be cited on a given day."""

import calendar
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from classifier.errors import DataError
from classifier.strict_yaml import check_keys, nearest, read_yaml, text_of, texts_of

Level = Literal["law", "regulation", "rule", "normative_document", "policy", "local"]
Confidence = Literal["high", "medium", "low"]

LAW_FOLDER = Path(__file__).parent / "data" / "law"
UNVERIFIED_ZH = "待核实"
# Asked without a day, the answer is the latest known law.
LATEST = date.max

_INSTRUMENT_KEYS = ("title", "number", "issuer", "level", "provisions")
_PROVISION_KEYS = (
    "id",
    "number",
    "effective",
    "ended",
    "gist",
    "penalty",
    "confidence",
    "labels",
    "source_urls",
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One citable clause. `number` is its place in the instrument, as printed there.

    `effective` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None when the day is not known.
    """

    id: str
    instrument: str
    document_number: str | None
    issuer: str
    level: Level
    number: str
    effective: str | None
    ended: str | None
    gist: str
    penalty: str | None
    confidence: Confidence
    labels: tuple[str, ...]
    source_urls: tuple[str, ...]

    @property
    def is_verified(self) -> bool:
        return self.confidence == "high" and self.effective is not None

    @property
    def note(self) -> str:
        """What the reviewer must see beside the clause: `待核实`, or nothing."""
        return "" if self.is_verified else UNVERIFIED_ZH

    def in_force(self, on: date) -> bool:
        """Say whether the clause was in force on that day; without a known start it never is.

        A partial date counts from the end of its period (2021-11 from 30 November 2021), for the
        start as for the end; the day of the end itself is the first day out of force.
        """
        if self.effective is None or on < last_day(self.effective, where=self.id):
            return False
        return self.ended is None or on < last_day(self.ended, where=self.id)


def last_day(text: str, *, where: str) -> date:
    """Return the last day of a full or partial date (YYYY, YYYY-MM, YYYY-MM-DD).

    Raises:
        DataError: the text is no such date.
    """
    parts = _DATE.fullmatch(text)
    if parts is None:
        raise DataError(f"{where}: expected YYYY, YYYY-MM or YYYY-MM-DD. Got {text!r}.")
    year, month = int(parts[1]), int(parts[2] or 12)
    try:
        day = int(parts[3] or calendar.monthrange(year, month)[1])
        return date(year, month, day)
    except (calendar.IllegalMonthError, ValueError) as error:
        raise DataError(f"{where}: {text!r} is no date ({error}).") from error


def _optional_text(entry: Mapping[str, Any], key: str, where: str) -> str | None:
    return None if entry[key] is None else text_of(entry, key, where=where)


def _choice(entry: Mapping[str, Any], key: str, allowed: tuple[str, ...], where: str) -> Any:
    if entry[key] not in allowed:
        hint = nearest(str(entry[key]), allowed)
        raise DataError(f"{where}: '{key}' must be one of {allowed}. Got {entry[key]!r}.{hint}")
    return entry[key]


def _provision(entry: Mapping[str, Any], instrument: Mapping[str, Any], where: str) -> Provision:
    check_keys(entry, where=where, required=_PROVISION_KEYS)
    provision = Provision(
        id=text_of(entry, "id", where=where),
        instrument=text_of(instrument, "title", where=where),
        document_number=_optional_text(instrument, "number", where),
        issuer=text_of(instrument, "issuer", where=where),
        level=_choice(instrument, "level", get_args(Level), where),
        number=text_of(entry, "number", where=where),
        effective=_optional_text(entry, "effective", where),
        ended=_optional_text(entry, "ended", where),
        gist=text_of(entry, "gist", where=where),
        penalty=_optional_text(entry, "penalty", where),
        confidence=_choice(entry, "confidence", get_args(Confidence), where),
        labels=texts_of(entry, "labels", where=where),
        source_urls=texts_of(entry, "source_urls", where=where),
    )
    for day in (provision.effective, provision.ended):
        if day is not None:
            last_day(day, where=where)
    return provision


def read_law(folder: Path) -> dict[str, Provision]:
    """Read every instrument of a folder.

    Raises:
        DataError: file, entry, what is wrong; or two provisions with one id.
    """
    law: dict[str, Provision] = {}
    for path in sorted(folder.glob("*.yml")):
        instrument = read_yaml(path)
        if not isinstance(instrument, dict):
            raise DataError(f"{path.name}: expected one instrument (title, number, provisions…).")
        check_keys(instrument, where=path.name, required=_INSTRUMENT_KEYS)
        for entry in instrument["provisions"]:
            provision = _provision(entry, instrument, f"law/{path.name}, {entry.get('id')}")
            if provision.id in law:
                raise DataError(f"law/{path.name}: id '{provision.id}' stands twice. Rename one.")
            law[provision.id] = provision
    return law


@cache
def load_law() -> dict[str, Provision]:
    """Return every provision of the package by id, read once."""
    return read_law(LAW_FOLDER)


@cache
def law_version() -> str:
    """Return a short digest of the law files."""
    digest = hashlib.sha256()
    for path in sorted(LAW_FOLDER.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"law-{digest.hexdigest()[:12]}"


def provisions(ids: Iterable[str], *, on: date) -> list[Provision]:
    """Return those of the provisions that were in force on that day, in the order given.

    Raises:
        DataError: an unknown id.
    """
    law = load_law()
    found = []
    for provision_id in ids:
        if provision_id not in law:
            hint = nearest(provision_id, law)
            raise DataError(f"law: unknown provision '{provision_id}'.{hint}")
        if law[provision_id].in_force(on):
            found.append(law[provision_id])
    return found
