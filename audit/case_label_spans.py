"""Checks where a person says that they saw the labels which they marked by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from audit.errors import PolicyError
from audit.models import AdVersion

LabelSpans = Mapping[str, Sequence[Mapping[str, Any]]]

MAX_SPANS = 200
_KEYS = {"field", "start", "end"}


def checked_spans(
    case_id: int,
    spans: LabelSpans | None,
    *,
    labels: Mapping[str, Iterable[str]],
    version: AdVersion,
) -> dict[str, list[dict[str, Any]]]:
    """Return the spans by label; those of labels that the person gave up are left out.

    Raises:
        PolicyError: a span of another shape, or one outside the version's title or text.
    """
    given = {label: list(found) for label, found in (spans or {}).items()}
    if sum(len(found) for found in given.values()) > MAX_SPANS:
        raise PolicyError(
            f"Case {case_id}: expected at most {MAX_SPANS} marked spans. Mark fewer.",
            zh=f"手工标注最多 {MAX_SPANS} 处，请减少后再提交。",
        )
    kept = {name for names in labels.values() for name in names}
    lengths = {"text": len(version.text), "title": len(version.title)}
    for span in (span for found in given.values() for span in found):
        if not _fits(span, lengths):
            raise PolicyError(
                f"Case {case_id}: a marked span expected field, start and end within the ad's"
                f" words. Got {dict(span)!r}.",
                zh="手工标注的位置不在广告原文之内，请重新标注。",
            )
    return {
        label: [dict(span) for span in found] for label, found in given.items() if label in kept
    }


def _fits(span: Mapping[str, Any], lengths: Mapping[str, int]) -> bool:
    if set(span) != _KEYS or span["field"] not in lengths:
        return False
    start, end = span["start"], span["end"]
    if type(start) is not int or type(end) is not int:
        return False
    return 0 <= start < end <= lengths[span["field"]]
