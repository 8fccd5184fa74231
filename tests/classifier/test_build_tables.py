"""Derived spellings: what is made, and what honest text keeps out."""

from collections import Counter

import pytest

from classifier.build_folding import plain_form
from classifier.build_tables import Sources, derive
from classifier.domain import DomainWord

SOURCES = Sources(
    sounds={"数": set("树鼠"), "语": set("雨")},
    shapes={"数": set("薮")},
    splits={"语": {"讠吾"}, "文": {"亠乂"}},
    emoji={"shu": ["🌳"]},
    words=Counter({"雨文": 9}),
    corpus="春天植树学校放假",
)
MATHS = DomainWord("数学", "subject", sounds=True, anchors=True)
CHINESE = DomainWord("语文", "subject", sounds=True, anchors=True)
CLASS = DomainWord("上课", "general", sounds=False, anchors=False)


def spellings(*words: DomainWord) -> dict[str, tuple[str, str, str]]:
    forms = derive(list(words), SOURCES)
    return {form.spelling: (form.plain, form.method, form.needs) for form in forms}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_each_kind_of_spelling_is_derived() -> None:
    found = spellings(MATHS, CHINESE)
    assert found["shuxue"] == ("数学", "pinyin", "nothing")
    assert found["shu xue"] == ("数学", "pinyin", "nothing")
    assert found["数xue"] == ("数学", "pinyin", "nothing")
    assert found["yuwen"] == ("语文", "pinyin", "context")
    assert found["鼠学"] == ("数学", "homophone", "context")
    assert found["薮学"] == ("数学", "look_alike", "context")
    assert found["🌳学"] == ("数学", "emoji", "context")
    assert found["讠吾文"] == ("语文", "split", "nothing")
    assert found["讠吾亠乂"] == ("语文", "split", "nothing")


def test_spellings_of_honest_text_are_left_out() -> None:
    found = spellings(MATHS, CHINESE)
    assert "树学" not in found
    assert "雨文" not in found


def test_general_words_get_no_homophones() -> None:
    assert {method for _, method, _ in spellings(CLASS).values()} == {"pinyin"}


@pytest.mark.parametrize(
    ("character", "plain"), [("Ａ", "a"), ("é", "e"), ("が", "が"), ("´", "´"), ("\u3000", " ")]
)
def test_folding_stops_at_a_stable_form(character: str, plain: str) -> None:
    folded = plain_form(character, extra={}, gone=frozenset("\u0301"), simplify=lambda text: text)
    assert folded == plain
