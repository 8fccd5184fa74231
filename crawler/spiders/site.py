"""The one spider that crawls any declared site; `scrapy crawl site -a site=ID` runs it alone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import CrawlerError, EvidenceError, RunError
from crawler.evidence.writer import EvidenceWriter
from crawler.failures import detail_of, reason_of
from crawler.following import links_of
from crawler.frontier import Frontier, Target
from crawler.history import read_history
from crawler.ledger import Entry, Outcome
from crawler.pace import pace_settings
from crawler.resume import facts_of, replay
from crawler.run import Run, runs_folder
from crawler.site import Site
from crawler.spiders.base import (
    RobotsForbiddenError,
    RobotsUnavailableError,
    StoppedError,
    decoded_body,
    location_of,
)

log = logging.getLogger(__name__)

# Evidence keeps why a URL has no capture; the names are those of the WARC metadata records.
_METADATA_KINDS = {"robots": "robots", "over_cap": "over-cap"}


class SiteSpider(Spider):
    """Asks for what the frontier gives, keeps what comes, follows its links; judges nothing."""

    name = "site"

    def __init__(
        self, *, site: Site, run: Run, writer: EvidenceWriter, max_pages: int | None = None
    ) -> None:
        super().__init__()
        self.site = site
        self.run = run
        self.writer = writer
        self.stop_event = asyncio.Event()
        self.frontier = Frontier(site, sink=self._keep, max_pages=max_pages)
        self.history = read_history(
            runs_folder(run.data_folder),
            site_id=site.site_id,
            but_not=run.run_id,
            evidence_folder=run.evidence_folder,
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        if "run" not in kwargs:  # `scrapy crawl` gives text arguments
            from crawler.standalone import open_standalone

            kwargs = open_standalone(crawler, **kwargs)
        crawler.settings.setdict(
            pace_settings(kwargs["site"], agent=kwargs.pop("agent")), priority="spider"
        )
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.close_site, signal=signals.spider_closed)
        spider.run.on_abort(spider.stop)
        spider.begin()
        return spider

    def begin(self) -> None:
        """Fill the frontier: the start URLs, and what an earlier turn of this run left."""
        if self.site.render != "never":
            self.warn(f"render: {self.site.render} is not built yet; pages are fetched as they are")
        self.frontier.seed()
        if self.run.is_resumed:
            replay(self.frontier, run=self.run, history=self.history)

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing: the scheduler takes its requests from the frontier."""
        none: tuple[Any, ...] = ()
        for request in none:
            yield request

    def answered(self, response: Response) -> None:
        try:
            self._take(response.meta["target"], response)
        except (EvidenceError, RunError) as error:
            self.run.abort(error)

    def _take(self, target: Target, response: Response) -> None:
        location = location_of(response)
        if location is not None:
            self.frontier.redirect(target, location, status=response.status)
            return
        facts = facts_of(response.meta["capture"], response.meta.get("earlier"))
        if not 200 <= response.status < 300:
            self.frontier.end(target, "failed", reason=f"http_{response.status}", **facts)
            return
        is_old = "earlier" in response.meta
        self.frontier.end(target, "unchanged" if is_old else "fetched", **facts)
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        links = links_of(
            decoded_body(response),
            url=response.url,
            content_type=content_type,
            site=self.site,
            warn=self.warn,
        )
        self.frontier.discover(links, parent=target)

    def unanswered(self, failure: Failure) -> None:
        target: Target = failure.request.meta["target"]  # type: ignore[attr-defined]
        try:
            self._lose(target, failure.value or CrawlerError("unknown failure"))
        except (EvidenceError, RunError) as error:
            self.run.abort(error)

    def _lose(self, target: Target, error: BaseException) -> None:
        if isinstance(error, EvidenceError | RunError):
            self.frontier.give_back(target)
            self.run.abort(error)
        elif isinstance(error, StoppedError):
            self.frontier.give_back(target)
        elif isinstance(error, RobotsForbiddenError):
            self.frontier.end(target, "skipped", reason="robots", detail=str(error))
        elif isinstance(error, RobotsUnavailableError):
            outcome: Outcome = "skipped" if error.reason == "robots_unreachable" else "failed"
            self.frontier.end(target, outcome, reason=error.reason, detail=error.detail)
        else:
            reason = reason_of(error)
            outcome = "skipped" if reason == "over_cap" else "failed"
            self.frontier.end(target, outcome, reason=reason, detail=detail_of(error))

    def _keep(self, entry: Entry) -> None:
        """Keep how a URL ended: in the evidence when it has no capture, then in the ledger."""
        if entry.capture_id is None:
            kind = _METADATA_KINDS.get(entry.reason)
            if kind is None and entry.redirect_to is not None:
                kind = "redirect"
            fields = {
                "outcome": entry.outcome,
                "reason": entry.reason,
                "detail": entry.detail,
                "status": str(entry.status or ""),
                "redirect-to": entry.redirect_to or "",
                "found-on": entry.found_on or "",
            }
            self.writer.write_metadata(
                url=entry.url,
                kind=kind or ("failed" if entry.outcome == "failed" else "not-fetched"),
                fields={name: value for name, value in fields.items() if value},
            )
        self.run.record(entry)

    def warn(self, message: str) -> None:
        self.run.warn(f"{self.site.site_id}: {message}")

    def stop(self) -> None:
        """End soon: nothing new is asked for, what waits its turn is given back."""
        if self.stop_event.is_set():
            return
        self.stop_event.set()
        self.frontier.hold()
        engine = self.crawler._engine
        if engine is None or engine.spider is None:
            return
        for slot in engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(Failure(StoppedError("the run was stopped")))  # type: ignore[no-untyped-call]
        self._closing = asyncio.ensure_future(engine.close_spider_async(reason="stopped"))

    def close_site(self, reason: str) -> None:
        """End what is still open, and the evidence file; after a whole run nothing is."""
        why = "error" if reason == "finished" and not self.stop_event.is_set() else "stopped"
        try:
            self.frontier.finish(why, "the run was stopped" if why == "stopped" else "lost")
        except (EvidenceError, RunError) as error:
            self.run.abort(error)
        try:
            self.writer.close()
        except EvidenceError as error:
            self.run.abort(error)
