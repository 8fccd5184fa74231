import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.page import Page, parse_page


def _page(body: str) -> Page:
    return parse_page(body.encode(), url="http://h.example/", content_type="text/html")


def _blocks(body: str) -> list[tuple[str, str]]:
    page = _page(body)
    return [(block.kind, page.text[block.start : block.end]) for block in page.blocks]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>数<b>学</b><i>提</i>分<span>班</span>", "数学提分班"),
        ("<p>数<font color=red>学</font><!-- x -->班", "数学班"),
        ("<p>第一行<br>第二行<br/>第三行", "第一行\n第二行\n第三行"),
        ("<div>外<div>内</div>外</div>", "外\n内\n外"),
        ("<p>空 \t\n 白\xa0　格</p>", "空 白 格"),
        ("&lt;b&gt; &amp; &#25968;&#x5b66; &hearts;&nbsp;x", "<b> & 数学 ♥ x"),
        ("<p>a<script>alert('数学')</script>b<style>x{}</style>c", "abc"),
        ("<p>a</p><noscript>b</noscript><template><p>c</p></template>", "a"),
        ("<title>t</title><p>a", "a"),
        (
            "<p>a<p hidden>b<p style='color:red; DISPLAY : none'>c<p style='visibility:hidden'>d",
            "a",
        ),
        ("<p>a<p aria-hidden=true>看得见", "a\n看得见"),
        ("<p>a<p style='x-display:none'>b", "a\nb"),
        ("<body style='display:none'><p>整页", "整页"),
        ("<pre>行一\n  行二\n</pre>", "行一\n行二"),
        ("<textarea>甲\n乙</textarea>", "甲\n乙"),
        ("<select><option>初一<option>初二</select>", "初一\n初二"),
        ("<input type=submit value=立即报名><input value=x>", "立即报名"),
        ("<a href=1>首页</a><a href=2>课程</a>", "首页 课程"),
        ("<a href=1>课程</a><span>80元</span>", "课程 80元"),
        ("<a href=1>数</a>学", "数学"),
        ("<p>a\x00b", "a\ufffdb"),
        ("<p>&#xD800;&#0;&#x110000;", "\ufffd\ufffd\ufffd"),
        ("<p>未关<b>闭<p>的<div>标签", "未关闭\n的\n标签"),
        ("<ruby>数<rp>(</rp><rt>shù</rt><rp>)</rp></ruby>", "数shù"),
        ("<svg><title>图</title><text>招生</text></svg>", "招生"),
        ("<x-card>自定义<x-y>元素</x-y></x-card>", "自定义元素"),
        ("<p>a<iframe src=x>不支持框架</iframe>b", "ab"),
        ("", ""),
    ],
)
def test_text_is_what_a_reader_sees(body: str, text: str) -> None:
    assert _page(body).text == text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h2>课<b>程</b></h2><p>段", [("heading", "课程"), ("para", "段")]),
        ("<ul><li>一<li><p>二</p></ul>", [("item", "一"), ("item", "二")]),
        ("<dl><dt>价<dd>90</dl>", [("item", "价"), ("item", "90")]),
        ("<table><caption>表<tr><th>班<td><p>数学</table>",
         [("cell", "表"), ("cell", "班"), ("cell", "数学")]),
        ("<table><td><ul><li>项</ul></table>", [("item", "项")]),
        ("<nav><p>首页</p></nav>", [("nav", "首页")]),
        ("<div class='topMenu clearfix'>首页</div>", [("nav", "首页")]),
        ("<ul id=main-nav><li>首页</ul>", [("nav", "首页")]),
        ("<div role=navigation>首页</div>", [("nav", "首页")]),
        ("<div class=footer2>版权</div>", [("footer", "版权")]),
        ("<div id=copyright>版权</div>", [("footer", "版权")]),
        ("<div class=nav-content>正文</div>", [("para", "正文")]),
        ("<div class=canvas>正文</div><div class=navy>文", [("para", "正文"), ("para", "文")]),
    ],
)  # fmt: skip
def test_blocks_have_their_kind(body: str, expected: list[tuple[str, str]]) -> None:
    assert _blocks(body) == expected


def test_long_paragraph_is_not_navigation_whatever_its_container_is_called() -> None:
    kinds = [kind for kind, _ in _blocks(f"<div class=menu>{'长' * 200}</div>")]
    assert kinds == ["para"]


def test_cell_that_lays_out_a_page_holds_paragraphs() -> None:
    body = "<table><tr><td>一<br>二<br>三<br>四<td>90元</table>"
    assert [kind for kind, _ in _blocks(body)] == ["para"] * 4 + ["cell"]


def test_aside_and_styled_away_text_stays_but_is_not_main() -> None:
    page = _page(
        "<style>.hide{display:none} @media print{.np{display:none}} .a .b{display:none}</style>"
        "<p>正文<aside>侧栏</aside><div class='x hide'>藏</div><p class=np>印<p class=b>b"
    )
    mains = {page.text[b.start : b.end]: b.main for b in page.blocks}
    assert mains == {"正文": True, "侧栏": False, "藏": False, "印": True, "b": True}


def test_menu_without_a_name_is_found_by_its_links() -> None:
    line = "<div><a href=/>网站首页</a> | <a href=/a>公司简介</a> | <a href=/b>成长规划</a></div>"
    items = "<ul><li><a href=/>首页</a><li><a href=/a>简介</a><li><a href=/b>联系</a></ul>"
    courses = (
        "<ul><li><a href=/x>初中数学</a><li><a href=/y>高中物理</a><li><a href=/z>英语</a></ul>"
    )
    kinds = [kind for kind, _ in _blocks(line + "<p>段</p>" + items + "<p>段</p>" + courses)]
    assert kinds == ["nav", "para", "nav", "nav", "nav", "para", "item", "item", "item"]


_TAG_NAMES = "p div b span li ul td tr table h1 br a nav pre script style option select form x-y"
_TAGS = st.sampled_from(_TAG_NAMES.split())
_PIECES = st.one_of(
    _TAGS.map(lambda tag: f"<{tag}>"),
    _TAGS.map(lambda tag: f"</{tag}>"),
    st.text(max_size=8),
    st.sampled_from(
        ["&nbsp;", "&#12288;", "\n", "\x00", "<!--", "-->", "<", "&", "\u2028", "\x1c"]
    ),
)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_blocks_tile_the_text(body: str) -> None:
    page = parse_page(
        body.encode("utf-8", "replace"), url="http://h.example/", content_type="text/html"
    )
    texts = [page.text[block.start : block.end] for block in page.blocks]
    assert "\n".join(texts) == page.text
    for text in texts:
        assert text
        assert text == " ".join(text.split())
        assert "\x00" not in text
