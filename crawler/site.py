"""Site declarations: what to crawl, how fast, and what to expect of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from crawler.canonical import canonical_url, host_port
from crawler.declaration import build, read_yaml
from crawler.domains import is_loopback, parse_domain
from crawler.errors import CrawlerError, SiteError
from crawler.records import Record

Kind = Literal["website", "weixin", "listing", "jobboard", "feed", "urllist"]
Render = Literal["never", "when_needed", "always"]

# Also the file name; kept short and plain because evidence files and rows carry it.
SITE_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,98}")
_REGION = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\d{3}(?:\d{3})?)?)?)?")  # GB/T 2260, 10114: 2-12
_CRON = re.compile(r"(?:[\d*/,\-]+\s+){4}[\d*/,\-]+")

# Nobody asks a site that is not their own more often than this.
MIN_PUBLIC_DELAY_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Record):
    """Which links lead on: CSS selectors for list and detail links, patterns on whole URLs."""

    list: str = ""
    detail: str = ""
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract(Record):
    """CSS selectors of the parts of a page; empty: found by itself."""

    title: str = ""
    text: str = ""
    published_on: str = ""
    publisher: str = ""
    card: str = ""
    card_link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace(Record):
    """How fast and how far. Times in seconds; depth counts links from a start URL."""

    delay_seconds: float = 2.0
    concurrent: int = 1
    max_pages: int = 5_000
    max_depth: int = 50
    max_seconds: float = 14_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Record):
    """Ads of one full run: fewer than `min_ads` fails it, more than `max_ads` warns."""

    min_ads: int | None = None
    max_ads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """When the site is due, Beijing time; what becomes of a missed and of an overlapping run.

    Each run starts up to `jitter_seconds` after its moment.
    """

    cron: str
    missed: Literal["run_once", "skip", "run_all"] = "run_once"
    overlap: Literal["skip", "queue"] = "skip"
    jitter_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """One source. An allowed domain covers its subdomains; with a port only that host and port."""

    site_id: str
    title: str
    kind: Kind = "website"
    region: str = ""
    start_urls: tuple[str, ...]
    allowed_domains: tuple[str, ...]
    follow: Follow = field(default_factory=Follow)
    extract: Extract = field(default_factory=Extract)
    pace: Pace = field(default_factory=Pace)
    render: Render = "never"
    expect: Expect = field(default_factory=Expect)
    schedule: Schedule | None = None
    notes: str = ""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build a site from `to_dict` output, as strictly as from a file.

        Raises:
            SiteError: see `load_site`.
        """
        site = build(cls, values, where=f"site {values.get('site_id', '?')!r}")
        _check(site, f"site {site.site_id!r}")
        return site

    def allows(self, url: str) -> bool:
        """Tell whether a canonical URL lies within the allowed domains."""
        end = url.find("/", len("https://"))
        return _covers(self.allowed_domains, url[:end] if end > 0 else url)

    def is_loopback(self) -> bool:
        """Tell whether every start URL names this machine by a loopback address."""
        return all(is_loopback(host_port(url)[0]) for url in self.start_urls)


@lru_cache(maxsize=4096)
def _covers(domains: tuple[str, ...], origin: str) -> bool:
    host, port = host_port(origin)
    return any(parse_domain(entry).covers(host, port) for entry in domains)


def load_site(path: Path) -> Site:
    """Read one declaration; the file name is the site id.

    Raises:
        SiteError: with file, key, expected and got, and what to do.
    """
    if path.suffix != ".yml" or not SITE_ID.fullmatch(path.stem):
        raise SiteError(
            f"{path}: expected a file name such as bj_example.yml (lower-case letters, digits, "
            f"'_', '-' and '.'; at most 99), got '{path.name}'. Rename the file."
        )
    values = read_yaml(path)
    if isinstance(values, dict):
        if "site_id" in values:
            raise SiteError(f"{path}: unknown key 'site_id'. The file name is the site id.")
        values = {"site_id": path.stem, **values}
    site = build(Site, values, where=str(path))
    _check(site, str(path))
    return site


def load_sites(folder: Path) -> dict[str, Site]:
    """Read every declaration of a folder, by site id.

    Raises:
        SiteError: no such folder, or the first file that is wrong.
    """
    if not folder.is_dir():
        raise SiteError(f"{folder}: no such folder of site files. Check the path.")
    for stray in sorted(folder.glob("*.yaml")):
        raise SiteError(f"{stray}: expected the ending .yml. Rename the file.")
    return {path.stem: load_site(path) for path in sorted(folder.glob("*.yml"))}


def site_for_url(urls: Sequence[str]) -> Site:
    """Return a site made up for addresses that were typed: named by, and kept to, host and port.

    Raises:
        SiteError: not http(s), or not all of one host and port.
    """
    try:
        starts = tuple(dict.fromkeys(canonical_url(url) for url in urls))
        places = {host_port(url) for url in starts}
    except CrawlerError as error:
        raise SiteError(str(error)) from error
    if len(places) != 1:
        raise SiteError(f"Expected URLs of one host and port, got {len(places)} of them.")
    host, port = places.pop()
    # A site that answers on http often moves to https; both default ports are the same site.
    ports = (80, 443) if port in (80, 443) else (port,)
    shown = f"[{host}]" if ":" in host else host
    name = f"v6{host.replace(':', '_')}" if ":" in host else host
    local = is_loopback(host)
    return Site(
        site_id=f"{name[:90]}-{port}",
        title=f"{host}:{port}",
        start_urls=starts,
        allowed_domains=tuple(f"{shown}:{number}" for number in ports),
        pace=Pace(delay_seconds=0.0, concurrent=8) if local else Pace(),
    )


def _check(site: Site, where: str) -> None:
    """Refuse values that are of the right kind and still wrong."""
    if not SITE_ID.fullmatch(site.site_id):
        raise SiteError(f"{where}: 'site_id' expected lower-case letters, digits, '_', '-', '.'.")
    if not site.title.strip():
        raise SiteError(f"{where}: 'title' is empty. Name the site as reviewers know it.")
    if site.region and not _REGION.fullmatch(site.region):
        raise SiteError(
            f"{where}: 'region' expected a GB/T 2260 code of 2, 4, 6, 9 or 12 digits in quotes, "
            f"got '{site.region}'."
        )
    _check_addresses(site, where)
    _check_pace(site, where)
    _check_expect(site.expect, where)
    for name in ("allow", "deny"):
        for number, pattern in enumerate(getattr(site.follow, name)):
            _check_pattern(pattern, where, f"follow.{name}[{number}]")
    for section, names in ((site.follow, ("list", "detail")), (site.extract, Extract.__slots__)):
        for name in names:
            _check_selector(getattr(section, name), where, f"{type(section).__name__}.{name}")
    if site.schedule is not None and not _CRON.fullmatch(site.schedule.cron.strip()):
        raise SiteError(
            f"{where}: 'schedule.cron' expected five fields such as \"30 2 * * 1-5\", "
            f"got '{site.schedule.cron}'."
        )


def _check_addresses(site: Site, where: str) -> None:
    if not site.start_urls:
        raise SiteError(f"{where}: 'start_urls' is empty. Give at least one address.")
    if not site.allowed_domains:
        raise SiteError(f"{where}: 'allowed_domains' is empty. Name the site's domain.")
    for number, entry in enumerate(site.allowed_domains):
        try:
            parse_domain(entry)
        except CrawlerError as error:
            raise SiteError(f"{where}: 'allowed_domains[{number}]' {error}.") from error
    for number, url in enumerate(site.start_urls):
        try:
            inside = site.allows(canonical_url(url))
        except CrawlerError as error:
            raise SiteError(f"{where}: 'start_urls[{number}]' {error}") from error
        if not inside:
            raise SiteError(
                f"{where}: 'start_urls[{number}]' {url} lies outside 'allowed_domains' "
                f"({', '.join(site.allowed_domains)}). Add its domain."
            )


def _check_pace(site: Site, where: str) -> None:
    pace = site.pace
    for name, least, most in (
        ("delay_seconds", 0, 3600),
        ("concurrent", 1, 16),
        ("max_pages", 1, 10_000_000),
        ("max_depth", 0, 10_000),
        ("max_seconds", 1, 30 * 86_400),
    ):
        value = getattr(pace, name)
        if not least <= value <= most:
            raise SiteError(f"{where}: 'pace.{name}' expected {least} to {most}, got {value}.")
    if pace.delay_seconds < MIN_PUBLIC_DELAY_SECONDS and not site.is_loopback():
        raise SiteError(
            f"{where}: 'pace.delay_seconds' expected at least {MIN_PUBLIC_DELAY_SECONDS} for a "
            f"site that is not on a loopback address, got {pace.delay_seconds}."
        )


def _check_expect(expect: Expect, where: str) -> None:
    least, most = expect.min_ads, expect.max_ads
    for name, value in (("min_ads", least), ("max_ads", most)):
        if value is not None and value < 0:
            raise SiteError(f"{where}: 'expect.{name}' expected 0 or more, got {value}.")
    if least is not None and most is not None and least > most:
        raise SiteError(f"{where}: 'expect.min_ads' {least} is above 'expect.max_ads' {most}.")


def _check_pattern(pattern: str, where: str, path: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise SiteError(
            f"{where}: '{path}' is not a regular expression ({error}), got '{pattern}'."
        ) from error


def _check_selector(selector: str, where: str, path: str) -> None:
    if not selector:
        return
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("").css_first(selector)
    except (SelectolaxError, ValueError) as error:
        name = path[0].lower() + path[1:]
        raise SiteError(f"{where}: '{name}' is not a CSS selector, got '{selector}'.") from error
