"""Runs at the desk: the list, one run, its URLs and ads, progress and stopping."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import CaptureRow, Role, Run, Sighting
from audit.run_view import PAGE_RUNS
from crawler.run import runs_folder
from tests.audit.builders import HOHHOT, NOW, make_ad, make_assessment
from tests.desk.crawls import add_yield, entry, make_run, make_site, page_of, site_of
from tests.desk.walk import without_token

SignedIn = Callable[..., Client]
FOREIGN = "110108"
LEDGER = (
    entry("https://chenguang.example/", depth=0, status=200),
    entry("https://chenguang.example/a"),
    entry("https://chenguang.example/b", "unchanged"),
    entry("https://chenguang.example/c", "skipped", reason="robots", detail="disallow: /c"),
    entry("https://chenguang.example/d", "failed", reason="http_404", status=404),
)


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in(Role.ADMINISTRATOR)


def test_list_shows_ledger_yield_and_warnings(admin: Client, data: Path) -> None:
    site = make_site()
    run_id = make_run(data, *LEDGER, warnings=["render: always is not built yet"])
    add_yield(site, run_id, ads=7)

    page = page_of(admin, "runs")

    urls = reverse("run_urls", args=[run_id])
    assert f'<a href="{urls}">5</a>' in page
    assert f'<a href="{urls}?outcome=fetched">2</a>' in page
    assert f'<a href="{reverse("run_ads", args=[run_id])}">7</a>' in page
    assert f'<a href="{reverse("run", args=[run_id])}#warnings">1</a>' in page


def test_list_says_why_it_is_empty(admin: Client) -> None:
    assert "还没有运行记录" in page_of(admin, "runs")
    assert "没有符合条件的运行" in page_of(admin, "runs", outcome="failed")


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ({"site": "chenguang"}, True),
        ({"site": "chen"}, False),
        ({"site": 'chenguang", "other'}, False),
        ({"outcome": "done"}, True),
        ({"outcome": "failed"}, False),
        ({"since": "2020-01-01"}, True),
        ({"until": "2020-01-01"}, False),
        ({"since": "no date"}, False),
        ({"until": "9999-12-31"}, False),
        ({"before": "\0", "site": ""}, True),
    ],
)
def test_list_is_filtered(admin: Client, data: Path, query: dict[str, str], is_shown: bool) -> None:
    make_site()
    run_id = make_run(data, *LEDGER)

    assert (reverse("run", args=[run_id]) in page_of(admin, "runs", **query)) is is_shown


def test_list_goes_on_where_the_page_ended(admin: Client) -> None:
    make_site()
    total = PAGE_RUNS + 3
    Run.objects.bulk_create(
        Run(run_id=f"run-{n:03d}", site_ids=["chenguang"], started_at=NOW, outcome="done")
        for n in range(total)
    )

    first = page_of(admin, "runs")
    second = page_of(admin, "runs", before=f"run-{total - PAGE_RUNS:03d}")

    shown = [
        [
            n
            for n in range(total)
            if f"/runs/run-{n:03d}/urls/" in page or f'"/runs/run-{n:03d}/"' in page
        ]
        for page in (first, second)
    ]
    assert shown == [list(range(3, total)), [0, 1, 2]]
    assert "before=run-003" in first
    assert "before=run-" not in second


def test_other_regions_runs_do_not_exist(signed_in: SignedIn, data: Path) -> None:
    make_site(region=FOREIGN)
    run_id = make_run(data, *LEDGER)
    client = signed_in(Role.AUDITOR, region=HOHHOT)

    assert run_id not in page_of(client, "runs")
    for name in ("run", "run_urls", "run_ads"):
        foreign = client.get(reverse(name, args=[run_id]))
        absent = client.get(reverse(name, args=["01JDABSENT"]))
        assert (foreign.status_code, without_token(foreign)) == (404, without_token(absent))


def test_run_of_several_regions_shows_only_ones_own(signed_in: SignedIn, data: Path) -> None:
    make_site()
    make_site("fremd", region=FOREIGN)
    far = entry("https://fremd.example/", site_id="fremd")
    run_id = make_run(data, *LEDGER, far, sites=[site_of(), site_of("fremd", region=FOREIGN)])
    client = signed_in(Role.AUDITOR)

    page, urls = page_of(client, "run", run_id), page_of(client, "run_urls", run_id)

    assert "<b>5</b>发现" in page
    assert "fremd" not in page + urls + page_of(client, "runs")
    assert "<b>6</b>发现" in page_of(signed_in(Role.AUDITOR, name="all", region=""), "run", run_id)


def test_run_tells_reasons_warnings_and_origin(admin: Client, data: Path) -> None:
    make_site()
    warning = "chenguang: h: robots.txt asks for 90 seconds between pages; kept."
    run_id = make_run(data, *LEDGER, warnings=[warning])

    page = page_of(admin, "run", run_id)

    assert "robots.txt 禁止" in page
    assert "HTTP 404 页面不存在" in page
    assert "要求每页间隔 90 秒" in page
    assert "命令行" in page
    assert f"{reverse('run_urls', args=[run_id])}?outcome=failed&amp;reason=http_404" in page


def test_run_of_another_machine_shows_its_sums(admin: Client, data: Path) -> None:
    make_site()
    run_id = make_run(data, *LEDGER)
    (runs_folder(data) / run_id).rename(data / "elsewhere")

    assert "不在这台机器上" in page_of(admin, "run", run_id)
    assert "<b>5</b>发现" in page_of(admin, "run", run_id)
    assert "明细不在这台机器上" in page_of(admin, "run_urls", run_id)
    assert admin.get(reverse("run_urls", args=[run_id]), {"format": "csv"}).status_code == 200


def test_damaged_ledger_is_told(admin: Client, data: Path) -> None:
    make_site()
    run_id = make_run(data, *LEDGER)
    with (runs_folder(data) / run_id / "ledger.jsonl").open("a") as file:
        file.write("not a line of ours\n")

    assert "明细文件已损坏" in page_of(admin, "run", run_id)
    assert "<b>5</b>发现" in page_of(admin, "run", run_id)
    answer = admin.get(reverse("run_urls", args=[run_id]))
    assert answer.status_code == 503
    assert "无法列出网址" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ({}, ["", "a", "b", "c", "d"]),
        ({"outcome": "failed"}, ["d"]),
        ({"reason": "robots"}, ["c"]),
        ({"outcome": "fetched", "reason": "robots"}, []),
        ({"site": "other"}, []),
        ({"page": "999999999999999999999"}, ["", "a", "b", "c", "d"]),
    ],
)
def test_urls_are_listed_as_page_of(
    admin: Client, data: Path, query: dict[str, str], paths: list[str]
) -> None:
    make_site()
    run_id = make_run(data, *LEDGER)

    page = page_of(admin, "run_urls", run_id, **query)

    cells = [
        path for path in ("", "a", "b", "c", "d") if f">https://chenguang.example/{path}<" in page
    ]
    assert cells == paths
    assert 'href="https:' not in page


def test_urls_come_as_a_harmless_table_file(admin: Client, data: Path) -> None:
    make_site()
    evil = entry("https://chenguang.example/e", "failed", reason="error", detail="=1+1")
    run_id = make_run(data, *LEDGER, evil)

    answer = admin.get(reverse("run_urls", args=[run_id]), {"format": "csv", "outcome": "failed"})

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("网址,站点,去向")
    assert len(lines) == 3
    assert lines[2].endswith("'=1+1")


def test_crawled_words_stay_page_of(admin: Client, data: Path) -> None:
    make_site()
    evil = "<script>alert(1)</script>"
    one = entry(f"https://chenguang.example/{evil}", "failed", reason=evil, detail=evil)
    run_id = make_run(data, one, warnings=[evil])

    for name in ("run", "run_urls"):
        assert evil not in page_of(admin, name, run_id)


def see(run_id: str, ad: Any, *, status: int = 200) -> CaptureRow:
    """Make the capture of the ad's current version one of the run's."""
    capture = ad.version.capture
    file = capture.evidence_file
    file.path = f"crawl/{run_id}-chenguang-{file.pk:05d}.warc.gz"
    file.save()
    CaptureRow.objects.filter(pk=capture.pk).update(http_status=status)
    Sighting.objects.filter(capture=capture).update(site_id="chenguang")
    return capture


def test_ads_of_a_run_are_sorted_by_what_became_of_them(
    admin: Client, signed_in: SignedIn, data: Path
) -> None:
    make_site()
    run_id = make_run(data, *LEDGER)
    started = Run.objects.get(run_id=run_id).started_at
    start = make_ad("起始页", "起始页", url="https://chenguang.example/", seen=started)
    new = make_ad("新的", "新广告", site_id="chenguang", seen=started + timedelta(seconds=1))
    old = make_ad(
        "旧的", "旧广告", site_id="chenguang", seen=started,
        assessment=make_assessment("旧的", needs_review=False),
    )  # fmt: skip
    old.first_seen = started - timedelta(days=3)
    old.save()
    for ad in (start, new, old):
        see(run_id, ad)
    auditor = signed_in(Role.AUDITOR)

    titles = {
        what: [
            t
            for t in ("起始页", "新广告", "旧广告")
            if t in page_of(admin, "run_ads", run_id, what=what)
        ]
        for what in ("seen", "flagged", "new", "changed", "gone", "made-up")
    }

    assert "新广告" not in page_of(admin, "run_ads", run_id, site="other")
    assert reverse("ad", args=[new.ad_id]) in page_of(auditor, "run_ads", run_id, site="chenguang")
    assert reverse("ad", args=[new.ad_id]) not in page_of(admin, "run_ads", run_id)
    assert titles == {
        "seen": ["新广告", "旧广告"],
        "flagged": ["新广告"],
        "new": ["新广告"],
        "changed": ["旧广告"],
        "gone": [],
        "made-up": ["新广告", "旧广告"],
    }


def test_list_of_many_runs_takes_few_queries(
    admin: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_site(f"site-{number}")
    Run.objects.bulk_create(
        Run(run_id=f"run-{n:04d}", site_ids=[f"site-{n % 20}"], started_at=NOW, outcome="done")
        for n in range(300)
    )
    with django_assert_max_num_queries(18):
        page_of(admin, "runs")
