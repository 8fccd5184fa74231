import gzip
import io
import zipfile
import zlib
from pathlib import Path

import brotli
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.errors import EvidenceError
from crawler.evidence.payload import MAX_BODY_BYTES
from crawler.evidence.reader import CapturedRecord, import_file, read_captures
from crawler.evidence.verify import verify, verify_files

VARIED = b"<title>\xe9\xa2\x98" + b" ".join(b"%x" % (n * 7919) for n in range(9_000))
HTML = "<title>题</title><p>正文".encode()


class _Writer(WARCWriter):
    """warcio's writer without the temporary file that it leaves open (a warning is an error)."""

    @classmethod
    def _create_temp_file(cls):
        return io.BytesIO()


def _warc(*pages: tuple[str, bytes, list[tuple[str, str]]], gzipped: bool = True) -> bytes:
    """Write responses with warcio, as another tool would."""
    buffer = io.BytesIO()
    writer = _Writer(buffer, gzip=gzipped)
    for url, body, headers in pages:
        head = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=head
        )
        writer.write_record(record)
    return buffer.getvalue()


def _read(path: Path, offset: int = 0) -> list[CapturedRecord]:
    return list(read_captures(path, evidence_folder=path.parent.parent, offset=offset))


def _body(tmp_path: Path, body: bytes, headers: list[tuple[str, str]]) -> CapturedRecord:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(_warc(("http://h.example/", body, headers)))
    (record,) = _read(path)
    return record


def _chunked(body: bytes, size: int = 7) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        (HTML, []),
        (gzip.compress(HTML), [("Content-Encoding", "gzip")]),
        (gzip.compress(HTML[:9]) + gzip.compress(HTML[9:]), [("Content-Encoding", "x-gzip")]),
        (gzip.compress(HTML) + b"\x00\x00", [("Content-Encoding", "GZIP")]),
        (zlib.compress(HTML), [("Content-Encoding", "deflate")]),
        (zlib.compress(HTML)[2:-4], [("Content-Encoding", "deflate")]),
        (brotli.compress(HTML), [("Content-Encoding", "br")]),
        (gzip.compress(brotli.compress(HTML)), [("Content-Encoding", "br, gzip")]),
        (_chunked(HTML), [("Transfer-Encoding", "chunked")]),
        (
            _chunked(gzip.compress(HTML)),
            [("transfer-encoding", "Chunked"), ("content-encoding", "gzip")],
        ),
        (HTML, [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
        (HTML, [("Content-Encoding", "br")]),
        (HTML, [("Content-Encoding", "identity")]),
    ],
)
def test_body_is_decoded(tmp_path: Path, payload: bytes, headers: list[tuple[str, str]]) -> None:
    record = _body(tmp_path, payload, headers)
    assert (record.body, record.problem) == (HTML, None)


@pytest.mark.parametrize(
    ("payload", "headers", "problem"),
    [
        (gzip.compress(HTML * 999)[:-40], [("Content-Encoding", "gzip")], "truncated gzip body"),
        (gzip.compress(HTML * 999)[:-1], [("Content-Encoding", "gzip")], "truncated gzip body"),
        (
            gzip.compress(HTML * 999)[:-8] + b"12345678",
            [("Content-Encoding", "gzip")],
            "damaged gzip body",
        ),
        (brotli.compress(VARIED)[:-9], [("Content-Encoding", "br")], "truncated br body"),
        (_chunked(HTML * 99)[:-50], [("Transfer-Encoding", "chunked")], "cut chunked body"),
        (HTML, [("Content-Encoding", "pack200")], "unknown content encoding 'pack200'"),
    ],
)
def test_damaged_body_gives_what_could_be_decoded_and_the_problem(
    tmp_path: Path, payload: bytes, headers: list[tuple[str, str]], problem: str
) -> None:
    record = _body(tmp_path, payload, headers)
    assert record.problem == problem
    assert record.body[:10] == HTML[:10]


def test_body_that_unpacks_beyond_the_cap_is_cut_and_said(tmp_path: Path) -> None:
    bomb = gzip.compress(b"a" * (MAX_BODY_BYTES * 3), 9)
    record = _body(tmp_path, bomb, [("Content-Encoding", "gzip")])
    assert len(record.body) == MAX_BODY_BYTES
    assert record.problem == "body over 16 MiB: the first 16 MiB are read"


def test_record_larger_than_the_cap_is_read_past(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        _warc(("http://h.example/big", b"a" * (40 * 2**20), []), ("http://h.example/", HTML, []))
    )
    big, small = _read(path)
    assert len(big.body) == MAX_BODY_BYTES
    assert "17 MiB" in (big.problem or "")
    assert (small.body, small.problem) == (HTML, None)


@pytest.mark.parametrize("gzipped", [True, False])
def test_reading_goes_on_at_any_next_offset(tmp_path: Path, gzipped: bool) -> None:
    path = tmp_path / ("a.warc.gz" if gzipped else "a.warc")
    pages = [(f"http://h.example/{n}", HTML * n, []) for n in range(6)]
    path.write_bytes(_warc(*pages, gzipped=gzipped))
    records = _read(path)
    assert len(records) == 6
    for number, record in enumerate(records):
        rest = _read(path, record.next_offset)
        assert [r.capture for r in rest] == [r.capture for r in records[number + 1 :]]
        assert record.capture.warc_offset < record.next_offset <= path.stat().st_size


@pytest.mark.parametrize("gzipped", [True, False])
def test_cut_file_gives_its_whole_records_and_then_names_the_place(
    tmp_path: Path, gzipped: bool
) -> None:
    path = tmp_path / "a.warc"
    pages = [(f"http://h.example/{n}", HTML, []) for n in range(3)]
    content = _warc(*pages, gzipped=gzipped)
    path.write_bytes(content)
    last = _read(path)[-1].capture.warc_offset
    for length in (last + 1, last + 15, last + 200, len(content) - 20):
        path.write_bytes(content[:length])
        reading = read_captures(path, evidence_folder=tmp_path)
        assert [next(reading).capture.url for _ in range(2)] == [page[0] for page in pages[:2]]
        with pytest.raises(EvidenceError) as caught:
            next(reading)
        assert str(path) in str(caught.value)
        assert str(last) in str(caught.value)
        assert verify_files([path]).damages


def test_whole_file_in_one_gzip_member_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    pages = [(f"http://h.example/{n}", HTML, []) for n in range(4)]
    path.write_bytes(gzip.compress(_warc(*pages, gzipped=False)))
    records = _read(path)
    assert [record.capture.url for record in records] == [page[0] for page in pages]
    assert records[-1].next_offset == path.stat().st_size
    assert [r.capture for r in _read(path, records[1].next_offset)][-1] == records[-1].capture


def _record(headers: str, block: bytes) -> bytes:
    return (
        f"WARC/1.0\r\n{headers}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n" * 2
    )


RESPONSE = (
    "WARC-Type: response\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
    "Content-Type: application/http; msgtype=response\r\n"
)


def test_target_in_angle_brackets_and_missing_id(tmp_path: Path) -> None:
    block = b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + HTML
    content = _record(f"{RESPONSE}WARC-Target-URI: <http://h.example/a>\r\n", block)
    paths = [tmp_path / name for name in ("a.warc", "b.warc")]
    for path in paths:
        path.write_bytes(content)
    (first,), (second,) = map(_read, paths)
    assert first.capture.url == "http://h.example/a"
    assert (first.body, first.capture.content_type) == (HTML, "text/html")
    assert first.capture.capture_id.startswith("urn:sha256:")
    assert first.capture.capture_id == second.capture.capture_id


def test_records_that_are_no_captures_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    target = "WARC-Record-ID: <urn:uuid:{}>\r\nWARC-Target-URI: {}\r\n"
    block = b"HTTP/1.1 200 OK\r\n\r\nx"
    path.write_bytes(
        _record("WARC-Type: warcinfo\r\n", b"software: x\r\n")
        + _record(RESPONSE + target.format(1, "dns:h.example"), block)
        + _record(RESPONSE.replace("2024-01-01T00:00:00Z", "?") + target.format(2, "http://h/"), block)
        + _record(RESPONSE.replace("response\r", "request\r") + target.format(3, "http://h/"), block)
        + _record(RESPONSE.replace("response\r", "resource\r") + target.format(4, "urn:text:x"), b"x")
        + _record(RESPONSE + target.format(5, "http://h.example/"), block)
        + _record(
            "WARC-Type: resource\r\nWARC-Date: 20240101000000\r\nContent-Type: text/html\r\n"
            + target.format(6, "http://h.example/dom"),
            HTML,
        )
    )  # fmt: skip
    response, resource = _read(path)
    assert response.capture.capture_id == "urn:uuid:5"
    assert (resource.capture.http_status, resource.capture.content_type) == (200, "text/html")
    assert resource.body == HTML
    assert resource.capture.fetched_at.year == 2024


def test_unreadable_http_head_is_a_problem_not_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(_record(f"{RESPONSE}WARC-Target-URI: http://h/\r\n", b"no head at all"))
    (record,) = _read(path)
    assert record.capture.http_status == 0
    assert record.problem == "unreadable HTTP head"


def test_wrong_digest_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    content = _warc(("http://h.example/", HTML, []), gzipped=False)
    path.write_bytes(content.replace("正文".encode(), "假文".encode()))
    (record,) = _read(path)
    assert "wrong warc-payload-digest" in (record.problem or "")
    assert "wrong warc-block-digest" in (record.problem or "")


@pytest.mark.parametrize(
    "content",
    [
        b"not a warc at all",
        b"\x1f\x8bnot gzip",
        b"WARC/1.0\r\nContent-Length: x\r\n\r\n",
        b"PK\x03\x04",
    ],
)
def test_file_that_is_no_evidence_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=r"a\.warc\.gz: "):
        _read(path)
    with pytest.raises(EvidenceError, match=r"a\.warc\.gz: "):
        import_file(path, tmp_path / "evidence")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_wacz_is_read_over_all_its_archives(tmp_path: Path, compression: int) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/b.warc.gz", _warc(("http://h.example/2", HTML, [])))
        archive.writestr(
            "archive/a.warc.gz",
            _warc(("http://h.example/0", HTML, []), ("http://h.example/1", HTML, [])),
        )
    records = _read(path)
    assert [r.capture.url[-1] for r in records] == ["0", "1", "2"]
    for number, record in enumerate(records):
        assert len(_read(path, record.next_offset)) == 2 - number
    copy = import_file(path, tmp_path / "evidence")
    assert copy.suffix == ".wacz"
    assert verify(tmp_path / "evidence").damages == []


def test_zip_without_archives_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(EvidenceError, match=r"archive/\*\.warc\.gz"):
        _read(path)
