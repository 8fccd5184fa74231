"""Highlights fall on the original characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.analysis import search_term
from audit.highlight import MAX_HIGHLIGHTS, SNIPPET_CHARS, highlights, snippet
from classifier.normalise import normalise
from classifier.records import Span
from tests.audit.test_analysis import ANY_TEXT


def quotes(text: str, *queries: str) -> list[str]:
    terms = [term.text for query in queries if (term := search_term(query))]
    found = highlights(normalise(text), terms)
    return [text[span.start : span.end] for span in found.spans]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        pytest.param("初三数学，数学课", "数学", ["数学", "数学"], id="every place"),
        pytest.param("初三數學", "数学", ["數學"], id="traditional"),
        pytest.param("ＳＡＴ课", "sat", ["ＳＡＴ"], id="width and case"),
        pytest.param("上课\n下课", "课 下", [], id="nothing across a line end"),
        pytest.param("AP  课程", "AP 课", ["AP  课"], id="blanks"),
        pytest.param("课课课", "课课", ["课课课"], id="overlapping ones join"),
        pytest.param("课课", "课", ["课", "课"], id="neighbours stay apart"),
        pytest.param("𠮷😀课", "😀课", ["😀课"], id="beyond the basic plane"),
        pytest.param("第㈠课", "一", ["㈠"], id="one character that became three"),
        pytest.param("数学", "语文", [], id="not there"),
    ],
)
def test_highlight_quotes_the_original(text: str, query: str, expected: list[str]) -> None:
    assert quotes(text, query) == expected


def test_disguise_is_highlighted_whole_and_explained() -> None:
    text = "竖学提分，老师一对一辅导初三学生"
    found = highlights(normalise(text), ["数学"])
    assert [text[span.start : span.end] for span in found.spans] == ["竖学"]
    assert [(one.span.text, one.plain) for one in found.decodings] == [("竖学", "数学")]


def test_plain_find_explains_nothing() -> None:
    text = "竖学提分，老师一对一辅导初三数学"
    assert highlights(normalise(text), ["提分"]).decodings == ()
    assert highlights(normalise(text), ["竖学"]).decodings == ()


def test_masked_span_is_found_only_by_its_whole_contact() -> None:
    text = "电话13800000000"
    masked = [Span(start=2, end=13, text="13800000000")]
    assert highlights(normalise(text), ["1380"], masked=masked).spans == ()
    found = highlights(normalise(text), ["13800000000"], masked=masked, contacts=masked)
    assert [(one.start, one.end) for one in found.spans] == [(2, 13)]


def test_highlights_are_limited() -> None:
    assert len(highlights(normalise("课" * 5000), ["课"]).spans) == MAX_HIGHLIGHTS


@settings(max_examples=200, deadline=None)
@given(text=ANY_TEXT, query=st.text("数學竖学SX课 ab", min_size=1, max_size=3))
def test_highlights_are_ordered_inside_the_text_and_fold_to_the_term(text: str, query: str) -> None:
    term = search_term(query)
    if term is None:
        return
    end = 0
    for span in highlights(normalise(text), [term.text]).spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize(
    ("text", "around", "shown"),
    [
        pytest.param("短文\n二行", 0, "短文 二行", id="whole"),
        pytest.param("", 0, "", id="nothing"),
        pytest.param("甲" * 300, 0, f"{'甲' * SNIPPET_CHARS}…", id="start"),
        pytest.param("甲" * 300, 299, f"…{'甲' * SNIPPET_CHARS}", id="end"),
        pytest.param("甲" * 300, 150, f"…{'甲' * SNIPPET_CHARS}…", id="middle"),
    ],
)
def test_snippet_has_ellipses_where_it_is_cut(text: str, around: int, shown: str) -> None:
    assert str(snippet(text, around=around)) == shown


def test_snippet_keeps_offsets() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(400))
    piece = snippet(text, around=200)
    assert text[piece.offset : piece.offset + len(piece.text)] == piece.text
    assert piece.offset <= 200 < piece.offset + len(piece.text)
