"""One run: its ledger, its URLs and the ads that came of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from audit import policy
from audit.crawl_reasons import in_chinese
from audit.displayable import displayable
from audit.ledger_view import Key, Wanted, read_lines, totals_of
from audit.ledger_words import OUTCOMES_ZH
from audit.live_runs import LiveRun
from audit.masking import masked_line
from audit.models import Ad, Role, User
from audit.run_ads import WHAT_ZH, What, ads_of, count_ads
from audit.run_detail import RunDetail, read_run, run_folder_of, scan_urls
from audit.views.csv_rows import csv_answer
from audit.views.pages import page, section, user_of
from audit.views.typed import text, texts
from crawler.ledger import Entry

PAGE_URLS = 100
PAGE_ADS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLivePart:
    """Context of `run_live.html`, which asks for itself anew while the crawl goes on."""

    run_id: str
    live: LiveRun | None
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """Context of `run.html`; `ads` counts what came of the run, empty while it goes on."""

    run: RunDetail
    ads: Mapping[str, tuple[str, int]]
    live_part: RunLivePart


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlLine:
    """One URL of the ledger as people read it; it is shown, never linked."""

    entry: Entry
    outcome_zh: str
    reason_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlsContext:
    """Context of `run_urls.html`."""

    run: RunDetail
    lines: Sequence[UrlLine]
    pager: "Page[int] | None"
    chosen: dict[str, str]
    totals: dict[str, int]
    outcomes: dict[str, str]
    reasons: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdLine:
    """One ad of the list, its title masked."""

    ad: Ad
    title: str
    labels: Sequence[str]
    needs_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAdsContext:
    """Context of `run_ads.html`; `may_read` tells whether the role opens ads at all."""

    run: RunDetail
    what: str
    site: str
    lists: dict[What, str]
    lines: Sequence[AdLine]
    pager: "Page[Ad]"
    may_read: bool


@section("runs")
@require_safe
def run(request: HttpRequest, run_id: str) -> HttpResponse:
    """Show one run; its live part alone when the page asks for it."""
    user = user_of(request)
    detail = read_run(user, run_id)
    part = RunLivePart(run_id=run_id, live=detail.live, may_change=user.role == Role.ADMINISTRATOR)
    if request.GET.get("part") == "live":
        return _refresh() if part.live is None else page(request, "run_live.html", part)
    counts = {} if detail.live is not None else count_ads(detail)
    context = RunContext(
        run=detail,
        ads={what: (WHAT_ZH[what], count) for what, count in counts.items()},
        live_part=part,
    )
    return page(request, "run.html", context)


def _refresh() -> HttpResponse:
    """Have the page that watched a crawl load anew: it has ended."""
    answer = HttpResponse()
    answer["HX-Refresh"] = "true"
    return answer


@section("runs")
@require_safe
def run_urls(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """List the run's URLs by outcome, reason and site; as CSV with `format=csv`."""
    user = user_of(request)
    detail = read_run(user, run_id)
    chosen = texts(request.GET, "outcome", "reason", "site")
    wanted = Wanted(sites=frozenset(site.site_id for site in detail.sites), **chosen)
    scan = scan_urls(detail, wanted)
    if request.GET.get("format") == "csv":
        entries = read_lines(run_folder_of(run_id), scan.offsets) if detail.has_files else ()
        return csv_answer(f"urls-{run_id}.csv", _URL_HEADS, map(_url_cells, entries))
    pager = Paginator(scan.offsets, PAGE_URLS).get_page(request.GET.get("page"))
    offsets = list(pager.object_list)
    counts = scan.counts
    context = UrlsContext(
        run=detail,
        lines=[_url_line(entry) for entry in _entries(detail, offsets)],
        pager=pager,
        chosen=chosen,
        totals=totals_of(counts, chosen["site"]),
        outcomes=OUTCOMES_ZH,
        reasons=_reasons(counts, wanted),
    )
    return page(request, "run_urls.html", context)


def _entries(detail: RunDetail, offsets: Sequence[int]) -> Iterable[Entry]:
    return read_lines(run_folder_of(detail.run_id), offsets) if offsets else ()


def _url_line(entry: Entry) -> UrlLine:
    return UrlLine(
        entry=entry,
        outcome_zh=OUTCOMES_ZH[entry.outcome],
        reason_zh=in_chinese(entry.reason),
    )


_URL_HEADS = ("网址", "站点", "去向", "原因", "状态码", "抓取时间", "转到", "来自", "原始记录")


def _url_cells(entry: Entry) -> Sequence[object]:
    return (
        entry.url,
        entry.site_id,
        OUTCOMES_ZH[entry.outcome],
        in_chinese(entry.reason),
        entry.status,
        entry.fetched_at.isoformat() if entry.fetched_at else "",
        entry.redirect_to,
        entry.found_on,
        entry.detail,
    )


def _reasons(counts: Counter[Key], wanted: Wanted) -> list[tuple[str, str, int]]:
    """Return the reasons that the filter offers: name, words, number of URLs."""
    offered: Counter[str] = Counter()
    for key, count in counts.items():
        if key[2] and replace(wanted, reason="").takes(key):
            offered[key[2]] += count
    return [(name, in_chinese(name), count) for name, count in offered.most_common()]


@section("runs")
@require_safe
def run_ads(request: HttpRequest, run_id: str) -> HttpResponse:
    """List the ads that a run saw, of one site or all, or those new, changed or gone."""
    user = user_of(request)
    detail = read_run(user, run_id)
    asked = request.GET.get("what", "seen")
    what: What = next((name for name in WHAT_ZH if name == asked), "seen")
    site = text(request.GET.get("site", ""))
    rows = ads_of(detail, what, site=site).select_related("assessment__version")
    rows = rows.order_by("-assessment__needs_review", "-assessment__risk", "-last_seen", "pk")
    pager = Paginator(rows, PAGE_ADS).get_page(request.GET.get("page"))
    context = RunAdsContext(
        run=detail,
        what=what,
        site=site,
        lists=WHAT_ZH,
        lines=list(_ad_lines(pager.object_list)),
        pager=pager,
        may_read=_may_read_ads(user),
    )
    return page(request, "run_ads.html", context)


def _ad_lines(ads: Iterable[Ad]) -> Iterator[AdLine]:
    for ad in ads:
        opinion = ad.assessment
        payload = opinion.payload if opinion is not None else {}
        names = [
            label
            for axis in ("offerings", "subjects", "disguises", "violations")
            for label in payload.get(axis, ())
        ]
        yield AdLine(
            ad=ad,
            title=displayable(masked_line(opinion, max_chars=80))
            if opinion is not None
            else "（尚未研判）",
            labels=names,
            needs_review=opinion is not None and opinion.needs_review,
        )


def _may_read_ads(user: User) -> bool:
    return any(part.name == "search" for part in policy.sections_of(user))
