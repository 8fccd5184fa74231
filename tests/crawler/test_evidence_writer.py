import gzip
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.errors import EvidenceError
from crawler.evidence.reader import closed_files, read_captures
from crawler.evidence.verify import verify
from tests.crawler.evidence_samples import FETCHED_AT, make_writer, write_page


def _read(evidence_folder: Path):
    return [
        record
        for file in closed_files(evidence_folder)
        for record in read_captures(file, evidence_folder=evidence_folder)
    ]


def test_captures_come_back_as_they_were_written(evidence_folder: Path) -> None:
    with make_writer(evidence_folder) as writer:
        first = write_page(writer, 1, final_url="http://h.example/1?moved", http_version="2")
        revisit = writer.write_revisit(
            url="http://h.example/1",
            status=304,
            headers=[(b"ETag", b"x")],
            fetched_at=FETCHED_AT + timedelta(days=1),
            robots=None,
            refers_to=first.capture_id,
            refers_to_date=FETCHED_AT,
            payload_digest=first.payload_digest,
        )
        proof = write_page(writer, 2, purpose="proof", status=404, headers=[], robots=None, ip=None)
    records = _read(evidence_folder)
    assert [record.capture for record in records] == [first, revisit, proof]
    assert records[0].body.decode().startswith("<title>第1页")
    assert (records[1].is_revisit, records[1].refers_to) == (True, first.capture_id)
    assert all(record.problem is None for record in records)


def test_files_pass_the_check_of_warcio(evidence_folder: Path) -> None:
    with make_writer(evidence_folder) as writer:
        for number in range(5):
            write_page(writer, number)
        writer.write_metadata(url="http://h.example/robots.txt", kind="robots", fields={"a": "b"})
    (file,) = closed_files(evidence_folder)
    check = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout
    assert check.stdout.count("digest pass") == 7


def test_records_carry_what_a_capture_record_must(evidence_folder: Path) -> None:
    with make_writer(evidence_folder) as writer:
        write_page(writer, tls_digest="sha256:ab", headers=[(b"Transfer-Encoding", b"chunked")])
    (file,) = closed_files(evidence_folder)
    with file.open("rb") as stream:
        info, response = (
            (record.rec_headers, record.http_headers, record.content_stream().read().decode())
            for record in ArchiveIterator(stream)
        )
    for field in ("software: jianwei/", "operator: 某局", "contact: a@example.cn", "hostname: "):
        assert field in info[2]
    for field in ("logged-in: no", "clock-offset: unknown", "robots: obey", "header-normalisation"):
        assert field in info[2]
    headers = response[0]
    assert headers.get_header("WARC-IP-Address") == "192.0.2.7"
    assert headers.get_header("WARC-Date") == "2026-03-05T08:30:15.123456Z"
    assert headers.get_header("WARC-Payload-Digest").startswith("sha256:")
    assert headers.get_header("WARC-Warcinfo-ID") == info[0].get_header("WARC-Record-ID")
    assert headers.get_header("Jianwei-Robots") == "allowed; Allow: /"
    assert headers.get_header("Jianwei-TLS-Certificate-Digest") == "sha256:ab"
    assert response[1].get_header("X-Archive-Orig-Transfer-Encoding") == "chunked"
    assert response[1].get_header("Transfer-Encoding") is None


def test_each_record_is_a_gzip_member_that_can_be_read_at_once(evidence_folder: Path) -> None:
    writer = make_writer(evidence_folder)
    captures = [write_page(writer, number) for number in range(3)]
    (open_file,) = (evidence_folder / "crawl").glob("*.open")
    content = open_file.read_bytes()
    for capture in captures:
        assert gzip.decompress(content[capture.warc_offset :]).startswith(b"WARC/1.1\r\n")
    writer.close()


def test_values_cannot_start_a_header_line_of_their_own(evidence_folder: Path) -> None:
    with make_writer(evidence_folder, operator="a\r\nWARC-Type: x") as writer:
        write_page(
            writer,
            headers=[(b"X-A", b"1\r\nX-Evil: 2"), (b"X-B\n", b"\xff\xfe")],
            final_url="http://h.example/\r\nWARC-Date: 1",
            reason="OK\r\nX-Evil: 3",
        )
        writer.write_metadata(url="a\nb", kind="k\nWARC: z", fields={"f\r\n\r\n": "v\x00\ud800"})
    (record,) = _read(evidence_folder)
    assert [name for name, _ in record.headers] == ["X-A", "X-B"]
    assert verify(evidence_folder).damages == []


def test_new_file_is_begun_when_the_old_one_is_large_or_old(evidence_folder: Path) -> None:
    with make_writer(evidence_folder, max_bytes=1) as writer:
        for number in range(3):
            write_page(writer, number)
    with make_writer(evidence_folder, max_seconds=0) as writer:
        for number in range(2):
            write_page(writer, number)
    names = [path.name for path in closed_files(evidence_folder)]
    assert names == [f"01RUN-site-{number:05d}.warc.gz" for number in range(5)]
    assert len(_read(evidence_folder)) == 5
    assert verify(evidence_folder).damages == []


def test_writer_with_nothing_to_write_leaves_no_file(evidence_folder: Path) -> None:
    with make_writer(evidence_folder):
        pass
    assert closed_files(evidence_folder) == []


def test_two_writers_of_one_run_never_share_a_file(evidence_folder: Path) -> None:
    first, second = make_writer(evidence_folder), make_writer(evidence_folder)
    paths = {write_page(first).warc_file, write_page(second).warc_file}
    first.close()
    second.close()
    assert len(paths) == 2
    assert len(_read(evidence_folder)) == 2


def test_failed_write_cuts_the_record_off_and_says_what_to_do(
    evidence_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = make_writer(evidence_folder)
    kept = write_page(writer, 1)
    real_write = os.write

    def _half(handle: int, content: bytes) -> int:
        if len(content) < 20:
            raise OSError(28, "No space left on device")
        return real_write(handle, content[: len(content) // 2])

    monkeypatch.setattr(os, "write", _half)
    with pytest.raises(EvidenceError, match=r"No space left on device.*Make room"):
        write_page(writer, 2)
    monkeypatch.undo()
    after = write_page(writer, 3)
    writer.close()
    assert [record.capture for record in _read(evidence_folder)] == [kept, after]
    assert verify(evidence_folder).damages == []
