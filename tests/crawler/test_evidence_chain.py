import json
import shutil
from pathlib import Path

import pytest

from crawler.errors import EvidenceError
from crawler.evidence.chain import FIRST_PREV, bury, entries, entry_files, heads, read_entry
from crawler.evidence.reader import closed_files
from crawler.evidence.verify import verify, verify_files
from tests.crawler.evidence_samples import make_writer, write_page


@pytest.fixture
def filled(evidence_folder: Path) -> Path:
    """Evidence of three files of one site and one of another."""
    for run in ("R1", "R2", "R3"):
        with make_writer(evidence_folder, run_id=run, event_head=f"head-{run}") as writer:
            write_page(writer, 1)
            write_page(writer, 2)
    with make_writer(evidence_folder, run_id="R4", site_id="other") as writer:
        write_page(writer)
    return evidence_folder


def _damages(evidence_folder: Path, **arguments) -> list[str]:
    return [str(damage) for damage in verify(evidence_folder, **arguments).damages]


def test_entries_name_the_one_before_and_the_event_head(filled: Path) -> None:
    chain = list(entries(filled, "site"))
    assert [entry.seq for entry in chain] == [1, 2, 3]
    assert chain[0].prev == FIRST_PREV
    assert chain[1].prev == chain[0].digest()
    assert [entry.event_head for entry in chain] == ["head-R1", "head-R2", "head-R3"]
    assert heads(filled)["site"] == (3, chain[2].digest())
    assert heads(filled).keys() == {"site", "other"}


def test_untouched_evidence_is_whole(filled: Path) -> None:
    report = verify(filled, known_heads=heads(filled))
    assert (report.files, report.records, report.entries, report.damages) == (4, 11, 4, [])


@pytest.mark.parametrize("place", [0, 30, 400, -1, -9])
def test_one_changed_byte_is_named(filled: Path, place: int) -> None:
    file = closed_files(filled)[1]
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    damages = _damages(filled)
    assert str(file) in damages[0]
    assert "was changed" in damages[0]


def test_cut_added_missing_and_strange_files_are_named(filled: Path) -> None:
    first, second, third, _ = closed_files(filled)
    first.write_bytes(first.read_bytes()[:-5])
    second.write_bytes(second.read_bytes() + b"x")
    third.unlink()
    strange = filled / "crawl" / "zz.warc.gz"
    shutil.copy(closed_files(filled)[-1], strange)
    damages = "\n".join(_damages(filled))
    assert f"{first}: expected" in damages
    assert f"{first}, offset" in damages
    assert f"{second}: expected" in damages
    assert f"{third}: is missing" in damages
    assert f"{strange}: is in no chain" in damages


def test_changed_or_missing_entry_is_named(filled: Path) -> None:
    (_, _, first), (_, _, second), (_, _, third) = entry_files(filled, "site")
    kept = first.read_text()
    first.write_text(json.dumps(json.loads(kept) | {"records": 9}))
    assert any("entry was changed" in damage for damage in _damages(filled))
    first.write_text("{")
    assert any("not a chain entry" in damage for damage in _damages(filled))
    first.write_text(kept)
    second.unlink()
    assert any("one is missing" in damage for damage in _damages(filled))
    third.unlink()
    assert any("is in no chain" in damage for damage in _damages(filled))


def test_tail_cut_with_its_file_shows_against_the_event_log(filled: Path) -> None:
    known = heads(filled)
    entry_files(filled, "site")[-1][2].unlink()
    closed_files(filled)[2].unlink()
    assert _damages(filled) == []
    (damage,) = _damages(filled, known_heads=known)
    assert "which the event log names, is missing" in damage


def test_lawful_deletion_leaves_a_tombstone(filled: Path) -> None:
    file = closed_files(filled)[0]
    name = file.relative_to(filled).as_posix()
    bury(filled, file=name, actor="admin", reason="法定删除", event_head="e")
    assert not file.exists()
    report = verify(filled)
    assert (report.tombstones, report.damages) == (1, [])
    assert read_entry(entry_files(filled, "site")[-1][2]).note == "admin: 法定删除"
    with pytest.raises(EvidenceError, match="in no chain"):
        bury(filled, file="crawl/none.warc.gz", actor="a", reason="b", event_head="")


def test_single_files_are_compared_with_their_entry(filled: Path) -> None:
    files = closed_files(filled)
    assert verify_files(files).damages == []
    content = bytearray(files[0].read_bytes())
    content[-1] ^= 1
    files[0].write_bytes(content)
    assert "was changed" in str(verify_files(files[:1]).damages[0])


def test_rewritten_record_with_a_valid_gzip_shows_by_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "a.warc"
    block = "HTTP/1.1 200 OK\r\n\r\nhello"
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        "WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: http://h.example/\r\n"
        "Content-Type: application/http\r\nContent-Length: 24\r\n"
        "WARC-Payload-Digest: sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N\r\n\r\n"
    )
    file.write_text(head + block + "\r\n\r\n", newline="")
    assert verify_files([file]).damages == []
    file.write_text(head + block.replace("hello", "jello") + "\r\n\r\n", newline="")
    (damage,) = verify_files([file]).damages
    assert "warc-payload-digest" in str(damage)
    file.write_text(head.replace("24", "23") + block + "\r\n\r\n", newline="")
    assert "declared" in str(verify_files([file]).damages[-1])
