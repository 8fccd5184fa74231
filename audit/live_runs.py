"""Crawls that go on or wait: those of jobs, and those begun at the shell on this machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit import config, policy
from audit.ledger_view import Wanted, scan_ledger, totals_of
from audit.models import Job, Run, User
from audit.site_names import SiteName, SiteNames
from crawler.errors import RunError
from crawler.ledger import read_header
from crawler.run import is_worked_on, runs_folder

# Runs begun at the shell have no job; the newest folders are looked through for them.
_LOOKED_THROUGH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A crawl that waits or goes on; without a job it was begun at the shell."""

    run_id: str
    sites: tuple[SiteName, ...]
    totals: Mapping[str, int]
    begun_at: datetime | None
    not_before: datetime | None = None
    job_id: int | None = None
    asked_by: str = ""
    is_stopping: bool = False


def live_runs(user: User) -> list[LiveRun]:
    """Return the crawls that go on or wait, of the user's regions; those that go on first."""
    names = SiteNames(user)
    jobs = Job.objects.filter(kind=Job.Kind.CRAWL, state__in=[Job.State.WAITING, Job.State.RUNNING])
    visible = jobs.filter(site__in=policy.visible_sites(user)).select_related("site")
    live = [live_run(job) for job in visible.order_by("state", "not_before", "pk")]
    return [*live, *_begun_at_shell(names, set(jobs.values_list("run_id", flat=True)))]


def live_run(job: Job) -> LiveRun:
    """Return a crawl's job as it stands."""
    site = job.site
    return LiveRun(
        run_id=job.run_id,
        sites=(SiteName(site_id=site.site_id, title=site.title),) if site is not None else (),
        totals=job.progress,
        begun_at=job.started_at if job.state == Job.State.RUNNING else None,
        not_before=job.not_before,
        job_id=job.pk,
        asked_by=job.requested_by,
        is_stopping=job.stop_requested,
    )


def _begun_at_shell(names: SiteNames, with_job: set[str]) -> Iterator[LiveRun]:
    folder = runs_folder(config.data_folder())
    if not folder.is_dir():
        return
    newest = sorted((path.name for path in folder.iterdir()), reverse=True)[:_LOOKED_THROUGH]
    ended = Run.objects.filter(run_id__in=newest).exclude(outcome="running")
    for name in sorted(set(newest) - with_job - set(ended.values_list("run_id", flat=True))):
        try:
            if not is_worked_on(folder / name):
                continue
            header = read_header(folder / name)
            sites = names.of([site.site_id for site in header.sites])
            scan = scan_ledger(folder / name, Wanted(sites=frozenset(s.site_id for s in sites)))
        except (
            RunError,
            OSError,
        ):  # just being made: nothing to show yet
            continue
        if sites:
            totals = totals_of(scan.counts)
            yield LiveRun(run_id=name, sites=sites, totals=totals, begun_at=header.started_at)
