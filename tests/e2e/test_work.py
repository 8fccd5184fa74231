"""What a worker does: due crawls, requests, stops, trials, and how it leaves."""

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit import jobs
from audit.alarms import site_health
from audit.models import Ad, DueRun, Job, Outbox, Run, SiteYield, Worker
from audit.outbox import enqueue_ad
from audit.workers import workers_alive
from tests.crawler.site_server import SiteServer, links, page
from tests.e2e.clockwork import (
    Clockwork,
    backdate,
    children_of,
    fetched,
    only_job,
    ring,
    wait_for,
)

pytestmark = pytest.mark.slow

HOURLY = {"cron": "0 * * * *"}


def now() -> datetime:
    return datetime.now(UTC)


def evidence(clockwork: Clockwork) -> list[Path]:
    return [*clockwork.store.data.glob("evidence/**/*.warc.gz*")]


def test_due_site_is_crawled_ingested_and_indexed(clockwork: Clockwork) -> None:
    with SiteServer(ring(5)) as server:
        site = clockwork.add_site(server, schedule=HOURLY)
        backdate(site, hours=2)
        clockwork.once()

    job = only_job()
    assert (job.state, job.error, job.attempts) == ("done", "", 1)
    assert job.progress["fetched"] == 6
    assert job.result == {
        "outcome": "done",
        "found": 6,
        "fetched": 6,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
        "ads": 5,
        "flagged": 0,
    }
    assert job.due_run is not None
    assert (job.due_run.outcome, job.due_run.run_id) == ("run", job.run_id)
    assert set(DueRun.objects.values_list("outcome", flat=True)) <= {"run", "missed"}
    assert Run.objects.get().run_id == job.run_id
    assert not Outbox.objects.exists()
    assert not Worker.objects.exists()


def test_private_address_that_is_not_permitted_is_refused(clockwork: Clockwork) -> None:
    with SiteServer(ring(2)) as server:
        site = clockwork.add_site(server)
        clockwork.permitted.clear()
        jobs.request_crawl(site, by="guanli", now=now())
        clockwork.once()

    assert server.hits == {}
    assert only_job().state == "failed"
    assert only_job().error == "没有取得任何页面（地址不在公网 1）"
    assert "地址不在公网" in site_health(site, now()).words


def test_public_site_is_not_crawled_without_a_contact(clockwork: Clockwork) -> None:
    with SiteServer() as server:
        site = clockwork.add_site(server)
    site.declaration["start_urls"] = ["https://edu.example.invalid/"]
    site.declaration["allowed_domains"] = ["edu.example.invalid"]
    site.declaration["pace"] = {}
    site.save()
    jobs.request_crawl(site, by="guanli", now=now())

    clockwork.once()

    assert only_job().state == "failed"
    assert "联系方式" in only_job().error


def test_site_whose_list_goes_empty_raises_an_alarm(clockwork: Clockwork) -> None:
    with SiteServer(ring(6)) as server:
        site = clockwork.add_site(server, schedule=HOURLY)
        for routes in (ring(6), {"/": page(links())}):
            server.routes = routes
            jobs.request_crawl(site, by="guanli", now=now())
            clockwork.once()

    health = site_health(site, now())
    assert [job.state for job in Job.objects.all()] == ["done", "done"]
    assert list(SiteYield.objects.order_by("pk").values_list("ads", flat=True)) == [6, 0]
    assert (health.state, health.last_yield, health.usual_yield) == ("silent_zero", 0, 6.0)


def test_unchanged_pages_count_as_seen(clockwork: Clockwork) -> None:
    with SiteServer(ring(6)) as server:
        site = clockwork.add_site(server, schedule=HOURLY)
        for _ in range(2):
            jobs.request_crawl(site, by="guanli", now=now())
            clockwork.once()

    first, second = SiteYield.objects.order_by("pk")
    assert (first.ads, second.ads, second.pages, second.usual_ads) == (6, 6, 7, 6.0)
    assert Job.objects.latest("pk").progress["unchanged"] == 7
    assert site_health(site, now()).state == "ok"


def test_worker_that_is_told_to_stop_hands_its_job_back(clockwork: Clockwork) -> None:
    with SiteServer(ring(30, seconds=0.2)) as server:
        site = clockwork.add_site(server)
        jobs.request_crawl(site, by="guanli", now=now())
        worker = clockwork.start()
        wait_for(lambda: fetched() > 3)
        assert [one.doing for one in workers_alive(now())] == ["small"]

        assert clockwork.kill(worker, signal.SIGTERM) == 0

        job = only_job()
        assert (job.state, job.worker, job.attempts) == ("waiting", "", 0)
        assert not Worker.objects.exists()
        server.routes = ring(30)
        clockwork.once()

    assert only_job().state == "done"
    assert only_job().run_id == job.run_id
    asked = [count for path, count in server.hits.items() if path != "/robots.txt"]
    assert len(asked) == 31
    assert max(asked) == 1
    assert Ad.objects.count() == 31


def test_crawl_dies_with_its_worker_and_is_taken_over(clockwork: Clockwork) -> None:
    with SiteServer(ring(30, seconds=0.2)) as server:
        site = clockwork.add_site(server)
        jobs.request_crawl(site, by="guanli", now=now())
        worker = clockwork.start()
        wait_for(lambda: fetched() > 3)
        (crawl,) = children_of(worker)

        clockwork.kill(worker)

        wait_for(lambda: not Path(f"/proc/{crawl}").exists(), seconds=5)
        server.routes = ring(30)
        clockwork.once()

    job = only_job()
    assert (job.state, job.attempts) == ("done", 2)
    assert Ad.objects.count() == 31
    assert Run.objects.get().outcome == "done"


def test_running_crawl_is_stopped_on_request_and_kept(clockwork: Clockwork) -> None:
    with SiteServer(ring(40, seconds=0.2)) as server:
        site = clockwork.add_site(server, schedule=HOURLY)
        backdate(site, hours=1)
        worker = clockwork.start()
        wait_for(lambda: fetched() > 3)

        jobs.request_stop(only_job(), by="guanli", now=now())

        wait_for(lambda: only_job().state == "stopped")
        assert clockwork.kill(worker, signal.SIGTERM) == 0
    job = only_job()
    assert (job.result["outcome"], job.due_run.outcome) == ("stopped", "run")
    assert job.due_run.reason.endswith("已按要求停止")
    assert Ad.objects.count() > 3
    assert SiteYield.objects.get().outcome == "stopped"


def test_index_follows_the_rows_within_seconds(clockwork: Clockwork) -> None:
    with SiteServer(ring(2)) as server:
        site = clockwork.add_site(server)
        jobs.request_crawl(site, by="guanli", now=now())
        clockwork.once()
    worker = clockwork.start()
    wait_for(lambda: workers_alive(now()) != [])

    enqueue_ad(Ad.objects.earliest("pk"))

    wait_for(lambda: not Outbox.objects.exists(), seconds=20)
    assert clockwork.kill(worker, signal.SIGTERM) == 0


def test_trial_shows_what_would_be_made_of_a_site_and_keeps_nothing(clockwork: Clockwork) -> None:
    offer = "<title>暑期班</title><p>初中数学培训班招生，学费3000元，电话13800000000。</p>"
    routes = {"/": page(links("/a", "/secret")), "/a": page(offer)}
    routes["/robots.txt"] = page(
        b"User-agent: *\nDisallow: /secret", headers=("Content-Type: text/plain",)
    )
    with SiteServer(routes) as server:
        clockwork.permitted.append(f"127.0.0.1:{server.port}")
        jobs.request_trial(f"{server.url}/", by="guanli", now=now())
        clockwork.once()

    job = only_job()
    assert (job.state, job.error) == ("done", "")
    pages = {one["url"].removeprefix(server.url): one for one in job.result["pages"]}
    assert (pages["/a"]["outcome"], pages["/a"]["status"]) == ("fetched", 200)
    assert (pages["/secret"]["outcome"], pages["/secret"]["reason"]) == (
        "skipped",
        "robots.txt 禁止",
    )
    ad = next(one for one in job.result["ads"] if one["title"] == "暑期班")
    assert ad["needs_review"]
    assert "13800000000" not in json.dumps(job.result)
    assert any("robots.txt" in warning for warning in job.result["warnings"])
    assert job.result["suggestion"]["allowed_domains"] == [f"127.0.0.1:{server.port}"]
    assert evidence(clockwork) == []
    assert not Ad.objects.exists()


def test_trial_asked_for_at_the_desk_opens_no_private_address(clockwork: Clockwork) -> None:
    with SiteServer({"/": page("inner")}) as server:
        jobs.request_trial(f"{server.url}/", by="guanli", now=now())
        clockwork.once()

    assert server.hits == {}
    assert only_job().state == "done"
    assert "地址不在公网" in only_job().result["warnings"][0]


def test_worker_ends_its_crawl_when_the_job_has_passed_on(clockwork: Clockwork) -> None:
    with SiteServer(ring(40, seconds=0.2)) as server:
        site = clockwork.add_site(server)
        jobs.request_crawl(site, by="guanli", now=now())
        worker = clockwork.start()
        wait_for(lambda: fetched() > 1)
        (crawl,) = children_of(worker)

        Job.objects.update(worker="elsewhere/1/1")

        wait_for(lambda: not _is_running(crawl), seconds=20)
        assert only_job().worker == "elsewhere/1/1"
        assert clockwork.kill(worker, signal.SIGTERM) == 0


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
