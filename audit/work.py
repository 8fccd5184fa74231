"""The worker: notes what is due, does jobs side by side, keeps the index up to the rows."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection

from audit import jobs, workers
from audit.due_runs import Noted, note_due
from audit.errors import StoreError
from audit.holder import this_process
from audit.models import Job
from audit.work_crawl import CrawlRun
from audit.work_drain import Drainer
from audit.work_job import JobRun
from audit.work_signals import Signals
from audit.work_trial import TrialRun

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
_BEAT = timedelta(seconds=10)
_LEAVE = timedelta(seconds=40)

_DATABASE_AWAY = (StoreError, DatabaseError, InterfaceError)

OnJob = Callable[[JobRun], None]


@dataclass(slots=True)
class WorkReport:
    """What a worker did: due moments noted, how its jobs ended (`waiting`: handed back)."""

    noted: Noted = field(default_factory=Noted)
    ended: Counter[str] = field(default_factory=Counter)
    indexed: int = 0


class Work:
    """One worker process; `run` blocks until it is told to stop, or with `once` until all is done.

    A single thread does everything but the drain, so that nothing is shared.
    """

    def __init__(self, *, slots: int, on_job: OnJob) -> None:
        self.report = WorkReport()
        self._name = this_process()
        self._slots = slots
        self._on_job = on_job
        self._running: list[JobRun] = []
        self._drainer = Drainer()
        self._started_at = datetime.now(UTC)
        self._noted_minute: datetime | None = None
        self._beat_at: datetime | None = None
        self._doing = ""

    def run(self, *, once: bool, poll_seconds: float) -> WorkReport:
        """Work; SIGTERM and SIGINT hand the jobs back and end it."""
        with Signals() as signals:
            try:
                while not signals.is_stopping:
                    is_idle = self._turn()
                    if once and is_idle:
                        break
                    signals.sleep(poll_seconds)
            finally:
                self._leave(signals)
        self.report.indexed = self._drainer.indexed
        return self.report

    def _turn(self) -> bool:
        """Do what can be done now; tell whether nothing is under way any more."""
        now = datetime.now(UTC)
        try:
            self._step_all(now)
            self._note_due(now)
            while len(self._running) < self._slots and self._lease(now):
                pass
            self._drainer.poll()
            self._beat(now)
        except _DATABASE_AWAY as error:
            log.warning("Database does not answer, trying again", extra={"error": str(error)})
            connection.close()
            return False
        return not self._running and not self._drainer.is_busy()

    def _step_all(self, now: datetime) -> None:
        for run in list(self._running):
            if not run.state:
                run.step(now)
            if run.state:
                self._let_go(run)

    def _let_go(self, run: JobRun) -> None:
        self._running.remove(run)
        self.report.ended[run.state] += 1
        self._on_job(run)

    def _note_due(self, now: datetime) -> None:
        """Look at the schedules once a minute: due moments are whole minutes."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._noted_minute:
            self.report.noted.add(note_due(now))
            self._noted_minute = minute

    def _lease(self, now: datetime) -> bool:
        job = jobs.lease_next(self._name, now)
        if job is None:
            return False
        run = self._take_up(job)
        self._running.append(run)
        self._on_job(run)
        run.step(now)
        return True

    def _take_up(self, job: Job) -> JobRun:
        if job.site is None:
            return TrialRun(job, self._name)
        return CrawlRun(job, job.site, self._name)

    def _beat(self, now: datetime) -> None:
        doing = "、".join(run.name for run in self._running) or "空闲"
        if doing == self._doing and self._beat_at is not None and now < self._beat_at + _BEAT:
            return
        workers.beat(self._name, started_at=self._started_at, now=now, doing=doing)
        self._doing, self._beat_at = doing, now

    def _leave(self, signals: Signals) -> None:
        """End what is under way and hand it back; a second signal does not wait for it."""
        for run in self._running:
            run.stop()
        deadline = datetime.now(UTC) + _LEAVE
        while any(run.has_process() for run in self._running):
            if signals.is_urgent or datetime.now(UTC) > deadline:
                break
            signals.sleep(0.2)
        try:
            for run in list(self._running):
                if not run.state:
                    run.hand_back(datetime.now(UTC))
                self._let_go(run)
            self._drainer.close(seconds=_LEAVE.total_seconds())
            workers.leave(self._name)
        except _DATABASE_AWAY as error:
            # The leases run out by themselves, and others take the jobs over.
            log.warning("Jobs not handed back", extra={"error": str(error)})
