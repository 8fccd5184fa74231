import pytest

from crawler.extract.links import followable
from crawler.extract.page import Page, parse_page
from tests.crawler.evidence_samples import make_site

URL = "http://h.example/a/b.html"


def _page(html: str, *, codec: str = "utf-8", content_type: str = "text/html") -> Page:
    return parse_page(html.encode(codec), url=URL, content_type=content_type)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<a href=c.html>课程</a>", [("http://h.example/a/c.html", "课程")]),
        ("<a href='  /x#y '> 甲 \n乙 </a>", [("http://h.example/x", "甲 乙")]),
        ("<a href='?p=2'>2</a>", [("http://h.example/a/b.html?p=2", "2")]),
        ("<base href=/k/><a href=c>c</a>", [("http://h.example/k/c", "c")]),
        ("<base href='//o.example/'><a href=c>c</a>", [("http://o.example/c", "c")]),
        ("<base href='javascript:x'><a href=c>c</a>", [("http://h.example/a/c", "c")]),
        ("<a href='tel:13800000000'>打</a>", [("tel:13800000000", "打")]),
        ("<a href='mailto:a@h.example'>信</a>", [("mailto:a@h.example", "信")]),
        ("<a href='#top'>上</a><a href=''>空</a><a>无</a>", []),
        ("<a href='javascript:void(0)'>无</a>", []),
        ("<a href=\"javascript:window.open('/w')\">窗</a>", [("http://h.example/w", "窗")]),
        ("<div onclick=\"location.href='/k?id=1'\">卡</div>", [("http://h.example/k?id=1", "卡")]),
        ("<a href='#' onclick='location=\"/z\"'>z</a>", [("http://h.example/z", "z")]),
        ("<div data-href=/d>d</div>", [("http://h.example/d", "d")]),
        ("<map><area href=ar.html></map>", [("http://h.example/a/ar.html", "")]),
        ("<head><link rel='NEXT' href=p2></head>", [("http://h.example/a/p2", "")]),
        ("<a href=i><img alt=图书角 src=i.png></a>", [("http://h.example/a/i", "图书角")]),
        ("<a href=1>甲</a><a href=1>甲</a><a href=1>乙</a>",
         [("http://h.example/a/1", "甲"), ("http://h.example/a/1", "乙")]),
        ("<a href='http://[bad'>x</a><a href='http://h.example:99999/'>y</a>", []),
        ("<noscript><a href=n>n</a></noscript>", [("http://h.example/a/n", "n")]),
    ],
)  # fmt: skip
def test_links_are_absolute_and_in_order(html: str, expected: list[tuple[str, str]]) -> None:
    assert [(link.url, link.text) for link in _page(html).links] == expected


def test_link_query_is_escaped_in_the_charset_of_the_page() -> None:
    page = _page("<meta charset=gb2312><a href='s?k=数学#t'>x</a><a href=/路>y</a>", codec="gbk")
    assert [link.url for link in page.links] == [
        "http://h.example/a/s?k=%CA%FD%D1%A7",
        "http://h.example/%E8%B7%AF",
    ]


def test_images_prefer_the_lazy_address_and_include_backgrounds() -> None:
    page = _page(
        "<img src=blank.gif data-src=a.jpg><img src='data:image/png;base64,x'><img src=a.jpg>"
        "<div style=\"background:url('/b.png')\"></div><input type=image src=c.gif>"
    )
    assert page.images == (
        "http://h.example/a/a.jpg",
        "http://h.example/b.png",
        "http://h.example/a/c.gif",
    )


def test_frames_refresh_and_robots_are_read() -> None:
    page = _page(
        "<meta http-equiv=Refresh content=\"3; URL='n.html'\"><meta name=ROBOTS content='NoIndex,"
        " nofollow'><link rel=canonical href=/c><iframe src=i.html></iframe>"
    )
    assert page.refresh_url == "http://h.example/a/n.html"
    assert page.frames == ("http://h.example/a/i.html",)
    assert page.canonical == "http://h.example/c"
    assert (page.nofollow, page.noindex) == (True, True)


@pytest.mark.parametrize("content", ["5", "5;", "0; url=b.html", "0.5", ""])
def test_refresh_of_the_page_itself_leads_nowhere(content: str) -> None:
    assert _page(f"<meta http-equiv=refresh content='{content}'>").refresh_url is None


def test_frame_set_is_followed() -> None:
    page = _page("<frameset cols='1,*'><frame src=l.htm><frame src=r.htm></frameset>")
    assert followable(page, site=make_site()) == [
        "http://h.example/a/l.htm",
        "http://h.example/a/r.htm",
    ]


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title> 甲 \n 乙 </title><h1>x</h1>", "甲 乙"),
        ("<title></title><h1>题 目</h1>", "题 目"),
        ("<meta property=og:title content=题><p>x", "题"),
        ("<svg><title>图</title></svg>", ""),
    ],
)
def test_title_falls_back(html: str, title: str) -> None:
    assert _page(html).title == title


@pytest.mark.parametrize(
    ("html", "day"),
    [
        ("<meta name=PubDate content='2024-03-05 10:00'>", "2024-03-05"),
        ("<meta property=article:published_time content=2024-03-05T01:00:00+08:00>", "2024-03-05"),
        ("<script type='application/ld+json'>{\"datePublished\": \"2024-3-5\"}</script>",
         "2024-03-05"),
        ("<time datetime=2024-03-05>昨天</time>", "2024-03-05"),
        ("<p>发布时间：2024-03-05 10:22", "2024-03-05"),
        ("<p>发布日期: 2024年3月5日", "2024-03-05"),
        ("<p>发表于 2024/3/5", "2024-03-05"),
        ("<p>更新时间：2024.03.05", "2024-03-05"),
        ("<p>2024-03-05 来源：本站 浏览：12", "2024-03-05"),
        ("<p>时间：2024-03-05　作者：教务处　点击：9", "2024-03-05"),
        ("<p>日期：20240305 来源：办公室", "2024-03-05"),
        ("<p>上课时间：2024-03-05", None),
        ("<p>考试时间：2024年3月5日，报名时间：2024年2月1日", None),
        ("<p>时间：2024-07-01至2024-08-01", None),
        ("<p>发布时间：2024-13-45", None),
        ("<p>电话 138-2024-0305", None),
        ("<p>没有", None),
    ],
)  # fmt: skip
def test_day_of_publication_is_found_where_it_is_meant(html: str, day: str | None) -> None:
    assert _page(html).published_on == day


@pytest.mark.parametrize(
    ("html", "publisher"),
    [
        ("<meta name=author content=晨光学校>", "晨光学校"),
        ("<meta name=author content=admin><meta property=og:site_name content=晨光网>", "晨光网"),
        (
            "<p>x<div class=footer>Copyright © 2019-2024 晨光学校 版权所有 京ICP备1号</div>",
            "晨光学校",
        ),
        ("<p>x<p>版权所有：晨光教育咨询有限公司 地址：甲路", "晨光教育咨询有限公司"),
        ("<p>x<p>版权所有 (C) 2012-2026 裕丰信息有限公司 建议分辨率1024*768", "裕丰信息有限公司"),
        ("<p>x<p>主办单位：某市教育局", "某市教育局"),
        ("<p>© 2024 Morning Light School. All rights reserved.", "Morning Light School."),
        ("<p>© 2024", None),
        ("<p>x", None),
    ],
)
def test_publisher_is_found(html: str, publisher: str | None) -> None:
    assert _page(html).publisher == publisher


def test_followable_keeps_to_the_domains_and_rules_of_the_site() -> None:
    page = _page(
        "<a href=1>1</a><a href=2?reply=1>2</a><a href=http://o.example/>o</a><a href=tel:1>t</a>"
        "<a href=1#x>1</a><a href=https://sub.h.example/3>3</a>"
    )
    site = make_site(follow={"deny": ["reply=1"]})
    assert followable(page, site=site) == ["http://h.example/a/1", "https://sub.h.example/3"]
    only = make_site(follow={"allow": [r"/3$"]})
    assert followable(page, site=only) == ["https://sub.h.example/3"]


def test_followable_uses_declared_selectors_for_links_and_what_holds_links() -> None:
    page = _page(
        "<a class=next href=n>n</a><ul class=posts><li><a href=d>d</a></ul><a href=z>z</a>"
        "<iframe src=f></iframe>"
    )
    site = make_site(follow={"list": "a.next", "detail": "ul.posts"})
    assert followable(page, site=site) == [
        "http://h.example/a/f",
        "http://h.example/a/n",
        "http://h.example/a/d",
    ]


def test_plain_text_is_read_line_by_line_and_not_as_markup() -> None:
    page = _page("招生 & 简章\n1 < 2 <b>\n", content_type="text/plain; charset=utf-8")
    assert page.text == "招生 & 简章\n1 < 2 <b>"


def test_html_served_as_plain_text_is_read_as_html() -> None:
    assert _page("<!DOCTYPE html><p>甲<p>乙", content_type="text/plain").text == "甲\n乙"


def test_xhtml_may_close_any_element_at_once() -> None:
    page = _page(
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "&a;&a;">]><html><head><title/>'
        '<script src="x"/></head><body><p>甲<![CDATA[<乙>]]></p><a href="n"/></body></html>',
        content_type="application/xhtml+xml",
    )
    assert "甲<乙>" in page.text
    assert [link.url for link in page.links] == ["http://h.example/a/n"]
