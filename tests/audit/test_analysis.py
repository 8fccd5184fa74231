"""The tokens of texts and terms."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.analysis import (
    BLANK,
    END,
    MASK,
    MAX_CHARS,
    analyse,
    grams,
    ranking_words,
    search_term,
    segments,
    stretches,
    term_grams,
)
from classifier.normalise import normalise, to_raw_span
from classifier.records import Span

ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("数學竖学SX课\n 　👧🏻𠮷ＡⅣ㈠␃␠薇v1-.\u200b"), st.characters(codec="utf-8")
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("课", f"课{END}", id="one character"),
        pytest.param("数学课", f"数学 学课 课{END}", id="pairs and end mark"),
        pytest.param("數學", f"数学 学{END}", id="traditional"),
        pytest.param("上课\n下课", f"上课 课{END} 下课 课{END}", id="line end is a border"),
        pytest.param(" 一 \n\n 二 ", f"一{END} 二{END}", id="blanks and blank lines go"),
        pytest.param("a  b", f"a{BLANK} {BLANK}b b{END}", id="blanks inside are one"),
        pytest.param("😀𠮷", f"😀𠮷 𠮷{END}", id="code points beyond the basic plane"),
        pytest.param(f"a{END}{BLANK}", f"a{MASK} {MASK * 2} {MASK}{END}", id="our own marks"),
        pytest.param("a\ud800", f"a{MASK} {MASK}{END}", id="half a character"),
    ],
)
def test_pairs_of_a_text(text: str, expected: str) -> None:
    assert analyse(text).grams == expected


def test_decoded_pairs_are_kept_only_where_they_differ() -> None:
    tokens = analyse("招生简章\n竖学提分，老师一对一辅导\n联系前台")
    assert tokens.grams_decoded.startswith("数学 学提")
    assert "招生" not in tokens.grams_decoded
    assert "竖学" in tokens.grams
    assert "数学" not in tokens.grams
    assert analyse("初三数学").grams_decoded == ""


def test_decoded_words_count_for_ranking() -> None:
    words = analyse("竖学提分，老师一对一辅导").words.split()
    assert "数学" in words
    assert "提分" in words


def test_masked_spans_are_in_no_token() -> None:
    text = "电话13800000000，请联系"
    tokens = analyse(text, masked=[Span(start=2, end=13, text="13800000000")])
    assert not any(digit in token for token in dataclasses.astuple(tokens) for digit in "1380")
    assert tokens.grams.startswith(f"电话 话{MASK} {MASK}{MASK}")
    assert f"{MASK}, ,请 请联" in tokens.grams


def test_masked_spans_hold_where_folding_changes_lengths() -> None:
    text = "㈠\u200b㈠１３８㈠"
    tokens = analyse(text, masked=[Span(start=3, end=6, text="１３８")])
    assert tokens.grams.replace(" ", "").count("8") == 0
    assert tokens.grams.count("一") == analyse(text).grams.count("一")


def test_words_are_words() -> None:
    assert ranking_words(f"初三{BLANK}数学，！ 。{'x' * 100}") == ["初三", "数学"]


def test_text_is_indexed_up_to_its_limit() -> None:
    tokens = analyse("长" * (MAX_CHARS + 5))
    assert tokens.grams.count(" ") + 1 == MAX_CHARS


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("数學", "数学"),
        (" Ｓ\tＡ ", f"s{BLANK}a"),
        ("竖学", "竖学"),
        ("\u200b", None),
        ("", None),
        ("\ud800", MASK),
    ],
)
def test_term_is_folded_not_decoded(raw: str, text: str | None) -> None:
    term = search_term(raw)
    assert (None if term is None else term.text) == text


@pytest.mark.parametrize(
    ("text", "pairs"), [("数", []), ("数学", ["数学"]), ("数学课", ["数学", "学课"])]
)
def test_pairs_of_a_term(text: str, pairs: list[str]) -> None:
    assert term_grams(text) == pairs


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT)
def test_segments_point_back_to_the_original(text: str) -> None:
    n = normalise(text)
    for form, whole in (("folded", n.folded), ("decoded", n.decoded)):
        for segment in segments(n, form):  # type: ignore[arg-type]
            assert len(segment.text) == len(segment.offsets)
            for character, offset in zip(segment.text, segment.offsets, strict=True):
                assert character in (whole[offset], BLANK, MASK)
                start, end = to_raw_span(n, offset, offset + 1, form=form)  # type: ignore[arg-type]
                assert 0 <= start < end <= len(text)
                assert "\n" not in text[start:end].strip("\n")
            assert "\n" not in segment.text


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT)
def test_stretches_are_the_texts_of_the_segments(text: str) -> None:
    n = normalise(text)
    for form in ("folded", "decoded"):
        texts = [segment.text for segment in segments(n, form)]  # type: ignore[arg-type]
        assert stretches(n, form) == texts  # type: ignore[arg-type]
        assert len(texts) == text.count("\n") + 1


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT, data=st.data())
def test_every_substring_of_a_segment_is_a_run_of_its_pairs(text: str, data: st.DataObject) -> None:
    found = [one.text for one in segments(normalise(text), "folded") if one.text]
    if not found:
        return
    segment = data.draw(st.sampled_from(found))
    start = data.draw(st.integers(0, len(segment) - 1))
    part = segment[start : start + data.draw(st.integers(1, 6))]
    stored = grams(segment).split()
    wanted = term_grams(part)
    if not wanted:
        assert any(pair.startswith(part) for pair in stored)
    else:
        runs = [stored[i : i + len(wanted)] for i in range(len(stored))]
        assert wanted in runs
