"""What SQLite needs of the file system: locks that work, and one process that makes the tables."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import StoreError

# Locks and shared memory of SQLite's WAL mode do not work over these (sqlite.org/wal.html, 2).
NETWORK_FILESYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)
_MOUNTS = Path("/proc/mounts")
_OCTAL = re.compile(r"\\([0-7]{3})")


def filesystem_of(path: Path, *, mounts: Path = _MOUNTS) -> str:
    """Return the type of the file system that `path` (or its nearest existing parent) lies on.

    An empty string where the system does not tell.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    target = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        depth = len(point.parts)
        if target.is_relative_to(point) and depth >= best:
            best, kind = depth, fields[2]
    return kind


def refuse_network_filesystem(file: Path, *, mounts: Path = _MOUNTS) -> None:
    """Check that SQLite may keep its file there.

    Raises:
        StoreError: the folder lies on a network file system.
    """
    kind = filesystem_of(file, mounts=mounts)
    if kind in NETWORK_FILESYSTEMS:
        raise StoreError(
            f"{file}: SQLite cannot be kept on a network file system (this is {kind})."
            " Set 'data' to a local disk, or use PostgreSQL through 'database_url'."
        )


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` for the block; waits for another holder."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
