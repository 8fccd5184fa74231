"""Numbers as people write them."""

import pytest

from classifier.numerals import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,280", 1280), ("1.98万", 19800), ("两千五", 2500), ("一万二", 12000), ("一万二千", 12000),
        ("三百二十", 320), ("十二", 12), ("二十", 20), ("一百零五", 105), ("3千8", 3800), ("2k", 2000),
        ("一千零五十", 1050), ("二〇二五", 2025), ("万元", None), ("", None), ("nan", None), ("1.2.3", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    assert number(text) == value
