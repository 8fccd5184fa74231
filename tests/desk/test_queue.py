"""The page of the queue: whose cases, in which order, under which filters, as a table file."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import queue
from audit.models import Case, Event, Role, State, User
from audit.queue_filters import Tab
from tests.audit.builders import make_ad, make_assessment, make_case, make_user, put_in_state

SignIn = Callable[..., Client]


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _case(text: str = "初三数学班", title: str = "数学辅导", **values: Any) -> Case:
    opinion = {key: values.pop(key) for key in ("risk", "disguises", "offerings") if key in values}
    ad = make_ad(text, title, assessment=make_assessment(text, **opinion), seen=_now(), **values)
    return make_case(ad, now=_now())


def _page(client: Client, query: str = "?tab=all") -> Any:
    answer = client.get(reverse("queue") + query)
    assert answer.status_code == 200
    return answer.context["page"]


def _ids(client: Client, query: str = "?tab=all") -> list[int]:
    return [row.case_id for row in _page(client, query).rows]


def _user(name: str) -> User:
    return User.objects.get(username=name)


@pytest.mark.parametrize(
    ("role", "tab"),
    [
        (Role.REVIEWER, "unclaimed"),
        (Role.SUPERVISOR, "proposed"),
        (Role.INVESTIGATOR, "all"),
        (Role.AUDITOR, "all"),
    ],
)
def test_each_role_begins_on_its_own_tab(signed_in: SignIn, role: str, tab: str) -> None:
    answer = signed_in(role).get(reverse("queue"), {"region": "150100"})

    assert answer.headers["Location"] == f"/queue/?region=150100&tab={tab}"


def test_reviewer_with_a_claim_begins_on_their_own_cases(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    queue.claim(_user("reviewer"), case.pk, now=_now())

    assert client.get(reverse("queue")).headers["Location"] == "/queue/?tab=mine"


def test_tabs_count_what_they_list(signed_in: SignIn) -> None:
    client, zhao = signed_in(Role.SUPERVISOR), make_user("zhao")
    mine, proposed, returned, waiting, _ = (_case(f"第 {n} 期数学班") for n in range(5))
    queue.claim(_user("supervisor"), mine.pk, now=_now())
    put_in_state(proposed, State.PROPOSED, by=zhao)
    put_in_state(returned, State.RETURNED, by=zhao)
    queue.claim(zhao, waiting.pk, now=_now())
    queue.decide(zhao, waiting.pk, conclusion="needs_evidence", reason="等核实", now=_now())

    counts = {tab.zh: tab.count for tab in _page(client).tabs}

    assert counts == {"我的": 1, "待领取": 2, "待复核": 1, "已退回": 1, "到期": 0, "全部": 5}
    for tab in Tab:
        assert len(_ids(client, f"?tab={tab}")) == counts[tab.label]


def test_rows_stand_in_order_of_priority_with_its_parts(signed_in: SignIn) -> None:
    low, high = _case("一", risk=0.2), _case("二", risk=0.95, disguises=("covert_venue",))

    page = _page(signed_in(Role.REVIEWER))

    assert [row.case_id for row in page.rows] == [high.pk, low.pk]
    assert [part.zh for part in page.rows[0].parts] == ["把握", "情节", "扩散", "屡次", "新近"]
    assert page.rows[0].why.startswith("把握：机器判断很可能；")
    assert ("居民楼/酒店/咖啡厅等隐蔽场所", "disguise") in [
        (tag.zh, tag.axis) for tag in page.rows[0].tags
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?tab=all&title=物理", ["title"]),
        ("?tab=all&institution=EDU.example", ["host"]),
        ("?tab=all&host=edu.example.cn", ["host"]),
        ("?tab=all&disguise=covert_venue", ["disguise"]),
        ("?tab=all&label=preschool_academic", ["label"]),
        ("?tab=all&region=150105", ["region"]),
        ("?tab=all&region=150105&title=物理", []),
        ("?tab=all&age=1", []),
        ("?tab=all&state=confirmed", []),
    ],
)
def test_filters_narrow_and_show_as_chips(signed_in: SignIn, query: str, found: list[str]) -> None:
    cases = {
        "title": _case("一", "物理辅导"),
        "host": _case("二", url="https://www.edu.example.cn/1"),
        "disguise": _case("三", disguises=("covert_venue",)),
        "label": _case("四", offerings=("preschool_academic",)),
        "region": _case("五", region="150105"),
    }
    page = _page(signed_in(Role.REVIEWER), query)

    assert [row.case_id for row in page.rows] == [cases[name].pk for name in found]
    assert len(page.chips) == query.count("=") - 1
    assert all("tab=all" in chip.query for chip in page.chips)


def test_region_shows_its_name_and_an_unnamed_one_its_code(signed_in: SignIn) -> None:
    _case("一", region="150105")
    _case("二", region="150177")

    rows = _page(signed_in(Role.REVIEWER)).rows

    assert {row.region_zh for row in rows} == {"赛罕区", "150177"}


@pytest.mark.parametrize(
    "query",
    ["?tab=nothing", "?tab=all&state=lost", "?tab=all&label=maths", "?tab=all&region=x",
     "?tab=all&age=-1", "?tab=all&age=nan", "?tab=all&after=1", "?tab=all&disguise=math",
     "?tab=all&after=nan_1", "?tab=all&after=1_99999999999999999999"],
)  # fmt: skip
def test_filter_that_makes_no_sense_is_told_in_chinese(signed_in: SignIn, query: str) -> None:
    answer = signed_in(Role.REVIEWER).get(reverse("queue") + query)

    assert answer.status_code == 400
    assert "条件有误" in answer.content.decode()


@pytest.mark.parametrize("name", ["title", "institution", "host"])
@pytest.mark.parametrize("value", ["a\0b", "％_'\"<script>", "长" * 10_000, "\ud83d", "-1"])
def test_odd_words_in_filters_find_nothing_and_break_nothing(
    signed_in: SignIn, name: str, value: str
) -> None:
    answer = signed_in(Role.REVIEWER).get(
        reverse("queue"), {"tab": "all", name: value.encode("utf-8", "surrogatepass")}
    )

    assert answer.status_code == 200
    assert b"<script>" not in answer.content


def test_pages_do_not_drift_when_cases_leave(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    cases = [_case(f"第 {n} 期数学班", risk=0.9 - n / 1000) for n in range(45)]
    first = _page(client)
    queue.claim(make_user("zhao"), cases[0].pk, now=_now())

    second = _page(client, first.next_page)

    assert [row.case_id for row in second.rows] == [case.pk for case in cases[40:]]
    assert (second.first, second.last, second.total) == (41, 45, 45)
    assert second.next_page == ""
    assert second.first_page == "?tab=all"


def test_row_says_who_holds_it_and_offers_what_the_person_may(signed_in: SignIn) -> None:
    client, zhao = signed_in(Role.REVIEWER), make_user("zhao")
    mine, held, free = (_case(f"第 {n} 期数学班") for n in range(3))
    queue.claim(_user("reviewer"), mine.pk, now=_now())
    queue.claim(zhao, held.pk, now=_now())

    rows = {row.case_id: row for row in _page(client).rows}
    html = client.get(reverse("queue"), {"tab": "all"}).content.decode()

    assert [rows[case.pk].may_claim for case in (mine, held, free)] == [False, False, True]
    assert (rows[mine.pk].is_mine, rows[held.pk].holder) == (True, "zhao")
    assert html.count(">领取</button>") == 1
    assert html.count(">释放</button>") == 1
    assert "指派" not in html
    assert "None" not in html


def test_looker_on_gets_no_buttons(signed_in: SignIn) -> None:
    _case()

    html = signed_in(Role.AUDITOR).get(reverse("queue"), {"tab": "all"}).content.decode()

    for word in (">领取</button>", "领取下一件", ">指派</a>"):
        assert word not in html


def test_empty_tab_says_why(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)

    assert (
        "新的涉嫌广告在巡查和机器判断之后" in client.get("/queue/?tab=unclaimed").content.decode()
    )
    assert "没有符合条件的案件" in client.get("/queue/?tab=all&title=x").content.decode()


def test_another_region_s_cases_are_neither_listed_nor_counted(signed_in: SignIn) -> None:
    _case(region="150200")

    page = _page(signed_in(Role.REVIEWER))

    assert page.rows == ()
    assert {tab.count for tab in page.tabs} == {0}
    assert page.choices.regions == ()


def test_planted_title_stays_text(signed_in: SignIn) -> None:
    _case("初三数学", '<script>alert(1)</script>\u202e"><img onerror=x>')

    html = signed_in(Role.REVIEWER).get("/queue/?tab=all").content.decode()

    assert "<script>alert" not in html
    assert "<img onerror" not in html
    assert "\u202e" not in html
    assert "&lt;script&gt;" in html


def test_page_asks_the_database_a_bounded_number_of_times(
    signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(Role.REVIEWER)
    zhao = make_user("zhao")
    for number in range(30):
        case = _case(f"第 {number} 期数学班")
        if number % 3 == 0:
            put_in_state(case, State.PROPOSED, by=zhao)

    with django_assert_max_num_queries(16):
        client.get("/queue/?tab=all")


def test_looking_leaves_no_event(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    _case()
    before = Event.objects.count()

    client.get("/queue/?tab=all")
    b"".join(client.get("/queue/export/?tab=all").streaming_content)  # type: ignore[attr-defined]

    assert Event.objects.count() == before


def test_export_holds_every_row_of_the_list_and_no_formula(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    for number in range(45):
        _case(f"第 {number} 期数学班", "=HYPERLINK(1)" if number == 0 else f"第 {number} 期")
    _case("外地的", region="150200")

    answer = client.get("/queue/export/?tab=all")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 45
    assert "'=HYPERLINK(1)" in {row["标题"] for row in rows}
    assert {row["地区"] for row in rows} == {"呼和浩特市"}
    assert 'filename="queue-' in answer.headers["Content-Disposition"]
