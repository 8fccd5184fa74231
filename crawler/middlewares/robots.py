"""Obeys robots.txt (RFC 9309) and keeps its decision with every request.

* 2xx: its rules. 4xx, 401 and 403 among them: there are no rules, everything is allowed (the
  standard's "unavailable", 2.3.1.3). 429, 5xx and no answer: nothing is allowed ("unreachable").
* Up to five redirects are followed, to other hosts too, each through the guard.
* `Crawl-delay`, which the standard leaves out, is kept when it is longer than our own.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.canonical import canonical_url
from crawler.errors import CrawlerError, EvidenceError
from crawler.failures import detail_of, reason_of
from crawler.robots import Policy, parse_robots
from crawler.spiders.base import (
    RobotsForbiddenError,
    RobotsUnavailableError,
    StoppedError,
    decoded_body,
    location_of,
    site_crawl_of,
)

log = logging.getLogger(__name__)

MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2
_SLOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Unavailable:
    reason: str
    detail: str


class RobotsMiddleware:
    """One robots.txt per scheme, host and port, fetched once per run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._token = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._policies: dict[str, asyncio.Future[Policy | _Unavailable]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if "robots_of" in request.meta:
            return
        parts = urlsplit(request.url)
        policy = await self._policy(f"{parts.scheme}://{parts.netloc}", parts.hostname or "")
        if isinstance(policy, _Unavailable):
            raise RobotsUnavailableError(policy.reason, policy.detail)
        decision = policy.decide(request.url)
        request.meta["robots"] = decision
        if not decision.allowed:
            self._crawler.stats.inc_value("robots/forbidden")
            raise RobotsForbiddenError(decision.rule)

    async def _policy(self, origin: str, host: str) -> Policy | _Unavailable:
        known = self._policies.get(origin)
        if known is None:
            known = self._policies[origin] = asyncio.ensure_future(self._fetch(origin, host))
        return await asyncio.shield(known)

    async def _fetch(self, origin: str, host: str) -> Policy | _Unavailable:
        url = f"{origin}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response = await self._download(url, origin)
            except (StoppedError, EvidenceError):
                raise
            except Exception as error:  # every way in which a fetch can fail means the same here
                return self._unavailable(origin, reason_of(error), detail_of(error))
            location = location_of(response)
            if location is None:
                return self._judge(origin, host, response)
            try:
                url = canonical_url(location, url)
            except CrawlerError as error:
                return self._unavailable(origin, "bad_redirect", str(error))
        return Policy()  # a redirect without end is "unavailable": no rules

    async def _download(self, url: str, origin: str) -> Response:
        request = Request(
            url, meta={"robots_of": origin}, callback=NO_CALLBACK, dont_filter=True, priority=1000
        )
        return await self._crawler.engine.download_async(request)

    def _judge(self, origin: str, host: str, response: Response) -> Policy | _Unavailable:
        if response.status == 429 or response.status >= 500:
            return self._unavailable(origin, "robots_unreachable", f"HTTP {response.status}")
        if response.status >= 300:
            return Policy()
        policy = parse_robots(decoded_body(response), token=self._token)
        if policy.crawl_delay_seconds:
            self._slow_down(host, policy.crawl_delay_seconds)
        return policy

    def _unavailable(self, origin: str, reason: str, detail: str) -> _Unavailable:
        site_crawl_of(self._crawler.spider).warn(
            f"{origin}: robots.txt could not be had ({reason}, {detail}); nothing is fetched there."
        )
        return _Unavailable(reason, f"robots.txt: {detail}")

    def _slow_down(self, host: str, seconds: float) -> None:
        """Raise the delay of a host's download slot; AutoThrottle may lengthen it, not shorten."""
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(host)
        delay = max(seconds, slot.delay if slot else downloader._delay)
        downloader.per_slot_settings[host] = {"delay": delay}
        if slot is not None:
            slot.delay = delay
        throttle = self._crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay = max(throttle.mindelay, seconds)
        if seconds > _SLOW_SECONDS:
            site_crawl_of(self._crawler.spider).warn(
                f"{host}: robots.txt asks for {seconds:.0f} seconds between pages; kept."
            )
