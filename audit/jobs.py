"""Jobs: what people and schedules ask of the workers, and who does which.

A worker keeps a job by its heartbeat. Everything here is one `writing()` transaction, so that two
workers never decide at once; what changes hands does so by a conditional UPDATE.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import F, Q, QuerySet
from ulid import ULID

from audit.database import writing
from audit.events import append
from audit.holder import is_dead
from audit.models import DueRun, Job, SiteRow
from crawler.canonical import host_port

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
# A job whose workers died this often is what kills them.
MAX_ATTEMPTS = 3
_GAVE_UP = f"工作进程接连 {MAX_ATTEMPTS} 次在此任务中退出，不再重试，请查看日志后重新发起"
_ACTIVE = (Job.State.WAITING, Job.State.RUNNING)

Beat = Literal["held", "stop", "lost"]


def request_crawl(site_row: SiteRow, *, by: str, now: datetime) -> Job:
    """Ask for a crawl of a site; one that waits or runs already is returned instead."""
    with writing():
        active = _active(site_row).order_by("-state", "pk").first()
        if active is not None:
            return active
        job = _new_crawl(site_row, now=now, not_before=now, requested_by=by)
        append(
            actor=by,
            action="crawl_requested",
            object_type="site",
            object_id=site_row.site_id,
            details={"run_id": job.run_id},
        )
    return job


def request_trial(url: str, *, by: str, now: datetime) -> Job:
    """Ask for a trial crawl of an address that is no site yet.

    Raises:
        CrawlerError: not an http(s) address.
    """
    host = _place(url)
    with writing():
        job = Job.objects.create(
            kind=Job.Kind.TRIAL,
            url=url,
            host=host,
            requested_by=by,
            created_at=now,
            not_before=now,
        )
        append(actor=by, action="trial_requested", object_type="job", object_id=str(job.pk))
    return job


def request_stop(job: Job, *, by: str, now: datetime) -> None:
    """Ask that a job ends: at once while it waits, else as soon as its worker has heard of it."""
    with writing():
        fresh = Job.objects.select_related("due_run").get(pk=job.pk)
        if fresh.state not in _ACTIVE or fresh.stop_requested:
            return
        fresh.stop_requested = True
        fresh.save(update_fields=["stop_requested"])
        if fresh.state == Job.State.WAITING:
            _end(fresh, Job.State.STOPPED, error=f"由 {by} 取消", now=now)
        append(
            actor=by,
            action="stop_requested",
            object_type="job",
            object_id=str(job.pk),
            details={"run_id": job.run_id},
        )


def enqueue_due(site_row: SiteRow, due_run: DueRun, *, now: datetime, not_before: datetime) -> Job:
    """Make the job of a due moment; the caller holds the transaction."""
    job = _new_crawl(site_row, now=now, not_before=not_before, due_run=due_run)
    DueRun.objects.filter(pk=due_run.pk).update(run_id=job.run_id)
    return job


def cancel_scheduled(site_row: SiteRow, *, now: datetime) -> None:
    """End the site's scheduled crawls that nobody has begun; the caller holds the transaction."""
    waiting = _active(site_row).filter(state=Job.State.WAITING, due_run__isnull=False)
    for job in waiting.select_related("due_run"):
        _end(job, Job.State.STOPPED, error="计划已暂停", now=now)


def count_active(site_row: SiteRow) -> int:
    """Return how many crawls of the site wait or run."""
    return _active(site_row).count()


def lease_next(worker: str, now: datetime) -> Job | None:
    """Give the worker the next job that may run, if there is one.

    Never a second job on a host and port, nor a site twice. A job whose worker is dead or silent
    comes first and goes on with its own run; after `MAX_ATTEMPTS` it has failed.
    """
    may_run = Q(state=Job.State.WAITING, not_before__lte=now)
    others = Q(state=Job.State.RUNNING) & ~Q(worker=worker)
    if not Job.objects.filter(may_run | others).exists():  # an idle worker disturbs no writer
        return None
    with writing():
        running = Job.objects.filter(state=Job.State.RUNNING).select_related("site", "due_run")
        left = [job for job in running.order_by("pk") if _is_left(job, worker, now)]
        for job in left:
            if job.stop_requested:
                _end(job, Job.State.STOPPED, error="已按要求停止", now=now)
            elif job.attempts >= MAX_ATTEMPTS:
                _end(job, Job.State.FAILED, error=_GAVE_UP, now=now)
            else:
                return _take(job, worker, now)
        busy = {place for job in running if job not in left for place in places_of(job)}
        waiting = Job.objects.filter(may_run)
        for job in waiting.select_related("site").order_by("-kind", "not_before", "pk"):
            if not places_of(job) & busy:
                return _take(job, worker, now)
    return None


def heartbeat(job: Job, worker: str, now: datetime, *, progress: dict[str, int]) -> Beat:
    """Keep the job for its worker; tell whether it is to stop, or has passed to another."""
    with writing():
        if not _held(job, worker).update(heartbeat=now, lease_until=now + LEASE, progress=progress):
            return "lost"
        return "stop" if Job.objects.get(pk=job.pk).stop_requested else "held"


def finish(
    job: Job,
    worker: str,
    state: Job.State,
    *,
    now: datetime,
    error: str = "",
    result: dict[str, Any] | None = None,
) -> bool:
    """End a job and the due moment it came from; False when it had passed to another worker."""
    with writing():
        held = _held(job, worker).select_related("due_run").first()
        if held is None:
            return False
        held.result = result or {}
        _end(held, state, error=error, now=now)
    return True


def hand_back(
    job: Job,
    worker: str,
    *,
    now: datetime,
    counts: bool,
    not_before: datetime,
    error: str = "",
) -> bool:
    """Let a job wait again; when this counts and was its last attempt it fails with `error`."""
    with writing():
        held = _held(job, worker).select_related("due_run").first()
        if held is None:
            return False
        if held.stop_requested:
            _end(held, Job.State.STOPPED, error="已按要求停止", now=now)
        elif counts and held.attempts >= MAX_ATTEMPTS:
            _end(held, Job.State.FAILED, error=error, now=now)
        else:
            attempts = held.attempts if counts else held.attempts - 1
            _held(job, worker).update(
                state=Job.State.WAITING,
                worker="",
                lease_until=None,
                attempts=attempts,
                not_before=not_before,
            )
    return True


def places_of(job: Job) -> frozenset[str]:
    """Return each `host:port` that the job begins at."""
    if job.site is None:
        return frozenset({job.host})
    return frozenset(_place(url) for url in job.site.declaration["start_urls"])


def _new_crawl(
    site_row: SiteRow,
    *,
    now: datetime,
    not_before: datetime,
    due_run: DueRun | None = None,
    requested_by: str = "",
) -> Job:
    return Job.objects.create(
        kind=Job.Kind.CRAWL,
        site=site_row,
        due_run=due_run,
        run_id=str(ULID()),
        host=_place(site_row.declaration["start_urls"][0]),
        requested_by=requested_by,
        created_at=now,
        not_before=not_before,
    )


def _active(site_row: SiteRow) -> QuerySet[Job]:
    return Job.objects.filter(site=site_row, state__in=_ACTIVE)


def _held(job: Job, worker: str) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, worker=worker)


def _is_left(job: Job, worker: str, now: datetime) -> bool:
    """Tell whether nobody works on a running job any more."""
    if job.worker == worker:
        return False
    return job.lease_until is None or job.lease_until <= now or is_dead(job.worker)


def _take(job: Job, worker: str, now: datetime) -> Job | None:
    as_read = Q(state=job.state, worker=job.worker, lease_until=job.lease_until)
    taken = Job.objects.filter(as_read, pk=job.pk).update(
        state=Job.State.RUNNING,
        worker=worker,
        lease_until=now + LEASE,
        heartbeat=now,
        started_at=job.started_at or now,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    log.info("Job leased", extra={"job": job.pk, "worker": worker, "was": job.worker})
    return Job.objects.select_related("site", "due_run").get(pk=job.pk)


def _end(job: Job, state: Job.State, *, error: str, now: datetime) -> None:
    """Write how a job ended, and with it the due moment; the caller holds the transaction."""
    job.state, job.error, job.ended_at = state, error, now
    job.worker, job.lease_until = "", None
    job.save(update_fields=["state", "error", "ended_at", "worker", "lease_until", "result"])
    if job.due_run is not None:
        due_run = job.due_run
        never_begun = state == Job.State.STOPPED and job.started_at is None
        due_run.outcome = DueRun.Outcome.SKIPPED if never_begun else DueRun.Outcome.RUN
        due_run.reason = "；".join(part for part in (due_run.reason, error) if part)
        due_run.decided_at = now
        due_run.save(update_fields=["outcome", "reason", "decided_at"])
    log.info("Job ended", extra={"job": job.pk, "run_id": job.run_id, "state": str(state)})


def _place(url: str) -> str:
    host, port = host_port(url)
    return f"{host}:{port}"
