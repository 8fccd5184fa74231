"""Crawls sites: several at once in one process, until all have ended or somebody says stop."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.canonical import host_port
from crawler.errors import CrawlerError, RunError
from crawler.evidence.writer import repair_open_files
from crawler.ledger import Ledger
from crawler.pace import user_agent
from crawler.run import Run, open_writer, run_settings
from crawler.site import Site

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.spiders.site import SiteSpider

log = logging.getLogger(__name__)

# More hosts at once fill one core; the rest waits its turn.
MAX_SITES_AT_ONCE = 16
_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProgress:
    """Counts of one site, or of all; `found` has those still to be asked for."""

    found: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(SiteProgress):
    """Counts of the whole run so far, and of each site."""

    sites: Mapping[str, SiteProgress]


def crawl(
    sites: Sequence[Site],
    *,
    data_folder: Path,
    run_id: str,
    operator: str,
    contact: str,
    event_head: str = "",
    max_pages: int | None = None,
    permitted: frozenset[tuple[str, int]] = frozenset(),
    on_progress: Callable[[Progress], None] | None = None,
    settings: Mapping[str, object] | None = None,
) -> Ledger:
    """Crawl sites and return the ledger of the run; takes the run up again when it exists.

    Blocks. A process can do it once, because the reactor under it runs once. SIGINT and SIGTERM
    stop cleanly when this is the main thread: the ledger's outcome is then `stopped`. `settings`
    overrides those of `crawler.settings`.

    Raises:
        RunError: no contact, another process on the run, other sites than before, no sites, or
            the ledger cannot be written.
        EvidenceError: evidence cannot be written (full disk) or a file of the run is damaged.
    """
    if not sites:
        raise RunError("No site to crawl. Name one, or give --url.")
    agent = user_agent(contact, sites=list(sites))
    run = Run(
        data_folder=data_folder,
        run_id=run_id,
        sites=sites,
        settings=run_settings(agent, permitted=permitted),
    )
    with run:
        for repair in repair_open_files(run.evidence_folder):
            run.warn(f"evidence repaired: {repair}")
        overrides = {
            # A run that is taken up again keeps what its operator permitted when it began.
            "NETGUARD_PERMITTED": [
                *(f"{host}:{port}" for host, port in sorted(permitted)),
                *run.ledger.header.settings.get("permitted", "").split(),
            ],
            **(settings or {}),
        }
        crawling = _Crawling(
            run,
            overrides=overrides,
            on_progress=on_progress,
            arguments={
                site.site_id: {
                    "run": run,
                    "site": site,
                    "agent": agent,
                    "max_pages": max_pages,
                    "writer": open_writer(
                        run, site, operator=operator, contact=contact, event_head=event_head
                    ),
                }
                for site in run.ledger.sites
            },
        )
        crawling.run_to_end()
    try:
        run.close("failed" if run.error else "stopped" if crawling.is_stopped else "done")
    except RunError as error:
        raise run.error or error from error
    if run.error is not None:
        raise run.error
    return run.ledger


class _Crawling:
    """The reactor's part of a run."""

    def __init__(
        self,
        run: Run,
        *,
        overrides: Mapping[str, object],
        arguments: dict[str, dict[str, Any]],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._run = run
        self._overrides = overrides
        self._arguments = arguments
        self._on_progress = on_progress
        self._spiders: list[SiteSpider] = []
        self._errors: list[BaseException] = []
        self.is_stopped = False

    def run_to_end(self) -> None:
        """Run the reactor until every site has ended.

        Raises:
            CrawlerError: the first site that could not start.
        """
        process = _process(self._overrides)
        loop = asyncio.get_event_loop()
        with _signals(loop, self.stop):
            main = loop.create_task(self._main(process))
            process.start(stop_after_crawl=False, install_signal_handlers=False)
        if not main.done():
            main.cancel()
        for error in self._errors:
            raise error

    def stop(self) -> None:
        self.is_stopped = True
        log.info("Run is being stopped", extra={"run_id": self._run.run_id})
        for spider in list(self._spiders):
            spider.stop()

    async def _main(self, process: "AsyncCrawlerProcess") -> None:
        slots = asyncio.Semaphore(MAX_SITES_AT_ONCE)
        ticking = asyncio.ensure_future(self._tick())
        try:
            groups = _by_host([one["site"] for one in self._arguments.values()])
            await asyncio.gather(*(self._group(process, group, slots) for group in groups))
        except Exception as error:  # handed over to the caller's thread of control
            self._errors.append(error)
        finally:
            ticking.cancel()
            self._report()
            _stop_reactor()

    async def _group(
        self, process: "AsyncCrawlerProcess", sites: Sequence[Site], slots: asyncio.Semaphore
    ) -> None:
        """Crawl sites that share a host one after the other: the host is asked at one pace."""
        for site in sites:
            async with slots:
                if not self.is_stopped and self._run.error is None:
                    await self._site(process, site)

    async def _site(self, process: "AsyncCrawlerProcess", site: Site) -> None:
        from crawler.spiders.site import SiteSpider

        crawler = process.create_crawler(SiteSpider)
        task = process.crawl(crawler, **self._arguments[site.site_id])
        await asyncio.sleep(0)
        if isinstance(crawler.spider, SiteSpider):
            self._spiders.append(crawler.spider)
        try:
            await task
        except CrawlerError as error:
            self._errors.append(error)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            self._report()

    def _report(self) -> None:
        if self._on_progress is None:
            return
        sites = {}
        for spider in self._spiders:
            totals = self._run.ledger.totals(spider.site.site_id)
            sites[spider.site.site_id] = SiteProgress(**{**totals, "found": spider.frontier.found})
        names = ("found", "fetched", "unchanged", "skipped", "failed")
        sums = {name: sum(getattr(one, name) for one in sites.values()) for name in names}
        self._on_progress(Progress(sites=sites, **sums))


def _process(overrides: Mapping[str, object]) -> "AsyncCrawlerProcess":
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings
    from scrapy.utils.reactor import is_reactor_installed

    if is_reactor_installed():
        raise CrawlerError("This process has crawled already. Start a new one for the next crawl.")
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict(dict(overrides), priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    # Scrapy resets its loggers; what matters of its lines is in the ledger and the warnings.
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    return process


def _stop_reactor() -> None:
    from twisted.internet import reactor

    running: Any = reactor
    running.stop()


def _by_host(sites: Sequence[Site]) -> list[list[Site]]:
    """Group sites that name a common host and port."""
    groups: list[tuple[set[tuple[str, int]], list[Site]]] = []
    for site in sites:
        places = {host_port(url) for url in site.start_urls}
        joined = [group for group in groups if group[0] & places]
        members = [member for group in joined for member in group[1]]
        groups = [group for group in groups if group not in joined]
        groups.append((places.union(*(group[0] for group in joined)), [*members, site]))
    return [members for _, members in groups]


@contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> Iterator[None]:
    """Stop cleanly on SIGINT and SIGTERM while the loop runs; only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in caught]
    for number in caught:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number, handler in zip(caught, before, strict=True):
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
