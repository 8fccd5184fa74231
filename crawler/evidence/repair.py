"""Closes evidence files that a killed process left open: cut at the last whole record."""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import EvidenceError
from crawler.evidence.chain import append_entry, chain_names, entries, sync_folder
from crawler.evidence.records import iter_records
from crawler.evidence.warcfile import OPEN_ENDING

log = logging.getLogger(__name__)

_CRAWLER_FIELD = b"jianwei-site: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What became of one orphan; `file` is its closed name, `cut_bytes` what was cut off."""

    file: Path
    records: int
    cut_bytes: int
    note: str

    def __str__(self) -> str:
        return f"{self.file.name}: {self.note}"


def repair_open_files(folder: Path, *, skip_live: bool = True) -> list[Repair]:
    """Close every orphan below a folder; files that a live process holds are left alone.

    Raises:
        EvidenceError: an orphan cannot be closed, or a live file is met without `skip_live`.
    """
    repairs = []
    for path in sorted(folder.rglob(f"*.warc.gz{OPEN_ENDING}")):
        with _owned(path) as handle:
            if handle is not None:
                repairs.append(_close_orphan(path, handle))
            elif not skip_live:
                raise EvidenceError(f"{path}: a running crawl holds this file. Stop it first.")
    return repairs


@contextmanager
def _owned(path: Path) -> Iterator[int | None]:
    """Hold the file's lock; yields None when somebody else does or closed it meanwhile."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = path.stat().st_ino == os.fstat(handle).st_ino
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        yield handle if is_ours else None
    finally:
        os.close(handle)


def _close_orphan(path: Path, handle: int) -> Repair:
    closed = path.with_name(path.name.removesuffix(OPEN_ENDING))
    size = os.fstat(handle).st_size
    end, records, site_id, why = _whole_part(path)
    try:
        if records == 0:
            path.unlink()
            note = f"orphan without a whole record removed ({size} bytes)"
            return _noted(Repair(file=closed, records=0, cut_bytes=size, note=note))
        os.ftruncate(handle, end)
        os.fsync(handle)
        note = f"closed after a stop at {records} records"
        if end < size:
            note += f", {size - end} bytes cut off at offset {end} ({why})"
        _chain(closed, path, end, records, site_id, note)
        path.rename(closed)
        sync_folder(closed.parent)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be closed ({error.strerror}). Make room.") from error
    return _noted(Repair(file=closed, records=records, cut_bytes=size - end, note=note))


def _noted(repair: Repair) -> Repair:
    log.warning("Evidence file repaired", extra={"file": repair.file.name, "what": repair.note})
    return repair


def _whole_part(path: Path) -> tuple[int, int, str, str]:
    """Return where the last whole record ends, how many there are, the site, and what follows."""
    end = records = 0
    site_id, why = "unknown", "nothing"
    try:
        with path.open("rb") as stream:
            for record in iter_records(stream):
                end, records = record.next_offset, records + 1
                if record.record_type == "warcinfo":
                    for line in record.block.splitlines():
                        if line.startswith(_CRAWLER_FIELD):
                            site_id = line[len(_CRAWLER_FIELD) :].decode()
    except EvidenceError as error:
        why = str(error)
    return end, records, site_id, why


def _chain(closed: Path, path: Path, size: int, records: int, site_id: str, note: str) -> None:
    """Enter the file in its chain, unless the process died between that and the renaming."""
    evidence_folder = closed.parent.parent
    name = f"{closed.parent.name}/{closed.name}"
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1024 * 1024):
            digest.update(piece)
    if site_id in chain_names(evidence_folder) and any(
        entry.file == name and entry.sha256 == digest.hexdigest()
        for entry in entries(evidence_folder, site_id)
    ):
        return
    append_entry(
        evidence_folder,
        name=site_id,
        file=name,
        size=size,
        sha256=digest.hexdigest(),
        records=records,
        event_head="",
        note=note,
    )
