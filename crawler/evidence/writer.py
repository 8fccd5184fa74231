"""Writes what the spider saw: WARC 1.1, one gzip member per record, digests of our own."""

import hashlib
import logging
import platform
import socket
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from fastwarc.warc import WarcRecordType

from crawler.evidence.members import Headers, field_lines, http_head, member, warc_date
from crawler.evidence.repair import Repair, repair_open_files
from crawler.evidence.warcfile import OPEN_ENDING, WarcFile
from crawler.records import Capture, Purpose, Robots

__all__ = ["EvidenceWriter", "Repair", "repair_open_files"]

log = logging.getLogger(__name__)

_REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_HTTP_RESPONSE = "application/http;msgtype=response"
_FIELDS = "application/warc-fields"


class EvidenceWriter:
    """Writes one site's evidence of one run; files are begun when there is something to write.

    Args:
        folder: the `crawl` folder of the evidence folder; the chains lie beside it.
        event_head: head of the application's event log, written into each chain entry.
        max_bytes, max_seconds: a file that grew larger or older is closed and another begun.
    """

    def __init__(
        self,
        folder: Path,
        *,
        run_id: str,
        site_id: str,
        operator: str,
        contact: str,
        event_head: str = "",
        max_bytes: int = 256 * 2**20,
        max_seconds: float = 600,
    ) -> None:
        self._folder = folder
        self._run_id = run_id
        self._site_id = site_id
        self._operator = operator
        self._contact = contact
        self._event_head = event_head
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._file: WarcFile | None = None
        self._began_seconds = 0.0
        self._warcinfo_id = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write_response(
        self,
        *,
        url: str,
        final_url: str,
        status: int,
        headers: Headers,
        body: bytes,
        fetched_at: datetime,
        robots: Robots | None,
        ip: str | None,
        purpose: Purpose = "crawl",
        http_version: str = "1.1",
        reason: str = "",
        tls_digest: str | None = None,
    ) -> Capture:
        """Keep one response; `body` is after transfer decoding, before content decoding.

        Raises:
            EvidenceError: it cannot be kept; everything before it is.
        """
        head = http_head(status, headers, http_version=http_version, reason=reason)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        fields = {
            "WARC-Target-URI": final_url,
            "WARC-Payload-Digest": digest,
            **({"WARC-IP-Address": ip} if ip else {}),
            **_own_fields(url=url, robots=robots, purpose=purpose, tls_digest=tls_digest),
        }
        record_id, offset = self._append(
            WarcRecordType.response, fields, _HTTP_RESPONSE, head + body, at=fetched_at
        )
        return self._capture(
            record_id,
            offset,
            url=url,
            final_url=final_url,
            status=status,
            headers=headers,
            fetched_at=fetched_at,
            digest=digest,
            robots=robots,
            purpose=purpose,
        )

    def write_revisit(
        self,
        *,
        url: str,
        status: int,
        headers: Headers,
        fetched_at: datetime,
        robots: Robots | None,
        refers_to: str,
        refers_to_date: datetime,
        payload_digest: str,
        ip: str | None = None,
        purpose: Purpose = "crawl",
    ) -> Capture:
        """Keep that a page was fetched again and its body equals that of an earlier capture.

        Raises:
            EvidenceError: it cannot be kept.
        """
        fields = {
            "WARC-Target-URI": url,
            "WARC-Profile": _REVISIT_PROFILE,
            "WARC-Refers-To": f"<{refers_to}>",
            "WARC-Refers-To-Target-URI": url,
            "WARC-Refers-To-Date": warc_date(refers_to_date),
            "WARC-Payload-Digest": payload_digest,
            **({"WARC-IP-Address": ip} if ip else {}),
            **_own_fields(url=url, robots=robots, purpose=purpose, tls_digest=None),
        }
        head = http_head(status, headers, http_version="1.1", reason="")
        record_id, offset = self._append(
            WarcRecordType.revisit, fields, _HTTP_RESPONSE, head, at=fetched_at
        )
        return self._capture(
            record_id,
            offset,
            url=url,
            final_url=url,
            status=status,
            headers=headers,
            fetched_at=fetched_at,
            digest=payload_digest,
            robots=robots,
            purpose=purpose,
        )

    def write_metadata(self, *, url: str, kind: str, fields: dict[str, str]) -> None:
        """Keep something about a URL that is no response: a robots decision, a redirect, a failure.

        Raises:
            EvidenceError: it cannot be kept.
        """
        block = field_lines({"kind": kind, **fields})
        self._append(WarcRecordType.metadata, {"WARC-Target-URI": url}, _FIELDS, block)

    def close(self) -> None:
        """Close the open file, if any; the writer may be used again and begins another.

        Raises:
            EvidenceError: the disk is full or gone.
        """
        if self._file is not None:
            file, self._file = self._file, None
            file.close(chain=self._site_id, event_head=self._event_head)
            log.info(
                "Evidence file closed",
                extra={"file": file.path.name, "records": file.records, "bytes": file.size},
            )

    def _append(
        self,
        kind: WarcRecordType,
        fields: dict[str, str],
        content_type: str,
        block: bytes,
        *,
        at: datetime | None = None,
    ) -> tuple[str, int]:
        file = self._current()
        if self._warcinfo_id:
            fields = {"WARC-Warcinfo-ID": f"<{self._warcinfo_id}>", **fields}
        record_id, made = member(kind, fields, content_type, block, at=at or datetime.now(UTC))
        return record_id, file.append(made)

    def _current(self) -> WarcFile:
        """Return the file to write to: the open one, or a new one when it is full or old."""
        if self._file is not None:
            age = time.monotonic() - self._began_seconds
            if self._file.size < self._max_bytes and age < self._max_seconds:
                return self._file
            self.close()
        self._file = file = WarcFile(self._next_path())
        self._began_seconds = time.monotonic()
        self._warcinfo_id = ""
        record_id, made = member(
            WarcRecordType.warcinfo,
            {"WARC-Filename": file.path.name},
            _FIELDS,
            field_lines(self._warcinfo()),
            at=datetime.now(UTC),
        )
        file.append(made)
        self._warcinfo_id = record_id
        return file

    def _next_path(self) -> Path:
        number = 0
        while True:
            path = self._folder / f"{self._run_id}-{self._site_id}-{number:05d}.warc.gz"
            if not path.exists() and not path.with_name(path.name + OPEN_ENDING).exists():
                return path
            number += 1

    def _warcinfo(self) -> dict[str, str]:
        return {
            "software": f"jianwei/{version('jianwei')} scrapy/{version('scrapy')} "
            f"fastwarc/{version('fastwarc')} python/{platform.python_version()}",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format"
            "/warc-1.1/",
            "operator": self._operator or "unknown",
            "contact": self._contact or "unknown",
            "hostname": socket.gethostname(),
            "robots": "obey",
            "logged-in": "no",
            "browser": "none",
            "viewport": "none",
            "clock-offset": "unknown",
            "time-zone": f"UTC; local {datetime.now().astimezone().strftime('%z')}",
            "header-normalisation": "field names are capitalised and grouped by name; "
            "Transfer-Encoding is kept as X-Archive-Orig-Transfer-Encoding, the body is stored "
            "after transfer decoding and before content decoding",
            "jianwei-site": self._site_id,
            "jianwei-run": self._run_id,
        }

    def _capture(
        self,
        record_id: str,
        offset: int,
        *,
        url: str,
        final_url: str,
        status: int,
        headers: Headers,
        fetched_at: datetime,
        digest: str,
        robots: Robots | None,
        purpose: Purpose,
    ) -> Capture:
        name = self._file.path.name if self._file else ""
        content_type = next(
            (value for key, value in headers if key.lower() == b"content-type"), b""
        )
        return Capture(
            capture_id=record_id,
            url=url,
            final_url=final_url,
            fetched_at=fetched_at.astimezone(UTC),
            http_status=status,
            content_type=content_type.decode("latin-1"),
            payload_digest=digest,
            warc_file=f"{self._folder.name}/{name}",
            warc_offset=offset,
            purpose=purpose,
            site_id=self._site_id,
            run_id=self._run_id,
            robots=robots,
        )


def _own_fields(
    *, url: str, robots: Robots | None, purpose: Purpose, tls_digest: str | None
) -> dict[str, str]:
    fields = {"Jianwei-Requested-URL": url, "Jianwei-Purpose": purpose}
    if robots is not None:
        fields["Jianwei-Robots"] = f"{'allowed' if robots.allowed else 'forbidden'}; {robots.rule}"
    if tls_digest is not None:
        fields["Jianwei-TLS-Certificate-Digest"] = tls_digest
    return fields
