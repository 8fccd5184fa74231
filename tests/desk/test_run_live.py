"""Crawls that go on: their progress at the desk, stopping them, and who may."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit import jobs
from audit.models import Event, Job, Role
from tests.desk.crawls import entry, make_site, make_worker, page_of, site_of
from tests.desk.walk import without_token

SignedIn = Callable[..., Client]
FOREIGN = "110108"


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in(Role.ADMINISTRATOR)


def test_live_crawls_come_first_and_can_be_stopped(admin: Client, data: Path) -> None:
    make_site()
    site = make_site("two")
    now = datetime.now(UTC)
    job = jobs.request_crawl(site, by="guanli", now=now)
    leased = jobs.lease_next("elsewhere/1/1", now)
    assert leased is not None
    jobs.heartbeat(leased, "elsewhere/1/1", now, progress={"found": 41, "fetched": 40, "failed": 1})

    page, part = page_of(admin, "runs"), page_of(admin, "runs", part="live")

    assert "发现 <b>41</b>" in page
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part
    stop = reverse("job_stop", args=[job.pk])
    assert stop in part

    assert admin.post(stop).status_code == 302

    assert Job.objects.get(pk=job.pk).stop_requested
    assert Event.objects.filter(action="stop_requested", actor="administrator").exists()
    assert "正在停止" in page_of(admin, "runs", part="live")


def test_page_says_that_a_crawl_it_showed_has_ended(admin: Client) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=datetime.now(UTC))
    assert "part=live&amp;shown=1" in page_of(admin, "runs")
    assert "已经结束" not in page_of(admin, "runs", part="live", shown="1")

    jobs.request_stop(job, by="guanli", now=datetime.now(UTC))

    part = page_of(admin, "runs", part="live", shown="1")
    assert "有抓取已经结束" in part
    assert "hx-trigger" not in part
    assert "已经结束" not in page_of(admin, "runs", part="live", shown="٣x")


def test_waiting_crawl_says_that_no_worker_is_there(admin: Client) -> None:
    jobs.request_crawl(make_site(), by="guanli", now=datetime.now(UTC))

    assert "没有工作进程" in page_of(admin, "runs", part="live")
    make_worker()
    assert "没有工作进程" not in page_of(admin, "runs", part="live")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR])
def test_only_administrators_stop(signed_in: SignedIn, role: str) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=datetime.now(UTC))
    client = signed_in(role)

    assert reverse("job_stop", args=[job.pk]) not in page_of(client, "runs")
    assert client.post(reverse("job_stop", args=[job.pk])).status_code == 403
    assert not Job.objects.get(pk=job.pk).stop_requested


def test_other_regions_jobs_do_not_exist(admin: Client) -> None:
    job = jobs.request_crawl(make_site(region=FOREIGN), by="guanli", now=datetime.now(UTC))

    foreign = admin.post(reverse("job_stop", args=[job.pk]))

    assert foreign.status_code == 404
    assert without_token(foreign) == without_token(admin.post(reverse("job_stop", args=[98765])))


def test_run_page_of_a_crawl_that_ended_loads_anew(admin: Client, data: Path) -> None:
    job = jobs.request_crawl(make_site(), by="guanli", now=datetime.now(UTC))
    address = reverse("run", args=[job.run_id])

    assert 'hx-trigger="every 2s"' in admin.get(address, {"part": "live"}).content.decode()
    jobs.request_stop(job, by="guanli", now=datetime.now(UTC))

    assert admin.get(address, {"part": "live"}).headers["HX-Refresh"] == "true"
    assert "由 guanli 取消" in page_of(admin, "run", job.run_id)


def test_crawl_begun_at_the_shell_is_seen(admin: Client, data: Path) -> None:
    from crawler.run import Run as CrawlRun

    make_site()
    run = CrawlRun(data_folder=data, run_id="01JDSHELL", sites=[site_of()], settings={})
    run.record(entry("https://chenguang.example/", depth=0))
    try:
        part = page_of(admin, "runs", part="live")
        assert "由命令行发起" in part
        assert "发现 <b>1</b>" in part
    finally:
        run.close("done")

    assert "01JDSHELL" not in page_of(admin, "runs", part="live")
