"""Hash chains over closed evidence files: small files, each naming the one before it.

One chain per site, and one for imports: `chain/<name>/<seq>-<sha256>.json`, the digest being that
of the entry itself. An entry is never changed; a lawful deletion is an entry of its own.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from crawler.errors import EvidenceError
from crawler.records import Record

FIRST_PREV = "0" * 64
IMPORTED = "imported"
_ENTRY_NAME = re.compile(r"(\d{8})-([0-9a-f]{64})\.json")
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry(Record):
    """What one entry holds; `file` is relative to the evidence folder.

    `event_head` is the head of the application's event log when the file was closed, so that the
    two logs vouch for each other. `note` says what was cut, or why a file was deleted.
    """

    seq: int
    prev: str
    kind: Literal["file", "tombstone"]
    file: str
    size: int
    sha256: str
    records: int
    event_head: str
    at: datetime
    note: str = ""

    def encoded(self) -> bytes:
        """Return the canonical JSON that is hashed and written."""
        plain = json.dumps(
            self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return plain.encode()

    def digest(self) -> str:
        return hashlib.sha256(self.encoded()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the digest of a file, 64 hex digits; the file is streamed."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def chain_folder(evidence_folder: Path, name: str) -> Path:
    return evidence_folder / "chain" / name


def chain_names(evidence_folder: Path) -> list[str]:
    folder = evidence_folder / "chain"
    return sorted(child.name for child in folder.iterdir()) if folder.is_dir() else []


def entry_files(evidence_folder: Path, name: str) -> list[tuple[int, str, Path]]:
    """Return (seq, digest in the name, path) of a chain's entries in order."""
    found = []
    for path in chain_folder(evidence_folder, name).glob("*.json"):
        match = _ENTRY_NAME.fullmatch(path.name)
        if match:
            found.append((int(match.group(1)), match.group(2), path))
    return sorted(found)


def read_entry(path: Path) -> ChainEntry:
    """Read one entry.

    Raises:
        EvidenceError: not readable, or not an entry.
    """
    try:
        return ChainEntry.from_dict(json.loads(path.read_bytes()))
    except Exception as error:
        raise EvidenceError(f"{path}: not a chain entry ({error}). Restore it.") from error


def entries(evidence_folder: Path, name: str) -> Iterator[ChainEntry]:
    for _, _, path in entry_files(evidence_folder, name):
        yield read_entry(path)


def heads(evidence_folder: Path) -> dict[str, tuple[int, str]]:
    """Return by chain name the sequence number and digest of its last entry."""
    found = {}
    for name in chain_names(evidence_folder):
        files = entry_files(evidence_folder, name)
        if files:
            found[name] = files[-1][:2]
    return found


def append_entry(
    evidence_folder: Path,
    *,
    name: str,
    file: str,
    size: int,
    sha256: str,
    records: int,
    event_head: str,
    kind: Literal["file", "tombstone"] = "file",
    note: str = "",
) -> ChainEntry:
    """Put one entry behind a chain's head, synced to disk before it is seen.

    Raises:
        EvidenceError: it cannot be written.
    """
    folder = chain_folder(evidence_folder, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            files = entry_files(evidence_folder, name)
            entry = ChainEntry(
                seq=files[-1][0] + 1 if files else 1,
                prev=files[-1][1] if files else FIRST_PREV,
                kind=kind,
                file=file,
                size=size,
                sha256=sha256,
                records=records,
                event_head=event_head,
                at=datetime.now(UTC),
                note=note,
            )
            write_synced(folder / f"{entry.seq:08d}-{entry.digest()}.json", entry.encoded())
    except OSError as error:
        raise EvidenceError(
            f"{folder}: chain entry for {file} cannot be written ({error.strerror}). Free some "
            f"space; the file is chained when the crawl or ingest starts again."
        ) from error
    return entry


def bury(evidence_folder: Path, *, file: str, actor: str, reason: str, event_head: str) -> None:
    """Delete an evidence file lawfully: a tombstone enters its chain first.

    Raises:
        EvidenceError: the file is in no chain.
    """
    for name in chain_names(evidence_folder):
        for entry in entries(evidence_folder, name):
            if entry.file == file and entry.kind == "file":
                append_entry(
                    evidence_folder,
                    name=name,
                    file=file,
                    size=entry.size,
                    sha256=entry.sha256,
                    records=entry.records,
                    event_head=event_head,
                    kind="tombstone",
                    note=f"{actor}: {reason}",
                )
                (evidence_folder / file).unlink(missing_ok=True)
                return
    raise EvidenceError(f"{file}: in no chain under {evidence_folder}. Check the name.")


def write_synced(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
