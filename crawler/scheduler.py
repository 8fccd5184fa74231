"""Scrapy's scheduler on top of the frontier: requests are made when they are wanted, not before."""

from collections import deque
from typing import Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.spiders.base import SiteCrawl, crawl_request, site_crawl_of


class FrontierScheduler(BaseScheduler):
    """Takes targets from the spider's frontier; retries come back to the front of the line."""

    def __init__(self, crawl: SiteCrawl) -> None:
        self._crawl = crawl
        self._again: deque[Request] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(site_crawl_of(crawler.spider))

    def has_pending_requests(self) -> bool:
        return bool(self._again) or self._crawl.frontier.has_pending()

    def enqueue_request(self, request: Request) -> bool:
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        if self._again:
            return self._again.popleft()
        target = self._crawl.frontier.next()
        return None if target is None else crawl_request(target, self._crawl)
