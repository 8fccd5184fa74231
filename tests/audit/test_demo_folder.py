"""The demo's folder: continued, started clean, never somebody else's."""

import os
from pathlib import Path

import pytest

from audit.demo_folder import mark, note_not_serving, note_serving, prepare, served_at
from audit.errors import AuditError


def test_complete_demo_is_continued(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert prepare(folder) == 0
    (folder / "kept").touch()
    mark(folder, runs=1, complete=True)

    assert prepare(folder) == 1
    assert (folder / "kept").exists()


@pytest.mark.parametrize("cut", ["", "{", "[]", '{"complete": true}'])
def test_demo_that_was_broken_off_is_started_clean(tmp_path: Path, cut: str) -> None:
    folder = tmp_path / "demo"
    prepare(folder)
    (folder / "old").touch()
    (folder / "demo.json").write_text(cut)

    assert prepare(folder) == 0
    assert not (folder / "old").exists()


def test_folder_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(AuditError, match="was not made by 'jianwei demo'"):
        prepare(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_served_demo_is_known_while_its_process_lives(tmp_path: Path) -> None:
    assert served_at(tmp_path) == ""
    note_serving(tmp_path, "http://127.0.0.1:8800/")
    assert served_at(tmp_path) == "http://127.0.0.1:8800/"
    note_not_serving(tmp_path)
    assert served_at(tmp_path) == ""


def test_dead_process_serves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = os.fork()
    if child == 0:
        note_serving(tmp_path, "http://127.0.0.1:8800/")
        os._exit(0)
    os.waitpid(child, 0)

    assert served_at(tmp_path) == ""
