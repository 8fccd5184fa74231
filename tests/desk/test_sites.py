"""Sites at the desk: the list with its alarms, one site, its schedule, and who may change them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import DueRun, Event, Job, Role, Schedule, SiteRow
from audit.schedule import set_schedule
from crawler.site import load_site
from tests.audit.builders import HOHHOT, NOW
from tests.desk.crawls import add_yield, make_run, make_site, page_of, site_of
from tests.desk.walk import without_token

SignedIn = Callable[..., Client]
FOREIGN = "110108"
PLAN = {
    "preset": "30 2 * * 1-5",
    "missed": "run_once",
    "overlap": "queue",
    "jitter_minutes": "15",
    "enabled": "on",
}


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in(Role.ADMINISTRATOR)


def plan(site: SiteRow, **values: Any) -> Schedule:
    return set_schedule(
        site, **{"cron": "30 2 * * 1-5", "by": "guanli", "now": datetime.now(UTC), **values}
    )


def test_alarms_stand_first_and_say_what_to_do(admin: Client, data: Path) -> None:
    good, gone = make_site("aaa"), make_site("zzz")
    for site, ads in ((good, 12), (gone, 0)):
        plan(site)
        run_id = make_run(data, sites=[site_of(site.site_id)])
        add_yield(site, run_id, ads=ads, usual=11.0)

    page = page_of(admin, "sites")

    assert page.index("站点 zzz") < page.index("站点 aaa")
    assert "产出不足" in page
    assert "平常约 11 条" in page
    assert "每周一至周五 02:30" in page
    assert "站点 aaa" not in page_of(admin, "sites", health="alarm")
    assert "站点 zzz" not in page_of(admin, "sites", health="ok")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"text": "WEI"}, ["wei"]),
        ({"text": "wang.example/"}, ["wang"]),
        ({"kind": "weixin"}, ["wei"]),
        ({"region": "150102"}, ["wei"]),
        ({"region": "150100"}, ["wang", "wei"]),
        ({"health": "running"}, []),
        ({"page": "99999999999999999999"}, ["wang", "wei"]),
        ({"region": "\0", "kind": "x" * 9999}, []),
    ],
)
def test_list_is_filtered(admin: Client, query: dict[str, str], shown: list[str]) -> None:
    make_site("wang")
    make_site("wei", region="150102", kind="weixin")

    page = page_of(admin, "sites", **query)

    assert [name for name in ("wang", "wei") if f"站点 {name}" in page] == shown


def test_empty_lists_say_what_would_fill_them(admin: Client, signed_in: SignedIn) -> None:
    assert reverse("site_new") in page_of(admin, "sites")
    assert "请管理员添加" in page_of(signed_in(Role.AUDITOR), "sites")
    assert "没有符合条件的站点" in page_of(admin, "sites", text="nichts")


@pytest.mark.parametrize("region", [FOREIGN, ""])
def test_sites_of_other_regions_or_none_do_not_exist(admin: Client, region: str) -> None:
    make_site("fremd", region=region)

    assert "fremd" not in page_of(admin, "sites")
    for name in ("site", "site_file"):
        foreign = admin.get(reverse(name, args=["fremd"]))
        absent = admin.get(reverse(name, args=["absent"]))
        assert (foreign.status_code, without_token(foreign)) == (404, without_token(absent))


def test_sites_without_region_are_for_a_scope_of_everywhere(signed_in: SignedIn) -> None:
    make_site("nirgends", region="")

    assert "nirgends" in page_of(signed_in(Role.AUDITOR, region=""), "sites")


def test_site_shows_declaration_that_can_be_added_again(
    admin: Client, tmp_path: Path, data: Path
) -> None:
    site = site_of(
        title='带"引号": 的 <b>站点</b>',
        follow={"list": "a.next", "deny": ["/login", r"\.(?:doc|xls)x?$"]},
        pace={"delay_seconds": 3.5, "max_pages": 200},
        expect={"min_ads": 10},
        schedule={"cron": "30 2 * * 1-5", "overlap": "queue"},
        notes="no",
    )
    make_site(**{name: value for name, value in site.to_dict().items() if value is not None})

    answer = admin.get(reverse("site_file", args=["chenguang"]))
    file = tmp_path / "chenguang.yml"
    file.write_bytes(answer.content)

    assert load_site(file) == site
    assert "extract" not in file.read_text()
    page = page_of(admin, "site", "chenguang")
    assert "3.5 秒" in page
    assert "<b>站点</b>" not in page


def test_site_shows_due_moments_yields_and_jobs(admin: Client, data: Path) -> None:
    site = make_site()
    schedule = plan(site)
    DueRun.objects.create(
        schedule=schedule, due_at=NOW, outcome="missed", reason="到期时没有工作进程", decided_at=NOW
    )
    run_id = make_run(data)
    add_yield(site, run_id, ads=7)
    admin.post(reverse("site_crawl", args=["chenguang"]))

    page = page_of(admin, "site", "chenguang")

    assert "已错过" in page
    assert "到期时没有工作进程" in page
    assert f'<a href="{reverse("run_ads", args=[run_id])}?site=chenguang">7</a>' in page
    assert "<svg" in page
    assert "administrator 发起" in page


def test_crawl_now_makes_one_job_and_an_event(admin: Client) -> None:
    make_site()

    first = admin.post(reverse("site_crawl", args=["chenguang"]))
    second = admin.post(reverse("site_crawl", args=["chenguang"]))

    job = Job.objects.get()
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["Location"] == reverse("run", args=[job.run_id])
    assert admin.get(first.headers["Location"]).status_code == 200
    assert Event.objects.get(action="crawl_requested").actor == "administrator"


def test_schedule_is_set_paused_and_resumed(admin: Client) -> None:
    make_site()

    admin.post(reverse("site_schedule", args=["chenguang"]), PLAN)

    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.missed, schedule.overlap) == (
        "30 2 * * 1-5", "run_once", "queue",
    )  # fmt: skip
    assert (schedule.jitter_seconds, schedule.enabled) == (900, True)
    admin.post(reverse("site_pause", args=["chenguang"]))
    assert not Schedule.objects.get().enabled
    assert "已暂停" in page_of(admin, "site", "chenguang")
    admin.post(reverse("site_pause", args=["chenguang"]), {"enabled": "on"})
    assert Schedule.objects.get().enabled
    assert Event.objects.filter(action="schedule_set", actor="administrator").count() == 3


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"preset": "custom", "own_cron": "jeden Tag"}, "须为五段数字"),
        ({"preset": "custom", "own_cron": "30 25 * * *"}, "超出范围"),
        ({"preset": "custom", "own_cron": ""}, "须为五段数字"),
        ({"preset": "\0"}, "须为五段数字"),
        ({"jitter_minutes": "viel"}, "整数（分钟）"),
        ({"jitter_minutes": "９"}, ""),
        ({"jitter_minutes": "99999"}, "随机延后须在"),
        ({"missed": "made_up"}, "没有这样的计划规则"),
        ({"overlap": ""}, "没有这样的计划规则"),
    ],
)
def test_wrong_schedule_is_refused_in_words_and_stays_typed(
    admin: Client, values: dict[str, str], problem: str
) -> None:
    make_site()

    answer = admin.post(reverse("site_schedule", args=["chenguang"]), PLAN | values)

    assert answer.status_code == (422 if problem else 302)
    assert Schedule.objects.exists() is (not problem)
    assert problem in answer.content.decode()
    assert values.get("own_cron", "") in answer.content.decode() or not problem


def test_own_cron_is_kept_as_it_is(admin: Client) -> None:
    make_site()
    own = {"preset": "custom", "own_cron": "5  4 * * 0"}

    admin.post(reverse("site_schedule", args=["chenguang"]), PLAN | own)

    page = page_of(admin, "site", "chenguang")
    assert "每周日 04:05" in page
    assert 'value="5 4 * * 0"' in page


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR])
def test_others_read_and_change_nothing(signed_in: SignedIn, role: str) -> None:
    plan(make_site())
    client = signed_in(role)
    before = Event.objects.count()

    page = page_of(client, "site", "chenguang")
    answers = [
        client.post(reverse(name, args=["chenguang"]), PLAN).status_code
        for name in ("site_crawl", "site_schedule", "site_pause")
    ]

    assert "保存计划" not in page
    assert "立即抓取</" not in page
    assert answers == [403, 403, 403]
    assert Event.objects.count() == before
    assert not Job.objects.exists()


def test_administrator_of_another_region_changes_nothing(signed_in: SignedIn) -> None:
    make_site()
    client = signed_in(Role.ADMINISTRATOR, region=FOREIGN)

    assert client.post(reverse("site_crawl", args=["chenguang"])).status_code == 404
    assert not Job.objects.exists()


def test_list_of_many_sites_takes_few_queries(
    admin: Client, django_assert_max_num_queries: Any
) -> None:
    now = datetime.now(UTC)
    rows = SiteRow.objects.bulk_create(
        SiteRow(
            site_id=f"s-{n}", title=f"站 {n}", region=HOHHOT, changed_at=now,
            declaration=site_of(f"s-{n}").to_dict(),
        )
        for n in range(120)
    )  # fmt: skip
    for row in rows:
        add_yield(row, f"run-{row.pk}", ads=5, usual=5.0)
    with django_assert_max_num_queries(16):
        page_of(admin, "sites")
