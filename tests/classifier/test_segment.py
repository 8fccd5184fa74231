"""Words, sentences and windows."""

import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import segment
from classifier.records import Block

SENTENCES = (
    "我们校区位于新城区海东路，开设小学和初中各年级的辅导班。",
    "市教育局发布通知，要求各校做好暑假期间的安全工作。",
    "小升初衔接班由资深教师授课，采用小班教学。",
    "春天来了，公园里的花开得很好，孩子们在草地上放风筝。",
    "报名请联系前台，名额有限，先到先得。",
    "本公司主营不锈钢管材，质量可靠，价格合理。",
    "高考结束以后，许多学生选择出去旅行。",
    "一对一家教可以根据学生的情况安排课程。",
)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_the_quick_cutter_cuts_as_jieba_does() -> None:
    reference = segment.reference_cutter()
    same = [segment.words(text) == reference(text) for text in SENTENCES]
    assert sum(same) >= len(same) - 1, [
        text for text, is_same in zip(SENTENCES, same, strict=True) if not is_same
    ]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_jieba_cuts_where_the_quick_cutter_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    segment._cutter.cache_clear()
    monkeypatch.setitem(sys.modules, "rjieba", None)
    try:
        assert "小升初" in segment.words("小升初衔接")
        assert segment._cutter().__self__.__class__.__module__.startswith("jieba")
    finally:
        segment._cutter.cache_clear()


@pytest.mark.parametrize("word", ["小升初", "一对一", "珠心算", "幼小衔接"])
def test_domain_words_stay_whole(word: str) -> None:
    assert word in segment.words(f"我们有{word}的课")


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_words_together_are_the_text(text: str) -> None:
    assert "".join(segment.words(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("开班！语文、数学。报名", ["开班！", "语文、数学。", "报名"]),
        ("他说:“来吧!”我来了?", ["他说:“来吧!”", "我来了?"]),
        ("地址\n电话", ["地址", "电话"]),
        ("单价3.5元", ["单价3.5元"]),
        ("  \n\n ", []),
        ("", []),
    ],
)
def test_sentences_end_with_a_stop_or_a_line(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in segment.sentences(text)] == expected


@given(st.text(alphabet="数学。\n ,a!", max_size=900))
@settings(max_examples=200, deadline=None)
def test_windows_cover_the_text_in_order_and_stay_short(text: str) -> None:
    found = segment.windows(text, ())
    assert all(0 < end - start <= segment.WINDOW_MAX_CHARS for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    covered = "".join(text[start:end] for start, end in found)
    assert covered.replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_windows_keep_blocks_whole_and_main_text_apart() -> None:
    parts = ["首页 关于我们", "数学班" * 30, "语文班" * 30, "英语班" * 90, "版权所有"]
    text = "\n".join(parts)
    blocks, place = [], 0
    for part, main in zip(parts, (False, True, True, True, False), strict=True):
        kind = "para" if main else "nav"
        blocks.append(Block(start=place, end=place + len(part), kind=kind, main=main))
        place += len(part) + 1
    found = [text[start:end] for start, end in segment.windows(text, blocks)]
    assert found == [parts[0], f"{parts[1]}\n{parts[2]}", parts[3], parts[4]]
