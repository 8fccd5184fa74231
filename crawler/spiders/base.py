"""What spider, scheduler and middlewares say to one another."""

import asyncio
from typing import Any, Protocol, cast

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import CrawlerError
from crawler.evidence.payload import decode_content
from crawler.evidence.writer import EvidenceWriter
from crawler.frontier import Frontier, Target
from crawler.history import Earlier


class StoppedError(IgnoreRequest):
    """The run was stopped before the page could be fetched; it stays open for a later turn."""


class RobotsForbiddenError(IgnoreRequest):
    """robots.txt forbids the page; the message is the line that says so."""


class RobotsUnavailableError(IgnoreRequest):
    """robots.txt could not be had, so nothing of the host may be fetched (RFC 9309, 2.3.1.4)."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class SiteCrawl(Protocol):
    """The parts of a spider that its components use."""

    frontier: Frontier
    writer: EvidenceWriter
    history: dict[str, Earlier]
    stop_event: asyncio.Event

    def warn(self, message: str) -> None: ...

    def answered(self, response: Response) -> None: ...

    def unanswered(self, failure: Failure) -> None: ...


def site_crawl_of(spider: Any) -> SiteCrawl:
    """Return a spider as what our components need.

    Raises:
        CrawlerError: another kind of spider runs with our settings.
    """
    if not hasattr(spider, "frontier"):
        raise CrawlerError(
            f"Spider {getattr(spider, 'name', spider)!r} has no frontier: the components of "
            f"crawler.settings work with the spider 'site' alone."
        )
    return cast("SiteCrawl", spider)


def crawl_request(target: Target, crawl: SiteCrawl) -> Request:
    """Make the request for a target."""
    return Request(
        target.wire_url,
        callback=crawl.answered,
        errback=crawl.unanswered,
        meta={"target": target},
        dont_filter=True,
    )


def location_of(response: Response) -> str | None:
    """Return where a redirect leads, as it was sent, with bytes beyond ASCII escaped; else None."""
    if response.status not in (301, 302, 303, 307, 308):
        return None
    raw = response.headers.get("Location")
    if raw is None:
        return None
    return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in raw)


def decoded_body(response: Response) -> bytes:
    """Undo the content encoding as the reader of evidence will; of a cut body, what can be had."""
    encodings = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
    return decode_content(response.body, encodings).content if encodings else response.body
