"""CSV that a spreadsheet opens without computing anything."""

import pytest

from audit.views.csv_rows import cell, csv_answer


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"]
)
def test_words_that_begin_like_a_formula_are_defused(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (-3, "-3"), (0.25, "0.25"), ("数学", "数学"), ("a=b", "a=b"), ("a\0b", "a�b")],
)
def test_other_values_stay_as_they_are(value: object, text: str) -> None:
    assert cell(value) == text


def test_rows_are_read_as_they_are_sent() -> None:
    read = []

    def rows() -> object:
        for number in range(3):
            read.append(number)
            yield (number, '说"好",\n再说')

    answer = csv_answer("list.csv", ["号", "话"], rows())  # type: ignore[arg-type]
    lines = iter(answer)

    assert next(lines).decode() == "\ufeff号,话\r\n"
    assert read == []
    assert next(lines).decode() == '0,"说""好"",\n再说"\r\n'
    assert read == [0]
    assert answer["Content-Disposition"] == 'attachment; filename="list.csv"'
