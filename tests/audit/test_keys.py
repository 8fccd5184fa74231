"""The secret key and the hash of contacts."""

import subprocess
import sys
from pathlib import Path

import pytest

from audit import config
from audit.errors import ConfigError
from audit.keys import KEY_FILE, contact_hash, secret_key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    monkeypatch.delenv("JIANWEI_SECRET_KEY", raising=False)
    config.forget()
    return tmp_path


def test_key_is_made_once_for_its_user_alone(folder: Path) -> None:
    key = secret_key()
    assert len(key) == 64
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert secret_key() == key == (folder / KEY_FILE).read_text(encoding="ascii")
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_agree_on_one_key(folder: Path) -> None:
    script = "from audit.keys import secret_key; print(secret_key())"
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate(timeout=60)[0].strip() for process in running}
    assert keys == {(folder / KEY_FILE).read_text(encoding="ascii")}


def test_configured_key_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_SECRET_KEY", "of the office")
    config.forget()
    assert secret_key() == "of the office"
    assert not (folder / KEY_FILE).exists()


def test_empty_key_file_is_refused(folder: Path) -> None:
    (folder / KEY_FILE).write_text("\n", encoding="ascii")
    with pytest.raises(ConfigError, match="expected the secret key, got an empty file"):
        secret_key()


def test_hash_depends_on_contact_and_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = contact_hash("phone:13800000000")
    assert one == contact_hash("phone:13800000000")
    assert one != contact_hash("qq:13800000000")
    monkeypatch.setenv("JIANWEI_SECRET_KEY", "another")
    config.forget()
    assert contact_hash("phone:13800000000") != one
