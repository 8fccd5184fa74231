"""Evidence under a full disk, in little memory, and turned against its reader."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import EvidenceError
from crawler.evidence.reader import closed_files, read_captures
from crawler.evidence.verify import verify, verify_files
from crawler.evidence.writer import repair_open_files

MEBIBYTE = 2**20
# The kernel refuses to let a file grow beyond the limit, in the middle of a write, as a full disk.
FULL_DISK = """
import os, resource, signal, sys
from pathlib import Path
from crawler.errors import EvidenceError
from tests.crawler.evidence_samples import make_writer, write_page
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
writer = make_writer(Path(sys.argv[1]))
kept = []
try:
    for number in range(1_000):
        kept.append(write_page(writer, number, body=os.urandom(7_000)).capture_id)
except EvidenceError as error:
    print(error)
print(" ".join(kept))
if sys.argv[2] == "close":
    writer.close()
"""
READING = """
import json, re, sys
from pathlib import Path
from crawler.evidence.reader import read_captures
from crawler.evidence.verify import verify_files
path = Path(sys.argv[1])
sizes = [len(record.body) for record in read_captures(path, evidence_folder=path.parent)]
damages = len(verify_files([path]).damages)
# Not ru_maxrss: that one starts at the size of the process that forked us.
status = Path("/proc/self/status").read_text()
print(json.dumps([sizes, damages, int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])]))
"""


@pytest.mark.parametrize("ending", ["close", "die"])
def test_full_disk_stops_clearly_and_keeps_every_whole_record(tmp_path: Path, ending: str) -> None:
    evidence_folder = tmp_path / "evidence"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(evidence_folder), ending],
        capture_output=True,
        text=True,
        check=True,
    )
    message, kept = done.stdout.splitlines()
    assert "File too large" in message
    assert "Make room" in message
    repair_open_files(evidence_folder)
    (file,) = closed_files(evidence_folder)
    found = [r.capture.capture_id for r in read_captures(file, evidence_folder=evidence_folder)]
    assert found == kept.split()
    assert len(found) > 10
    assert verify(evidence_folder).damages == []


def _response(block_length: int, headers: str = "") -> bytes:
    return (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        "WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: http://h.example/\r\n"
        f"Content-Type: application/http\r\n{headers}Content-Length: {block_length}\r\n\r\n"
    ).encode()


def test_gigabyte_of_evidence_is_read_in_little_memory(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    body = 128 * MEBIBYTE
    member = gzip.compress(
        _response(len(head) + body) + head + bytes(body) + b"\r\n\r\n", compresslevel=1
    )
    path = tmp_path / "a.warc.gz"
    path.write_bytes(member * 8)
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=True
    )
    sizes, damages, peak_kib = json.loads(done.stdout)
    assert sizes == [16 * MEBIBYTE] * 8
    assert damages == 0
    assert peak_kib < 450 * 1024  # some copies of the 17 MiB that are kept, not of the file


@pytest.mark.parametrize(
    "content",
    [
        _response(10**15) + b"x",
        _response(-5) + b"x",
        _response(0).replace(b"Content-Length: 0", b"Content-Length: 0x10"),
        b"WARC/1.1\r\n" + b"A: b\r\n" * 200_000,
        b"WARC/1.1\r\nA: " + b"x" * MEBIBYTE,
        b"WARC/1.1" + b"x" * MEBIBYTE,
        _response(3) + b"xxxGARBAGE",
        gzip.compress(_response(99) + b"x"),
        gzip.compress(b"x" * 100 * MEBIBYTE),
        gzip.compress(_response(0) + b"\r\n\r\n")[:-3],
        b"\x1f\x8b\x08",
        b"\x1f\x8b" + bytes(1000),
    ],
)
def test_file_made_to_mislead_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=r"a\.warc\.gz"):
        list(read_captures(path, evidence_folder=tmp_path))
    assert verify_files([path]).damages


def test_endless_http_head_is_no_page(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500_000
    path = tmp_path / "a.warc"
    path.write_bytes(_response(len(block)) + block + b"\r\n\r\n")
    (record,) = read_captures(path, evidence_folder=tmp_path)
    assert record.problem == "unreadable HTTP head"


def test_digest_that_cannot_be_read_counts_as_wrong(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\nx"
    path = tmp_path / "a.warc"
    for value, damages in (("sha1:!!!", 1), ("sha256:00", 1), ("crc99:1", 0), ("", 0)):
        header = f"WARC-Block-Digest: {value}\r\n"
        path.write_bytes(_response(len(block), header) + block + b"\r\n\r\n")
        assert len(verify_files([path]).damages) == damages
