"""What is not being watched: the page that tells it, and the line at the head of every page."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import DeadLetter, EvidenceFile, Outbox, Role
from audit.schedule import set_schedule
from tests.audit.builders import NOW
from tests.desk.crawls import add_yield, make_run, make_site, make_worker, page_of

SignedIn = Callable[..., Client]


@pytest.fixture
def auditor(signed_in: SignedIn) -> Client:
    return signed_in(Role.AUDITOR)


def plan_site() -> None:
    set_schedule(make_site(), cron="30 2 * * *", by="guanli", now=datetime.now(UTC))


def test_site_that_was_never_crawled_is_named_with_what_to_do(auditor: Client) -> None:
    make_site()

    page = page_of(auditor, "watch")

    assert "站点 chenguang" in page
    assert "从未抓取" in page
    assert "请设置计划或立即抓取一次" in page


def test_sites_of_other_regions_are_not_named(auditor: Client) -> None:
    make_site("fremd", region="110108")

    page = page_of(auditor, "watch")

    assert "fremd" not in page
    assert "都在按计划抓取" in page


def test_missing_worker_is_told_where_work_waits(auditor: Client) -> None:
    assert "目前也没有计划或任务需要它" in page_of(auditor, "watch")
    plan_site()
    assert "到期的抓取不会开始" in page_of(auditor, "watch")
    make_worker()
    page = page_of(auditor, "watch")
    assert "到期的抓取不会开始" not in page
    assert "elsewhere/1/1" in page


def test_index_that_is_behind_or_refuses_is_told(auditor: Client) -> None:
    Outbox.objects.create(
        target_index="ads", doc_type="ad", doc_id="a", revision=1, next_try=datetime.now(UTC)
    )
    DeadLetter.objects.create(
        target_index="ads", doc_type="ad", doc_id="refused-one", revision=1,
        error="<b>too long</b>", refused_at=NOW,
    )  # fmt: skip

    page = page_of(auditor, "watch")

    assert "1 条改动待入索引" in page
    assert "refused-one" in page
    assert "<b>too long</b>" not in page


def test_damaged_evidence_is_named(auditor: Client) -> None:
    EvidenceFile.objects.create(
        sha256="0" * 64, path="crawl/broken.warc.gz", size=1, origin="crawl",
        status=EvidenceFile.Status.DAMAGED, error="cut", noted_at=NOW,
    )  # fmt: skip

    assert "crawl/broken.warc.gz" in page_of(auditor, "watch")


def test_engine_that_does_not_answer_leaves_the_page(
    auditor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit import config

    monkeypatch.setenv("JIANWEI_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    config.forget()

    assert "检索引擎不能用，研判不受影响" in page_of(auditor, "watch")


def test_head_of_every_page_tells_the_worst(auditor: Client, signed_in: SignedIn) -> None:
    line = f'href="{reverse("watch")}">没有工作进程'
    plan_site()

    assert line in page_of(auditor, "log")
    assert line not in page_of(signed_in(Role.REVIEWER), "log")
    make_worker()
    assert line not in page_of(auditor, "log")


def test_everything_well_has_no_alarm(auditor: Client, data: Path) -> None:
    site = make_site()
    set_schedule(site, cron="30 2 * * *", by="guanli", now=datetime.now(UTC))
    add_yield(site, make_run(data), ads=9, usual=9.0)
    make_worker()

    page = page_of(auditor, "watch")

    assert "都在按计划抓取" in page
    assert "没有被拒收的内容" in page
    assert "没有发现损坏" in page
    assert "剩余" in page
