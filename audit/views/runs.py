"""The list of runs: what is under way, and what has ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from audit import jobs, policy
from audit.due_times import BEIJING
from audit.ledger_words import RUN_OUTCOMES_ZH
from audit.live_runs import LiveRun, live_runs
from audit.models import Role, User
from audit.run_detail import no_such_run
from audit.run_view import RunFilter, RunPage, list_runs
from audit.site_names import SiteName, SiteNames
from audit.views.pages import page, section, user_of
from audit.views.typed import day, text, texts
from audit.workers import workers_alive


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePart:
    """Context of `runs_live.html`, which asks for itself anew while anything is under way.

    `shown` is how many crawls the page began with, so that it can say that some have ended.
    """

    live: Sequence[LiveRun]
    shown: int
    may_change: bool
    has_worker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsContext:
    """Context of `runs.html`; `chosen` are the filters as typed."""

    part: LivePart
    runs: RunPage
    chosen: dict[str, str]
    is_filtered: bool
    sites: Sequence[SiteName]
    outcomes: dict[str, str]


@section("runs")
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """Show the runs; the live part alone when the page asks for it."""
    user = user_of(request)
    part = _live_part(user, request.GET.get("shown", ""))
    if request.GET.get("part") == "live":
        return page(request, "runs_live.html", part)
    chosen = texts(request.GET, "site", "outcome", "since", "until")
    wanted = RunFilter(
        site=chosen["site"],
        outcome=chosen["outcome"] if chosen["outcome"] in RUN_OUTCOMES_ZH else "",
        since=_midnight(chosen["since"]),
        until=_midnight(chosen["until"], days_later=1),
        before=text(request.GET.get("before", "")),
        but_not=frozenset(live.run_id for live in part.live),
    )
    titles = SiteNames(user).titles
    context = RunsContext(
        part=part,
        runs=list_runs(user, wanted),
        chosen=chosen,
        is_filtered=any(chosen.values()),
        sites=[SiteName(site_id=name, title=title) for name, title in sorted(titles.items())],
        outcomes={name: zh for name, zh in RUN_OUTCOMES_ZH.items() if name != "running"},
    )
    return page(request, "runs.html", context)


def _live_part(user: User, shown: str) -> LivePart:
    live = live_runs(user)
    return LivePart(
        live=live,
        shown=max(len(live), int(shown) if shown.isdecimal() and len(shown) < 9 else 0),
        may_change=user.role == Role.ADMINISTRATOR,
        has_worker=bool(workers_alive(datetime.now(UTC))),
    )


def _midnight(typed: str, *, days_later: int = 0) -> datetime | None:
    """Return the beginning of a day in Beijing; None for nothing."""
    found = day(typed)
    if found is None:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=BEIJING) + timedelta(days=days_later)


@section("runs")
@require_POST
def job_stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask a crawl or a trial to stop, and go back to it."""
    user = user_of(request)
    job = policy.visible_jobs(user).select_related("site").filter(pk=job_id).first()
    if job is None:
        raise no_such_run(user, str(job_id))
    if job.site is None:
        policy.may_administer_sites(user)
    else:
        policy.may_change_sites(user, job.site.region)
    jobs.request_stop(job, by=user.username, now=datetime.now(UTC))
    if job.site is None:
        return redirect("trial", job_id=job.pk)
    return redirect("runs")
