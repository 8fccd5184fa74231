import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from audit import config
from audit.cli.evidence import evidence_command
from crawler.evidence.reader import closed_files
from tests.crawler.evidence_samples import make_writer, write_page


@pytest.fixture
def evidence_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()
    folder = tmp_path / "evidence"
    for run in ("R1", "R2"):
        with make_writer(folder, run_id=run) as writer:
            write_page(writer)
    return folder


def test_verify_of_a_whole_folder_ends_well(evidence_folder: Path) -> None:
    done = CliRunner().invoke(evidence_command, ["verify", str(evidence_folder), "--json"])
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert (result["files"], result["records"], result["damages"]) == (2, 4, [])


def test_verify_names_the_first_damage_and_exits_1(evidence_folder: Path) -> None:
    file = closed_files(evidence_folder)[1]
    file.write_bytes(file.read_bytes()[:-3])
    for arguments in ([str(evidence_folder)], [str(file)]):
        done = CliRunner().invoke(evidence_command, ["verify", *arguments])
        assert done.exit_code == 1
        assert f"jianwei: {file}" in done.stderr
        assert "发现损坏或改动" in done.stdout


def test_verify_of_a_path_that_is_not_there_says_so(evidence_folder: Path) -> None:
    done = CliRunner().invoke(evidence_command, ["verify", str(evidence_folder / "none")])
    assert done.exit_code == 1
    assert "no such file or folder" in done.stderr


@pytest.mark.django_db
def test_noted_heads_show_a_chain_that_was_cut(evidence_folder: Path) -> None:
    from audit.evidence_heads import note_heads, noted_heads
    from crawler.evidence.chain import entry_files, heads
    from crawler.evidence.verify import verify

    assert note_heads(evidence_folder) == 1
    assert note_heads(evidence_folder) == 0
    assert noted_heads() == heads(evidence_folder)
    entry_files(evidence_folder, "site")[-1][2].unlink()
    closed_files(evidence_folder)[-1].unlink()
    assert verify(evidence_folder).damages == []
    assert verify(evidence_folder, known_heads=noted_heads()).damages
