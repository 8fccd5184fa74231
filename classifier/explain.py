"""Say why: quotes, Chinese reasons, the law of the day, what speaks against, what is not shown."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from classifier.labels import Labels
from classifier.law import LATEST, provisions
from classifier.reading import Reading
from classifier.records import Axis, Counterpoint, Finding, Span
from classifier.rules import Point


class Explainer(Protocol):
    """What an explanation asks of a model."""

    @property
    def version(self) -> str: ...
    @property
    def labels_(self) -> tuple[str, ...]: ...
    def contributions(self, text: str, label: str, *, top: int) -> list[tuple[str, float]]: ...


# Letters of the model's n-grams nearer than this are quoted as one stretch.
_GAP_CHARS = 4
_TOP_NGRAMS = 12
_MAX_SPANS = 4
_QUOTE_CHARS = 40

_MODEL_REASONS: dict[Axis, str] = {
    "offering": "用词和写法与已标注的“{zh}”文本相近，涉嫌属于此类，须人工判断",
    "subject": "用词与已标注的“{zh}”教学文本相近，须人工判断",
    "disguise": "写法与已标注的“{zh}”文本相近，涉嫌以此变相开展，须人工判断",
    "violation": "写法与已标注的“{zh}”文本相近，涉嫌存在此类情形，须人工判断",
}
_CONTEXT_REASON = "同一网站的其他页面主要面向成人"


def with_law(findings: Iterable[Finding], as_of: date | None) -> tuple[Finding, ...]:
    """Keep of each basis what was in force on that day; without a day, the latest known law."""
    on = as_of or LATEST
    return tuple(
        replace(finding, basis=tuple(p.id for p in provisions(finding.basis, on=on)))
        for finding in findings
    )


def model_finding(
    label: str,
    score: float,
    *,
    window: tuple[int, int],
    reading: Reading,
    model: Explainer,
    labels: Labels,
) -> Finding:
    """Return the finding of a label that no rule gives, quoting what raised the model's score."""
    axis = labels.axis(label)
    return Finding(
        label=label,
        axis=axis,
        origin=f"model:{model.version}",
        score=round(min(1.0, max(0.0, score)), 4),
        spans=_model_spans(label, window, reading, model),
        reason=_MODEL_REASONS[axis].format(zh=labels.zh(label)),
        decoded=None,
        basis=labels.basis(label),
    )


def _model_spans(
    label: str, window: tuple[int, int], reading: Reading, model: Explainer
) -> tuple[Span, ...]:
    start, end = window
    text = reading.joined[start:end]
    places: list[tuple[int, int]] = []
    if label in model.labels_:
        for gram, _ in model.contributions(text, label, top=_TOP_NGRAMS):
            found = text.find(gram) if len(gram) > 1 else -1
            if found >= 0:
                places.append((start + found, start + found + len(gram)))
    joined = _near(places) or _opening(reading, window)
    joined.sort(key=lambda place: (place[0] - place[1], place[0]))
    return tuple(reading.span(low, high) for low, high in sorted(joined[:_MAX_SPANS]))


def _near(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start - result[-1][1] <= _GAP_CHARS:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _opening(reading: Reading, window: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the window's opening words: what is quoted when no n-gram can be."""
    start, end = window
    text = reading.joined[start:end]
    start += len(text) - len(text.lstrip())
    end = min(start + len(text.strip()), start + _QUOTE_CHARS)
    return [(start, end)] if end > start else []


def counterpoints(
    points: Iterable[Point],
    other_findings: Iterable[Finding],
    *,
    leaning: float,
    flagged: bool,
) -> tuple[Counterpoint, ...]:
    """Return what speaks against a flag, each reason once.

    Beside the points themselves these are the findings that the text is something else, where it
    was flagged nevertheless.
    """
    if not flagged:
        return ()
    found = [Counterpoint(reason=point.reason, spans=point.spans) for point in points]
    found += [
        Counterpoint(reason=f"另一种可能：{finding.reason}", spans=finding.spans)
        for finding in other_findings
    ]
    if leaning < 0:
        found.append(Counterpoint(reason=_CONTEXT_REASON))
    return tuple({point.reason: point for point in reversed(found)}.values())[::-1]


_MISSING = (
    ("收费标准", ("price",)),
    ("上课时间", ("clock", "weekday")),
    ("授课人员", ("teacher",)),
    ("上课地点", ("venue",)),
    ("招收对象的年级或年龄", ("grade", "age")),
    ("课时数", ("lessons",)),
    ("联系方式", ("contact",)),
    ("举办者名称", ("institution",)),
)
_LICENCE_RULE = "against.licence"


def missing(
    reading: Reading, *, subjects: Collection[str], points: Iterable[Point]
) -> tuple[str, ...]:
    """Return in Chinese what an offer leaves unsaid and a reviewer must find out."""
    kinds = {placed.fact.kind for placed in reading.facts}
    unsaid = [zh for zh, wanted in _MISSING if not kinds.intersection(wanted)]
    if not subjects:
        unsaid.append("所教学科")
    if not any(point.rule_id == _LICENCE_RULE for point in points):
        unsaid.append("办学许可")
    return tuple(f"未见{zh}" for zh in unsaid)
