"""From a stored HTTP response to its body: head, transfer encoding, content encoding."""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from fastwarc.stream_io import BrotliReader, ZstdReader

from crawler.evidence.records import DigestFailure, RawRecord, has_digest

MAX_BODY_BYTES = 16 * 2**20
_STEP_BYTES = 256 * 1024
_SALVAGE_BYTES = 1024
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})\b")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_GZIP_NAMES = frozenset(("gzip", "x-gzip"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status (None when unreadable) and header fields in their order."""

    status: int | None
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Return a field's values joined by commas; empty when absent."""
        return ", ".join(value for key, value in self.fields if key.lower() == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What could be decoded, and what was wrong (`None`: nothing)."""

    content: bytes
    problem: str | None = None


def parse_head(raw: bytes) -> Head:
    """Read status line and header fields; continuation lines belong to the field before."""
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    match = _STATUS.match(lines[0])
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {_text(line)}")
        elif b":" in line:
            key, _, value_bytes = line.partition(b":")
            fields.append((_text(key), _text(value_bytes)))
    return Head(status=int(match.group(1)) if match else None, fields=tuple(fields))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()


def without_chunks(payload: bytes) -> Body | None:
    """Join a chunked payload; None when it is not chunked, whatever its header says."""
    pieces: list[bytes] = []
    at = 0
    while True:
        match = _CHUNK_SIZE.match(payload, at)
        if match is None:
            if at == 0:
                return None
            return Body(content=b"".join(pieces), problem="cut chunked body")
        size = int(match.group(1), 16)
        if size == 0:
            return Body(content=b"".join(pieces))
        piece = payload[match.end() : match.end() + size]
        pieces.append(piece)
        if len(piece) < size:
            return Body(content=b"".join(pieces), problem="cut chunked body")
        at = match.end() + size
        at += 2 if payload[at : at + 2] == b"\r\n" else payload[at : at + 1] == b"\n"


def digest_failures(record: RawRecord) -> list[DigestFailure]:
    """Return the wrong digests of a record.

    Tools do not agree whether a payload's digest is taken before or after its chunks are joined;
    either is right.
    """
    failures = []
    for failure in record.digest_failures:
        if failure.field == "warc-payload-digest" and record.is_whole:
            joined = without_chunks(record.block[record.head_length :])
            if joined is not None and has_digest(joined.content, failure.expected):
                continue
        failures.append(failure)
    return failures


def decode_content(payload: bytes, encodings: str) -> Body:
    """Undo the content encodings, last applied first; at most `MAX_BODY_BYTES` come out."""
    body = Body(content=payload)
    for name in reversed([word.strip().lower() for word in encodings.split(",") if word.strip()]):
        if body.problem is None and body.content:
            body = _undone(body.content, name)
    if len(body.content) > MAX_BODY_BYTES:
        content = body.content[:MAX_BODY_BYTES]
        return Body(content=content, problem="body over 16 MiB: the first 16 MiB are read")
    return body


def _undone(payload: bytes, name: str) -> Body:
    if name in _GZIP_NAMES:
        return _inflated(payload, 31, "gzip") if payload[:2] == b"\x1f\x8b" else _as_is(payload)
    if name == "deflate":
        return _deflated(payload)
    if name == "br":
        return _read_out(BrotliReader, payload, "br")
    if name == "zstd":
        return _read_out(ZstdReader, payload, "zstd")
    if name == "identity":
        return _as_is(payload)
    return Body(content=payload, problem=f"unknown content encoding {name[:20]!r}")


def _as_is(payload: bytes) -> Body:
    """Return a body that its tool saved decoded, though the header still names an encoding."""
    return Body(content=payload)


def _deflated(payload: bytes) -> Body:
    """Undo deflate, which servers send with the zlib wrapper or without."""
    wrapped = _inflated(payload, 15, "deflate")
    if wrapped.content or wrapped.problem is None:
        return wrapped
    raw = _inflated(payload, -15, "deflate")
    return raw if raw.content else _as_is(payload)


def _inflated(payload: bytes, wbits: int, name: str) -> Body:
    pieces: list[bytes] = []
    size = 0
    rest = payload
    while rest and size <= MAX_BODY_BYTES:
        inflater = zlib.decompressobj(wbits=wbits)
        try:
            while not inflater.eof and size <= MAX_BODY_BYTES:
                piece = inflater.decompress(rest, _STEP_BYTES)
                rest = inflater.unconsumed_tail
                if not piece and not rest and not inflater.eof:
                    return Body(content=b"".join(pieces), problem=f"truncated {name} body")
                pieces.append(piece)
                size += len(piece)
        except zlib.error:
            return Body(content=_salvaged(payload, wbits), problem=f"damaged {name} body")
        # Another gzip member goes on; blanks and zeros that servers append do not.
        rest = inflater.unused_data if inflater.unused_data[:2] == b"\x1f\x8b" else b""
    return Body(content=b"".join(pieces))


def _salvaged(payload: bytes, wbits: int) -> bytes:
    """Return what a damaged stream gives up to the very byte that is wrong."""
    inflater = zlib.decompressobj(wbits=wbits)
    content = bytearray()
    for at in range(0, len(payload), _SALVAGE_BYTES):
        window = payload[at : at + _SALVAGE_BYTES]
        before = inflater.copy()
        try:
            content += inflater.decompress(window)
        except zlib.error:
            content += b"".join(_bytewise(before, window))
            break
        if len(content) > MAX_BODY_BYTES:
            break
    return bytes(content)


def _bytewise(inflater: "zlib._Decompress", window: bytes) -> Iterator[bytes]:
    for place in range(len(window)):
        try:
            yield inflater.decompress(window[place : place + 1])
        except zlib.error:
            return


def _read_out(reader: type, payload: bytes, name: str) -> Body:
    pieces: list[bytes] = []
    size = 0
    stream = reader(io.BytesIO(payload))
    try:
        while size <= MAX_BODY_BYTES:
            piece = stream.read(_SALVAGE_BYTES)  # what a failing read had decoded is lost
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
    except (OSError, ValueError):
        if not pieces and payload.lstrip()[:1] == b"<":
            return _as_is(payload)
        return Body(content=b"".join(pieces), problem=f"truncated {name} body")
    return Body(content=b"".join(pieces))
