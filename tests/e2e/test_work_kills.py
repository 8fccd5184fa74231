"""Fifty `kill -9` of real workers at random moments: no due run is lost, doubled or overlapped."""

import itertools
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.db.models import Count

from audit import jobs
from audit.due_times import moments_between
from audit.models import Ad, CaptureRow, DueRun, Job, Schedule, SiteRow
from tests.crawler.site_server import Answer, Exchange, SiteServer, links, page
from tests.e2e.clockwork import Clockwork, backdate

SITES = 3
PAGES = 4
KILLS = 50
SHARE_AT_WORK = 0.8
WORKERS = 2
PATIENCE_SECONDS = 20


class Watched:
    """A site that counts how many requests it answers at the same moment."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        routes: dict[str, Answer] = {
            f"/{number}": self._reply(page(f"<p>编号 {number} 的一页。</p>"))
            for number in range(PAGES)
        }
        routes["/"] = self._reply(page(links(*routes)))
        self.server = SiteServer(routes)

    def _reply(self, answer: bytes) -> Answer:
        def reply(exchange: Exchange) -> None:
            with self._lock:
                self._now += 1
                self.most = max(self.most, self._now)
            exchange.stopping.wait(0.1)
            with self._lock:
                self._now -= 1
            exchange.send(answer)

        return reply


def add(clockwork: Clockwork, watched: Watched, name: str, **policies: str) -> SiteRow:
    schedule = {"cron": "*/4 * * * *", **policies}
    site = clockwork.add_site(watched.server, name, schedule=schedule)
    backdate(site, minutes=30)
    return site


def holds_a_job(worker: subprocess.Popen[str]) -> bool:
    return Job.objects.filter(worker__contains=f"/{worker.pid}/").exists()


def ask_for_crawls(sites: Sequence[SiteRow]) -> None:
    for site in sites:
        jobs.request_crawl(site, by="guanli", now=datetime.now(UTC))


def keep_busy(worker: subprocess.Popen[str], sites: Sequence[SiteRow]) -> None:
    """Ask for crawls until the worker has one; the other one may take them all for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds_a_job(worker) and time.monotonic() < deadline:
        ask_for_crawls(sites)
        time.sleep(0.2)


def let_live_and_kill(clockwork: Clockwork, sites: Sequence[SiteRow], *, seed: int) -> int:
    """Keep some workers up and kill one after another; return how many were at work.

    Most are killed a random while after they took a job, the others a random while after they
    were started.
    """
    pick = random.Random(seed)
    running: list[subprocess.Popen[str]] = []
    at_work = 0
    for _ in range(KILLS):
        while len(running) < WORKERS:
            running.append(clockwork.start("--workers", "2"))
        worker = running.pop(pick.randrange(len(running)))
        if pick.random() < SHARE_AT_WORK:
            keep_busy(worker, sites)
        time.sleep(pick.uniform(0, 2.5))
        at_work += holds_a_job(worker)
        clockwork.kill(worker)
    for worker in running:
        clockwork.kill(worker)
    return at_work


def work_off(clockwork: Clockwork) -> None:
    """Let one worker in peace until nothing waits, what waits a while for its retry included."""
    clockwork.once()
    while Job.objects.filter(state=Job.State.WAITING).exists():
        time.sleep(1)
        clockwork.once()


def assert_whole(schedule: Schedule) -> None:
    """Each due moment has one row with an outcome; each that ran has one ended job."""
    rows = list(DueRun.objects.filter(schedule=schedule).order_by("due_at"))
    due = moments_between(schedule.cron, schedule.since, schedule.checked_until)
    assert [row.due_at for row in rows] == due
    assert {row.outcome for row in rows} <= {"run", "skipped", "missed"}
    assert all(row.decided_at for row in rows)
    crawls = Job.objects.filter(site=schedule.site)
    scheduled = crawls.filter(due_run__isnull=False).values_list("run_id", flat=True)
    assert sorted(scheduled) == sorted(row.run_id for row in rows if row.outcome == "run")
    assert not crawls.filter(ended_at=None).exists()
    ends = crawls.order_by("started_at").values_list("started_at", "ended_at")
    overlapping = [
        (before, after) for before, after in itertools.pairwise(ends) if after[0] < before[1]
    ]
    assert overlapping == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_kills_lose_and_double_nothing(clockwork: Clockwork) -> None:
    watched = [Watched() for _ in range(SITES)]
    for one in watched:
        one.server.__enter__()
    try:
        sites = [
            add(clockwork, watched[0], "queues", missed="run_all", overlap="queue"),
            add(clockwork, watched[1], "skips", missed="run_once", overlap="skip"),
            add(clockwork, watched[2], "forgets", missed="skip", overlap="queue"),
        ]

        at_work = let_live_and_kill(clockwork, sites, seed=20261125)
        Schedule.objects.update(enabled=False)
        work_off(clockwork)
        ask_for_crawls(sites)
        work_off(clockwork)
    finally:
        for one in watched:
            one.server.__exit__(None, None, None)

    assert at_work >= KILLS / 2, "the moments were too early to prove anything"
    for schedule in Schedule.objects.all():
        assert_whole(schedule)
    assert [one.most for one in watched] == [1] * SITES
    outcomes = Counter(DueRun.objects.values_list("outcome", flat=True))
    assert outcomes["run"] > 0
    assert outcomes["missed"] > 0
    assert set(Job.objects.values_list("state", flat=True)) <= {"done", "failed"}
    assert Job.objects.filter(state="done").exists()
    doubled = (
        CaptureRow.objects.filter(http_status=200)
        .values("run_id", "url")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    assert list(doubled) == []
    assert Ad.objects.count() == SITES * (PAGES + 1)
