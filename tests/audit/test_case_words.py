"""An ad's words on a terminal."""

from typing import Any

import click
import pytest

from audit.cli.case_words import marked, one_line, printable, text_lines


def _finding(number: int, *spans: tuple[int, int], field: str = "text") -> dict[str, Any]:
    return {
        "number": number,
        "spans": [{"start": start, "end": end, "field": field} for start, end in spans],
    }


def _plain(text: str, *findings: dict[str, Any], decodings: Any = (), field: str = "text") -> str:
    return click.unstyle(marked(text, findings, decodings, field=field))


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "初三竖学提分"),
        ([_finding(1, (2, 4))], "初三【竖学】[1]提分"),
        ([_finding(1, (0, 2)), _finding(2, (2, 4))], "【初三】[1]【竖学】[2]提分"),
        ([_finding(1, (2, 4)), _finding(2, (2, 4))], "初三【竖学】[1,2]提分"),
        ([_finding(1, (0, 6)), _finding(2, (2, 4))], "【初三【竖学】[2]提分】[1]"),
        ([_finding(1, (0, 3), (4, 6))], "【初三竖】[1]学【提分】[1]"),
        ([_finding(1, (0, 2), field="title")], "初三竖学提分"),
        ([_finding(1, (3, 3))], "初三竖学提分"),
    ],
    ids=["none", "one", "beside", "same", "nested", "two-spans", "other-field", "empty"],
)
def test_spans_are_marked_and_numbered(findings: list[dict[str, Any]], expected: str) -> None:
    assert _plain("初三竖学提分", *findings) == expected


def test_decoded_form_stands_behind_the_disguised_word() -> None:
    decoding = {"start": 2, "end": 4, "field": "text", "plain": "数学"}

    assert _plain("初三竖学提分", _finding(1, (2, 6)), decodings=[decoding]) == (
        "初三【竖学（→数学）提分】[1]"
    )


@pytest.mark.parametrize("char", ["\x1b", "\x07", "\u202e", "\u200b", "\x9b", "\r", "\0"])
def test_what_could_command_a_terminal_is_replaced_one_for_one(char: str) -> None:
    assert printable(f"a{char}[31mb") == "a�[31mb"
    assert one_line(f"a{char}\n\nb") == "a� b"


def _view(text: str, *spans: tuple[int, int]) -> dict[str, Any]:
    return {"ad": {"text": text}, "findings": [_finding(1, *spans)], "decodings": []}


def test_short_text_is_shown_whole() -> None:
    lines = text_lines(_view("第一行\n第二行", (4, 6)), full=False)

    assert [click.unstyle(line) for line in lines] == ["第一行", "【第二】[1]行"]


def test_long_text_is_cut_to_what_is_quoted_and_full_shows_all() -> None:
    text = "\n".join(f"第 {number:03} 行，" + "字" * 40 for number in range(200))
    start = text.index("第 100 行")
    view = _view(text, (start, start + 7))

    lines = [click.unstyle(line) for line in text_lines(view, full=False)]
    whole = [click.unstyle(line) for line in text_lines(view, full=True)]

    assert lines[0].startswith("……（此处略")
    assert [line[:5].strip("【") for line in lines[1:4]] == ["第 099", "第 10", "第 101"]
    assert lines[2].startswith("【第 100 行】[1]")
    assert lines[4].startswith("……（此处略")
    assert len(lines) == 5
    assert len(whole) == 200


def test_span_across_lines_is_marked_in_each_stretch() -> None:
    text = "\n".join("字" * 60 for _ in range(100))

    lines = [click.unstyle(line) for line in text_lines(_view(text, (50, 70)), full=False)]

    assert "【" in lines[0]
    assert "】[1]" in lines[1]


def test_one_endless_line_is_shown() -> None:
    text = "数" * 100_000

    assert len("".join(text_lines(_view(text, (5, 7)), full=False))) > 100_000
