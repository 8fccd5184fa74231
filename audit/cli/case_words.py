"""The words of an ad for a terminal: findings marked and numbered, disguises decoded beside them.

`初三【竖学（→数学）】[1]提分`: the brackets hold what finding 1 quotes.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

# Shown in full up to here; of a longer text, the lines that a finding quotes and their neighbours.
_FULL_CHARS = 3000
_NEIGHBOURS = 1
_REPLACEMENT = "�"
_MARK_COLOUR = "yellow"


def printable(text: str) -> str:
    """Replace what could command a terminal or turn the reading direction, one for one."""
    return "".join(
        char
        if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}
        else _REPLACEMENT
        for char in text
    )


def one_line(text: str) -> str:
    """Return printable text without line breaks."""
    return re.sub(r"\s+", " ", printable(text)).strip()


@dataclass(slots=True)
class _Marks:
    """What begins and ends at each offset of the text."""

    opens: defaultdict[int, int]
    closes: defaultdict[int, list[list[int]]]
    plains: dict[int, str]


def _marks(
    findings: Sequence[dict[str, Any]], decodings: Sequence[dict[str, Any]], field: str
) -> _Marks:
    numbers: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for finding in findings:
        for span in finding["spans"]:
            if span["field"] == field and span["end"] > span["start"]:
                numbers[span["start"], span["end"]].append(finding["number"])
    marks = _Marks(opens=defaultdict(int), closes=defaultdict(list), plains={})
    for (start, end), found in sorted(numbers.items(), key=lambda item: -item[0][0]):
        marks.opens[start] += 1
        marks.closes[end].append(found)
    for item in decodings:
        if item["field"] == field:
            marks.plains[item["end"]] = item["plain"]
    return marks


def marked(
    text: str,
    findings: Sequence[dict[str, Any]],
    decodings: Sequence[dict[str, Any]],
    *,
    field: str = "text",
) -> str:
    """Return the text with 【…】[numbers] around quotes and （→plain） behind disguised words."""
    marks = _marks(findings, decodings, field)
    text = printable(text)
    stops = sorted({0, len(text), *marks.opens, *marks.closes, *marks.plains})
    shown, depth = [], 0
    for start, end in zip(stops, [*stops[1:], len(text)], strict=True):
        if start in marks.plains:
            shown.append(click.style(f"（→{one_line(marks.plains[start])}）", fg="cyan"))
        for numbers in marks.closes[start]:
            depth -= 1
            label = ",".join(str(number) for number in sorted(set(numbers)))
            shown.append(click.style(f"】[{label}]", fg=_MARK_COLOUR))
        if marks.opens[start]:
            depth += marks.opens[start]
            shown.append(click.style("【" * marks.opens[start], fg=_MARK_COLOUR))
        segment = text[start:end]
        shown.append(click.style(segment, fg=_MARK_COLOUR, bold=True) if depth else segment)
    return "".join(shown)


def shown_lines(text: str, findings: Sequence[dict[str, Any]], *, full: bool) -> list[range]:
    """Return the stretches of a long text that are worth showing, as ranges of whole lines."""
    lengths = [len(line) + 1 for line in text.split("\n")]
    if full or len(text) <= _FULL_CHARS:
        return [range(len(lengths))]
    spans = [span for found in findings for span in found["spans"] if span["field"] == "text"]
    wanted: set[int] = set()
    start = 0
    for number, length in enumerate(lengths):
        if any(span["start"] < start + length and span["end"] > start for span in spans):
            wanted.update(range(number - _NEIGHBOURS, number + _NEIGHBOURS + 1))
        start += length
    kept = sorted(number for number in wanted if 0 <= number < len(lengths)) or [0]
    stretches: list[range] = []
    for number in kept:
        if stretches and stretches[-1].stop == number:
            stretches[-1] = range(stretches[-1].start, number + 1)
        else:
            stretches.append(range(number, number + 1))
    return stretches


def text_lines(view: dict[str, Any], *, full: bool) -> list[str]:
    """Return the ad's marked text, long ones shortened to what the findings quote."""
    text = view["ad"]["text"]
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    shown: list[str] = []
    last = 0
    for stretch in shown_lines(text, view["findings"], full=full):
        if stretch.start > last:
            shown.append(_gap(starts[stretch.start] - starts[last]))
        first, end = starts[stretch.start], min(starts[stretch.stop], len(text) + 1) - 1
        shown += _stretch(view, text[first:end], first).split("\n")
        last = stretch.stop
    if last < len(lines):
        shown.append(_gap(len(text) - starts[last]))
    return shown


def _gap(chars: int) -> str:
    return click.style(f"……（此处略 {chars} 字，加 --full 看全文）", dim=True)


def _stretch(view: dict[str, Any], text: str, first: int) -> str:
    """Mark one stretch; spans are moved to its own offsets and cut at its borders."""

    def moved(span: dict[str, Any]) -> dict[str, Any]:
        start = min(max(span["start"] - first, 0), len(text))
        end = min(max(span["end"] - first, 0), len(text))
        return {**span, "start": start, "end": end}

    findings = [
        {**found, "spans": [moved(span) for span in found["spans"] if span["field"] == "text"]}
        for found in view["findings"]
    ]
    decodings = [
        moved(item)
        for item in view["decodings"]
        if item["field"] == "text" and first < item["end"] <= first + len(text)
    ]
    return marked(text, findings, decodings)
