"""Every text that a pattern matches holds the literals of one of its alternatives."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.literals import alternatives

PATTERNS = [
    "(?:初|高)[一二三].{0,3}(?:数学|英语)",
    r"(?:提|涨)高?\d{1,2}分",
    "(?:不提分|没效果).{0,4}(?:退费|退款)|包过",
    "周(?:六|日)|(?:暑|寒)假(?:班|营)?",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_matches_hold_the_literals(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern), fullmatch=True))
    assert any(
        all(any(literal in text for literal in group) for group in groups)
        for groups in alternatives(pattern)
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(一年|全年)", [[{"一年", "全年"}]]),
        (r"[a-z]+数学", [[{"数学"}]]),
        ("(?:语文|数学).{0,6}(?:班级|课程)", [[{"语文", "数学"}, {"班级", "课程"}]]),
        ("周[六日]", [[{"周六", "周日"}]]),
        ("第[1-3]期", [[{"第1期", "第2期", "第3期"}]]),
        ("(?<!不)退费", [[{"退费"}]]),
        ("(?:语文)?课程", [[{"课程", "语文课程"}]]),
        ("包过|提分.{0,9}退费|保分", [[{"包过", "保分"}], [{"提分"}, {"退费"}]]),
        ("家.{0,9}退费", [[{"退费"}]]),
        (".*", []),
        ("(?:数学|)", []),
        ("退费|.*", []),
        (r"\d{2}", []),
    ],
)
def test_alternatives(pattern: str, expected: list[list[set[str]]]) -> None:
    assert [[set(group) for group in groups] for groups in alternatives(pattern)] == expected
