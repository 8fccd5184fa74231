"""Jobs on each database: who gets which, who keeps it, how it ends."""

import subprocess
import sys
from datetime import timedelta

import pytest

from audit import jobs
from audit.due_runs import note_due
from audit.jobs import LEASE, MAX_ATTEMPTS
from audit.models import DueRun, Event, Job
from audit.schedule import set_schedule
from tests.contract.clock import START, after, make_schedule, make_site, outcomes
from tests.contract.store import Store

# Workers of another machine: nobody here can tell whether they live.
ONE, TWO = "elsewhere/1/1", "elsewhere/2/2"
_LEASE = """
from datetime import datetime
from audit import jobs
taken = []
while True:
    job = jobs.lease_next(f"elsewhere/{sys.argv[1]}/1", datetime.fromisoformat("NOW"))
    if job is None:
        break
    taken.append(str(job.pk))
print(" ".join(taken))
"""


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_request_is_one_job_and_one_event_however_often_it_is_made(store: Store) -> None:
    site = make_site()

    first = jobs.request_crawl(site, by="guanli", now=START)
    again = jobs.request_crawl(site, by="other", now=after(seconds=1))

    assert again.pk == first.pk
    assert first.requested_by == "guanli"
    events = Event.objects.filter(action="crawl_requested")
    assert [(event.actor, event.object_id) for event in events] == [("guanli", "town")]


def test_job_goes_to_one_worker_and_is_kept_by_its_heartbeat(store: Store) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=START)

    leased = jobs.lease_next(ONE, START)

    assert leased is not None
    assert (leased.pk, leased.attempts, leased.worker) == (job.pk, 1, ONE)
    assert jobs.lease_next(TWO, START) is None
    late = START + LEASE - timedelta(seconds=1)
    assert jobs.heartbeat(leased, ONE, late, progress={"found": 3}) == "held"
    assert jobs.lease_next(TWO, START + LEASE + timedelta(seconds=1)) is None
    assert state_of(job) == "running"
    assert job.progress == {"found": 3}


def test_silent_workers_job_is_taken_over_with_its_run(store: Store) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=START)
    jobs.lease_next(ONE, START)
    late = START + LEASE + timedelta(seconds=1)

    taken = jobs.lease_next(TWO, late)

    assert taken is not None
    assert (taken.pk, taken.run_id, taken.attempts) == (job.pk, job.run_id, 2)
    assert jobs.heartbeat(job, ONE, late, progress={}) == "lost"
    assert not jobs.finish(job, ONE, Job.State.DONE, now=late)
    assert jobs.finish(job, TWO, Job.State.DONE, now=late)


def test_dead_workers_job_is_taken_over_at_once(store: Store) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "from audit.holder import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    jobs.request_crawl(make_site(), by="guanli", now=START)
    assert jobs.lease_next(dead, START) is not None

    taken = jobs.lease_next(TWO, START)

    assert taken is not None
    assert taken.worker == TWO


def test_job_that_ends_its_workers_fails_after_some_attempts(store: Store) -> None:
    schedule = make_schedule()
    note_due(after(minutes=30))
    now = after(minutes=30)
    for attempt in range(MAX_ATTEMPTS):
        assert jobs.lease_next(f"elsewhere/{attempt}/1", now) is not None
        now += LEASE

    assert jobs.lease_next(TWO, now) is None

    job = Job.objects.get()
    assert job.state == "failed"
    assert "不再重试" in job.error
    assert outcomes(schedule) == ["run"]


def test_one_job_on_a_host_and_port_at_a_time(store: Store) -> None:
    here = jobs.request_crawl(make_site("here"), by="guanli", now=START)
    same = jobs.request_crawl(make_site("same"), by="guanli", now=START)
    other = jobs.request_crawl(make_site("other", port=8811), by="guanli", now=START)

    leased = [jobs.lease_next(worker, START) for worker in (ONE, TWO, ONE)]

    assert [job.pk if job else None for job in leased] == [here.pk, other.pk, None]
    jobs.finish(here, ONE, Job.State.DONE, now=START)
    following = jobs.lease_next(TWO, START)
    assert following is not None
    assert following.pk == same.pk


def test_trial_goes_first_and_keeps_off_a_host_that_is_crawled(store: Store) -> None:
    jobs.request_crawl(make_site("a"), by="guanli", now=START)
    jobs.lease_next(ONE, START)
    jobs.request_crawl(make_site("b", port=8811), by="guanli", now=START)
    same = jobs.request_trial("http://127.0.0.1:8810/x", by="guanli", now=START)
    free = jobs.request_trial("http://127.0.0.1:8812/", by="guanli", now=START)

    first = jobs.lease_next(TWO, START)

    assert first is not None
    assert first.pk == free.pk
    assert state_of(same) == "waiting"


def test_job_waits_for_its_moment(store: Store) -> None:
    make_schedule(jitter_seconds=600)
    note_due(after(minutes=30))
    job = Job.objects.get()

    assert jobs.lease_next(ONE, job.not_before - timedelta(seconds=1)) is None
    assert jobs.lease_next(ONE, job.not_before) is not None


def test_waiting_job_is_cancelled_at_once_and_its_moment_skipped(store: Store) -> None:
    schedule = make_schedule()
    note_due(after(minutes=30))
    job = Job.objects.get()

    jobs.request_stop(job, by="guanli", now=after(minutes=31))

    assert state_of(job) == "stopped"
    assert outcomes(schedule) == ["skipped"]
    assert DueRun.objects.get().reason == "由 guanli 取消"
    assert jobs.lease_next(ONE, after(minutes=32)) is None
    assert Event.objects.filter(action="stop_requested").count() == 1


def test_running_job_hears_of_the_stop_at_its_next_beat(store: Store) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=START)
    jobs.lease_next(ONE, START)

    jobs.request_stop(job, by="guanli", now=START)

    assert state_of(job) == "running"
    assert jobs.heartbeat(job, ONE, START, progress={}) == "stop"


def test_stop_asked_of_a_dead_workers_job_ends_it(store: Store) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=START)
    jobs.lease_next(ONE, START)
    jobs.request_stop(job, by="guanli", now=START)

    assert jobs.lease_next(TWO, START + LEASE) is None

    assert state_of(job) == "stopped"


def test_job_handed_back_is_not_an_attempt(store: Store) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=START)

    for _ in range(MAX_ATTEMPTS + 2):
        assert jobs.lease_next(ONE, START) is not None
        assert jobs.hand_back(job, ONE, now=START, counts=False, not_before=START)

    assert state_of(job) == "waiting"
    assert job.attempts == 0


def test_pausing_skips_what_waits_and_counts_from_the_return(store: Store) -> None:
    schedule = make_schedule()
    note_due(after(minutes=30))
    switch = {"cron": schedule.cron, "by": "guanli"}

    set_schedule(schedule.site, enabled=False, now=after(minutes=40), **switch)
    note_due(after(hours=5))
    set_schedule(schedule.site, enabled=True, now=after(hours=5, minutes=10), **switch)
    note_due(after(hours=5, minutes=30))

    rows = DueRun.objects.order_by("due_at")
    assert [(row.due_at, row.outcome, row.reason) for row in rows] == [
        (after(minutes=30), "skipped", "计划已暂停"),
        (after(hours=5, minutes=30), "", ""),
    ]
    assert [event.details["enabled"] for event in Event.objects.filter(action="schedule_set")] == [
        True,
        False,
        True,
    ]


def test_change_of_cron_first_decides_what_was_due_by_the_old_one(store: Store) -> None:
    schedule = make_schedule()

    set_schedule(schedule.site, cron="15 * * * *", by="guanli", now=after(minutes=35))
    note_due(after(minutes=46))

    assert [row.due_at for row in DueRun.objects.order_by("due_at")] == [
        after(minutes=30),
        after(minutes=45),
    ]


@pytest.mark.parametrize("workers", [6])
def test_many_processes_lease_each_job_once(store: Store, workers: int) -> None:
    for number in range(20):
        site = make_site(f"site-{number}", port=9000 + number)
        jobs.request_crawl(site, by="guanli", now=START)

    outputs = store.run_all(_LEASE.replace("NOW", START.isoformat()), workers)

    taken = [pk for out in outputs for pk in out.split()]
    assert len(taken) == len(set(taken)) == 20
