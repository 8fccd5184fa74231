"""A trial crawl: a few pages of a site that is none yet, and what would be made of them.

Everything lies in a temporary folder: nothing goes into the evidence, the rows or the index.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.assessing import BEIJING
from audit.crawl_reasons import in_chinese
from audit.logs import mask_contacts
from audit.masking import personal_spans
from audit.personal import hide
from classifier.assess import Classifier
from classifier.records import Assessment, Block, Document
from crawler.canonical import host_port
from crawler.errors import ExtractError
from crawler.evidence.reader import CapturedRecord, closed_files, read_captures
from crawler.extract.ads import extract_ads
from crawler.identity import PAGE_PART
from crawler.ledger import Entry, Ledger
from crawler.process import crawl
from crawler.records import Ad
from crawler.run import evidence_folder
from crawler.site import Site

MAX_PAGES = 8
_MAX_SECONDS = 120.0
_MAX_LISTED = 200
_EXCERPT_CHARS = 120
# A page with this many cards is a list of offers.
_LISTING_CARDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    """How one address ended; `reason` is Chinese, `robots` the rule that let it pass."""

    url: str
    outcome: str
    reason: str = ""
    status: int | None = None
    robots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAd:
    """One ad as it would be judged by itself, its personal data hidden; `labels` are label ids."""

    url: str
    title: str
    excerpt: str
    labels: tuple[str, ...]
    needs_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A declaration to begin with, in the shape of `Site.to_dict()`."""

    site_id: str
    title: str
    kind: str
    start_urls: tuple[str, ...]
    allowed_domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial showed; `totals` are the ledger's, `warnings` Chinese sentences."""

    pages: tuple[TrialPage, ...]
    ads: tuple[TrialAd, ...]
    totals: dict[str, int]
    warnings: tuple[str, ...]
    suggestion: Suggestion

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def try_site(
    site: Site,
    *,
    max_pages: int,
    operator: str,
    contact: str,
    permitted: frozenset[tuple[str, int]],
) -> Trial:
    """Crawl a few pages and judge them. Once per process, as any crawl.

    Raises:
        CrawlerError: it could not begin (see `crawler.process.crawl`).
    """
    short = replace(site, pace=replace(site.pace, max_seconds=_MAX_SECONDS))
    with tempfile.TemporaryDirectory(prefix="jianwei-trial-") as name:
        folder = Path(name)
        ledger = crawl(
            [short],
            data_folder=folder,
            run_id="trial",
            operator=operator,
            contact=contact,
            max_pages=max_pages,
            permitted=permitted,
        )
        records = list(_records(evidence_folder(folder)))
    if _is_made_up(site) and _is_listing(records, site):
        site = replace(site, kind="listing")
    failed: list[str] = []
    ads = list(_extracted(records, site, failed))
    return Trial(
        pages=tuple(_pages(ledger, records)),
        ads=tuple(_judged(ads)),
        totals=ledger.totals(),
        warnings=(*_warnings(ledger, ads), *failed),
        suggestion=_suggest(site, ads),
    )


def _records(evidence: Path) -> Iterator[CapturedRecord]:
    for path in closed_files(evidence):
        for record in read_captures(path, evidence_folder=evidence):
            if record.capture.robots is not None:  # robots.txt itself has none
                yield record


def _pages(ledger: Ledger, records: Sequence[CapturedRecord]) -> Iterator[TrialPage]:
    robots = {record.capture.capture_id: record.capture.robots for record in records}
    for entry in [*ledger.entries()][:_MAX_LISTED]:
        allowed = robots.get(entry.capture_id or "")
        yield TrialPage(
            url=entry.url,
            outcome=entry.outcome,
            reason=_reason(entry),
            status=entry.status,
            robots=allowed.rule if allowed else "",
        )


def _reason(entry: Entry) -> str:
    if entry.reason == "page_cap":
        return "试抓页数已满，正式抓取时会取"
    return in_chinese(entry.reason) if entry.reason else ""


def _extracted(records: Sequence[CapturedRecord], site: Site, failed: list[str]) -> Iterator[Ad]:
    seen: set[str] = set()
    for record in records:
        try:
            ads = extract_ads(record, site=site)
        except ExtractError as error:
            failed.append(f"{record.capture.url} 没有提取到广告：声明中的选择器不匹配（{error}）")
            continue
        for ad in ads:
            if ad.ad_id not in seen:
                seen.add(ad.ad_id)
                yield ad


def _judged(ads: Sequence[Ad]) -> Iterator[TrialAd]:
    if not ads:
        return
    classifier = Classifier.load()
    today = datetime.now(UTC).astimezone(BEIJING).date()
    for ad in ads:
        blocks = tuple(
            Block(start=block.start, end=block.end, kind=block.kind, main=block.main)
            for block in ad.blocks
        )
        document = Document(title=ad.title, text=ad.text, blocks=blocks, context=None, as_of=today)
        opinion = classifier.assess(document)
        yield TrialAd(
            url=ad.url,
            title=_masked("title", ad.title, opinion),
            excerpt=" ".join(_masked("text", ad.text, opinion).split())[:_EXCERPT_CHARS],
            labels=(*opinion.offerings, *opinion.subjects, *opinion.disguises, *opinion.violations),
            needs_review=opinion.needs_review,
        )


def _masked(field: str, text: str, opinion: Assessment) -> str:
    spans = [span for span in personal_spans(opinion.to_dict()) if span.field == field]
    return mask_contacts(hide(text, spans))


def _warnings(ledger: Ledger, ads: Sequence[Ad]) -> Iterator[str]:
    totals, reasons = ledger.totals(), ledger.by_reason()
    forbidden = reasons["skipped"].get("robots", 0)
    if forbidden:
        yield f"robots.txt 禁止抓取其中 {forbidden} 个地址，正式抓取时同样不取。"
    if not totals["fetched"]:
        counted = Counter(reasons["skipped"]) + Counter(reasons["failed"])
        why = "，".join(f"{in_chinese(reason)} {count}" for reason, count in counted.items())
        yield f"没有取得任何页面（{why}），请核对地址。"
    elif not ads:
        yield "取得的页面中没有可读的文字，页面可能靠脚本生成内容。"
    elif totals["found"] == 1:
        yield "起始页上没有可以跟进的链接，页面可能靠脚本生成内容，或链接都在站外。"


def _is_made_up(site: Site) -> bool:
    """Tell whether the site was made for an address (`site_for_url`), not declared by a person."""
    host, port = host_port(site.start_urls[0])
    return site.title == f"{host}:{port}"


def _is_listing(records: Sequence[CapturedRecord], site: Site) -> bool:
    """Tell whether the first page is a list of offers, read as one."""
    ads = extract_ads(records[0], site=replace(site, kind="listing")) if records else []
    return sum(ad.part != PAGE_PART for ad in ads) >= _LISTING_CARDS


def _suggest(site: Site, ads: Sequence[Ad]) -> Suggestion:
    host, port = host_port(site.start_urls[0])
    name, title, domains = site.site_id, site.title, site.allowed_domains
    if _is_made_up(site):
        title = next((ad.title for ad in ads if ad.title), title)
        if port in (80, 443) and ":" not in host:
            name = host.removeprefix("www.").replace(".", "_")
            domains = (host.removeprefix("www."),)
    return Suggestion(
        site_id=name,
        title=title,
        kind=site.kind,
        start_urls=site.start_urls,
        allowed_domains=domains,
    )
