"""What the rows say of each site: the states, their words, and how many queries that takes."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import jobs, workers
from audit.alarms import not_watched, site_health, sites_overview
from audit.due_runs import note_due
from audit.holder import this_process
from audit.models import Job, SiteRow, SiteYield
from audit.schedule import set_schedule
from tests.contract.clock import START, after, make_schedule, make_site
from tests.contract.store import Store

ONE = "elsewhere/1/1"


def add_yield(
    site: SiteRow,
    ads: int,
    *,
    at: datetime = START,
    usual: float | None = None,
    pages: int = 10,
    failed: int = 0,
    outcome: str = "done",
) -> SiteYield:
    return SiteYield.objects.create(
        run_id=f"run-{SiteYield.objects.count():022d}",
        site_id=site.site_id,
        outcome=outcome,
        ended_at=at,
        pages=pages,
        failed=failed,
        ads=ads,
        flagged=0,
        usual_ads=usual,
        noted_at=at,
    )


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ({"ads": 10, "usual": 12.0}, "ok", "最近一次发现 10 条广告"),
        ({"ads": 10}, "ok", "最近一次发现 10 条广告"),
        ({"ads": 0, "usual": 12.0}, "silent_zero", "没有发现广告，平常约 12 条"),
        ({"ads": 0, "usual": 1.5}, "silent_zero", "平常约 1.5 条"),
        ({"ads": 0}, "ok", "最近一次发现 0 条广告"),
        ({"ads": 5, "usual": 12.0}, "fewer", "不到平常约 12 条的一半"),
        ({"ads": 6, "usual": 12.0}, "ok", "最近一次发现 6 条广告"),
        ({"ads": 1, "usual": 3.0}, "ok", "最近一次发现 1 条广告"),
        ({"ads": 5, "pages": 4, "failed": 5}, "failing", "取得 4 页，失败 5 页"),
        ({"ads": 0, "pages": 0, "failed": 0}, "failing", "取得 0 页"),
        ({"ads": 9, "outcome": "failed"}, "failing", "中途出错"),
        ({"ads": 0, "usual": 12.0, "outcome": "stopped"}, "ok", "被停止"),
    ],
)
def test_last_run_tells_the_state(
    store: Store, given: dict[str, Any], state: str, words: str
) -> None:
    site = make_site()
    make_schedule(site)
    add_yield(site, **given)

    health = site_health(site, after(minutes=1))

    assert health.state == state
    assert words in health.words
    assert health.next_due == after(minutes=30)


def test_declared_least_is_an_alarm_from_the_first_run_on(store: Store) -> None:
    site = make_site()
    site.declaration["expect"] = {"min_ads": 20}
    site.save()
    make_schedule(site)
    add_yield(site, 19)

    health = site_health(site, after(minutes=1))

    assert health.state == "silent_zero"
    assert "声明要求至少 20 条" in health.words


def test_stopped_run_does_not_hide_the_alarm_of_the_last_whole_one(store: Store) -> None:
    site = make_site()
    make_schedule(site)
    add_yield(site, 0, usual=9.0)
    add_yield(site, 2, at=after(minutes=5), outcome="stopped")

    health = site_health(site, after(minutes=6))

    assert (health.state, health.last_yield, health.usual_yield) == ("silent_zero", 0, 9.0)


def test_failed_job_tells_why(store: Store) -> None:
    site = make_site()
    make_schedule(site)
    add_yield(site, 9)
    job = jobs.request_crawl(site, by="guanli", now=after(minutes=1))
    jobs.lease_next(ONE, after(minutes=1))
    jobs.finish(
        job, ONE, Job.State.FAILED, now=after(minutes=2), error="没有取得任何页面（超时 1）"
    )

    health = site_health(site, after(minutes=3))

    assert health.state == "failing"
    assert "没有取得任何页面（超时 1）" in health.words
    add_yield(site, 9, at=after(minutes=4))
    assert site_health(site, after(minutes=5)).state == "ok"


def test_site_without_a_run_or_a_plan(store: Store) -> None:
    site = make_site()

    assert "也没有抓取计划" in site_health(site, START).words
    make_schedule(site)
    health = site_health(site, START)
    assert (health.state, health.next_due) == ("never_run", after(minutes=30))
    assert "首次到期为 2026-11-25 03:00" in health.words


def test_running_overdue_paused_unscheduled(store: Store) -> None:
    site = make_site()
    add_yield(site, 9)
    assert site_health(site, START).state == "unscheduled"
    schedule = make_schedule(site)
    assert site_health(site, START).state == "ok"

    assert site_health(site, after(minutes=41)).state == "overdue"
    note_due(after(minutes=41))
    assert site_health(site, after(minutes=42)).state == "overdue"
    job = jobs.lease_next(ONE, after(minutes=42))
    assert job is not None
    jobs.heartbeat(job, ONE, after(minutes=43), progress={"fetched": 2, "unchanged": 3})
    running = site_health(site, after(minutes=43))
    assert (running.state, running.words) == ("running", "正在抓取，已取得 5 页。")
    jobs.finish(job, ONE, Job.State.DONE, now=after(minutes=44))
    set_schedule(site, cron=schedule.cron, enabled=False, by="guanli", now=after(minutes=45))
    paused = site_health(site, after(minutes=46))
    assert (paused.state, paused.next_due) == ("paused", None)


def test_not_watched_names_the_missing_worker_and_each_site(store: Store) -> None:
    for number, name in enumerate(("fine", "paused", "new", "zero")):
        site = make_site(name, port=9000 + number, title=f"站点{number}")
        if name != "new":
            add_yield(site, 0 if name == "zero" else 9, usual=9.0)
        if name != "zero":
            make_schedule(site)
    site = SiteRow.objects.get(site_id="paused")
    set_schedule(site, cron="0 * * * *", enabled=False, by="guanli", now=START)

    found = not_watched(after(minutes=1))

    assert [(one.site_id, one.state) for one in found] == [
        ("", "no_worker"),
        ("new", "never_run"),
        ("paused", "paused"),
        ("zero", "unscheduled"),
    ]
    workers.beat(this_process(), started_at=START, now=after(minutes=1), doing="空闲")
    assert [one.site_id for one in not_watched(after(minutes=1))] == ["new", "paused", "zero"]
    assert not_watched(after(minutes=3))[0].state == "no_worker"


def test_dead_worker_is_not_alive_and_leaves_the_list(store: Store) -> None:
    host = this_process().partition("/")[0]
    workers.beat(f"{host}/1999999999/1", started_at=START, now=START, doing="空闲")
    workers.beat(this_process(), started_at=START, now=START, doing="空闲")

    assert [worker.name for worker in workers.workers_alive(START)] == [this_process()]
    workers.leave(this_process())
    assert workers.workers_alive(START) == []


def test_overview_takes_as_many_queries_for_many_sites_as_for_one(store: Store) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sites_overview(after(minutes=1))
        return len(queries)

    for number in range(30):
        site = make_site(f"site-{number:02d}", port=9000 + number)
        make_schedule(site)
        add_yield(site, 9, usual=9.0)
        jobs.request_crawl(site, by="guanli", now=START)
        if number == 0:
            first = count()

    assert count() == first <= 4
    assert [health.site_id for health in sites_overview(START)][:2] == ["site-00", "site-01"]
