"""Takes evidence of other tools in: copied, named by its digest, entered in its chain."""

import hashlib
import os
from pathlib import Path

from crawler.errors import EvidenceError
from crawler.evidence.chain import IMPORTED, append_entry, entries, sync_folder
from crawler.evidence.container import is_wacz, records_of

IMPORT_FOLDER = "imported"
_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 1024 * 1024


def import_file(path: Path, evidence_folder: Path) -> Path:
    """Copy a WARC or WACZ into the evidence folder and return the copy; again changes nothing.

    Raises:
        EvidenceError: its first record cannot be read, or the copy cannot be written.
    """
    ending = _ending(path)
    folder = evidence_folder / IMPORT_FOLDER
    draft = folder / f".import.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sha256, size = _copy(path, draft)
        copy = folder / f"{sha256}{ending}"
        if not copy.exists():
            draft.rename(copy)
            sync_folder(folder)
    except OSError as error:
        raise EvidenceError(
            f"{path}: cannot be copied to {folder} ({error.strerror}). Check space and rights."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    name = f"{IMPORT_FOLDER}/{copy.name}"
    if all(entry.file != name for entry in entries(evidence_folder, IMPORTED)):
        append_entry(
            evidence_folder,
            name=IMPORTED,
            file=name,
            size=size,
            sha256=sha256,
            records=0,
            event_head="",
            note=f"not captured by us; given as {path.name}",
        )
    return copy


def _ending(path: Path) -> str:
    """Tell the kind by the content, and that it can be read at all."""
    try:
        if is_wacz(path):
            ending = ".wacz"
        else:
            with path.open("rb") as stream:
                ending = ".warc.gz" if stream.read(2) == _GZIP_MAGIC else ".warc"
    except OSError as error:
        raise EvidenceError(
            f"{path}: cannot be read ({error.strerror}). Check the path."
        ) from error
    if next(records_of(path), None) is None:
        raise EvidenceError(f"{path}: expected a WARC or WACZ, got an empty file.")
    return ending


def _copy(source: Path, target: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while piece := reading.read(_READ_BYTES):
            digest.update(piece)
            writing.write(piece)
            size += len(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest(), size
