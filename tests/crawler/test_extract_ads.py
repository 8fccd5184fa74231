import pytest

from crawler.errors import ExtractError
from crawler.extract.ads import extract_ads
from crawler.identity import page_ad_id
from tests.crawler.evidence_samples import block_texts, main_texts, make_record, make_site

PARAGRAPHS = [
    "秋天的校园里银杏叶落了一地，孩子们把叶子捡回教室，做成书签送给一年级的同学，老师说这比买来的好看。",
    "周三下午的社团课照常进行，合唱团在音乐教室排练，篮球队改到室内，书法社的作品挂在走廊两侧供大家观看。",
    "食堂本周的菜单已经贴在门口，周一是番茄炒蛋和冬瓜汤，周四有孩子们盼了很久的糖醋排骨，请家长放心。",
    "下周一升旗仪式后将颁发读书节奖状，请各班班主任提前通知获奖同学穿好校服，于七点五十分到主席台旁集合。",
]


def _cards(count: int, *, link: str = "/d/{}", start: int = 1) -> str:
    return "".join(
        f"<div class='card c{n}'><a href='{link.format(n)}'><img src=/i/{n}.jpg></a>"
        f"<h3><a href='{link.format(n)}'>课程{n}</a></h3><p>第{n}门课程的介绍文字在这里</p>"
        f"<a href=/company>同一家公司</a></div>"
        for n in range(start, start + count)
    )


def test_page_ad_has_identity_text_and_capture() -> None:
    record = make_record("<title>题</title><p>正文", url="http://H.example:80/a?utm_source=x#y")
    (ad,) = extract_ads(record, site=None)
    assert (ad.url, ad.part, ad.title, ad.text) == ("http://h.example/a", "page", "题", "正文")
    assert ad.ad_id == page_ad_id("http://h.example/a")
    assert ad.capture_id == record.capture.capture_id


@pytest.mark.parametrize(
    ("body", "url", "content_type", "status"),
    [
        ("<p>x", "http://h.example/", "text/html", 404),
        ("<p>x", "http://h.example/", "text/html", 301),
        ("{}", "http://h.example/x.json", "application/json", 200),
        ("a{}", "http://h.example/x.css", "text/css", 200),
        ("<rss/>", "http://h.example/feed", "application/xml", 200),
        ("GIF89a", "http://h.example/x", "", 200),
        ("User-agent: *\nDisallow: /", "http://h.example/robots.txt", "text/plain", 200),
        ("", "http://h.example/", "text/html", 200),
        ("<title>只有标题</title><script>x</script>", "http://h.example/", "text/html", 200),
    ],
)
def test_what_is_no_page_with_text_gives_no_ad(
    body: str, url: str, content_type: str, status: int
) -> None:
    record = make_record(body, url=url, content_type=content_type, status=status)
    assert extract_ads(record, site=None) == []


@pytest.mark.parametrize("content_type", ["", "application/octet-stream", "application/xml"])
def test_page_without_a_proper_type_is_known_by_its_start(content_type: str) -> None:
    record = make_record("\ufeff <!-- x --><!DOCTYPE html><p>正文", content_type=content_type)
    assert [ad.text for ad in extract_ads(record, site=None)] == ["正文"]


def test_main_text_is_voted_and_nothing_is_dropped() -> None:
    links = "".join(f"<li><a href=/{n}>相关链接标题第{n}条</a></li>" for n in range(12))
    body = (
        f"<div class=menu><a href=/>首页</a><a href=/b>关于</a></div><div class=article><h1>题目</h1>"
        f"{''.join(f'<p>{text}</p>' for text in PARAGRAPHS)}<p>电话 0471-5550000</p></div>"
        f"<div class=related><ul>{links}</ul></div><div class=footer>版权所有</div>"
    )
    (ad,) = extract_ads(make_record(body), site=None)
    mains = main_texts(ad)
    assert set(PARAGRAPHS) < set(mains)
    assert "首页 关于" in block_texts(ad)
    assert "首页 关于" not in mains
    assert not any("相关链接" in text for text in mains)
    assert sum("相关链接" in text for text in block_texts(ad)) == 12


def test_table_between_paragraphs_is_main_text() -> None:
    rows = "".join(f"<tr><td>班级{n}<td>周六{n}点<td>{n}00元</tr>" for n in range(1, 15))
    paragraphs = [f"<p>{text}</p>" for text in PARAGRAPHS]
    body = f"<h1>题目</h1>{''.join(paragraphs[:2])}<table>{rows}</table>{''.join(paragraphs[2:])}"
    (ad,) = extract_ads(make_record(body), site=None)
    assert all(block.main for block in ad.blocks)
    assert sum(block.kind == "cell" for block in ad.blocks) == 42


def test_declared_parts_are_used_and_the_text_stays_whole() -> None:
    site = make_site(
        extract={"title": "h2.t", "text": "div.body", "published_on": ".d", "publisher": ".p"}
    )
    record = make_record(
        "<title>网站名</title><p>导语<h2 class=t>真题目</h2><div class=body><p>一<p>二</div>"
        "<i class=d>2024年3月5日</i><b class=p>晨光</b>"
    )
    (ad,) = extract_ads(record, site=site)
    assert (ad.title, ad.published_on, ad.publisher) == ("真题目", "2024-03-05", "晨光")
    assert main_texts(ad) == ["一", "二"]
    assert ad.text.splitlines() == [
        "导语",
        "真题目",
        "一",
        "二",
        "2024年3月5日晨光",
    ]


@pytest.mark.parametrize(
    ("extract", "key"),
    [
        ({"title": "h9"}, "extract.title"),
        ({"text": "div.none"}, "extract.text"),
        ({"published_on": "time"}, "extract.published_on"),
        ({"published_on": "p"}, "extract.published_on"),
        ({"publisher": ".none"}, "extract.publisher"),
    ],
)
def test_declared_selector_without_a_match_names_site_selector_and_url(
    extract: dict[str, str], key: str
) -> None:
    with pytest.raises(ExtractError) as caught:
        extract_ads(make_record("<p>没有日期"), site=make_site(extract=extract))
    message = str(caught.value)
    assert "Site h" in message
    assert key in message
    assert next(iter(extract.values())) in message
    assert "http://h.example/a/page.html" in message


def test_list_page_must_hold_the_declared_cards_and_may_lack_the_rest() -> None:
    site = make_site(
        kind="listing",
        extract={"card": "div.card", "text": "article"},
        follow={"detail": "h3 a"},
        start_url="http://h.example/list",
    )
    listing = make_record(_cards(2), url="http://h.example/list")
    assert [ad.part for ad in extract_ads(listing, site=site)] == [
        "page",
        "item:http://h.example/d/1",
        "item:http://h.example/d/2",
    ]
    detail = make_record("<article>课程详情</article>", url="http://h.example/d/1")
    assert [ad.part for ad in extract_ads(detail, site=site)] == ["page"]
    with pytest.raises(ExtractError, match=r"extract\.card"):
        extract_ads(make_record("<p>改版了", url="http://h.example/list"), site=site)
    with pytest.raises(ExtractError, match=r"extract\.text"):
        extract_ads(make_record("<p>改版了", url="http://h.example/d/1"), site=site)


def test_declared_card_link_decides_which_cards_have_a_page() -> None:
    site = make_site(kind="listing", extract={"card": "li", "card_link": "a.tt"})
    record = make_record(
        "<ul><li><a class=tt href=/7?spm=1>甲</a><p>说明<li><a href=/x>广告</a><b>乙</b><p>无页</ul>"
    )
    _, first, second = extract_ads(record, site=site)
    assert (first.url, first.part) == ("http://h.example/7", "item:http://h.example/7")
    assert (second.url, second.title) == ("http://h.example/", "乙")
    assert second.part.startswith("item:")
    with pytest.raises(ExtractError, match=r"extract\.card_link"):
        extract_ads(make_record("<ul><li>甲</ul>"), site=site)


@pytest.mark.parametrize("kind", ["listing", "jobboard"])
def test_cards_are_found_over_several_rows(kind: str) -> None:
    news = "".join(
        f"<li><a href=/n/{n}>新闻标题比较长的那种第{n}条</a><i>03-0{n}</i>" for n in range(1, 8)
    )
    body = (
        f"<ul class=top><li><a href=/>首页</a><li><a href=/a>关于</a><li><a href=/b>联系</a></ul>"
        f"<div class=row>{_cards(3)}</div><div class=row>{_cards(3, start=4)}</div><ul>{news}</ul>"
    )
    page, *cards = extract_ads(make_record(body), site=make_site(kind=kind))
    assert [card.url for card in cards] == [f"http://h.example/d/{n}" for n in range(1, 7)]
    assert cards[0].text == "课程1\n第1门课程的介绍文字在这里\n同一家公司"
    assert (cards[0].title, cards[0].images) == ("课程1", ("http://h.example/i/1.jpg",))
    assert all(block.main for block in cards[0].blocks)
    assert "第1门课程的介绍文字在这里" in page.text
    assert "第1门课程的介绍文字在这里" not in main_texts(page)


def test_rows_of_a_table_are_cards_known_by_their_own_link() -> None:
    rows = "".join(
        f"<tr><td><a href=/j/{n}>教师{n}</a><td><a href=/c/1>一家名字更长的公司</a><td>月薪八千起，五险一金，双休</tr>"
        for n in range(4)
    )
    _, *cards = extract_ads(make_record(f"<table>{rows}</table>"), site=make_site(kind="jobboard"))
    assert [(card.url, card.title) for card in cards] == [
        (f"http://h.example/j/{n}", f"教师{n}") for n in range(4)
    ]


def test_whole_cards_that_are_links_are_found() -> None:
    body = "".join(
        f"<a class=item href=/k/{n}><div>阅读班招生{n}</div><div>"
        f"面向社区家庭的周末活动，地点在图书馆二楼，请提前预约</div></a>"
        for n in range(3)
    )
    _, *cards = extract_ads(make_record(body), site=make_site(kind="listing"))
    assert [card.url for card in cards] == [f"http://h.example/k/{n}" for n in range(3)]


@pytest.mark.parametrize("kind", ["website", "weixin"])
def test_other_kinds_of_site_have_no_cards(kind: str) -> None:
    assert len(extract_ads(make_record(_cards(6)), site=make_site(kind=kind))) == 1
    assert len(extract_ads(make_record(_cards(6)), site=None)) == 1


def test_card_keeps_its_id_on_another_listing_page() -> None:
    site = make_site(kind="listing", extract={"card": "li"})
    ids = [
        {ad.ad_id for ad in extract_ads(make_record(body, url=url), site=site)[1:]}
        for url, body in (
            ("http://h.example/l?p=1", "<li><a href=/1>甲</a>说明<li>无链接的 卡片"),
            ("http://h.example/l?p=2", "<li>无链接的卡片<li><a href=/1?from=timeline>甲</a>改了"),
        )
    ]
    assert ids[0] == ids[1]


def test_hidden_and_repeated_cards_count_once() -> None:
    site = make_site(kind="listing", extract={"card": "li"})
    body = (
        "<ul><li><a href=/1>甲</a><li><a href=/1>甲</a><li hidden><a href=/2>乙</a></ul>"
        "<ul style='display:none'><li><a href=/3>丙</a></ul>"
    )
    assert len(extract_ads(make_record(body), site=site)) == 2


WEIXIN = """<html><head><meta property="og:title" content="别的"><title></title></head><body>
<div id="js_article"><h1 id="activity-name"> 秋天的
一天 </h1><a id="js_name"> 晨光号 </a><em id="publish_time"></em>
<div id="js_content" style="visibility: hidden; opacity: 0;"><section><p>正文一</p></section>
<p><img class="rich_pages" data-src="https://mmbiz.example/1?wx_fmt=png" src="data:image/gif,x"></p>
</div></div><div>扫一扫</div><script>var ct = "1709596800"; var nickname = htmlDecode("别号");</script>"""


def test_weixin_article_gives_headline_account_day_and_images() -> None:
    (ad,) = extract_ads(make_record(WEIXIN), site=make_site(kind="weixin"))
    assert (ad.title, ad.publisher, ad.published_on) == ("秋天的 一天", "晨光号", "2024-03-05")
    assert main_texts(ad) == ["秋天的 一天", "晨光号", "正文一"]
    assert "扫一扫" in ad.text
    assert "扫一扫" not in main_texts(ad)
    assert ad.images == ("https://mmbiz.example/1?wx_fmt=png",)


def test_weixin_article_reads_what_only_its_script_says() -> None:
    body = (
        "<div id=js_content><p>正文</div><script>window.msg_title = '题';"
        "var nickname = htmlDecode(\"晨光号\"); create_time: JsDecode('2024-03-05 10:00')</script>"
    )
    (ad,) = extract_ads(make_record(body), site=None)
    assert (ad.title, ad.publisher, ad.published_on) == ("题", "晨光号", "2024-03-05")
