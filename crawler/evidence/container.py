"""The WARCs inside a file: the file itself, or the archives of a WACZ (a zip).

Offsets count through the archives of a WACZ one after another, as if they were one file.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from crawler.errors import EvidenceError
from crawler.evidence.records import RawRecord, iter_records

_ZIP_MAGIC = b"PK\x03\x04"


def is_wacz(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC


def records_of(path: Path, *, offset: int = 0) -> Iterator[RawRecord]:
    """Read the records of a WARC or WACZ from an offset that an earlier record gave.

    Raises:
        EvidenceError: naming file and offset, after all whole records before it.
    """
    try:
        if is_wacz(path):
            yield from _records_of_wacz(path, offset)
        else:
            with path.open("rb") as stream:
                yield from iter_records(stream, offset=offset)
    except EvidenceError as error:
        raise EvidenceError(f"{path}: {error}. The file is cut or was changed.") from error
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _records_of_wacz(path: Path, offset: int) -> Iterator[RawRecord]:
    try:
        with zipfile.ZipFile(path) as archive:
            start = 0
            for entry in _archives(archive):
                end = start + entry.file_size
                if offset < end:
                    with archive.open(entry) as stream:
                        inside = max(0, offset - start)
                        for record in iter_records(stream, offset=inside):  # type: ignore[arg-type]
                            yield record.shifted(start)
                start = end
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise EvidenceError(f"expected a WACZ, got a damaged zip ({error})") from error


def _archives(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    found = [
        entry
        for entry in archive.infolist()
        if entry.filename.startswith("archive/") and entry.filename.endswith((".warc", ".warc.gz"))
    ]
    if not found:
        raise EvidenceError("expected a WACZ with archive/*.warc.gz, got a zip without")
    return sorted(found, key=lambda entry: entry.filename)
