"""Fifty `kill -9` of real workers at random moments: no due run is lost, doubled or overlapped."""

import itertools
import random
import subprocess
import threading
import time
from collections import Counter

import pytest
from django.db.models import Count

from audit.due_times import moments_between
from audit.models import Ad, CaptureRow, DueRun, Job, Schedule, SiteRow
from tests.crawler.site_server import Answer, Exchange, SiteServer, links, page
from tests.e2e.clockwork import Clockwork, backdate

SITES = 3
PAGES = 4
KILLS = 50
WORKERS = 2


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


def let_live_and_kill(clockwork: Clockwork, *, seed: int) -> int:
    """Keep some workers up and kill one after another; return how many had begun to work."""
    pick = random.Random(seed)
    running: list[tuple[float, subprocess.Popen[str]]] = []
    killed_at_work = 0
    for _ in range(KILLS):
        while len(running) < WORKERS:
            running.append((time.monotonic(), clockwork.start("--workers", "2")))
        time.sleep(pick.uniform(0.3, 3.5))
        _started, worker = running.pop(pick.randrange(len(running)))
        killed_at_work += Job.objects.filter(worker__contains=f"/{worker.pid}/").exists()
        clockwork.kill(worker)
    for _, worker in running:
        clockwork.kill(worker)
    return killed_at_work


def assert_whole(schedule: Schedule) -> None:
    """Each due moment has one row with an outcome; each that ran has one ended job."""
    rows = list(DueRun.objects.filter(schedule=schedule).order_by("due_at"))
    due = moments_between(schedule.cron, schedule.since, schedule.checked_until)
    assert [row.due_at for row in rows] == due
    assert {row.outcome for row in rows} <= {"run", "skipped", "missed"}
    assert all(row.decided_at for row in rows)
    jobs = Job.objects.filter(site=schedule.site).order_by("started_at")
    assert sorted(job.run_id for job in jobs) == sorted(
        row.run_id for row in rows if row.outcome == "run"
    )
    assert all(job.ended_at is not None for job in jobs)
    ends = [(job.started_at, job.ended_at) for job in jobs]
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
        add(clockwork, watched[0], "queues", missed="run_all", overlap="queue")
        add(clockwork, watched[1], "skips", missed="run_once", overlap="skip")
        add(clockwork, watched[2], "forgets", missed="skip", overlap="queue")

        killed_at_work = let_live_and_kill(clockwork, seed=20261125)
        Schedule.objects.update(enabled=False)
        clockwork.once()
    finally:
        for one in watched:
            one.server.__exit__(None, None, None)

    assert killed_at_work >= KILLS / 3, "the moments were too early to prove anything"
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
