"""Where a person marked labels: kept for labels that stand, refused outside the ad's words."""

from typing import Any

import pytest

from audit.case_label_spans import MAX_SPANS, checked_spans
from audit.errors import PolicyError
from audit.models import AdVersion

LABELS = {"offerings": ["subject_tutoring"], "subjects": ["math"]}


def span(**changes: Any) -> dict[str, Any]:
    return {"field": "text", "start": 2, "end": 4, **changes}


def check(spans: Any) -> dict[str, list[dict[str, Any]]]:
    version = AdVersion(title="数学班", text="初三数学")
    return checked_spans(7, spans, labels=LABELS, version=version)


def test_spans_of_standing_labels_are_kept_and_others_left_out() -> None:
    title = span(field="title", start=0, end=3)

    assert check({"math": [span(), title], "physics": [span()]}) == {"math": [span(), title]}
    assert check(None) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        span(end=5),
        span(start=4, end=4),
        span(start=-1),
        span(field="title"),
        span(field="publisher"),
        span(start="2"),
        span(start=True),
        span(text="数学"),
        {"field": "text", "start": 2},
    ],
)
def test_span_that_is_none_of_the_words_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="marked span") as caught:
        check({"math": [wrong]})

    assert "手工标注" in caught.value.zh


def test_number_of_spans_is_bounded() -> None:
    with pytest.raises(PolicyError, match="at most"):
        check({"math": [span()] * (MAX_SPANS + 1)})
