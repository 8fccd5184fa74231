"""The frontier of one site in one run: what was found, what is asked next, how each URL ended.

Knows nothing of the network. Whatever is found ends exactly once; `sink` is told of each end.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from crawler.canonical import canonical_url
from crawler.errors import CrawlerError
from crawler.ledger import Entry, Outcome
from crawler.site import Site
from crawler.traps import Shape, TrapDetector, shape_of

# A browser gives up after 20; real sites need three.
MAX_REDIRECTS = 10

# Skips that a later turn of the same run takes up again.
REOPENED = frozenset({"page_cap", "time_cap", "stopped"})

_DOCUMENT_NAMES = (
    "7z apk avi avif bin bmp bz2 cab css csv doc docx dmg eot epub exe flac flv gif gz ico iso "
    "jar jpeg jpg js json less m3u8 m4a m4v mid mjs mkv mov mp3 mp4 mpeg mpg msi odp ods odt ofd "
    "ogg ogv otf pdf png pps ppsx ppt pptx ps rar rm rmvb rtf svg swf tar tgz tif tiff ttf wav "
    "webm webp wma wmv woff woff2 wps xls xlsx xz zip"
)
_DOCUMENTS = frozenset(_DOCUMENT_NAMES.split())


@dataclass(frozen=True, slots=True)
class Target:
    """One URL to be asked for; `address` is what goes over the wire, canonical or not."""

    url: str
    depth: int
    found_on: str | None = None
    chain: int = 0
    hops: tuple[str, ...] = ()
    address: str = ""

    @property
    def wire_url(self) -> str:
        return self.address or self.url


class Frontier:
    """Breadth first, each canonical URL once, within the caps of the site."""

    def __init__(
        self,
        site: Site,
        *,
        sink: Callable[[Entry], None],
        max_pages: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.site = site
        self._sink = sink
        self._max_pages = min(max_pages or site.pace.max_pages, site.pace.max_pages)
        self._clock = clock
        self._started = clock()
        self._seen: set[str] = set()
        self._pending: OrderedDict[str, Target] = OrderedDict()
        self._asked: dict[str, Target] = {}
        self._pages = 0
        self._held = False
        self._traps = TrapDetector()

    @property
    def found(self) -> int:
        return len(self._seen)

    def seed(self) -> None:
        """Take in the start URLs, which no cap but the pages' stops."""
        for url in self.site.start_urls:
            self.add(Target(url=canonical_url(url), depth=0))

    def add(self, target: Target) -> None:
        """Queue a URL that was not found before."""
        if target.url not in self._seen:
            self._seen.add(target.url)
            self._pending[target.url] = target

    def discover(self, urls: Iterable[str], *, parent: Target) -> None:
        """Take in the links of a page: queue them or skip them with the reason."""
        shape = None
        for url in urls:
            if url in self._seen:
                continue
            if shape is None:
                shape = shape_of(parent.url)
            own = shape_of(url)
            akin = own.pattern == shape.pattern or (own.is_calendar and shape.is_calendar)
            target = Target(
                url=url,
                depth=parent.depth + 1,
                found_on=parent.url,
                chain=parent.chain + 1 if akin else 0,
            )
            reason, detail = self._why_skipped(target, own)
            if reason:
                self._seen.add(url)
                self.end(target, "skipped", reason=reason, detail=detail)
            else:
                self.add(target)

    def _why_skipped(self, target: Target, shape: Shape) -> tuple[str, str]:
        if target.depth > self.site.pace.max_depth:
            return "depth_cap", f"more than {self.site.pace.max_depth} links from a start URL"
        if _is_document(target.url):
            return "document", "not a page by its name"
        why = self._traps.why_trap(target.url, shape, chain=target.chain)
        return ("trap", why) if why else ("", "")

    def next(self) -> Target | None:
        """Return what to ask for now; None when there is nothing, or nothing yet."""
        if self._held:
            return None
        if self._clock() - self._started > self.site.pace.max_seconds:
            self._drop_pending("time_cap", f"more than {self.site.pace.max_seconds:.0f} seconds")
        elif self._pages >= self._max_pages:
            self._drop_pending("page_cap", f"more than {self._max_pages} pages")
        elif self._pending and self._pages + len(self._asked) < self._max_pages:
            _, target = self._pending.popitem(last=False)
            self._asked[target.url] = target
            return target
        return None

    def has_pending(self) -> bool:
        return bool(self._pending) and not self._held

    def hold(self) -> None:
        """Give out nothing more; what is open stays so until `finish`."""
        self._held = True

    def end(self, target: Target, outcome: Outcome, **facts: Any) -> None:
        """Note how a URL ended; `facts` are further fields of the ledger's entry."""
        self._asked.pop(target.url, None)
        self._pending.pop(target.url, None)
        if outcome != "skipped":
            self._pages += 1
        if digest := facts.get("payload_digest"):
            self._traps.note_body(target.url, digest)
        self._sink(
            Entry(
                url=target.url,
                site_id=self.site.site_id,
                outcome=outcome,
                depth=target.depth,
                found_on=target.found_on,
                **facts,
            )
        )

    def redirect(self, target: Target, location: str, *, status: int) -> None:
        """End a URL that led elsewhere, and queue where it led."""
        facts: dict[str, Any] = {"status": status, "detail": f"to {location[:300]}"}
        try:
            url = canonical_url(location, target.wire_url)
            literal = _absolute(location, target.wire_url)
            is_ours = self.site.allows(url)
        except CrawlerError as error:
            self.end(target, "failed", reason="bad_redirect", **facts | {"detail": str(error)})
            return
        hops = (*target.hops, target.wire_url)
        if (literal if url == target.url else url) in hops:
            self.end(target, "failed", reason="redirect_loop", **facts)
        elif len(hops) > MAX_REDIRECTS:
            self.end(target, "failed", reason="too_many_redirects", **facts)
        elif url == target.url:  # a session id or a mark that the canonical form leaves out
            again = Target(url, target.depth, target.found_on, target.chain, hops, literal)
            self._asked.pop(url, None)
            self._pending[url] = again
            self._pending.move_to_end(url, last=False)
        elif not is_ours:
            self.end(target, "skipped", reason="redirect_offsite", redirect_to=url, **facts)
        else:
            self.end(target, "skipped", reason="redirect", redirect_to=url, **facts)
            self.add(Target(url, target.depth, target.url, target.chain, hops))

    def give_back(self, target: Target) -> None:
        """Queue again, first in line, what was asked for but not answered."""
        if self._asked.pop(target.url, None) is not None:
            self._pending[target.url] = target
            self._pending.move_to_end(target.url, last=False)

    def finish(self, reason: str, detail: str = "") -> None:
        """End everything that is still open."""
        self._pending.update(self._asked)
        self._drop_pending(reason, detail)

    def _drop_pending(self, reason: str, detail: str) -> None:
        while self._pending:
            target = next(iter(self._pending.values()))
            self.end(target, "skipped", reason=reason, detail=detail)

    # What follows rebuilds the frontier of a run that was broken off (crawler.resume).

    def restore(self, entry: Entry) -> None:
        """Take in an end that the ledger has already."""
        self._seen.add(entry.url)
        self._pending.pop(entry.url, None)
        if entry.outcome != "skipped":
            self._pages += 1
        if entry.redirect_to and entry.reason == "redirect":
            self.add(Target(entry.redirect_to, entry.depth, entry.url))

    def pending(self, url: str) -> Target | None:
        return self._pending.get(url)


def _is_document(url: str) -> bool:
    name = urlsplit(url).path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() in _DOCUMENTS if "." in name else False


def _absolute(location: str, base: str) -> str:
    return urldefrag(urljoin(base, location.strip()))[0]
