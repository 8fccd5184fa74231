"""The list of sites, one site, and what an administrator does with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from audit import jobs, policy
from audit.alarms import Health
from audit.errors import NoSuchObjectError, ScheduleError
from audit.live_runs import LiveRun, live_run
from audit.models import Role, Schedule, SiteRow, User
from audit.schedule import set_schedule
from audit.site_detail import SiteDetail, find_site, read_site
from audit.site_view import SiteFilter, SiteLine, SiteList, list_sites, schedule_of
from audit.site_words import HEALTHS, KINDS_ZH, HealthWord
from audit.views.pages import page, section, user_of
from audit.views.site_forms import ScheduleTyped, read_schedule, schedule_typed
from audit.views.typed import texts
from audit.workers import workers_alive

PAGE_SITES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesContext:
    """Context of `sites.html`; `chosen` are the filters as typed."""

    sites: SiteList
    pager: "Page[SiteLine]"
    chosen: dict[str, str]
    is_filtered: bool
    healths: dict[Health, HealthWord]
    kinds: dict[str, str]
    alarms: int
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """Context of `site.html`; `typed` is the schedule form as it stands, `problem` its error."""

    detail: SiteDetail
    live: Sequence[LiveRun]
    typed: ScheduleTyped
    problem: str
    may_change: bool
    has_worker: bool


@section("sites")
@require_safe
def sites(request: HttpRequest) -> HttpResponse:
    """List the sites of the person's regions."""
    user = user_of(request)
    chosen = texts(request.GET, "health", "region", "kind", "text")
    found = list_sites(user, SiteFilter(**chosen), datetime.now(UTC))
    context = SitesContext(
        sites=found,
        pager=Paginator(found.lines, PAGE_SITES).get_page(request.GET.get("page")),
        chosen=chosen,
        is_filtered=any(chosen.values()),
        healths={name: HEALTHS[name] for name in HEALTHS if name in found.counts},
        kinds={name: KINDS_ZH.get(name, name) for name in found.kinds},
        alarms=sum(n for name, n in found.counts.items() if HEALTHS[name].is_alarm),
        may_change=_is_administrator(user),
    )
    return page(request, "sites.html", context)


@section("sites")
@require_safe
def site(request: HttpRequest, site_id: str) -> HttpResponse:
    """Show one site."""
    user = user_of(request)
    row = find_site(user, site_id)
    return _site_page(request, user, row, schedule_typed(schedule_of(row)))


@section("sites")
@require_safe
def site_file(request: HttpRequest, site_id: str) -> HttpResponse:
    """Give the declaration as a site file to be saved."""
    row = find_site(user_of(request), site_id)
    text = read_site(row, datetime.now(UTC)).file_text
    answer = HttpResponse(text, content_type="text/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.site_id}.yml"'
    return answer


@section("sites")
@require_POST
def site_crawl(request: HttpRequest, site_id: str) -> HttpResponse:
    """Ask for a crawl now, and go to its run."""
    user = user_of(request)
    row = _to_change(user, site_id)
    job = jobs.request_crawl(row, by=user.username, now=datetime.now(UTC))
    return redirect("run", run_id=job.run_id)


@section("sites")
@require_POST
def site_schedule(request: HttpRequest, site_id: str) -> HttpResponse:
    """Set the schedule; what was typed stays in the form when it cannot be."""
    user = user_of(request)
    row = _to_change(user, site_id)
    typed = read_schedule(request.POST)
    try:
        _set(row, typed, by=user.username)
    except ScheduleError as error:
        return _site_page(request, user, row, typed, problem=error.zh)
    return redirect("site", site_id=row.site_id)


@section("sites")
@require_POST
def site_pause(request: HttpRequest, site_id: str) -> HttpResponse:
    """Switch the schedule off, or on again."""
    user = user_of(request)
    row = _to_change(user, site_id)
    schedule = schedule_of(row)
    if schedule is None:
        raise NoSuchObjectError(
            f"Site '{site_id}': it has no schedule to pause. Set one first.",
            zh="这个站点没有抓取计划，请先设置。",
        )
    is_on = request.POST.get("enabled") == "on"
    _set(row, replace(schedule_typed(schedule), enabled=is_on), by=user.username)
    return redirect("site", site_id=row.site_id)


def _set(row: SiteRow, typed: ScheduleTyped, *, by: str) -> Schedule:
    return set_schedule(
        row,
        cron=typed.cron,
        missed=typed.missed,
        overlap=typed.overlap,
        jitter_seconds=typed.jitter_seconds(),
        enabled=typed.enabled,
        by=by,
        now=datetime.now(UTC),
    )


def _site_page(
    request: HttpRequest, user: User, row: SiteRow, typed: ScheduleTyped, *, problem: str = ""
) -> HttpResponse:
    now = datetime.now(UTC)
    detail = read_site(row, now)
    context = SiteContext(
        detail=detail,
        live=[live_run(job) for job in detail.active],
        typed=typed,
        problem=problem,
        may_change=_is_administrator(user),
        has_worker=bool(workers_alive(now)),
    )
    return page(request, "site.html", context, status=422 if problem else 200)


def _to_change(user: User, site_id: str) -> SiteRow:
    row = find_site(user, site_id)
    policy.may_change_sites(user, row.region)
    return row


def _is_administrator(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR
