"""Hiding spans: marks of the same length, whatever the spans do."""

import pytest

from audit.personal import hide
from classifier.records import Span


def span(start: int, end: int) -> Span:
    return Span(start=start, end=end, text="")


@pytest.mark.parametrize(
    ("spans", "hidden"),
    [
        ([], "零一二三四"),
        ([(1, 3)], "零**三四"),
        ([(3, 4), (0, 1)], "*一二*四"),
        ([(1, 3), (2, 4)], "零***四"),
        ([(0, 5), (1, 2)], "*****"),
        ([(4, 99)], "零一二三*"),
        ([(7, 9)], "零一二三四"),
    ],
)
def test_hidden_text_keeps_its_offsets(spans: list[tuple[int, int]], hidden: str) -> None:
    assert hide("零一二三四", [span(*one) for one in spans]) == hidden
