"""Adding a site by its address: a trial first, then a form that the trial has filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from audit import jobs, policy
from audit.displayable import displayable_values
from audit.errors import AuditError, NoSuchObjectError
from audit.ledger_words import OUTCOMES_ZH
from audit.models import Job, SiteRow, User
from audit.site_changes import add_site
from audit.views.pages import page, section, user_of
from audit.views.site_declared import SiteTyped, read_site_form, site_declared, suggested
from audit.views.typed import text
from audit.workers import workers_alive
from crawler.errors import CrawlerError

_ACTIVE = (Job.State.WAITING, Job.State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSiteContext:
    """Context of `site_new.html`."""

    url: str
    problem: str
    has_worker: bool
    trials: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialContext:
    """Context of `trial.html`; `result` is `audit.trials.Trial.to_dict()`, empty until it ends."""

    job: Job
    is_active: bool
    has_worker: bool
    result: Mapping[str, Any]
    typed: SiteTyped | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=lambda: OUTCOMES_ZH)


@section("sites")
@require_http_methods(["GET", "HEAD", "POST"])
def site_new(request: HttpRequest) -> HttpResponse:
    """Ask for the address and begin a trial of it."""
    user = user_of(request)
    policy.may_administer_sites(user)
    if request.method != "POST":
        return _ask(request, text(request.GET.get("url", "")))
    url = text(request.POST.get("url", ""))
    try:
        job = jobs.request_trial(url, by=user.username, now=datetime.now(UTC))
    except CrawlerError:
        problem = "请填写完整的网址，以 http:// 或 https:// 开头。"
        return _ask(request, url, problem=problem)
    return redirect("trial", job_id=job.pk)


@section("sites")
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show how a trial goes and what it found; a POST adds the site."""
    user = user_of(request)
    policy.may_administer_sites(user)
    job = policy.visible_jobs(user).filter(pk=job_id, kind=Job.Kind.TRIAL).first()
    if job is None:
        raise NoSuchObjectError(f"Trial {job_id}: no such trial.", zh="没有这次试抓。")
    if request.GET.get("part") == "live":
        return _live(request, job)
    if job.state != Job.State.DONE:
        return page(request, "trial.html", _context(job))
    if request.method == "POST":
        return _add(request, user, job)
    return page(request, "trial.html", _context(job, suggested(job.result["suggestion"])))


def _ask(request: HttpRequest, url: str, *, problem: str = "") -> HttpResponse:
    trials = policy.visible_jobs(user_of(request)).filter(kind=Job.Kind.TRIAL)
    context = NewSiteContext(
        url=url,
        problem=problem,
        has_worker=bool(workers_alive(datetime.now(UTC))),
        trials=tuple(trials.order_by("-pk")[:10]),
    )
    return page(request, "site_new.html", context, status=422 if problem else 200)


def _context(
    job: Job, typed: SiteTyped | None = None, problems: Mapping[str, str] | None = None
) -> TrialContext:
    return TrialContext(
        job=job,
        is_active=job.state in _ACTIVE,
        has_worker=bool(workers_alive(datetime.now(UTC))),
        result=displayable_values(job.result),
        typed=typed,
        problems=problems or {},
    )


def _live(request: HttpRequest, job: Job) -> HttpResponse:
    if job.state in _ACTIVE:
        return page(request, "trial_live.html", _context(job))
    answer = HttpResponse()
    answer["HX-Refresh"] = "true"
    return answer


def _add(request: HttpRequest, user: User, job: Job) -> HttpResponse:
    """Add the site as the form says; with a problem the form comes back as it was typed."""
    typed = read_site_form(request.POST)
    problems = typed.problems()
    if SiteRow.objects.filter(site_id=typed.site_id).exists():
        problems["site_id"] = "这个编号已经用过，请换一个。"
    if not problems:
        try:
            policy.may_change_sites(user, typed.region)
            site = site_declared(typed, job.result["suggestion"])
            add_site(site, by=user.username, now=datetime.now(UTC))
        except (AuditError, CrawlerError) as error:
            problems["site"] = getattr(error, "zh", "") or f"站点声明不合规则：{error}"
        else:
            return redirect("site", site_id=typed.site_id)
    return page(request, "trial.html", _context(job, typed, problems), status=422)
