"""One growing evidence file: whole gzip members only, locked while it is open, chained at the end.

`<name>.warc.gz.open` becomes `<name>.warc.gz`. The lock tells a live writer from an orphan.
"""

import fcntl
import hashlib
import os
from pathlib import Path

from crawler.errors import EvidenceError
from crawler.evidence.chain import append_entry, sync_folder

OPEN_ENDING = ".open"


class WarcFile:
    """Appends finished members; after a failed write the file ends at the last whole one."""

    def __init__(self, path: Path) -> None:
        """Create `<path>.open`, locked; `path` is the name it gets when closed.

        Raises:
            EvidenceError: it cannot be created.
        """
        self.path = path
        self.open_path = path.with_name(path.name + OPEN_ENDING)
        self.size = 0
        self.records = 0
        self._digest = hashlib.sha256()
        # Locked before it gets its name, so that nobody takes it for an orphan.
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.open_path.hardlink_to(draft)  # never over a file of another process
            draft.unlink()
        except OSError as error:
            raise self._failure("cannot be created", error) from error

    def append(self, member: bytes) -> int:
        """Write one member and hand it to the system; return its offset.

        Raises:
            EvidenceError: it does not fit; what was written of it is cut off again.
        """
        offset = self.size
        try:
            written = 0
            while written < len(member):
                written += os.write(self._handle, member[written:])
        except OSError as error:
            os.ftruncate(self._handle, offset)
            os.lseek(self._handle, offset, os.SEEK_SET)
            raise self._failure("cannot take another record", error) from error
        self.size += len(member)
        self.records += 1
        self._digest.update(member)
        return offset

    def close(self, *, chain: str, event_head: str) -> None:
        """Sync, chain and rename; what was appended stays readable when any of that fails.

        Raises:
            EvidenceError: the disk is full or gone; the file stays open for the next start.
        """
        try:
            os.fsync(self._handle)
            append_entry(
                self.path.parent.parent,
                name=chain,
                file=f"{self.path.parent.name}/{self.path.name}",
                size=self.size,
                sha256=self._digest.hexdigest(),
                records=self.records,
                event_head=event_head,
            )
            self.open_path.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise self._failure("cannot be closed", error) from error
        finally:
            os.close(self._handle)

    def _failure(self, what: str, error: OSError) -> EvidenceError:
        return EvidenceError(
            f"{self.open_path}: evidence file {what} ({error.strerror}). Make room or check the "
            f"disk, then start the crawl again; it goes on from the last whole record."
        )
