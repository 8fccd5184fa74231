"""Asks again, twice and ever later, for what may be over a moment later."""

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from crawler.failures import TRANSIENT, reason_of
from crawler.spiders.base import StoppedError, site_crawl_of

log = logging.getLogger(__name__)


class RetryMiddleware:
    """Sits nearest to the handler, so that evidence keeps the last answer and no other.

    The page waits in its place: a site in trouble is asked for nothing else meanwhile.
    """

    def __init__(
        self,
        *,
        times: int,
        first_wait_seconds: float,
        longest_wait_seconds: float,
        stop: asyncio.Event,
        stats: StatsCollector,
    ) -> None:
        self._times = times
        self._first_wait_seconds = first_wait_seconds
        self._longest_wait_seconds = longest_wait_seconds
        self._stop = stop
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            times=settings.getint("RETRY_TIMES"),
            first_wait_seconds=settings.getfloat("RETRY_FIRST_WAIT_SECONDS"),
            longest_wait_seconds=settings.getfloat("RETRY_LONGEST_WAIT_SECONDS"),
            stop=site_crawl_of(crawler.spider).stop_event,
            stats=crawler.stats,
        )

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        if response.status not in (408, 429) and not 500 <= response.status <= 599:
            return response
        asked = retry_after_seconds(response)
        if asked is not None and asked > self._longest_wait_seconds:
            self._stats.inc_value("retry/refused_to_wait")
            return response
        again = await self._again(request, f"http_{response.status}", least_seconds=asked or 0.0)
        return again or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        reason = reason_of(exception)
        if reason not in TRANSIENT:
            return None
        return await self._again(request, reason, least_seconds=0.0)

    async def _again(
        self, request: Request, reason: str, *, least_seconds: float
    ) -> Request | None:
        tried = request.meta.get("retry_times", 0)
        if tried >= self._times:
            self._stats.inc_value("retry/max_reached")
            return None
        wait_seconds = max(least_seconds, self._first_wait_seconds * 4**tried)
        log.debug(
            "Fetch will be repeated",
            extra={"url": request.url, "reason": reason, "wait_seconds": wait_seconds},
        )
        self._stats.inc_value(f"retry/{reason}")
        await self._wait(wait_seconds)
        again = request.copy()
        again.meta["retry_times"] = tried + 1
        return again

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), timeout=seconds)
        except TimeoutError:
            return
        raise StoppedError("the run was stopped while a page waited to be asked for again")


def retry_after_seconds(response: Response) -> float | None:
    """Return what `Retry-After` asks for, in seconds from now, or None."""
    raw = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if raw.isdigit():
        return float(raw[:9])
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
