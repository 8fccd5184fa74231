"""Makes the parts of a WARC: one record as one gzip member, an HTTP head, warc-fields."""

import hashlib
import io
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

_LEVEL = 6  # twice as fast as level 9 (measured: 2.4 against 1.1 times the speed of warcio)
_PHRASES = {int(status): status.phrase for status in HTTPStatus}

Headers = Sequence[tuple[bytes, bytes]]


def member(
    kind: WarcRecordType, fields: dict[str, str], content_type: str, block: bytes, *, at: datetime
) -> tuple[str, bytes]:
    """Return the record's id and its gzip member."""
    name = f"uuid:{uuid.uuid4()}"
    record = WarcRecord()
    record.init_headers(kind, name.encode())
    record.headers["WARC-Date"] = warc_date(at)
    record.headers["Content-Type"] = content_type
    for key, value in fields.items():
        record.headers[key] = _one_line(value)
    record.headers["WARC-Block-Digest"] = f"sha256:{hashlib.sha256(block).hexdigest()}"
    record.set_bytes_content(block)
    buffer = io.BytesIO()
    writer = GzipWriter(buffer, compression_level=_LEVEL)
    record.write(writer, checksum_data=False)
    writer.finish()
    return f"urn:{name}", buffer.getvalue()


def http_head(status: int, headers: Headers, *, http_version: str, reason: str) -> bytes:
    phrase = _one_line(reason) or _PHRASES.get(status, "")
    lines = [
        f"HTTP/{_one_line(http_version)} {status} {phrase}".encode("latin-1", errors="replace")
    ]
    for name, value in headers:
        shown = name if name.lower() != b"transfer-encoding" else b"X-Archive-Orig-" + name
        lines.append(_one_line_bytes(shown) + b": " + _one_line_bytes(value))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def field_lines(fields: dict[str, str]) -> bytes:
    lines = (f"{_one_line(key)}: {_one_line(value)}\r\n" for key, value in fields.items())
    return "".join(lines).encode("utf-8", errors="replace")


def _one_line(value: str) -> str:
    """Keep a value from starting a header line of its own."""
    joined = " ".join(value.replace("\x00", "\ufffd").splitlines())
    return joined.encode("utf-8", errors="replace").decode()


def _one_line_bytes(value: bytes) -> bytes:
    return b" ".join(value.split(b"\r\n")).replace(b"\r", b" ").replace(b"\n", b" ")


def warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
