"""Where SQLite may keep its file."""

from pathlib import Path

import pytest

from audit.database_files import filesystem_of, refuse_network_filesystem
from audit.errors import StoreError

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
server:/export /mnt/share nfs4 rw,vers=4.2 0 0
//nas/x /mnt/my\\040share cifs rw 0 0
/dev/sdb1 /mnt/share/local xfs rw 0 0
short line
/dev/sdc1 /数据 btrfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mounts"
    file.write_text(MOUNTS, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/jianwei", "ext4"),
        ("/mnt/share/jianwei/db", "nfs4"),
        ("/mnt/shared", "ext4"),
        ("/mnt/my share/x", "cifs"),
        ("/mnt/share/local/x", "xfs"),
        ("/数据/库", "btrfs"),
    ],
)
def test_deepest_mount_decides(mounts: Path, path: str, kind: str) -> None:
    assert filesystem_of(Path(path), mounts=mounts) == kind


def test_network_filesystem_is_refused_with_what_to_do(mounts: Path) -> None:
    with pytest.raises(StoreError, match=r"this is nfs4\)\. Set 'data' to a local disk"):
        refuse_network_filesystem(Path("/mnt/share/db"), mounts=mounts)
    refuse_network_filesystem(Path("/mnt/share/local/db"), mounts=mounts)


def test_system_without_mounts_is_not_refused(tmp_path: Path) -> None:
    assert filesystem_of(Path("/x"), mounts=tmp_path / "none") == ""
