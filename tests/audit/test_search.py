"""Search over rows: filters, JSON, what is shown and what is hidden."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from audit import search_hits
from audit.errors import IndexEngineError, QueryError
from audit.models import Ad
from audit.search import SearchPage, search
from tests.audit.builders import (
    make_ad,
    make_assessment,
    make_case,
    make_finding,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data")]


def ids(page: SearchPage) -> list[str]:
    assert page.total == len(page.hits)
    return [hit.ad_id for hit in page.hits]


def test_answer_has_the_shape_that_outsiders_use(index: Callable[..., None]) -> None:
    text = "招生简章\n竖学提分，老师一对一辅导初三学生"
    index(make_ad(text, "暑期安排", url="https://town-a.example/1"))
    page = json.loads(json.dumps(search("数学", limit=5).to_dict()))
    assert page["total"] == 1
    assert set(page) == {"total", "hits", "facets", "cursor"}
    (hit,) = page["hits"]
    start = text.index("竖学")
    assert hit == {
        "ad_id": hit["ad_id"],
        "url": "https://town-a.example/1",
        "title": "暑期安排",
        "snippet": "招生简章 竖学提分，老师一对一辅导初三学生",
        "highlights": [{"start": start, "end": start + 2}],
        "title_highlights": [],
        "labels": ["subject_tutoring", "math"],
        "needs_review": True,
        "risk": 0.9,
        "status": "none",
        "case_id": None,
        "host": "town-a.example",
        "site_id": "town-a",
        "region": "150100",
        "last_seen": "2026-11-25T06:03:00+00:00",
        "live": True,
        "contacts": [],
        "decoded": [
            {"field": "text", "start": start, "end": start + 2, "text": "竖学", "plain": "数学"}
        ],
    }
    assert page["facets"]["offerings"] == {"subject_tutoring": 1}
    assert page["facets"]["month"] == {"2026-11": 1}


def test_empty_query_finds_all_by_risk(index: Callable[..., None]) -> None:
    low = make_ad("钢琴课", assessment=make_assessment("钢琴课", risk=0.1, needs_review=False))
    high = make_ad("数学课", assessment=make_assessment("数学课", risk=0.9))
    index(low, high)
    assert ids(search("")) == ids(search("  ")) == [high.ad_id, low.ad_id]


def test_title_is_searched_too(index: Callable[..., None]) -> None:
    ad = make_ad("正文无关", "暑假數學班")
    index(ad, make_ad("别的", "别的"))
    (hit,) = search("数学").hits
    assert (hit.ad_id, hit.highlights) == (ad.ad_id, ())
    assert [(span.start, span.end) for span in hit.title_highlights] == [(2, 4)]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("数学 上门", ["数学上门"]),
        ('"数学 上门"', []),
        ("数学 -上门", ["数学班"]),
        ("-数学", ["英语上门"]),
        ("门", ["数学上门", "英语上门"]),
    ],
)
def test_grammar_reaches_the_engine(
    index: Callable[..., None], query: str, texts: list[str]
) -> None:
    ads = {text: make_ad(text, "") for text in ("数学上门", "数学班", "英语上门")}
    index(*ads.values())
    assert set(ids(search(query))) == {ads[text].ad_id for text in texts}


def test_labels_of_one_axis_widen_and_of_two_narrow(index: Callable[..., None]) -> None:
    math = make_ad("甲", assessment=make_assessment("甲", subjects=("math",)))
    chinese = make_ad(
        "乙", assessment=make_assessment("乙", subjects=("chinese",), disguises=("study_camp",))
    )
    index(math, chinese)
    assert len(ids(search("", labels=["math", "chinese"]))) == 2
    assert ids(search("", labels=["math", "chinese", "study_camp"])) == [chinese.ad_id]


def test_region_filter_takes_all_that_lies_within(index: Callable[..., None]) -> None:
    city = make_ad("甲", region="150100")
    district = make_ad("乙", region="150102")
    other = make_ad("丙", region="150200")
    index(city, district, other, make_ad("丁", region=""))
    assert set(ids(search("", region="150100"))) == {city.ad_id, district.ad_id}
    assert len(ids(search("", region="150000"))) == 3
    assert ids(search("", region="150102")) == [district.ad_id]


def test_scope_is_what_a_person_may_find(index: Callable[..., None]) -> None:
    city, zone = make_ad("甲", region="150102"), make_ad("乙", region="150171")
    other, nowhere = make_ad("丙", region="110108"), make_ad("丁", region="")
    index(city, zone, other, nowhere)
    assert len(ids(search(""))) == len(ids(search("", scope=["110000", ""]))) == 4
    assert set(ids(search("", scope=["150100"]))) == {city.ad_id, zone.ad_id}
    assert set(ids(search("-丁", scope=["150102", "110000"]))) == {city.ad_id, other.ad_id}
    assert ids(search("", scope=["150100"], region="110108")) == []
    assert search("", scope=["110108"]).facets["region"] == {"110108": 1}


def test_every_one_of_all_labels_must_be_there(index: Callable[..., None]) -> None:
    both = make_ad("甲", assessment=make_assessment("甲", subjects=("math", "chinese")))
    index(both, make_ad("乙", assessment=make_assessment("乙", subjects=("math",))))
    assert ids(search("", all_labels=["math", "chinese"])) == [both.ad_id]
    assert len(ids(search("", all_labels=["math"]))) == 2


def test_flagged_ads_alone(index: Callable[..., None]) -> None:
    flagged = make_ad("甲")
    index(flagged, make_ad("乙", assessment=make_assessment("乙", needs_review=False)))
    assert ids(search("", needs_review=True)) == [flagged.ad_id]


def test_days_are_beijing_days(index: Callable[..., None]) -> None:
    late = make_ad("甲", seen=datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC))  # 23:59:59 there
    early = make_ad("乙", seen=datetime(2026, 11, 24, 16, 0, tzinfo=UTC))  # the 25th there
    index(late, early)
    day, next_day = date(2026, 11, 24), date(2026, 11, 25)
    assert ids(search("", since=next_day)) == [early.ad_id]
    assert ids(search("", until=day)) == [late.ad_id]
    assert ids(search("", since=day, until=next_day, sort="time")) == [early.ad_id, late.ad_id]


def test_status_follows_the_case(index: Callable[..., None]) -> None:
    in_case, alone = make_ad("初三数学提分"), make_ad("钢琴")
    make_case(in_case)
    in_case.refresh_from_db()
    index(in_case, alone)
    assert ids(search("", status="open")) == [in_case.ad_id]
    assert ids(search("", status="none")) == [alone.ad_id]
    assert search("", status="open").hits[0].status == "open"
    assert search("").facets["status"] == {"none": 1, "open": 1}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"labels": ["subject_tutorin"]}, "Did you mean 'subject_tutoring'"),
        ({"region": "呼和浩特"}, "region: expected a code"),
        ({"status": "opened"}, "status: expected one of open, .* Did you mean 'open'"),
        ({"sort": "newest"}, "sort: expected one of relevance, risk, time"),
        ({"limit": -1}, "limit: expected 0 to 10000"),
        ({"limit": 10_001}, "limit: expected 0 to 10000"),
        ({"since": date(2026, 2, 1), "until": date(2026, 1, 1)}, "expected since ≤ until"),
    ],
)
def test_filter_that_cannot_be_meant_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(QueryError, match=says):
        search("", **values)


def test_pages_follow_the_cursor(index: Callable[..., None]) -> None:
    ads = [make_ad(f"数学{number}") for number in range(7)]
    index(*ads)
    for query in ("", "数学"):
        found, cursor = [], None
        while True:
            page = search(query, limit=3, cursor=cursor)
            found += [hit.ad_id for hit in page.hits]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(found) == sorted(ad.ad_id for ad in ads)


def test_pages_by_relevance_do_not_drift_while_ads_come_in(index: Callable[..., None]) -> None:
    ads = [
        make_ad(f"数学{number}", assessment=make_assessment(risk=number / 50))
        for number in range(30)
    ]
    index(*ads)
    found, cursor = [], None
    for number in range(3):
        page = search("数学", limit=10, cursor=cursor)
        found += [hit.ad_id for hit in page.hits]
        cursor = page.cursor
        index(*(make_ad("数学数学", "数学") for _ in range(number + 1)))  # of more relevance
    assert sorted(found) == sorted(ad.ad_id for ad in ads)


def test_limit_zero_counts(index: Callable[..., None]) -> None:
    index(make_ad("数学"))
    page = search("数学", limit=0)
    assert (page.total, page.hits) == (1, ())
    assert page.facets["offerings"]


def test_snippet_without_a_query_shows_what_was_found(index: Callable[..., None]) -> None:
    text = f"{'招生简章。' * 60}一对一提分{'，欢迎咨询' * 40}"
    finding = make_finding(text, "一对一提分")
    index(make_ad(text, assessment=make_assessment(text, findings=(finding,))))
    (hit,) = search("").hits
    assert "一对一提分" in str(hit.snippet)
    assert str(hit.snippet)[0] == str(hit.snippet)[-1] == "…"


def test_ad_whose_row_went_is_left_out(index: Callable[..., None]) -> None:
    ad = make_ad("数学")
    index(ad)
    Ad.objects.filter(pk=ad.pk).update(version=None)
    page = search("数学")
    assert (page.total, page.hits) == (1, ())


def test_script_in_a_text_is_plain_text(index: Callable[..., None]) -> None:
    index(make_ad("<script>alert(1)</script>数学", "<b>题"))
    (hit,) = search("<script>alert(1)").hits
    assert str(hit.snippet) == "<script>alert(1)</script>数学"
    assert (hit.highlights[0].start, hit.highlights[0].end) == (0, 16)


def test_missing_index_says_what_to_do() -> None:
    with pytest.raises(IndexEngineError, match="jianwei index create"):
        search("数学")


def test_long_text_is_looked_through_in_part(
    index: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_hits, "_MOST_CHARS", 100)
    index(make_ad(f"英语{'。' * 98}数学", ""))
    (late,) = search("数学").hits
    (early,) = search("英语").hits
    assert late.highlights == ()
    assert [(span.start, span.end) for span in early.highlights] == [(0, 2)]
