"""Small evidence for tests: captures, and writers into a fresh evidence folder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.evidence.reader import CapturedRecord
from crawler.evidence.writer import EvidenceWriter
from crawler.records import Ad, Capture, Robots
from crawler.site import Extract, Follow, Site

FETCHED_AT = datetime(2026, 3, 5, 8, 30, 15, 123456, tzinfo=UTC)
HTML = [(b"Content-Type", b"text/html; charset=utf-8")]


def make_writer(evidence_folder: Path, **changed: Any) -> EvidenceWriter:
    values = {"run_id": "01RUN", "site_id": "site", "operator": "某局", "contact": "a@example.cn"}
    return EvidenceWriter(evidence_folder / "crawl", **(values | changed))


def write_page(writer: EvidenceWriter, number: int = 1, **changed: Any) -> Capture:
    url = f"http://h.example/{number}"
    values: dict[str, Any] = {
        "url": url,
        "final_url": url,
        "status": 200,
        "headers": HTML,
        "body": f"<title>第{number}页</title><p>正文{number}".encode(),
        "fetched_at": FETCHED_AT,
        "robots": Robots(allowed=True, rule="Allow: /"),
        "ip": "192.0.2.7",
    }
    return writer.write_response(**(values | changed))


def make_record(
    body: bytes | str,
    *,
    url: str = "http://h.example/a/page.html",
    content_type: str = "text/html",
    status: int = 200,
) -> CapturedRecord:
    capture = Capture(
        capture_id="urn:uuid:1",
        url=url,
        final_url=url,
        fetched_at=FETCHED_AT,
        http_status=status,
        content_type=content_type,
        payload_digest="sha256:0",
        warc_file="crawl/x.warc.gz",
        warc_offset=0,
        purpose="crawl",
    )
    return CapturedRecord(
        capture=capture,
        headers=(),
        body=body.encode() if isinstance(body, str) else body,
        is_revisit=False,
        refers_to=None,
        next_offset=1,
        problem=None,
    )


def make_site(
    *,
    kind: Any = "website",
    extract: dict[str, str] | None = None,
    follow: dict[str, Any] | None = None,
    start_url: str = "http://h.example/",
) -> Site:
    return Site(
        site_id="h",
        title="示例",
        kind=kind,
        start_urls=(start_url,),
        allowed_domains=("h.example",),
        extract=Extract(**(extract or {})),
        follow=Follow(**(follow or {})),
    )


def block_texts(ad: Ad) -> list[str]:
    return [ad.text[block.start : block.end] for block in ad.blocks]


def main_texts(ad: Ad) -> list[str]:
    return [ad.text[block.start : block.end] for block in ad.blocks if block.main]
