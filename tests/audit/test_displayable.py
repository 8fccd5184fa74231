"""What could mislead the eye or break a page is replaced, one for one."""

import pytest

from audit.displayable import displayable, displayable_values


@pytest.mark.parametrize(
    "unfit",
    ["\x00", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u061c", "\ud800", "\uffff"],
)
def test_unfit_character_becomes_one_mark(unfit: str) -> None:
    assert displayable(f"数{unfit}学") == "数\ufffd学"


@pytest.mark.parametrize("fit", ["数学\n\t", "😀👨‍👩‍👧", "e\u0301", "Ａ１", "العربية", "\u200b"])
def test_other_text_stays_as_it_is(fit: str) -> None:
    assert displayable(fit) == fit


def test_texts_inside_values_are_replaced_and_the_rest_kept() -> None:
    values = {"a": ["\x00", 1, None, {"b": "\u202e", "c": True}]}

    assert displayable_values(values) == {"a": ["\ufffd", 1, None, {"b": "\ufffd", "c": True}]}
