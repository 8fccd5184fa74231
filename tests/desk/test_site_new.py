"""Adding a site by its address: the trial, what it shows, and the form that follows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event, Job, Role, Schedule, SiteRow
from audit.trials import Suggestion, Trial, TrialAd, TrialPage
from tests.audit.builders import HOHHOT
from tests.desk.crawls import make_site, make_trial, make_worker, page_of

SignedIn = Callable[..., Client]
EVIL = "<script>alert(1)</script>\u202e"
FORM = {
    "title": "晨光学习中心",
    "site_id": "chenguang",
    "region": HOHHOT,
    "kind": "website",
    "max_pages": "300",
    "preset": "30 2 * * *",
    "missed": "skip",
    "overlap": "skip",
    "jitter_minutes": "5",
}


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in(Role.ADMINISTRATOR)


def result(**values: Any) -> dict[str, Any]:
    """Return what a worker writes after a trial."""
    url = "https://chenguang.example/"
    given: dict[str, Any] = {
        "pages": (
            TrialPage(url=url, outcome="fetched", status=200, robots="no rule"),
            TrialPage(url=f"{url}x", outcome="skipped", reason="robots.txt 禁止"),
        ),
        "ads": (
            TrialAd(
                url=url,
                title=f"数学{EVIL}",
                excerpt="电话 ***",
                labels=("subject_tutoring",),
                needs_review=True,
            ),
        ),
        "totals": {"found": 2, "fetched": 1, "unchanged": 0, "skipped": 1, "failed": 0},
        "warnings": ("robots.txt 禁止抓取其中 1 个地址，正式抓取时同样不取。",),
        "suggestion": Suggestion(
            site_id="chenguang_example",
            title=f"晨光{EVIL}",
            kind="website",
            start_urls=(url,),
            allowed_domains=("chenguang.example",),
        ),
    }
    return Trial(**(given | values)).to_dict()


def done(**values: Any) -> Job:
    return make_trial(Job.State.DONE, result=result(**values))


def post(client: Client, job: Job, **values: str) -> tuple[int, str]:
    answer = client.post(reverse("trial", args=[job.pk]), FORM | values)
    return answer.status_code, answer.content.decode()


def test_address_begins_a_trial(admin: Client) -> None:
    answer = admin.post(reverse("site_new"), {"url": " https://chenguang.example/zhaosheng "})

    job = Job.objects.get()
    assert (job.kind, job.url) == (Job.Kind.TRIAL, "https://chenguang.example/zhaosheng")
    assert answer.headers["Location"] == reverse("trial", args=[job.pk])
    assert Event.objects.get(action="trial_requested").actor == "administrator"


@pytest.mark.parametrize("url", ["", "chenguang", "ftp://a.example/", "javascript:alert(1)", "\0"])
def test_what_is_no_address_is_refused_in_words(admin: Client, url: str) -> None:
    answer = admin.post(reverse("site_new"), {"url": url})

    assert answer.status_code == 422
    assert "请填写完整的网址" in answer.content.decode()
    assert not Job.objects.exists()


def test_waiting_trial_says_why_it_waits(admin: Client) -> None:
    job = make_trial()

    assert "没有工作进程，试抓不会开始" in page_of(admin, "trial", job.pk)
    make_worker()
    part = page_of(admin, "trial", job.pk, part="live")
    assert "工作进程正忙" in part
    assert "X-Jianwei-Poll" in part


def test_page_of_a_trial_that_ended_loads_anew(admin: Client) -> None:
    answer = admin.get(reverse("trial", args=[done().pk]), {"part": "live"})

    assert answer.headers["HX-Refresh"] == "true"


def test_failed_trial_tells_why_and_offers_another(admin: Client) -> None:
    job = make_trial(Job.State.FAILED, error="试抓没有完成，请核对地址后重试")

    page = page_of(admin, "trial", job.pk)

    assert "请核对地址后重试" in page
    assert "?url=https%3A%2F%2Fchenguang.example%2F" in page
    assert 'id="add-site"' not in page


def test_trial_can_be_stopped(admin: Client) -> None:
    job = make_trial()

    answer = admin.post(reverse("job_stop", args=[job.pk]))

    assert answer.headers["Location"] == reverse("trial", args=[job.pk])
    assert Job.objects.get().state == Job.State.STOPPED


def test_trial_shows_pages_ads_and_a_filled_form(admin: Client) -> None:
    page = page_of(admin, "trial", done().pk)

    assert "robots.txt 禁止抓取其中 1 个地址" in page
    assert "学科类培训" in page
    assert "需研判" in page
    assert "未作限制" in page
    assert 'value="chenguang_example"' in page
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert 'href="https:' not in page


def test_site_is_added_with_its_schedule(admin: Client) -> None:
    status, _ = post(admin, done())

    assert status == 302
    row = SiteRow.objects.get()
    assert (row.site_id, row.title, row.region) == ("chenguang", "晨光学习中心", HOHHOT)
    assert row.declaration["start_urls"] == ["https://chenguang.example/"]
    assert row.declaration["pace"]["max_pages"] == 300
    schedule = Schedule.objects.get(site=row)
    assert (schedule.cron, schedule.missed, schedule.jitter_seconds) == ("30 2 * * *", "skip", 300)
    actions = set(Event.objects.filter(actor="administrator").values_list("action", flat=True))
    assert {"site_added", "schedule_set"} <= actions


def test_site_is_added_without_a_schedule(admin: Client) -> None:
    assert post(admin, done(), preset="none")[0] == 302
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"site_id": "Nicht Gut"}, "编号须以小写字母或数字开头"),
        ({"site_id": "../etc"}, "编号须以小写字母或数字开头"),
        ({"site_id": "taken"}, "已经用过"),
        ({"title": " \0 "}, "请填写审核员认得的站点名称"),
        ({"region": "12"}, "六位行政区划代码"),
        ({"region": "110108"}, "不在您的管辖范围内"),
        ({"region": ""}, "不在您的管辖范围内"),
        ({"kind": "made_up"}, "请从列表中选择类型"),
        ({"max_pages": "0"}, "1 至 100000"),
        ({"max_pages": "viele"}, "1 至 100000"),
        ({"max_pages": "9" * 400}, "1 至 100000"),
        ({"preset": "custom", "own_cron": "99 2 * * *"}, "超出范围"),
        ({"jitter_minutes": "-1"}, "整数（分钟）"),
    ],
)
def test_wrong_form_comes_back_as_typed(
    admin: Client, values: dict[str, str], problem: str
) -> None:
    make_site("taken", region="110108")

    status, page = post(admin, done(), **values)

    assert status == 422
    assert problem in page
    assert 'value="晨光学习中心"' in page or "title" in values
    assert SiteRow.objects.count() == 1


def test_addresses_cannot_be_slipped_in(admin: Client) -> None:
    post(admin, done(), start_urls="https://evil.example/", allowed_domains="evil.example")

    assert "evil" not in str(SiteRow.objects.get().declaration)


def test_form_before_the_end_adds_nothing(admin: Client) -> None:
    assert post(admin, make_trial())[0] == 200
    assert not SiteRow.objects.exists()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR])
def test_only_administrators_try_and_add(signed_in: SignedIn, role: str) -> None:
    job, client = done(), signed_in(role)
    before = Event.objects.count()

    assert client.get(reverse("site_new")).status_code == 403
    assert client.post(reverse("site_new"), {"url": "https://a.example/"}).status_code == 403
    assert client.get(reverse("trial", args=[job.pk])).status_code == 403
    assert post(client, job)[0] == 403
    assert client.post(reverse("job_stop", args=[job.pk])).status_code == 404
    assert Event.objects.count() == before
    assert not SiteRow.objects.exists()
