"""Every text that a pattern matches holds one of its literals."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.literals import required_literals

PATTERNS = [
    "(?:初|高)[一二三].{0,3}(?:数学|英语)",
    r"(?:提|涨)高?\d{1,2}分",
    "(?:不提分|没效果).{0,4}(?:退费|退款)|包过",
    "周(?:六|日)|(?:暑|寒)假(?:班|营)?",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_matches_hold_a_literal(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern), fullmatch=True))
    assert any(literal in text for literal in required_literals(pattern))
