"""Schedules of sites: set with an event, read as due moments."""

from datetime import datetime

from audit.database import writing
from audit.due_runs import note_schedule
from audit.due_times import moments_between, next_moment, read_cron
from audit.errors import ScheduleError
from audit.events import append
from audit.jobs import cancel_scheduled
from audit.models import Schedule, SiteRow
from crawler.site import Site

MAX_JITTER_SECONDS = 6 * 3600


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """Return the first due moment after `after` that has no row yet."""
    first = next_moment(schedule.cron, schedule.checked_until)
    return first if first > after else next_moment(schedule.cron, after)


def due_between(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Return the moments in (start, end] at which the site is due, in order."""
    return moments_between(schedule.cron, max(start, schedule.since), end)


def set_schedule(
    site_row: SiteRow,
    *,
    cron: str,
    missed: str = Schedule.Missed.RUN_ONCE,
    overlap: str = Schedule.Overlap.SKIP,
    jitter_seconds: int = 0,
    enabled: bool = True,
    by: str,
    now: datetime,
) -> Schedule:
    """Make or change a site's schedule; switching it off is how a site is paused.

    What came due before the change is decided first, by the old rules. A new cron and a schedule
    that is switched on again count from now.

    Raises:
        ScheduleError: no such moment or policy, or a jitter out of range.
    """
    wanted = {
        "cron": read_cron(cron),
        "missed": _choice("missed", missed, Schedule.Missed.values),
        "overlap": _choice("overlap", overlap, Schedule.Overlap.values),
        "jitter_seconds": _jitter(jitter_seconds),
        "enabled": enabled,
    }
    with writing():
        before = Schedule.objects.filter(site=site_row).first()
        if before is not None:
            if all(getattr(before, name) == value for name, value in wanted.items()):
                return before
            note_schedule(before, now)
        schedule = before or Schedule(site=site_row)
        if before is None or before.cron != wanted["cron"] or (enabled and not before.enabled):
            schedule.since = schedule.checked_until = now
        else:
            schedule.refresh_from_db(fields=["checked_until"])
        for name, value in wanted.items():
            setattr(schedule, name, value)
        schedule.changed_by = by
        schedule.save()
        if not enabled:
            cancel_scheduled(site_row, now=now)
        append(
            actor=by,
            action="schedule_set",
            object_type="site",
            object_id=site_row.site_id,
            details=wanted,
        )
    return schedule


def take_declared(site_row: SiteRow, site: Site, *, by: str, now: datetime) -> Schedule | None:
    """Set the schedule that a declaration carries; without one an existing schedule stays."""
    declared = site.schedule
    if declared is None:
        return None
    return set_schedule(
        site_row,
        cron=declared.cron,
        missed=declared.missed,
        overlap=declared.overlap,
        jitter_seconds=declared.jitter_seconds,
        by=by,
        now=now,
    )


def _choice(name: str, value: str, known: list[str]) -> str:
    if value in known:
        return value
    raise ScheduleError(
        f"Schedule: '{name}' expected one of {', '.join(known)}, got {value!r}.",
        zh="没有这样的计划规则，请从列表中选择。",
    )


def _jitter(seconds: int) -> int:
    if 0 <= seconds <= MAX_JITTER_SECONDS:
        return seconds
    raise ScheduleError(
        f"Schedule: 'jitter_seconds' expected 0 to {MAX_JITTER_SECONDS}, got {seconds}.",
        zh=f"随机延后须在 0 至 {MAX_JITTER_SECONDS} 秒之间，请修改后再保存。",
    )
