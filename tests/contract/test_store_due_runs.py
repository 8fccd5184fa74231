"""The ledger of due moments on each database: policies, a clock that jumps, many who note."""

from datetime import timedelta

import pytest

from audit.due_runs import GRACE, MAX_MADE_UP, MAX_NOTED, MAX_QUEUED, note_due
from audit.models import DueRun, Job
from tests.contract.clock import START, after, end_jobs, make_schedule, make_site, outcomes
from tests.contract.store import Store

_NOTE = """
from datetime import datetime
from audit.due_runs import note_due
noted = note_due(datetime.fromisoformat(sys.argv[2]))
print(noted.queued, noted.skipped, noted.missed)
"""


def test_nothing_is_due_before_the_schedule_was_set(store: Store) -> None:
    schedule = make_schedule()

    note_due(after(minutes=29))

    assert outcomes(schedule) == []


def test_due_moment_makes_one_row_and_one_job(store: Store) -> None:
    schedule = make_schedule()

    noted = note_due(after(minutes=30))

    due_run = DueRun.objects.get(schedule=schedule)
    assert (noted.queued, due_run.due_at, due_run.outcome) == (1, after(minutes=30), "")
    job = Job.objects.get(due_run=due_run)
    assert (job.state, job.run_id, job.requested_by) == ("waiting", due_run.run_id, "")
    assert len(job.run_id) == 26
    assert note_due(after(minutes=31)).queued == 0


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        pytest.param("skip", ["missed"] * 5 + ["queued"], id="skip"),
        pytest.param("run_once", ["missed"] * 5 + ["queued"], id="run-once-by-the-one-on-time"),
        pytest.param("run_all", ["queued"] * 5 + ["skipped"], id="run-all"),
    ],
)
def test_missed_policy_while_the_last_moment_is_on_time(
    store: Store, missed: str, expected: list[str]
) -> None:
    schedule = make_schedule(missed=missed)

    note_due(after(hours=5, minutes=31))

    assert outcomes(schedule) == expected


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("skip", ["missed"] * 3),
        ("run_once", ["missed", "missed", "queued"]),
        ("run_all", ["queued"] * 3),
    ],
)
def test_missed_policy_when_nobody_was_there(
    store: Store, missed: str, expected: list[str]
) -> None:
    schedule = make_schedule(missed=missed)

    note_due(after(hours=3))

    assert outcomes(schedule) == expected
    assert all(row.reason for row in DueRun.objects.all())


def test_moment_within_the_grace_is_on_time(store: Store) -> None:
    schedule = make_schedule(missed="skip")

    note_due(after(minutes=30) + GRACE)

    assert outcomes(schedule) == ["queued"]


@pytest.mark.parametrize(
    ("overlap", "expected"), [("skip", ["queued", "skipped"]), ("queue", ["queued", "queued"])]
)
def test_overlap_policy_while_the_crawl_before_is_under_way(
    store: Store, overlap: str, expected: list[str]
) -> None:
    schedule = make_schedule(overlap=overlap)
    note_due(after(minutes=30))

    note_due(after(minutes=90))

    assert outcomes(schedule) == expected


def test_overlap_does_not_count_what_has_ended(store: Store) -> None:
    schedule = make_schedule(overlap="skip")
    note_due(after(minutes=30))
    end_jobs()

    note_due(after(minutes=90))

    assert outcomes(schedule) == ["run", "queued"]


def test_queue_is_bounded_and_says_so(store: Store) -> None:
    schedule = make_schedule(overlap="queue")

    for hour in range(MAX_QUEUED + 2):
        note_due(after(hours=hour, minutes=30))

    assert outcomes(schedule) == ["queued"] * MAX_QUEUED + ["skipped"] * 2
    assert "达到上限" in DueRun.objects.latest("due_at").reason


def test_run_all_is_bounded_and_says_so(store: Store) -> None:
    schedule = make_schedule(missed="run_all", overlap="queue")

    note_due(after(hours=MAX_MADE_UP + 10))

    assert outcomes(schedule) == ["missed"] * 10 + ["queued"] * MAX_MADE_UP
    assert "不再补" in DueRun.objects.earliest("due_at").reason


def test_clock_set_forward_by_years_is_noted_in_bounded_rows(store: Store) -> None:
    schedule = make_schedule(cron="* * * * *", missed="run_once")

    note_due(after(days=3 * 365))

    first = DueRun.objects.earliest("due_at")
    assert DueRun.objects.count() == MAX_NOTED + 1
    assert (first.due_at, first.outcome) == (after(minutes=1), "missed")
    assert "合并记为这一条" in first.reason
    assert set(outcomes(schedule)[:-11]) == {"missed"}
    assert Job.objects.count() == 1


def test_clock_set_back_does_nothing_twice(store: Store) -> None:
    schedule = make_schedule(overlap="queue")
    note_due(after(hours=3))
    before = outcomes(schedule)

    for minutes in (0, 30, 90, 179, 180):
        note_due(after(minutes=minutes))

    assert outcomes(schedule) == before
    note_due(after(hours=3, minutes=30))
    assert outcomes(schedule) == [*before, "queued"]


def test_every_site_is_noted_by_its_own_schedule(store: Store) -> None:
    hourly = make_schedule(make_site("hourly"))
    daily = make_schedule(make_site("daily", port=8811), cron="0 3 * * *")

    note_due(after(minutes=30))
    note_due(after(minutes=90))

    assert outcomes(hourly) == ["queued", "skipped"]
    assert outcomes(daily) == ["queued"]


def test_jitter_delays_the_job_and_not_the_moment(store: Store) -> None:
    make_schedule(jitter_seconds=600)

    note_due(after(minutes=30))

    job = Job.objects.get()
    assert job.due_run is not None
    delay = job.not_before - job.due_run.due_at
    assert timedelta(0) < delay <= timedelta(seconds=600)


def test_many_processes_note_each_moment_once(store: Store) -> None:
    schedules = [
        make_schedule(make_site(f"site-{number}", port=8810 + number), missed="run_all")
        for number in range(6)
    ]
    now = after(hours=5).isoformat()
    script = _NOTE.replace("sys.argv[2]", repr(now))

    outputs = store.run_all(script, 4)

    assert sum(int(out.split()[0]) for out in outputs) == 6 * 5
    assert [outcomes(schedule) for schedule in schedules] == [["queued"] * 5] * 6
    assert Job.objects.count() == 30
    assert DueRun.objects.earliest("due_at").due_at > START
