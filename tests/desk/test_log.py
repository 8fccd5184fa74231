"""The event log: whose acts are shown, what narrows them, and how its chain stands."""

import csv
import io
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audit import events
from audit.models import Event, Role
from audit.views import log as log_views
from audit.views.log_context import LogContext
from tests.audit.builders import make_case, make_user

SignIn = Callable[..., Client]


def write(actor: str, action: str = "user.sign_in", **values: object) -> Event:
    defaults: dict[str, object] = {"object_type": "user", "object_id": "1"}
    return events.append(actor=actor, action=action, **{**defaults, **values})  # type: ignore[arg-type]


def ask(client: Client, query: str = "") -> HttpResponse:
    return client.get(f"{reverse('log')}{query}")


def context(answer: HttpResponse) -> LogContext:
    found: LogContext = answer.context["page"]  # type: ignore[attr-defined]
    return found


def acts(answer: HttpResponse) -> list[tuple[str, str]]:
    return [(row.actor, row.action) for row in context(answer).rows]


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.REVIEWER, [("me", "登录")]),
        (Role.SUPERVISOR, [("me", "登录")]),
        (Role.INVESTIGATOR, [("me", "登录")]),
        (Role.AUDITOR, [("wang", "退出"), ("me", "登录")]),
        (Role.ADMINISTRATOR, [("wang", "退出"), ("me", "登录")]),
    ],
)
def test_person_sees_own_acts_and_overseers_all(
    signed_in: SignIn, role: str, sees: list[tuple[str, str]]
) -> None:
    client = signed_in(role, name="me")
    Event.objects.all()._raw_delete("default")
    write("me")
    write("wang", "user.sign_out")

    assert acts(ask(client)) == sees
    assert ("wang", "退出") not in acts(
        signed_in(Role.REVIEWER, name="me2").get("/log/?actor=wang")
    )


def test_reading_the_log_writes_nothing(signed_in: SignIn) -> None:
    client = signed_in(Role.AUDITOR)
    write("wang")
    before = Event.objects.count()

    ask(client)
    client.get(reverse("log_export"))

    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("?actor=li", [3]),
        ("?action=case.claim", [4]),
        ("?object_type=case&object_id=7", [5, 4]),
        ("?before=3", [2, 1]),
        ("?since=2999-01-01", None),
        ("?since=2100-01-01", []),
        ("?until=2000-01-01", []),
        ("?before=x", None),
        ("?until=昨天", None),
    ],
)
def test_log_is_narrowed(signed_in: SignIn, query: str, seqs: list[int] | None) -> None:
    client = signed_in(Role.AUDITOR)
    write("wang")
    write("li")
    write("wang", "case.claim", object_type="case", object_id="7")
    write("wang", "case.release", object_type="case", object_id="7")

    answer = ask(client, query)

    if seqs is None:
        assert answer.status_code == 400
        assert context(answer).problem
    else:
        assert [row.seq for row in context(answer).rows] == seqs


def test_pages_go_back_to_the_first_event(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_views, "PAGE_EVENTS", 3)
    client = signed_in(Role.AUDITOR)
    for _ in range(7):
        write("wang")
    query, seqs = "?actor=wang", []
    while query:
        found = context(ask(client, query))
        seqs += [row.seq for row in found.rows]
        query = found.older

    assert seqs == list(range(8, 1, -1))


def test_event_is_told_in_words_and_links_to_its_object(signed_in: SignIn) -> None:
    case = make_case()
    person = make_user("lisi")
    write(
        "wang",
        "personal.open",
        object_type="case",
        object_id=str(case.pk),
        purpose="核实电话13812345678",
    )
    write("system", "user.add", object_id=str(person.pk), details={"role": "reviewer"})
    client = signed_in(Role.AUDITOR)

    _, added, opened = context(ask(client)).rows[:3]

    assert (added.actor, added.action, added.object) == ("系统", "添加用户", "用户 lisi")
    assert added.details == (("角色", "审核员"),)
    assert (opened.action, opened.object_url) == ("查看个人信息", f"/cases/{case.pk}/")
    assert opened.purpose == "核实电话138********"
    (row,) = context(ask(signed_in(Role.ADMINISTRATOR), "?action=personal.open")).rows
    assert row.object_url == ""


def test_planted_markup_stays_words(signed_in: SignIn) -> None:
    write(
        "<b>x</b>", "user.add", purpose="<script>alert(1)</script>", details={"name": "<img src=x>"}
    )

    body = ask(signed_in(Role.AUDITOR)).content.decode()

    assert not any(tag in body for tag in ("<script>alert", "<img", "<b>x"))


def test_table_file_holds_what_is_listed(signed_in: SignIn) -> None:
    write("wang", "case.claim", object_type="case", object_id="7", details={"to": "claimed"})
    write("=1+1")
    client = signed_in(Role.AUDITOR)

    body = b"".join(client.get(f"{reverse('log_export')}?object_type=case"))  # type: ignore[arg-type]
    everything = b"".join(client.get(reverse("log_export"))).decode()  # type: ignore[arg-type]

    (row,) = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    assert (row["人员"], row["操作"], row["详情"]) == ("wang", "领取", "现状态：研判中")
    assert "'=1+1" in everything


def test_check_says_how_the_chain_stands(signed_in: SignIn) -> None:
    client = signed_in(Role.AUDITOR)
    write("wang")
    assert "日志尚未校验" in ask(client).content.decode()

    answer = client.post(reverse("log_verify"), follow=True)

    chain = context(answer).chain
    assert chain is not None
    assert (chain.checked, chain.by, chain.broken, chain.since_then) == (2, "auditor", "", 1)
    assert "日志完好" in answer.content.decode()


def test_changed_event_is_named(signed_in: SignIn) -> None:
    client = signed_in(Role.AUDITOR)
    for _ in range(3):
        write("wang")
    Event.objects.filter(seq=2).update(actor="li")

    answer = client.post(reverse("log_verify"), follow=True)

    assert "第 2 条记录被改动过" in answer.content.decode()


def test_long_check_goes_on_in_pieces(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_views, "CHECKED_AT_ONCE", 2)
    client = signed_in(Role.ADMINISTRATOR)
    for _ in range(4):
        write("wang")

    asked, answer = 0, client.post(reverse("log_verify"))
    while answer.status_code == 200:
        asked += 1
        so_far = answer.context["page"].chain.so_far
        assert "已完成" in answer.content.decode()
        answer = client.post(reverse("log_verify"), {"so_far": so_far})

    assert asked == 2
    assert answer.headers["Location"] == reverse("log")
    assert Event.objects.latest("seq").details["checked"] == 5


def test_page_that_asks_on_is_sent_to_the_log(signed_in: SignIn) -> None:
    answer = signed_in(Role.AUDITOR).post(reverse("log_verify"), headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == reverse("log")


def test_forged_progress_is_refused(signed_in: SignIn) -> None:
    answer = signed_in(Role.AUDITOR).post(reverse("log_verify"), {"so_far": "1:2:3"})

    assert answer.status_code == 400
    assert Event.objects.filter(action="log.verify").count() == 0


def test_others_may_not_check(signed_in: SignIn) -> None:
    assert signed_in(Role.REVIEWER).post(reverse("log_verify")).status_code == 403


def test_page_asks_little(
    signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(60):
        write("wang", object_id=str(number))
    client = signed_in(Role.AUDITOR)
    ask(client)

    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        assert len(context(ask(client)).rows) == 50
