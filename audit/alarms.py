"""Is each site being watched, and does it give what it used to? In words that say what to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import OuterRef, QuerySet, Subquery

from audit.due_runs import GRACE
from audit.due_times import BEIJING, next_moment
from audit.models import Job, Schedule, SiteRow, SiteYield
from audit.schedule import next_due
from audit.workers import workers_alive

Health = Literal[
    "ok",
    "never_run",
    "running",
    "failing",
    "silent_zero",
    "fewer",
    "overdue",
    "paused",
    "unscheduled",
]

_NOT_WATCHED = frozenset({"never_run", "overdue", "failing", "paused", "unscheduled"})
# Fewer ads than half the usual number are an alarm where at least this many are usual.
_LEAST_USUAL = 4
_CHECK = "请核对网站是否改版、搬迁或屏蔽了抓取"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth:
    """The state of one site; `words` are a Chinese sentence, `since` when the state began.

    `last_yield` and `usual_yield` count ads as `SiteYield` does, of the last whole run.
    """

    site_id: str
    title: str
    state: Health
    words: str
    since: datetime | None = None
    last_run_id: str = ""
    last_yield: int | None = None
    usual_yield: float | None = None
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """One thing that nobody watches right now; without a `site_id` it is every site."""

    site_id: str
    title: str
    state: Health | Literal["no_worker"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    state: Health
    words: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the rows say of one site."""

    site: SiteRow
    schedule: Schedule | None
    active: tuple[Job, ...]
    last_job: Job | None
    last: SiteYield | None
    last_whole: SiteYield | None


def site_health(site_row: SiteRow, now: datetime) -> SiteHealth:
    """Return the state of one site."""
    (health,) = _healths(SiteRow.objects.filter(pk=site_row.pk), now)
    return health


def sites_overview(now: datetime) -> list[SiteHealth]:
    """Return the state of every site, by site id, in a fixed number of queries."""
    return _healths(SiteRow.objects.order_by("site_id"), now)


def not_watched(now: datetime) -> list[Unwatched]:
    """Return what is not being watched right now: no worker at all first, then each site."""
    found = []
    if not workers_alive(now):
        words = "没有工作进程在运行，到期的抓取不会开始，请管理员启动工作进程。"
        found.append(Unwatched(site_id="", title="", state="no_worker", words=words))
    for facts in _facts(SiteRow.objects.order_by("site_id")):
        told = _tell(facts, now)
        if told.state not in _NOT_WATCHED:
            told = _without_plan(facts) or told
        if told.state in _NOT_WATCHED:
            site = facts.site
            found.append(
                Unwatched(
                    site_id=site.site_id, title=site.title, state=told.state, words=told.words
                )
            )
    return found


def _healths(sites: QuerySet[SiteRow], now: datetime) -> list[SiteHealth]:
    return [_health(facts, now) for facts in _facts(sites)]


def _health(facts: _Facts, now: datetime) -> SiteHealth:
    told, whole, schedule = _tell(facts, now), facts.last_whole, facts.schedule
    is_scheduled = schedule is not None and schedule.enabled
    return SiteHealth(
        site_id=facts.site.site_id,
        title=facts.site.title,
        state=told.state,
        words=told.words,
        since=told.since,
        last_run_id=facts.last.run_id if facts.last else "",
        last_yield=whole.ads if whole else None,
        usual_yield=whole.usual_ads if whole else None,
        next_due=next_due(schedule, now) if schedule is not None and is_scheduled else None,
    )


def _facts(sites: QuerySet[SiteRow]) -> list[_Facts]:
    yields = SiteYield.objects.filter(site_id=OuterRef("site_id")).order_by("-ended_at", "-pk")
    ended = Job.objects.filter(site=OuterRef("pk"), ended_at__isnull=False).order_by("-pk")
    rows = list(
        sites.select_related("schedule").annotate(
            last=Subquery(yields.values("pk")[:1]),
            last_whole=Subquery(yields.filter(outcome="done").values("pk")[:1]),
            last_job=Subquery(ended.values("pk")[:1]),
        )
    )
    found = SiteYield.objects.in_bulk([pk for row in rows for pk in (row.last, row.last_whole)])
    jobs = Job.objects.in_bulk([row.last_job for row in rows])
    active: dict[int | None, list[Job]] = {}
    states = [Job.State.WAITING, Job.State.RUNNING]
    for job in Job.objects.filter(kind=Job.Kind.CRAWL, state__in=states).order_by("pk"):
        active.setdefault(job.site_id, []).append(job)
    return [
        _Facts(
            site=row,
            schedule=getattr(row, "schedule", None),
            active=tuple(active.get(row.pk, ())),
            last_job=jobs.get(row.last_job),
            last=found.get(row.last),
            last_whole=found.get(row.last_whole),
        )
        for row in rows
    ]


def _tell(facts: _Facts, now: datetime) -> _Told:
    """Say the most pressing thing about a site."""
    return (
        _running(facts)
        or _overdue(facts, now)
        or _failing(facts)
        or _yield_alarm(facts)
        or _paused(facts)
        or _never_run(facts)
        or _without_plan(facts)
        or _ok(facts)
    )


def _running(facts: _Facts) -> _Told | None:
    for job in facts.active:
        if job.state == Job.State.RUNNING:
            pages = job.progress.get("fetched", 0) + job.progress.get("unchanged", 0)
            return _Told(
                state="running", words=f"正在抓取，已取得 {pages} 页。", since=job.started_at
            )
    return None


def _overdue(facts: _Facts, now: datetime) -> _Told | None:
    schedule = facts.schedule
    if schedule is None or not schedule.enabled:
        return None
    since = next_moment(schedule.cron, schedule.checked_until)
    for job in facts.active:
        since = min(since, job.not_before)
    if since >= now - GRACE:
        return None
    return _Told(
        state="overdue",
        words=f"{_shown(since)} 已到期，至今没有开始抓取，请检查工作进程是否在运行、是否过忙。",
        since=since,
    )


def _failing(facts: _Facts) -> _Told | None:
    job, last = facts.last_job, facts.last
    if job is not None and job.state == Job.State.FAILED:
        is_latest = last is None or last.run_id == job.run_id or _is_later(job, last)
        if is_latest:
            words = f"最近一次抓取失败：{job.error}。请检查站点地址、声明和网络后重新抓取。"
            return _Told(state="failing", words=words, since=job.ended_at)
    if last is None or last.outcome == "stopped":
        return None
    had = f"取得 {last.pages} 页，失败 {last.failed} 页"
    if last.outcome == "failed":
        words = f"最近一次抓取中途出错（{had}），请在运行记录中查看原因后重新抓取。"
    elif last.failed > last.pages or last.pages == 0:
        words = f"最近一次抓取大多没有成功（{had}），请在运行记录中查看原因。"
    else:
        return None
    return _Told(state="failing", words=words, since=last.ended_at)


def _is_later(job: Job, last: SiteYield) -> bool:
    return job.ended_at is not None and job.ended_at > last.ended_at


def _yield_alarm(facts: _Facts) -> _Told | None:
    whole = facts.last_whole
    if whole is None:
        return None
    least = (facts.site.declaration.get("expect") or {}).get("min_ads")
    usual = whole.usual_ads
    if whole.ads == 0 and usual:
        words = f"最近一次抓取运行正常却没有发现广告，平常约 {usual:g} 条，{_CHECK}。"
        return _Told(state="silent_zero", words=words, since=whole.ended_at)
    if least is not None and whole.ads < least:
        words = f"最近一次抓取只发现 {whole.ads} 条广告，声明要求至少 {least} 条，{_CHECK}。"
        return _Told(state="silent_zero", words=words, since=whole.ended_at)
    if usual is not None and usual >= _LEAST_USUAL and whole.ads < usual / 2:
        words = f"最近一次抓取只发现 {whole.ads} 条广告，不到平常约 {usual:g} 条的一半，{_CHECK}。"
        return _Told(state="fewer", words=words, since=whole.ended_at)
    return None


def _paused(facts: _Facts) -> _Told | None:
    if facts.schedule is None or facts.schedule.enabled:
        return None
    return _Told(state="paused", words="抓取计划已暂停，暂停期间不会抓取，需要时请恢复。")


def _never_run(facts: _Facts) -> _Told | None:
    if facts.last is not None or facts.last_job is not None:
        return None
    if facts.schedule is None:
        words = "尚未抓取过，也没有抓取计划，请设置计划或立即抓取一次。"
    else:
        due = next_moment(facts.schedule.cron, facts.schedule.checked_until)
        words = f"尚未抓取过，首次到期为 {_shown(due)}，也可以立即抓取一次。"
    return _Told(state="never_run", words=words, since=facts.site.changed_at)


def _without_plan(facts: _Facts) -> _Told | None:
    if facts.schedule is None:
        words = "没有抓取计划，只在手动发起时抓取，请设置计划。"
        return _Told(state="unscheduled", words=words)
    return _paused(facts)


def _ok(facts: _Facts) -> _Told:
    whole = facts.last_whole
    if whole is None:
        return _Told(state="ok", words="最近一次抓取被停止，没有可比的结果。")
    return _Told(
        state="ok",
        words=f"运行正常，最近一次发现 {whole.ads} 条广告。",
        since=whole.ended_at,
    )


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
