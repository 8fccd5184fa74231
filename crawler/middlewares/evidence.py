"""Saves every final answer as it was received, before anything else looks at it."""

import hashlib
from datetime import UTC, datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.canonical import canonical_url
from crawler.evidence.writer import EvidenceWriter
from crawler.history import Earlier
from crawler.records import Capture
from crawler.spiders.base import location_of, site_crawl_of


class EvidenceMiddleware:
    """Stands next to the handler (only retries are nearer): bodies are still content-encoded.

    Leaves `capture` in the request's meta, and `earlier` when the body is the one of before.
    """

    def __init__(self, *, writer: EvidenceWriter, history: dict[str, Earlier]) -> None:
        self._writer = writer
        self._history = history

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        crawl = site_crawl_of(crawler.spider)
        return cls(writer=crawl.writer, history=crawl.history)

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the answer.

        Raises:
            EvidenceError: it cannot be kept; the run ends.
        """
        if location_of(response) is None or "robots_of" in request.meta:
            request.meta["capture"] = self._save(request, response)
        return response

    def _save(self, request: Request, response: Response) -> Capture:
        target = request.meta.get("target")
        url = target.url if target else canonical_url(request.url)
        fetched_at = datetime.now(UTC)
        robots = request.meta.get("robots")
        ip = str(response.ip_address) if response.ip_address else None
        headers = [
            (name, value) for name, values in response.headers.items() for value in values or ()
        ]
        earlier = self._history.get(url) if target and response.status == 200 else None
        if earlier and earlier.payload_digest == payload_digest(response.body):
            request.meta["earlier"] = earlier
            return self._writer.write_revisit(
                url=url,
                status=response.status,
                headers=headers,
                fetched_at=fetched_at,
                robots=robots,
                refers_to=earlier.capture_id,
                refers_to_date=earlier.fetched_at,
                payload_digest=earlier.payload_digest,
                ip=ip,
            )
        return self._writer.write_response(
            url=url,
            final_url=response.url,
            status=response.status,
            headers=headers,
            body=response.body,
            fetched_at=fetched_at,
            robots=robots,
            ip=ip,
            http_version=(response.protocol or "HTTP/1.1").partition("/")[2],
            tls_digest=_certificate_digest(response),
        )


def payload_digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _certificate_digest(response: Response) -> str | None:
    if response.certificate is None:
        return None
    shown: bytes = response.certificate.digest("sha256")
    return f"sha256:{shown.decode().replace(':', '').lower()}"
