import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import EvidenceError
from crawler.evidence.chain import entries
from crawler.evidence.reader import closed_files, read_captures
from crawler.evidence.verify import verify
from crawler.evidence.writer import repair_open_files
from tests.crawler.evidence_samples import make_writer, write_page

CHILD = """
import sys, os
from pathlib import Path
from tests.crawler.evidence_samples import make_writer, write_page
writer = make_writer(Path(sys.argv[1]), max_bytes=40_000)
for number in range(100_000):
    print(write_page(writer, number, body=os.urandom(3_000)).capture_id, flush=True)
"""


def _orphan(evidence_folder: Path, pages: int) -> Path:
    """Leave an open file behind whose lock nobody holds any more."""
    writer = make_writer(evidence_folder)
    for number in range(pages):
        write_page(writer, number)
    (path,) = (evidence_folder / "crawl").glob("*.open")
    content = path.read_bytes()
    writer.close()
    (closed,) = closed_files(evidence_folder)
    closed.unlink()
    for entry in (evidence_folder / "chain" / "site").glob("*.json"):
        entry.unlink()
    path.write_bytes(content)
    return path


def test_orphan_is_closed_and_chained(evidence_folder: Path) -> None:
    _orphan(evidence_folder, 3)
    (repair,) = repair_open_files(evidence_folder)
    assert (repair.records, repair.cut_bytes) == (4, 0)
    assert "closed after a stop" in str(repair)
    assert verify(evidence_folder).damages == []
    assert repair_open_files(evidence_folder) == []


def test_orphan_is_cut_at_its_last_whole_record_at_every_length(evidence_folder: Path) -> None:
    path = _orphan(evidence_folder, 2)
    content = path.read_bytes()
    lengths = random.Random(7).sample(range(len(content)), 60)
    for length in [*lengths, 0, 1, len(content) - 1]:
        path.write_bytes(content[:length])
        (repair,) = repair_open_files(evidence_folder)
        kept = closed_files(evidence_folder)
        if repair.records:
            records = list(read_captures(kept[0], evidence_folder=evidence_folder))
            assert len(records) == repair.records - 1
            assert kept[0].stat().st_size == length - repair.cut_bytes
            assert repair.cut_bytes == 0 or "cut off at offset" in repair.note
            kept[0].unlink()
        else:
            assert kept == []
            assert repair.cut_bytes == length


def test_live_file_is_left_alone(evidence_folder: Path) -> None:
    writer = make_writer(evidence_folder)
    write_page(writer)
    assert repair_open_files(evidence_folder) == []
    with pytest.raises(EvidenceError, match="running crawl holds this file"):
        repair_open_files(evidence_folder, skip_live=False)
    write_page(writer, 2)
    writer.close()
    assert verify(evidence_folder).damages == []


def test_file_chained_but_not_renamed_is_only_renamed(evidence_folder: Path) -> None:
    with make_writer(evidence_folder) as writer:
        write_page(writer)
    (closed,) = closed_files(evidence_folder)
    closed.rename(closed.with_name(closed.name + ".open"))
    assert verify(evidence_folder).damages == []
    repair_open_files(evidence_folder)
    assert closed.exists()
    assert len(list(entries(evidence_folder, "site"))) == 1
    assert verify(evidence_folder).damages == []


def test_killed_writer_loses_nothing_that_it_acknowledged(evidence_folder: Path) -> None:
    for moment in (5, 23, 60):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(evidence_folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        acknowledged = {child.stdout.readline().strip() for _ in range(moment)}
        os.kill(child.pid, signal.SIGKILL)
        acknowledged |= {line.strip() for line in child.communicate()[0].splitlines(keepends=True)
                         if line.endswith("\n")}  # fmt: skip
        repair_open_files(evidence_folder)
        found = [
            record.capture.capture_id
            for file in closed_files(evidence_folder)
            for record in read_captures(file, evidence_folder=evidence_folder)
        ]
        assert acknowledged <= set(found)
        assert len(found) == len(set(found))
    assert verify(evidence_folder).damages == []
