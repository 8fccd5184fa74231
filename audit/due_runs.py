"""The ledger of due moments: each gets one row, and ends as run, skipped or missed, with why.

Any number of workers may note at once: a schedule is noted in one transaction under its cursor,
and (schedule, due_at) is unique. A clock set back finds its moments noted already; one set forward
leaves it to the policy for missed moments, within the caps below.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.database import writing
from audit.due_times import BEIJING, jitter, moments_between, next_moment
from audit.jobs import count_active, enqueue_due
from audit.models import DueRun, Schedule

# Later than this nobody was there to start it: the policy for missed moments decides.
GRACE = timedelta(minutes=10)
# Moments noted one by one after a long absence, made up for by `run_all`, waiting under `queue`.
MAX_NOTED = 500
MAX_MADE_UP = 24
MAX_QUEUED = 24


@dataclass(slots=True)
class Noted:
    """How many due moments were handed to workers, skipped, missed."""

    queued: int = 0
    skipped: int = 0
    missed: int = 0

    def add(self, other: "Noted") -> None:
        self.queued += other.queued
        self.skipped += other.skipped
        self.missed += other.missed


def note_due(now: datetime) -> Noted:
    """Make the rows and jobs of everything that came due up to `now`."""
    noted = Noted()
    behind = Schedule.objects.filter(enabled=True, checked_until__lt=now)
    for schedule in behind.order_by("pk"):
        if next_moment(schedule.cron, schedule.checked_until) <= now:
            with writing():
                noted.add(note_schedule(schedule, now))
    return noted


def note_schedule(schedule: Schedule, now: datetime) -> Noted:
    """Do as `note_due` for one schedule, as its row is now; the caller holds the transaction."""
    fresh = Schedule.objects.select_related("site").get(pk=schedule.pk)
    if not fresh.enabled or fresh.checked_until >= now:
        return Noted()
    start = max(fresh.since, fresh.checked_until)
    moments = moments_between(fresh.cron, start, now, limit=MAX_NOTED + 1)
    known = set(
        DueRun.objects.filter(schedule=fresh, due_at__gt=start, due_at__lte=now).values_list(
            "due_at", flat=True
        )
    )
    writer = _Writer(fresh, now)
    if len(moments) > MAX_NOTED:
        first, moments = next_moment(fresh.cron, start), moments[1:]
        if first not in known:
            writer.miss(first, f"至 {_shown(moments[0])} 之前的各次到期无人值守，合并记为这一条")
    writer.decide([moment for moment in moments if moment not in known])
    Schedule.objects.filter(pk=fresh.pk).update(checked_until=now)
    return writer.noted


class _Writer:
    """Decides the moments of one schedule that came due since it was last looked at."""

    def __init__(self, schedule: Schedule, now: datetime) -> None:
        self.noted = Noted()
        self._schedule = schedule
        self._now = now
        self._active = count_active(schedule.site)

    def decide(self, moments: Sequence[datetime]) -> None:
        late = [moment for moment in moments if moment < self._now - GRACE]
        on_time = moments[len(late) :]
        match self._schedule.missed:
            case Schedule.Missed.RUN_ALL:
                self._make_up_all(late)
            case Schedule.Missed.RUN_ONCE:
                self._make_up_once(late, on_time)
            case _:
                for moment in late:
                    self.miss(moment, "到期时没有工作进程，计划规定不补抓")
        for moment in on_time:
            self._run_unless_overlapping(moment)

    def _make_up_all(self, late: Sequence[datetime]) -> None:
        cut = max(0, len(late) - MAX_MADE_UP)
        for moment in late[:cut]:
            self.miss(moment, f"到期时没有工作进程，一次最多补抓 {MAX_MADE_UP} 次，此次不再补")
        for moment in late[cut:]:
            self._enqueue(moment, "到期时没有工作进程，补抓")

    def _make_up_once(self, late: Sequence[datetime], on_time: Sequence[datetime]) -> None:
        if not late:
            return
        by = on_time[0] if on_time else late[-1]
        for moment in late:
            if moment == by:
                self._run_unless_overlapping(moment, "到期时没有工作进程，补抓一次")
            else:
                self.miss(moment, f"到期时没有工作进程，由 {_shown(by)} 的一次补上")

    def _run_unless_overlapping(self, moment: datetime, reason: str = "") -> None:
        if self._schedule.overlap == Schedule.Overlap.SKIP and self._active:
            self._skip(moment, "到期时上一次抓取还没有结束")
        elif self._active >= MAX_QUEUED:
            self._skip(moment, f"已有 {self._active} 次抓取在排队，达到上限")
        else:
            self._enqueue(moment, reason)

    def miss(self, moment: datetime, reason: str) -> None:
        self._row(moment, DueRun.Outcome.MISSED, reason)
        self.noted.missed += 1

    def _skip(self, moment: datetime, reason: str) -> None:
        self._row(moment, DueRun.Outcome.SKIPPED, reason)
        self.noted.skipped += 1

    def _enqueue(self, moment: datetime, reason: str) -> None:
        due_run = self._row(moment, "", reason)
        delay = jitter(self._schedule.site.site_id, moment, self._schedule.jitter_seconds)
        enqueue_due(self._schedule.site, due_run, now=self._now, not_before=moment + delay)
        self._active += 1
        self.noted.queued += 1

    def _row(self, moment: datetime, outcome: str, reason: str) -> DueRun:
        return DueRun.objects.create(
            schedule=self._schedule,
            due_at=moment,
            outcome=outcome,
            reason=reason,
            decided_at=self._now if outcome else None,
        )


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
