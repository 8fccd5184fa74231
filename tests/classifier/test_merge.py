"""The merge: constraints of the taxonomy hold, evidence counts the way it says."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import DataError
from classifier.labels import load_labels
from classifier.merge import (
    MAX_EVIDENCE,
    Evidence,
    decide_labels,
    decide_offer,
    log_odds,
    model_margins,
    probability,
    risk,
    rule_evidence,
)
from classifier.records import Finding
from classifier.weights import WEIGHTS_FILE, load_weights, read_weights

LABELS = load_labels()
WEIGHTS = load_weights()
REGULATED = LABELS.reviewed_offerings()


def finding(label: str, score: float) -> Finding:
    return Finding(
        label=label, axis=LABELS.axis(label), origin="rule:x", score=score, spans=(), reason="因"
    )


def offer(**evidence: dict[str, float] | float) -> tuple[str, ...]:
    rules = evidence.pop("rules", {})
    margins = evidence.pop("margins", {})
    whole = Evidence(rules=rules, margins=margins, **evidence)  # type: ignore[arg-type]
    return decide_offer(whole, labels=LABELS, weights=WEIGHTS).offerings


floats = st.floats(-8, 8, allow_nan=False)
evidence = st.builds(
    Evidence,
    rules=st.dictionaries(st.sampled_from(LABELS.ids), st.floats(0, MAX_EVIDENCE)),
    margins=st.dictionaries(st.sampled_from((*LABELS.ids, "needs_review")), floats),
    against=st.floats(0, 2),
    context=st.floats(-1, 1),
)


@given(evidence)
def test_offerings_keep_the_taxonomys_constraints(given_evidence: Evidence) -> None:
    offerings = decide_offer(given_evidence, labels=LABELS, weights=WEIGHTS).offerings
    assert offerings
    assert len(offerings) == 1 or not any(LABELS[label].stands_alone for label in offerings)


@given(evidence, st.sampled_from(["subject", "disguise", "violation"]))
def test_labels_stand_only_beside_their_offerings(given_evidence: Evidence, axis: str) -> None:
    offerings = decide_offer(given_evidence, labels=LABELS, weights=WEIGHTS).offerings
    decided = decide_labels(
        axis,  # type: ignore[arg-type]
        given_evidence,
        offerings=offerings,
        labels=LABELS,
        weights=WEIGHTS,
    )
    for label in decided:
        assert set(LABELS[label].needs_offering) & set(offerings)


def test_two_rules_count_as_one_stronger() -> None:
    both = rule_evidence([finding("math", 0.6), finding("math", 0.6)])
    assert both["math"] == pytest.approx(rule_evidence([finding("math", 0.84)])["math"])


def test_evidence_is_capped() -> None:
    assert rule_evidence([finding("math", 1.0)] * 9)["math"] == MAX_EVIDENCE


def test_margin_is_zero_at_the_threshold() -> None:
    assert model_margins({"math": 0.2}, {"math": 0.2})["math"] == pytest.approx(0.0)
    assert model_margins({"math": 0.4}, {"math": 0.2})["math"] > 0


def test_rules_may_decide_without_a_model() -> None:
    assert offer(rules={"subject_tutoring": 2.0}) == ("subject_tutoring",)


def test_model_decides_what_the_rules_leave_open() -> None:
    assert offer(margins={"needs_review": 3.0, "foreign_curriculum": 2.0}) == (
        "foreign_curriculum",
    )


def test_report_outweighs_an_equal_offer() -> None:
    rules = {"subject_tutoring": 1.2, "not_training": 2.0}
    assert offer(rules=rules, margins={"not_training": 1.0}) == ("not_training",)


@pytest.mark.parametrize(
    ("context", "expected"), [(1.0, "subject_tutoring"), (-1.0, "other_training")]
)
def test_site_settles_a_page_that_does_not_say(context: float, expected: str) -> None:
    margins = {"needs_review": 0.9, "subject_tutoring": 0.3, "other_training": 0.6}
    assert offer(margins=margins, context=context) == (expected,)


@given(st.floats(0, 1))
def test_log_odds_and_probability_undo_each_other(value: float) -> None:
    assert probability(log_odds(value)) == pytest.approx(value, abs=0.01)


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.lists(
        st.sampled_from(LABELS.by_axis("violation") + LABELS.by_axis("disguise")), unique=True
    ),
)
def test_risk_rises_with_certainty_and_with_each_label(
    one: float, other: float, labels: list[str]
) -> None:
    low, high = sorted((one, other))

    def of(certainty: float, given_labels: list[str]) -> float:
        return risk(certainty, given_labels, labels=LABELS, weights=WEIGHTS)

    assert 0 <= of(low, labels) <= of(high, labels) <= 1
    assert of(high, labels[:-1]) <= of(high, labels)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("context: 0.3", "contekst: 0.3", "unknown key 'contekst'. Did you mean 'context'"),
        ("severity:", "severety:", "Did you mean 'severity'"),
        ("bias: -4.0", "bias: low", "'bias' must be a number"),
    ],
)
def test_wrong_weights_are_refused(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    text = WEIGHTS_FILE.read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "merge.yml"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_weights(path)


def test_no_number_of_rules_is_certain() -> None:
    assert math.isfinite(log_odds(1.0))
