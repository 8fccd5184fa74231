"""Combine rules, model and site into labels that keep the taxonomy's constraints.

Everything is a sum of log odds. A rule that holds adds -log(1 - score): two rules of 0.6 count as
one of 0.84. The model adds its margin: log odds of its score less log odds of the label's
threshold. A label is given when the weighted sum is above zero. The weights are in data/merge.yml,
how they were measured in docs/adr/0005.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from classifier.labels import Labels
from classifier.records import Axis, Finding
from classifier.weights import Weights

# Evidence and margins are capped: no number of rules, and no model, is certain.
MAX_EVIDENCE = 4.0
MAX_MARGIN = 6.0
NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one document, in log odds.

    `rules`: label → evidence of the rules; `margins`: label → margin of the model (labels that the
    model does not know are absent); `against`: weight of the points against; `context`: what the
    site says, above zero for pupils.
    """

    rules: Mapping[str, float]
    margins: Mapping[str, float]
    against: float = 0.0
    context: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The offerings decided, and the certainty of each offering that was weighed."""

    offerings: tuple[str, ...]
    certainty: dict[str, float]
    regulated: float


def log_odds(probability: float) -> float:
    """Return the log odds, capped at ±MAX_MARGIN."""
    if probability <= 0.0 or probability >= 1.0:
        return MAX_MARGIN if probability > 0.5 else -MAX_MARGIN
    odds = math.log(probability / (1.0 - probability))
    return max(-MAX_MARGIN, min(MAX_MARGIN, odds))


def probability(odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def rule_evidence(findings: Iterable[Finding]) -> dict[str, float]:
    """Return label → evidence of the rules that hold."""
    sums: dict[str, float] = {}
    for finding in findings:
        doubt = max(1.0 - finding.score, 0.02)
        sums[finding.label] = min(MAX_EVIDENCE, sums.get(finding.label, 0.0) - math.log(doubt))
    return sums


def model_margins(scores: Mapping[str, float], thresholds: Mapping[str, float]) -> dict[str, float]:
    """Return label → how far the model's score is above its threshold."""
    return {
        label: max(-MAX_MARGIN, min(MAX_MARGIN, log_odds(score) - log_odds(thresholds[label])))
        for label, score in scores.items()
    }


def decide_offer(evidence: Evidence, *, labels: Labels, weights: Weights) -> Offer:
    """Decide the offerings: the gate of the regulated ones first, then which of them."""
    sums = {
        label: _axis_sum(label, evidence, weights.axes["offering"])
        for label in labels.by_axis("offering")
    }
    gate = _gate(evidence, labels=labels, weights=weights)
    regulated = labels.reviewed_offerings()
    certainty = {label: probability(value) for label, value in sums.items()}
    for label in regulated:
        certainty[label] = probability(min(gate, max(sums[label], 0.0) + gate))
    if gate > 0:
        chosen = [label for label in regulated if sums[label] > 0]
        chosen = chosen or [max(regulated, key=sums.__getitem__)]
        others = [label for label in labels.minor_offerings() if label not in regulated]
        chosen += [label for label in others if sums[label] > 0]
    else:
        rest = [label for label in labels.by_axis("offering") if label not in regulated]
        chosen = [max(rest, key=sums.__getitem__)]
    return Offer(offerings=labels.ordered(chosen), certainty=certainty, regulated=probability(gate))


def _axis_sum(label: str, evidence: Evidence, weights: Mapping[str, float]) -> float:
    return (
        weights["bias"]
        + weights["model"] * evidence.margins.get(label, 0.0)
        + weights["rules"] * evidence.rules.get(label, 0.0)
    )


def _gate(evidence: Evidence, *, labels: Labels, weights: Weights) -> float:
    gate = weights.regulated
    rules = sum(evidence.rules.get(label, 0.0) for label in labels.reviewed_offerings())
    return (
        gate["bias"]
        + gate["model"] * evidence.margins.get(NEEDS_REVIEW, 0.0)
        + gate["rules"] * min(MAX_EVIDENCE, rules)
        - gate["not_training"] * evidence.rules.get("not_training", 0.0)
        - gate["other_training"] * evidence.rules.get("other_training", 0.0)
        - gate["non_subject"] * evidence.rules.get("non_subject", 0.0)
        - gate["against"] * evidence.against
        + gate["context"] * evidence.context
    )


def decide_labels(
    axis: Axis, evidence: Evidence, *, offerings: Collection[str], labels: Labels, weights: Weights
) -> dict[str, float]:
    """Return the labels of an axis that may stand beside these offerings, with their certainty."""
    decided = {}
    for label in labels.by_axis(axis):
        needed = labels[label].needs_offering
        if needed and not any(offering in offerings for offering in needed):
            continue
        total = _axis_sum(label, evidence, weights.axes[axis])
        if total > 0:
            decided[label] = probability(total)
    return decided


def risk(certainty: float, given: Collection[str], *, labels: Labels, weights: Weights) -> float:
    """Return how much this deserves a reviewer's time, in [0, 1].

    certainty × (1 − Π(1 − severity)): one factor for the offering, one for each further label. It
    rises with the certainty and with every label.
    """
    severity = weights.severity
    safe = 1.0 - severity["offering"]
    for label in given:
        axis = labels.axis(label)
        if axis != "offering":
            safe *= 1.0 - severity[axis]
    return round(min(1.0, max(0.0, certainty * (1.0 - safe))), 4)
