"""The search page: what is shown, what narrows it, and that nobody sees another region's ads."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import reverse

from audit import config
from audit.drain import drain
from audit.models import Ad, Event, Role, SiteRow
from audit.outbox import enqueue_ad
from audit.region_names import region_zh
from audit.views.search_context import SearchContext
from audit.views.search_form import SearchForm
from classifier.records import Fact
from tests.audit.builders import HOHHOT, NOW, make_ad, make_assessment, make_case, span_of

SignIn = Callable[..., Client]
BAOTOU = "150200"


def index(*ads: Ad) -> None:
    for ad in ads:
        ad.refresh_from_db()
        enqueue_ad(ad)
    assert drain().waiting == 0


def ask(client: Client, query: str = "") -> HttpResponse:
    return client.get(f"{reverse('search')}{query}")


def context(answer: HttpResponse) -> SearchContext:
    found: SearchContext = answer.context["page"]  # type: ignore[attr-defined]
    return found


def text_of(answer: HttpResponse) -> str:
    body = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(body))


def test_hit_can_be_read_without_opening_it(signed_in: SignIn) -> None:
    SiteRow.objects.create(site_id="town-a", title="青城便民网", declaration={}, changed_at=NOW)
    ad = make_ad("招生简章\n竖学提分，老师一对一辅导初三学生", "暑期安排")
    case = make_case(ad)
    index(ad)

    answer = ask(signed_in(Role.REVIEWER), "?q=数学")

    assert "<mark>竖学</mark>提分" in answer.content.decode()
    shown = text_of(answer)
    for words in (
        "共 1 条广告",
        "暑期安排",
        "竖学 解作 数学",
        "机器判断：很可能涉嫌",
        "学科类培训",
        f"案件 {case.pk}（待领取）",
        "青城便民网",
        "地区 呼和浩特",
        "末次出现",
        ad.url,
    ):
        assert words in shown
    assert f'href="{reverse("case", args=[case.pk])}"' in answer.content.decode()
    assert f'href="{reverse("ad", args=[ad.ad_id])}"' in answer.content.decode()


def test_ads_and_counts_of_other_regions_are_not_shown(signed_in: SignIn) -> None:
    mine, zone = make_ad("数学甲", region="150102"), make_ad("数学乙", region="150171")
    index(mine, zone, make_ad("数学丙", region=BAOTOU), make_ad("数学丁", region=""))
    client = signed_in(Role.REVIEWER)

    found = context(ask(client))
    assert {hit.ad_id for hit in found.hits} == {mine.ad_id, zone.ad_id}
    assert found.total == 2
    (regions,) = (facet for facet in found.facets if facet.name == "region")
    assert region_zh(BAOTOU) not in {value.words for value in regions.values}
    assert context(ask(client, f"?region={BAOTOU}")).total == 0
    assert context(ask(signed_in(Role.INVESTIGATOR, region=""))).total == 4


def test_case_of_another_region_is_no_link(signed_in: SignIn) -> None:
    ad = make_ad("初三数学")
    case = make_case(ad)
    type(case).objects.update(region=BAOTOU)
    index(ad)

    (hit,) = context(ask(signed_in(Role.REVIEWER))).hits

    assert (hit.case_id, hit.status) == (None, "待领取")


def test_facet_narrows_to_its_count_and_chip_takes_it_off(signed_in: SignIn) -> None:
    both = make_ad("甲", assessment=make_assessment("甲", subjects=("math", "physics")))
    index(
        both,
        make_ad("乙", assessment=make_assessment("乙", subjects=("math",))),
        make_ad("丙", assessment=make_assessment("丙", subjects=()), site_id="town-b"),
    )
    client = signed_in(Role.REVIEWER)
    found = context(ask(client))
    checked = 0
    for facet in found.facets:
        for value in facet.values:
            narrowed = context(ask(client, value.query))
            assert narrowed.total == value.count, (facet.name, value.words)
            checked += 1
            if narrowed.chips:
                assert context(ask(client, narrowed.chips[-1].query)).total in {3, value.count}
    assert checked >= 8
    (month,) = (
        facet for facet in context(ask(client, "?since=2026-11-20")).facets if facet.name == "month"
    )
    assert month.values[0].query == "?since=2026-11-20&until=2026-11-30"
    twice = context(ask(client, "?label=math&label=physics"))
    assert [hit.ad_id for hit in twice.hits] == [both.ad_id]
    assert [chip.words for chip in twice.chips] == ["学科：数学", "学科：物理"]
    assert twice.chips[0].query == "?label=physics"


def test_wider_region_counts_what_lies_within(signed_in: SignIn) -> None:
    index(*(make_ad(f"课{code}", region=code) for code in ("150102", "150103", "150171", "150202")))

    found = context(ask(signed_in(Role.INVESTIGATOR, region="")))

    (facet,) = (facet for facet in found.facets if facet.name == "region")
    counts = {value.words: value.count for value in facet.values}
    wanted = [counts[region_zh(code)] for code in ("150000", "150100", "150202")]
    assert wanted == [4, 3, 1]
    assert region_zh("150200") not in counts


def test_address_reproduces_the_search() -> None:
    query = "?q=数学+-成人&region=150100&site=a&status=open&since=2026-01-01&until=2026-02-01&sort=time&cursor=key:1&label=math&label=chinese&review=1"
    form = SearchForm.read(QueryDict(query[1:]))

    again = SearchForm.read(QueryDict(form.query_string(cursor=form.cursor)[1:]))

    assert again == form
    assert parse_qs(form.query_string(q="")[1:]).keys() == {
        *("region", "site", "status", "since", "until", "sort", "label", "review")
    }
    assert SearchForm().query_string() == "?"


def test_pages_follow_each_other_without_a_gap(signed_in: SignIn) -> None:
    ads = [make_ad(f"数学{number}") for number in range(45)]
    index(*ads)
    client, query, found = signed_in(Role.REVIEWER), "?sort=time", []
    while query:
        answer = context(ask(client, query))
        found += [hit.ad_id for hit in answer.hits]
        query = answer.next
    assert sorted(found) == sorted(ad.ad_id for ad in ads)


def test_links_find_ads_of_the_same_contact_without_naming_it(signed_in: SignIn) -> None:
    text = "初三数学，电话13812345678"
    fact = Fact(kind="contact", value="phone:13812345678", span=span_of(text, "13812345678"))
    same = [make_ad(text, assessment=make_assessment(text, facts=(fact,))) for _ in range(2)]
    index(*same, make_ad("别的"))
    client = signed_in(Role.REVIEWER)

    answer = ask(client, "?q=数学")

    assert "1234" not in answer.content.decode()
    (link,) = (one for one in context(answer).hits[0].like_this if "电话" in one.words)
    found = context(ask(client, link.query))
    assert {hit.ad_id for hit in found.hits} == {ad.ad_id for ad in same}
    assert [(chip.words, chip.query) for chip in found.chips] == [("同一联系方式", "?")]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?q=%22数学", "引号没有成对"),
        ("?q=网站:", "请写网站的域名"),
        ("?since=昨天", "日期请写成"),
        ("?since=2026-02-01&until=2026-01-01", "起始日期晚于截止日期"),
        ("?status=opened", "没有这个案件状态"),
        ("?label=nonsense", "没有这个标签"),
        ("?region=呼和浩特", "行政区划代码"),
        ("?cursor=7", "回到第一页"),
        ("?sort=newest", "检索条件有误"),
        ("?q=" + "数+" * 33, "最多可以写 32 个词"),
    ],
)
def test_condition_that_cannot_be_meant_is_said_and_kept(
    signed_in: SignIn, query: str, says: str
) -> None:
    index(make_ad("数学"))

    answer = ask(signed_in(Role.REVIEWER), query)

    assert answer.status_code == 400
    assert says in context(answer).problem
    assert context(answer).form == SearchForm.read(QueryDict(query[1:]))


def test_engine_that_does_not_answer_is_said_in_place(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANWEI_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    config.forget()

    answer = ask(signed_in(Role.REVIEWER), "?q=数学")

    assert answer.status_code == 503
    assert "检索引擎没有应答" in text_of(answer)
    assert 'value="数学"' in answer.content.decode()


def test_index_that_is_not_there_yet_is_said(signed_in: SignIn) -> None:
    answer = ask(signed_in(Role.REVIEWER))

    assert answer.status_code == 503
    assert "还没有检索索引" in text_of(answer)


def test_nothing_found_says_what_to_try(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    index(make_ad("数学"))
    Ad.objects.filter(region=HOHHOT).update(region=BAOTOU)
    index(*Ad.objects.all())

    assert "您管辖的地区还没有广告" in text_of(ask(client))
    shown = text_of(ask(client, "?q=数学&label=math"))
    assert "没有找到符合条件的广告" in shown
    assert "去掉上面的条件再试" in shown
    assert "不限文字" in shown


def test_lag_of_the_index_is_said(signed_in: SignIn) -> None:
    ad = make_ad("数学")
    index(ad)
    enqueue_ad(ad)

    assert "还有 1 条改动未入索引" in text_of(ask(signed_in(Role.REVIEWER)))


def test_crawled_words_stay_words(signed_in: SignIn) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    ad = make_ad(f"数学{hostile}", hostile, url="https://a.example/'onclick='alert(1)")
    index(ad)

    body = ask(signed_in(Role.REVIEWER), "?q=数学").content.decode()

    assert "<script>alert" not in body
    assert "<img" not in body
    assert "'onclick='" not in body


def test_page_writes_nothing_and_asks_little(
    signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    ads = [make_ad(f"数学{number}", site_id=f"site-{number}") for number in range(25)]
    make_case(*ads[:9])
    index(*ads)
    client = signed_in(Role.REVIEWER)
    ask(client)
    events = Event.objects.count()

    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        assert context(ask(client, "?q=数学")).total == 25

    assert Event.objects.count() == events
