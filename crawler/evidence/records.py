"""WARC records as they stand in a file: header, declared length, digests, offsets."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from crawler.errors import EvidenceError
from crawler.evidence.stream import ByteSource, CutError, open_source

# Kept of one record; the rest of a longer one is read and hashed but not held.
MAX_KEPT_BYTES = 17 * 2**20
_MAX_HEADER_BYTES = 256 * 1024
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha512": hashlib.sha512}
_HASHES |= {"sha-1": hashlib.sha1, "sha-256": hashlib.sha256, "md5": hashlib.md5}
_HEAD_ENDS = (b"\r\n\r\n", b"\n\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFailure:
    """A digest in a record's header that its bytes, as stored, do not have."""

    field: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.field} (expected {self.expected}, got {self.got})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """One record. `block` holds at most `MAX_KEPT_BYTES`; `head_length` is that of its HTTP head.

    `next_offset` is where reading goes on; `payload_sha256` is that of the stored payload.
    """

    headers: dict[str, str]
    offset: int
    next_offset: int
    block: bytes
    block_length: int
    head_length: int
    payload_sha256: str
    digest_failures: tuple["DigestFailure", ...]

    @property
    def record_type(self) -> str:
        return self.headers.get("warc-type", "").lower()

    @property
    def is_whole(self) -> bool:
        return len(self.block) == self.block_length

    def shifted(self, by: int) -> "RawRecord":
        """Return the record as seen from a container that begins `by` bytes before."""
        return replace(self, offset=self.offset + by, next_offset=self.next_offset + by)


def iter_records(raw: BinaryIO, *, offset: int = 0) -> Iterator[RawRecord]:
    """Read the records of one WARC from an offset that an earlier record gave.

    Raises:
        EvidenceError: not a WARC, or a record that is cut or damaged, after all whole ones.
    """
    source = open_source(raw, offset)
    while _skip_blank_lines(source):
        start = source.restart_offset()
        yield _read_record(source, start)


def _skip_blank_lines(source: ByteSource) -> bool:
    while True:
        ahead = source.peek()
        if not ahead:
            return False
        blank = len(ahead) - len(ahead.lstrip(b"\r\n"))
        if not blank:
            return True
        source.read(blank)


def _read_record(source: ByteSource, start: int) -> RawRecord:
    headers = _read_headers(source, start)
    try:
        declared = int(headers.get("content-length", ""))
    except ValueError:
        declared = -1
    if declared < 0:
        shown = headers.get("content-length", "none")
        raise EvidenceError(f"record at offset {start}: expected a Content-Length, got {shown!r}")
    reading = _BlockReading(headers)
    left = declared
    while left:
        piece = source.read(left)
        if not piece:
            raise CutError(
                f"record at offset {start} is cut: expected {declared} bytes as declared, got "
                f"{declared - left}"
            )
        reading.add(piece)
        left -= len(piece)
    _end_record(source, start, declared)
    return RawRecord(
        headers=headers,
        offset=start,
        next_offset=source.restart_offset(),
        block=bytes(reading.kept),
        block_length=declared,
        head_length=reading.head_length,
        payload_sha256=reading.payload_sha256(),
        digest_failures=reading.digest_failures(),
    )


def _read_headers(source: ByteSource, start: int) -> dict[str, str]:
    lines: list[bytes] = []
    size = 0
    while True:
        line = _read_line(source)
        size += len(line)
        if size > _MAX_HEADER_BYTES:
            raise EvidenceError(f"record at offset {start}: header over {_MAX_HEADER_BYTES} bytes")
        if not lines and not line.startswith(b"WARC/"):
            raise EvidenceError(
                f"offset {start}: expected a WARC record ('WARC/1.1'), got {line[:40]!r}"
            )
        if not line.endswith(b"\n"):
            raise CutError(f"record at offset {start} is cut inside its header")
        line = line.rstrip(b"\r\n")
        if not line:
            return _parsed(lines[1:])
        lines.append(line)


def _read_line(source: ByteSource) -> bytes:
    line = b""
    while True:
        ahead = source.peek()
        end = ahead.find(b"\n") + 1
        line += source.read(end or len(ahead))
        if end or not ahead or len(line) > _MAX_HEADER_BYTES:
            return line


def _parsed(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    name = ""
    for raw_line in lines:
        line = raw_line.decode("utf-8", errors="replace")
        if line[0] in " \t" and name:
            headers[name] += f" {line.strip()}"
            continue
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    return headers


def _end_record(source: ByteSource, start: int, declared: int) -> None:
    """Take the two line ends after a block; anything else means the declared length is wrong."""
    if source.is_between_members():
        return
    ahead = source.peek()
    if ahead and ahead[:1] not in (b"\r", b"\n"):
        raise EvidenceError(
            f"record at offset {start}: expected its end after {declared} declared bytes, got "
            f"{ahead[:20]!r}"
        )
    while not source.is_between_members() and source.peek()[:1] in (b"\r", b"\n"):
        source.read(1)


class _BlockReading:
    """Takes a block in pieces: keeps the first bytes, hashes all of them."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._has_head = headers.get("content-type", "").lower().startswith("application/http")
        self._payload = hashlib.sha256()
        self._checks: list[tuple[str, str, bytes, Any]] = []
        for name in ("warc-block-digest", "warc-payload-digest"):
            check = _expected_digest(headers.get(name, ""))
            if check is None or (name == "warc-payload-digest" and not self._is_own(headers)):
                continue
            shown, expected, digest = check
            if name == "warc-payload-digest" and digest.name == "sha256":
                digest = self._payload  # computed anyway
            self._checks.append((name, shown, expected, digest))
        self.kept = bytearray()
        self.head_length = 0
        self._head_is_open = self._has_head

    @staticmethod
    def _is_own(headers: dict[str, str]) -> bool:
        return headers.get("warc-type", "").lower() in {"response", "resource"}

    def add(self, piece: bytes) -> None:
        for name, _, _, digest in self._checks:
            if name == "warc-block-digest":
                digest.update(piece)
        room = MAX_KEPT_BYTES - len(self.kept)
        if room > 0:
            self.kept += piece[:room]
        if not self._head_is_open:
            self._add_payload(piece)
            return
        ends = [at + len(end) for end in _HEAD_ENDS if (at := self.kept.find(end)) >= 0]
        if ends or len(self.kept) > _MAX_HEADER_BYTES:
            self.head_length = min(ends, default=0)
            self._head_is_open = False
            self._add_payload(bytes(self.kept[self.head_length :]))

    def _add_payload(self, piece: bytes) -> None:
        self._payload.update(piece)
        for name, _, _, digest in self._checks:
            if name == "warc-payload-digest" and digest is not self._payload:
                digest.update(piece)

    def payload_sha256(self) -> str:
        return f"sha256:{self._payload.hexdigest()}"

    def digest_failures(self) -> tuple[DigestFailure, ...]:
        return tuple(
            DigestFailure(field=name, expected=shown, got=digest.hexdigest())
            for name, shown, expected, digest in self._checks
            if digest.digest() != expected
        )


def has_digest(content: bytes, expected: str) -> bool:
    """Tell whether bytes have the digest that a header field gives."""
    check = _expected_digest(expected)
    if check is None:
        return False
    _, value, digest = check
    digest.update(content)
    return bool(digest.digest() == value)


def _expected_digest(value: str) -> tuple[str, bytes, Any] | None:
    """Read `algorithm:value`, hexadecimal or base 32; None when absent or not known to us."""
    algorithm, _, encoded = value.partition(":")
    make = _HASHES.get(algorithm.strip().lower())
    if make is None:
        return None
    digest = make(usedforsecurity=False)
    encoded = encoded.strip()
    try:
        if len(encoded) == digest.digest_size * 2:
            return value, bytes.fromhex(encoded), digest
        padding = "=" * (-len(encoded) % 8)
        return value, base64.b32decode(encoded.rstrip("=").upper() + padding), digest
    except (ValueError, binascii.Error):
        return value, b"", digest
