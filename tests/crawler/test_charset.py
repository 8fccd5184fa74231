from pathlib import Path

import pytest

from crawler.extract.charset import decode

MENU = "首页 关于我们 课程中心 师资力量 联系我们"
MENU_TRADITIONAL = "首頁 關於我們 課程中心 師資力量 聯絡我們"


def _page(text: str, head: str = "") -> str:
    return f"<html><head>{head}<title>{text}</title></head><body><li>{text}</li></body></html>"


@pytest.mark.parametrize(
    "text",
    [
        "新闻",
        "周末班",
        "联系电话",
        "通知公告",
        MENU,
        "报名电话：13800000000",
        "关于做好暑期工作的通知",
    ],
)
@pytest.mark.parametrize("codec", ["gb2312", "gbk", "gb18030", "utf-8"])
def test_decode_finds_an_undeclared_chinese_charset_of_a_short_page(codec: str, text: str) -> None:
    decoded = decode(_page(text).encode(codec), content_type="text/html")
    assert decoded.text == _page(text)
    assert decoded.how.startswith("bytes")


@pytest.mark.parametrize("text", ["聯絡電話", "少兒程式設計招生簡章", MENU_TRADITIONAL])
def test_decode_finds_undeclared_big5(text: str) -> None:
    decoded = decode(_page(text).encode("big5"), content_type="text/html")
    assert decoded.text == _page(text)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_decode_reads_utf_16_with_and_without_mark(codec: str, mark: str) -> None:
    body = (mark + _page(MENU)).encode(codec)
    decoded = decode(body, content_type="text/html; charset=gbk")
    assert (decoded.text, decoded.charset) == (_page(MENU), codec)


@pytest.mark.parametrize(
    ("codec", "header", "meta", "expected", "how"),
    [
        ("gbk", "gb2312", "", "gb18030", "header"),
        ("gbk", "", "GBK", "gb18030", "meta"),
        ("gbk", "utf-8", "gb2312", "gb18030", "meta"),
        ("gbk", "utf-8", "", "gb18030", "bytes (header said utf-8)"),
        ("gbk", "ISO-8859-1", "", "gb18030", "bytes (header said cp1252)"),
        ("utf-8", "gb2312", "utf-8", "utf-8", "meta"),
        ("utf-8", "gbk", "", "utf-8", "bytes (header said gb18030)"),
        ("utf-8", "ISO-8859-1", "gb2312", "utf-8", "bytes (header said cp1252)"),
        ("utf-8", "nonsense", "", "utf-8", "bytes"),
        ("big5", "", "big5", "big5hkscs", "meta"),
        ("gb18030", "", "", "gb18030", "bytes"),
    ],
)
def test_decode_settles_disagreement(
    codec: str, header: str, meta: str, expected: str, how: str
) -> None:
    text = MENU_TRADITIONAL if codec == "big5" else MENU
    page = _page(text, f"<meta charset={meta}>" if meta else "")
    content_type = f"text/html; charset={header}" if header else "text/html"
    decoded = decode(page.encode(codec), content_type=content_type)
    assert (decoded.text, decoded.charset, decoded.how) == (page, expected, how)


def test_decode_lets_a_mark_win_over_every_declaration() -> None:
    page = _page(MENU, "<meta charset=gbk>")
    decoded = decode(b"\xef\xbb\xbf" + page.encode(), content_type="text/html; charset=big5")
    assert (decoded.text, decoded.how) == (page, "byte order mark")


def test_decode_does_not_believe_a_tag_inside_a_comment() -> None:
    page = _page(MENU, "<!-- <meta charset=big5> --><meta charset=gb2312>")
    assert decode(page.encode("gbk"), content_type="").charset == "gb18030"


@pytest.mark.parametrize("declared", ["", "; charset=utf-8", "; charset=gbk"])
def test_decode_replaces_few_bad_bytes_and_says_so(declared: str) -> None:
    body = _page(MENU).encode().replace("课程".encode(), b"\xff\xe8\xaf")
    decoded = decode(body, content_type=f"text/html{declared}")
    assert decoded.charset == "utf-8"
    assert "characters replaced" in decoded.how
    assert "师资力量" in decoded.text


def test_decode_keeps_a_declared_legacy_charset_with_one_bad_byte() -> None:
    body = _page(MENU * 5).encode("gbk").replace("力".encode("gbk"), b"\xff", 1)
    decoded = decode(body, content_type="text/html; charset=gb2312")
    assert decoded.charset == "gb18030"
    assert "联系我们" in decoded.text


def test_decode_reads_a_long_text_cut_inside_a_character() -> None:
    assert decode(_page(MENU).encode()[:-20] + b"\xe4\xb8", content_type="").charset == "utf-8"


@pytest.mark.parametrize("body", [b"", b"\x00", b"\xff", b"\x80" * 50, bytes(range(256))])
def test_decode_never_fails(body: bytes) -> None:
    assert isinstance(decode(body, content_type="text/html; charset=\x00").text, str)


def test_decode_keeps_real_western_text() -> None:
    text = "Curso de café para niños en español, mañana a las 9"
    assert decode(text.encode("cp1252"), content_type="text/html; charset=iso-8859-1").text == text


def test_decode_reads_every_page_of_the_sample_town_without_loss(project_folder: Path) -> None:
    bad = [
        path.name
        for path in (project_folder / "crawler/town/pages").rglob("*.htm*")
        if "replaced" in decode(path.read_bytes(), content_type="text/html").how
    ]
    assert bad == []
