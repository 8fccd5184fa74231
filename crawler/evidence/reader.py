"""Reads captures out of saved evidence: ours, wget's, Browsertrix's, any WARC's."""

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.evidence.chain import file_sha256
from crawler.evidence.container import records_of
from crawler.evidence.imports import IMPORT_FOLDER, import_file
from crawler.evidence.payload import (
    Body,
    Head,
    decode_content,
    digest_failures,
    parse_head,
    without_chunks,
)
from crawler.evidence.records import RawRecord
from crawler.records import Capture, Purpose, Robots

__all__ = ["CapturedRecord", "closed_files", "file_sha256", "import_file", "read_captures"]

log = logging.getLogger(__name__)

_READ_TYPES = frozenset(("response", "revisit", "resource"))
_PURPOSES: dict[str, Purpose] = {"crawl": "crawl", "proof": "proof", "recheck": "recheck"}
_ENDINGS = (".warc.gz", ".warc", ".wacz")
_OLD_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_NO_HEAD = Head(status=None, fields=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedRecord:
    """One capture with its body, content-decoded, at most 16 MiB of it.

    `problem` says what is wrong with a record that could be read all the same. Reading goes on
    at `next_offset`.
    """

    capture: Capture
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_revisit: bool
    refers_to: str | None
    next_offset: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """What all captures of a file share."""

    path: Path
    name: str
    purpose: Purpose
    site_id: str | None
    run_id: str | None

    @property
    def is_ours(self) -> bool:
        return self.purpose != "import"


def read_captures(
    path: Path, *, evidence_folder: Path, offset: int = 0, purpose_default: Purpose = "crawl"
) -> Iterator[CapturedRecord]:
    """Read responses, revisits and resources of web addresses from an offset on.

    Files in the folder of imports are read as such: what they say of site, run, robots and
    purpose was not written by us and is not believed.

    Raises:
        EvidenceError: at the first cut or damaged record, after all whole ones before it.
    """
    origin = _origin(path, evidence_folder, purpose_default)
    for record in records_of(path, offset=offset):
        if record.record_type in _READ_TYPES and _target(record).startswith(("http:", "https:")):
            captured = _captured(record, origin)
            if captured is not None:
                yield captured


def closed_files(evidence_folder: Path) -> list[Path]:
    """Return the closed evidence files, crawled ones first, each kind by name."""
    return [
        path
        for name in ("crawl", IMPORT_FOLDER)
        for path in sorted((evidence_folder / name).glob("*"))
        if path.name.endswith(_ENDINGS) and not path.name.startswith(".")
    ]


def _origin(path: Path, evidence_folder: Path, purpose_default: Purpose) -> _Origin:
    name = path.name
    if path.resolve().is_relative_to(evidence_folder.resolve()):
        name = path.resolve().relative_to(evidence_folder.resolve()).as_posix()
    purpose: Purpose = "import" if name.startswith(f"{IMPORT_FOLDER}/") else purpose_default
    fields = _first_fields(path) if purpose != "import" else {}
    return _Origin(
        path=path,
        name=name,
        purpose=purpose,
        site_id=fields.get("jianwei-site"),
        run_id=fields.get("jianwei-run"),
    )


def _first_fields(path: Path) -> dict[str, str]:
    """Return the fields of the warcinfo that a file of ours begins with."""
    first = next(records_of(path), None)
    if first is None or first.record_type != "warcinfo":
        return {}
    pairs = (
        line.partition(":") for line in first.block.decode("utf-8", errors="replace").splitlines()
    )
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value}


def _target(record: RawRecord) -> str:
    """Return the target URI; wget puts it into angle brackets."""
    return record.headers.get("warc-target-uri", "").strip().removeprefix("<").removesuffix(">")


def _captured(record: RawRecord, origin: _Origin) -> CapturedRecord | None:
    fetched_at = _moment(record.headers.get("warc-date", ""))
    if fetched_at is None:
        log.warning(
            "Record skipped: no readable WARC-Date",
            extra={"file": origin.name, "offset": record.offset},
        )
        return None
    is_revisit = record.record_type == "revisit"
    has_head = record.head_length > 0
    head = parse_head(record.block[: record.head_length]) if has_head else _NO_HEAD
    payload, digest, problems = _payload(record, head)
    body = (
        Body(content=b"") if is_revisit else decode_content(payload, head.get("content-encoding"))
    )
    if record.record_type != "resource" and head.status is None:
        problems.append("unreadable HTTP head")
    if body.problem is not None:
        problems.append(body.problem)
    return CapturedRecord(
        capture=_capture(record, origin, head=head, digest=digest, fetched_at=fetched_at),
        headers=head.fields,
        body=body.content,
        is_revisit=is_revisit,
        refers_to=_bare(record.headers.get("warc-refers-to", "")) or None,
        next_offset=record.next_offset,
        problem="; ".join(problems) or None,
    )


def _payload(record: RawRecord, head: Head) -> tuple[bytes, str, list[str]]:
    """Return payload without transfer encoding, its digest, and what is wrong."""
    payload = record.block[record.head_length :]
    digest = record.payload_sha256
    problems: list[str] = []
    joined = None
    if "chunked" in head.get("transfer-encoding").lower():
        joined = without_chunks(payload)
    if joined is not None:
        payload = joined.content
        digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
        if joined.problem is not None:
            problems.append(joined.problem)
    if not record.is_whole:
        problems.append("record over 17 MiB: its first part is read")
    problems += [f"wrong {failure.field}" for failure in digest_failures(record)]
    return payload, digest, problems


def _capture(
    record: RawRecord, origin: _Origin, *, head: Head, digest: str, fetched_at: datetime
) -> Capture:
    headers = record.headers
    target = _target(record)
    is_resource = record.record_type == "resource"
    if record.record_type == "revisit":
        digest = headers.get("warc-payload-digest", "")
    return Capture(
        capture_id=_bare(headers.get("warc-record-id", "")) or _made_up_id(record, origin),
        url=headers.get("jianwei-requested-url", target) if origin.is_ours else target,
        final_url=target,
        fetched_at=fetched_at,
        http_status=200 if is_resource else head.status or 0,
        content_type=headers.get("content-type", "") if is_resource else head.get("content-type"),
        payload_digest=digest,
        warc_file=origin.name,
        warc_offset=record.offset,
        purpose=_purpose(headers, origin),
        site_id=origin.site_id,
        run_id=origin.run_id,
        robots=_robots(headers) if origin.is_ours else None,
    )


def _purpose(headers: dict[str, str], origin: _Origin) -> Purpose:
    if not origin.is_ours:
        return "import"
    return _PURPOSES.get(headers.get("jianwei-purpose", ""), origin.purpose)


def _robots(headers: dict[str, str]) -> Robots | None:
    verdict, mark, rule = headers.get("jianwei-robots", "").partition("; ")
    return Robots(allowed=verdict == "allowed", rule=rule) if mark else None


def _bare(record_id: str) -> str:
    return record_id.strip().removeprefix("<").removesuffix(">").strip()


def _made_up_id(record: RawRecord, origin: _Origin) -> str:
    """Name a record that its tool left without an id; the same file gives the same name."""
    return f"urn:sha256:{file_sha256(origin.path)}:{record.offset}"


def _moment(text: str) -> datetime | None:
    old = _OLD_DATE.fullmatch(text.strip())
    if old:
        text = "{}-{}-{}T{}:{}:{}Z".format(*old.groups())
    # The standard allows nine digits of a second, Python six.
    text = _FRACTION.sub(lambda match: f".{match.group(1):0<6}", text.strip())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
