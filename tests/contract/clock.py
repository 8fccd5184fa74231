"""Sites with schedules and a clock of their own, for tests of what is due and who does it."""

from datetime import UTC, datetime, timedelta

from audit.models import DueRun, Job, Schedule, SiteRow
from audit.schedule import set_schedule

# Half past two on a Wednesday in Beijing.
START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)


def after(**delta: float) -> datetime:
    return START + timedelta(**delta)


def make_site(site_id: str = "town", *, port: int = 8810, title: str = "小站") -> SiteRow:
    url = f"http://127.0.0.1:{port}/"
    return SiteRow.objects.create(
        site_id=site_id,
        title=title,
        declaration={
            "site_id": site_id,
            "title": title,
            "start_urls": [url],
            "allowed_domains": [f"127.0.0.1:{port}"],
        },
        changed_at=START,
    )


def make_schedule(
    site: SiteRow | None = None,
    *,
    cron: str = "0 * * * *",
    missed: str = "run_once",
    overlap: str = "skip",
    jitter_seconds: int = 0,
) -> Schedule:
    """Set a schedule at `START`; the first hourly moment is half an hour later."""
    return set_schedule(
        site or make_site(),
        cron=cron,
        missed=missed,
        overlap=overlap,
        jitter_seconds=jitter_seconds,
        by="guanli",
        now=START,
    )


def outcomes(schedule: Schedule) -> list[str]:
    """Return the outcomes of the schedule's due moments in order; `queued` when under way."""
    rows = DueRun.objects.filter(schedule=schedule).order_by("due_at")
    return [row.outcome or "queued" for row in rows]


def end_jobs(state: Job.State = Job.State.DONE) -> None:
    """End every job as a worker would have."""
    from audit import jobs

    while True:
        job = jobs.lease_next("elsewhere/1/1", after(days=9000))
        if job is None:
            return
        jobs.finish(job, "elsewhere/1/1", state, now=after(days=9000))
