"""Progress of a run, read from a ledger that grows under the reader."""

import json
from pathlib import Path

import pytest

from audit.work_progress import RunProgress
from crawler.errors import RunError


def line(url: str, outcome: str) -> bytes:
    return json.dumps({"url": url, "outcome": outcome}).encode() + b"\n"


def append(folder: Path, added: bytes) -> None:
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(added)


def test_run_without_a_ledger_has_no_progress(tmp_path: Path) -> None:
    assert RunProgress(tmp_path / "absent").read()["found"] == 0


def test_lines_are_counted_as_they_come(tmp_path: Path) -> None:
    progress = RunProgress(tmp_path)
    append(tmp_path, line("/a", "fetched") + line("/b", "failed"))
    first = progress.read()
    append(tmp_path, line("/c", "skipped"))

    assert first == {"found": 2, "fetched": 1, "unchanged": 0, "skipped": 0, "failed": 1}
    assert progress.read() == {"found": 3, "fetched": 1, "unchanged": 0, "skipped": 1, "failed": 1}


def test_last_line_of_an_address_counts(tmp_path: Path) -> None:
    progress = RunProgress(tmp_path)
    append(tmp_path, line("/a", "skipped"))
    progress.read()
    append(tmp_path, line("/a", "fetched"))

    assert progress.read() == {"found": 1, "fetched": 1, "unchanged": 0, "skipped": 0, "failed": 0}


def test_line_being_written_waits_until_it_is_whole(tmp_path: Path) -> None:
    progress = RunProgress(tmp_path)
    whole = line("/a", "fetched")
    append(tmp_path, whole[:10])
    assert progress.read()["found"] == 0
    append(tmp_path, whole[10:])

    assert progress.read()["found"] == 1


@pytest.mark.parametrize("added", [b"no json\n", b"[1]\n", b'{"url": "/a"}\n'])
def test_line_that_is_none_of_a_ledger_is_named(tmp_path: Path, added: bytes) -> None:
    append(tmp_path, added)

    with pytest.raises(RunError, match=r"ledger\.jsonl: not a ledger's line"):
        RunProgress(tmp_path).read()
