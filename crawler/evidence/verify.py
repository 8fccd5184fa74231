"""Proves that saved evidence is as it was: every byte, every declared length, every chain."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.errors import EvidenceError
from crawler.evidence.chain import (
    FIRST_PREV,
    ChainEntry,
    chain_names,
    entry_files,
    file_sha256,
    read_entry,
)
from crawler.evidence.container import records_of
from crawler.evidence.payload import digest_failures
from crawler.evidence.reader import closed_files
from crawler.evidence.warcfile import OPEN_ENDING

Progress = Callable[[Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that is not as it was; `offset` only where a record is meant."""

    file: Path
    offset: int | None
    what: str

    def __str__(self) -> str:
        at = f", offset {self.offset}" if self.offset is not None else ""
        return f"{self.file}{at}: {self.what}"


@dataclass(slots=True)
class VerifyReport:
    """What was looked at and what is wrong, in the order found."""

    files: int = 0
    records: int = 0
    entries: int = 0
    tombstones: int = 0
    open_files: int = 0
    damages: list[Damage] = field(default_factory=list)

    def merge(self, other: "VerifyReport") -> None:
        for name in ("files", "records", "entries", "tombstones", "open_files"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.damages += other.damages

    def to_dict(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "records": self.records,
            "entries": self.entries,
            "tombstones": self.tombstones,
            "open_files": self.open_files,
            "damages": [
                {"file": str(damage.file), "offset": damage.offset, "what": damage.what}
                for damage in self.damages
            ],
        }

    def add(self, file: Path, what: str, offset: int | None = None) -> None:
        self.damages.append(Damage(file=file, offset=offset, what=what))


def verify(
    evidence_folder: Path,
    *,
    known_heads: Mapping[str, tuple[int, str]] | None = None,
    on_file: Progress | None = None,
) -> VerifyReport:
    """Check every chain and every file of an evidence folder.

    Args:
        known_heads: chain heads that somebody else vouches for (the event log); a chain that no
            longer holds one was cut at its end.
    """
    report = VerifyReport()
    chained: set[str] = set()
    for name in chain_names(evidence_folder):
        chained |= _verify_chain(evidence_folder, name, report, on_file)
    for name, (seq, digest) in (known_heads or {}).items():
        if (seq, digest) not in {known[:2] for known in entry_files(evidence_folder, name)}:
            path = evidence_folder / "chain" / name
            report.add(path, f"entry {seq} ({digest}), which the event log names, is missing")
    for path in closed_files(evidence_folder):
        if path.relative_to(evidence_folder).as_posix() not in chained:
            report.add(path, "is in no chain: put there by somebody else, or its entry is gone")
            verify_file(path, report=report, on_file=on_file)
    report.open_files = len(list(evidence_folder.glob(f"crawl/*{OPEN_ENDING}")))
    return report


def verify_files(paths: Iterable[Path], *, on_file: Progress | None = None) -> VerifyReport:
    """Check the records of single files, and their chain entry where they lie beside chains."""
    report = VerifyReport()
    for path in paths:
        entry = _entry_of(path)
        if entry is not None:
            _compare(path, entry, report)
        verify_file(path, report=report, on_file=on_file)
    return report


def verify_file(path: Path, *, report: VerifyReport, on_file: Progress | None = None) -> None:
    """Read every record of a file: declared lengths and digests against the bytes."""
    if on_file is not None:
        on_file(path)
    report.files += 1
    offset = 0
    try:
        for record in records_of(path):
            report.records += 1
            offset = record.next_offset
            for failure in digest_failures(record):
                report.add(path, f"wrong {failure}", record.offset)
    except EvidenceError as error:
        report.add(path, str(error).removeprefix(f"{path}: "), offset)


def _verify_chain(
    evidence_folder: Path, name: str, report: VerifyReport, on_file: Progress | None
) -> set[str]:
    """Walk one chain; return the files that it names."""
    chained: dict[str, ChainEntry] = {}
    buried: set[str] = set()
    expected_seq, prev = 1, FIRST_PREV
    for seq, digest, path in entry_files(evidence_folder, name):
        report.entries += 1
        try:
            entry = read_entry(path)
        except EvidenceError as error:
            report.add(path, str(error).removeprefix(f"{path}: "))
            expected_seq, prev = seq + 1, digest
            continue
        if entry.digest() != digest or path.read_bytes() != entry.encoded():
            report.add(path, f"entry was changed (expected {digest}, got {entry.digest()})")
        if seq != expected_seq or entry.seq != seq:
            report.add(path, f"expected entry {expected_seq}, got {entry.seq}: one is missing")
        elif entry.prev != prev:
            report.add(path, f"expected the entry before to be {prev}, got {entry.prev}")
        expected_seq, prev = seq + 1, digest
        if entry.kind == "tombstone":
            report.tombstones += 1
            buried.add(entry.file)
        else:
            chained[entry.file] = entry
    for file, entry in chained.items():
        if file not in buried:
            _verify_entry(evidence_folder / file, entry, report, on_file)
    return set(chained)


def _verify_entry(
    path: Path, entry: ChainEntry, report: VerifyReport, on_file: Progress | None
) -> None:
    if not path.exists():
        # Killed between its entry and its renaming: the next start renames it.
        path = path.with_name(path.name + OPEN_ENDING)
        if not path.exists():
            report.add(path.with_name(path.name.removesuffix(OPEN_ENDING)), "is missing")
            return
    _compare(path, entry, report)
    verify_file(path, report=report, on_file=on_file)


def _compare(path: Path, entry: ChainEntry, report: VerifyReport) -> None:
    size = path.stat().st_size
    if size != entry.size:
        report.add(path, f"expected {entry.size} bytes, got {size}")
        return
    sha256 = file_sha256(path)
    if sha256 != entry.sha256:
        report.add(path, f"was changed (expected sha256 {entry.sha256}, got {sha256})")


def _entry_of(path: Path) -> ChainEntry | None:
    """Return a file's chain entry when it lies in an evidence folder."""
    evidence_folder = path.resolve().parent.parent
    file = f"{path.resolve().parent.name}/{path.name}"
    for name in chain_names(evidence_folder):
        for _, _, entry_path in entry_files(evidence_folder, name):
            entry = read_entry(entry_path)
            if entry.file == file and entry.kind == "file":
                return entry
    return None
