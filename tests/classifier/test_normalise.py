"""Folding and decoding: what is undone, what is left alone, and where it stood."""

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.folding import fold
from classifier.normalise import normalise, to_raw_span

SNIPPETS = st.sampled_from(
    [
        "数学",
        "语文",
        "竖学",
        "雨文",
        "鱼文",
        "🐟文",
        "英🦅",
        "shuxue",
        "yuwen",
        "数xue",
        "yu文",
        "sx",
        "yw",
        "SX",
        "初二",
        "高三",
        "补课",
        "家教",
        "一对一",
        "1v1",
        "1对1",
        "加薇",
        "V信",
        "vx:",
        "13800000000",
        "abc12345",
        "培訓(xùn)",
        "数.学",
        "语|文",
        "英",
        "语",
        "讠吾文",
        "禾斗学",
        "卜课",
        "❤️",
        "➕V",
        "同号",
        "植树学校",
        "年J",
        "3年J",
        "（",
        "）",
        "①",
        "㈠",
        "…",
        "\u200b",
        "\u202e",
        "\n",
        ",",
        "。",
        "、",
        "学",
        "校",
        "文",
        "数",
        "语",
        "英",
        "a",
        "1",
        "⻢",
        "ﬁ",
        "½",
        "İ",
        "ß",
        "数́学",
        "\ud800",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(SNIPPETS, max_size=14).map("".join))


def decodings(text: str) -> list[tuple[str, str]]:
    return [(item.span.text, item.plain) for item in normalise(text).decodings]


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_offsets_stay_inside_the_original_and_never_fall(raw: str) -> None:
    n = normalise(raw)
    for form, offsets in ((n.folded, n.folded_map), (n.decoded, n.decoded_map)):
        assert len(offsets) == len(form) + 1
        assert offsets[-1] == len(raw)
        assert all(0 <= one <= other for one, other in pairwise(offsets))
        assert all(offset < len(raw) for offset in offsets[:-1])


@pytest.mark.parametrize("raw", ["\ud800", "数\ud83d学", "\udc00㈠\ud800\u200b补 习\ud800"])
def test_lone_surrogates_become_replacement_characters(raw: str) -> None:
    n = normalise(raw)
    assert n.raw == raw
    assert "\ufffd" in n.folded
    n.decoded.encode()  # as every index and output does
    for place, character in enumerate(n.folded):
        if character == "\ufffd":
            assert raw[n.folded_map[place]] in "\ud800\ud83d\udc00"


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_normalising_the_decoded_text_changes_nothing(raw: str) -> None:
    decoded = normalise(raw).decoded
    assert normalise(decoded).decoded == decoded


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_folding_twice_changes_nothing(raw: str) -> None:
    folded, _ = fold(raw)
    assert fold(folded)[0] == folded


@given(TEXTS, st.data())
@settings(max_examples=300, deadline=None)
def test_every_stretch_of_a_form_lands_on_the_original_that_made_it(
    raw: str, data: st.DataObject
) -> None:
    n = normalise(raw)
    if not n.decoded:
        return
    start = data.draw(st.integers(0, len(n.decoded) - 1))
    end = data.draw(st.integers(start + 1, len(n.decoded)))
    low, high = to_raw_span(n, start, end, form="decoded")
    assert 0 <= low < high <= len(raw)
    assert n.decoded[start:end] in normalise(raw).decoded
    low, high = to_raw_span(n, 0, len(n.folded), form="folded")
    assert fold(raw[low:high])[0] == n.folded


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_decodings_quote_the_original_in_order(raw: str) -> None:
    items = normalise(raw).decodings
    for item in items:
        assert raw[item.span.start : item.span.end] == item.span.text
        assert item.span.text
    assert all(one.span.end <= other.span.start for one, other in pairwise(items))


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("ＭＡＴＨ　２０２６", "math 2026"),
        ("數學補習", "数学补习"),
        ("①⑵㈢❹Ⅳ", "1(2)(三)4iv"),
        ("Ⓢ🅧🆂", "sxs"),
        ("培训（xùn）", "培训(xun)"),
        ("数\u200b\u202e\ufe0f学\u0336", "数学"),
        ("⻢⾦", "马金"),
        ("19:00—21:30", "19:00-21:30"),
        ("➕Ｖ", "+v"),
        ("が", "が"),
        ("\x00数\r\n学\u2028", "数\n\n学\n"),
    ],
)
def test_folding_gives_the_plain_form(raw: str, folded: str) -> None:
    assert fold(raw)[0] == folded


@pytest.mark.parametrize(
    ("raw", "quote", "plain"),
    [
        ("数.学 辅导", "数.学", "数学"),
        ("语|文", "语|文", "语文"),
        ("补-课找我", "补-课", "补课"),
        ("英 语 老师", "英 语", "英语"),
        ("语🐱文", "语🐱文", "语文"),
        ("小·升·初", "小·升·初", "小升初"),
        ("禾斗学", "禾斗学", "科学"),
        ("讠吾文数学", "讠吾文", "语文"),
        ("衤卜课", "衤卜课", "补课"),
        ("初二SHUXUE", "SHUXUE", "数学"),
        ("ｓｈｕ　ｘｕｅ辅导", "ｓｈｕ　ｘｕｅ", "数学"),
        ("数ｘｕｅ", "数ｘｕｅ", "数学"),
        ("yu文作文", "yu文", "语文"),
        ("高中 WL", "WL", "物理"),
        ("薮學", "薮學", "数学"),
        ("家嬌 数学", "家嬌", "家教"),
        ("初一树学小班", "树学", "数学"),
        ("裕文补习", "裕文", "语文"),
        ("🐟文阅读", "🐟文", "语文"),
        ("三年J", "年J", "年级"),
        ("英语1v1", "1v1", "一对一"),
        ("➕V 13800000000", "V", "微信"),
        ("电话同薇", "薇", "微信"),
        ("加威信abc12345", "威信", "微信"),
        ("培訓(xùn)学校", "訓(xùn)", "训"),
        ("有需要bu习的家长", "bu习", "补习"),
        ("语丶文", "语丶文", "语文"),
        ("shu·xue", "shu·xue", "数学"),
        ("教sx，懂的来", "sx", "数学"),
        ("SX 1V1，在家", "SX", "数学"),
        ("小学奥🐭", "奥🐭", "奥数"),
        ("wei信abc12345", "wei信", "微信"),
        ("加Q 123456789", "Q", "qq"),
    ],
)
def test_a_disguise_is_undone_and_quoted(raw: str, quote: str, plain: str) -> None:
    assert (quote, plain) in decodings(raw)


def test_misspelt_subjects_side_by_side_support_each_other() -> None:
    assert normalise("🐟文 英🦅 数🩸").decoded == "语文 英语 数学"


def test_a_row_of_initials_is_read_whole() -> None:
    assert normalise("SX/YW/YY 一对一").decoded == "数学/语文/英语 一对一"


@pytest.mark.parametrize(
    "raw",
    [
        "练瑜伽 V❤ 舒展身心",
        "五粮液 Wuliangye 语文",
        "YY直播 数学",
        "鱼文化节 语文",
        "雨文是个好孩子",
        "植树学校 数学",
        "橡树学院 数学",
        "人数,学校",
        "人数 学校",
        "HX-200 物理",
        "紫薇老师教数学",
        "陕西SX 汽车",
        "www.shuxue.com 数学",
        "yuwen@shuxue.com 数学",
        "Liu Shuxue teaches math",
        "威信很高的数学老师",
        "加薇薇老师学数学",
        "显出中职数学的特色",
        "按 Ctrl+v 粘贴微信",
        "美术老师负责排课和晚课",
        "小学,初中,高中",
        "语文、数学、英语",
        "SX 高速公路收费站",
        "执业药师、初/中级会计考试",
        "YY 12345 频道教语文",
        "📚学习资料 数学",
        "⏰考试倒计时 语文",
        "BU课题组 数学",
        "Q版手办 数学",
    ],
)
def test_an_honest_text_is_left_alone(raw: str) -> None:
    assert decodings(raw) == []


def test_a_stretch_inside_a_decoded_word_widens_to_the_whole_disguise() -> None:
    n = normalise("教shuxue的")
    place = n.decoded.index("数")
    assert to_raw_span(n, place, place + 1, form="decoded") == (1, 7)


def test_a_span_leaves_out_invisible_marks_behind_it() -> None:
    n = normalise("数学\u200b班")
    assert to_raw_span(n, 0, 2, form="decoded") == (0, 2)


def test_an_empty_stretch_stays_empty() -> None:
    assert to_raw_span(normalise("数学"), 1, 1, form="folded") == (1, 1)


@pytest.mark.parametrize(
    "piece", ["数学", "1", "a", "…", "sx ", "数 ", "(a)数", "\u200b", "19:00-"], ids=ascii
)
def test_a_megabyte_without_an_end_is_read_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        start = time.process_time()
        normalise(text)
        return time.process_time() - start

    normalise("数学sx")
    small, large = seconds(100_000), seconds(1_000_000)
    assert large < 8 + 40 * small


def test_compatibility_forms_fold_as_unicode_says() -> None:
    for code in (0xFF21, 0x2460, 0x3231, 0x1D400, 0xF900):
        expected = unicodedata.normalize("NFKC", chr(code)).casefold()
        assert fold(chr(code))[0] == fold(expected)[0]
