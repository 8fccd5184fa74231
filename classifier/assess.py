"""Judge one document: the classifier's front door."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from classifier.body import requoted
from classifier.coded import coded_finding
from classifier.context import PageEvidence, leaning, page_evidence
from classifier.dimensions import load_dimensions, unknown_dimensions
from classifier.examine import Examined, examine
from classifier.explain import counterpoints, missing, model_finding, with_law
from classifier.labels import Labels, load_labels
from classifier.law import law_version
from classifier.merge import (
    NEEDS_REVIEW,
    Evidence,
    Offer,
    decide_labels,
    decide_offer,
    model_margins,
    risk,
    rule_evidence,
)
from classifier.reading import Reading, read
from classifier.records import Assessment, Axis, Document, Finding
from classifier.rule_matcher import Search
from classifier.rules import Point, Rules, load_rules, rules_version
from classifier.scoring import Scored, Scorer, score_windows
from classifier.weights import Weights, load_weights

_SECOND_AXES: tuple[Axis, ...] = ("subject", "disguise", "violation")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The labels of a document with their certainty, and all findings that were weighed."""

    offer: Offer
    certainty: dict[str, float]
    findings: list[Finding]


class Classifier:
    """Rules, law and model, loaded once and used for any number of documents."""

    def __init__(
        self,
        *,
        model: Scorer,
        rules: Rules,
        labels: Labels,
        weights: Weights,
        fingerprint: Callable[[str], str],
    ) -> None:
        self._model = model
        self._fingerprint = fingerprint
        self._rules = rules
        self._labels = labels
        self._weights = weights
        self.rules_version = rules_version()
        self.law_version = law_version()
        self.model_version = model.version

    @classmethod
    def load(cls, model: Path | None = None) -> Self:
        """Load the package's tables and the model of a folder (or the package's own).

        Raises:
            ModelError: there is no usable model; train one with `jianwei model train`.
            DataError: a table is wrong.
        """
        from classifier.fingerprint import fingerprint
        from classifier.model import Model

        return cls(
            model=Model.load(model),
            rules=load_rules(),
            labels=load_labels(),
            weights=load_weights(),
            fingerprint=fingerprint,
        )

    @classmethod
    def load_light(cls, model: Path | None = None) -> Self:
        """Load as `load` does, for a single document: faster to load, slower to judge.

        Raises:
            ModelError: there is no usable model.
            DataError: a table is wrong.
        """
        from classifier.light import LightModel
        from classifier.light_fingerprint import fingerprint

        return cls(
            model=LightModel.load(model),
            rules=load_rules(),
            labels=load_labels(),
            weights=load_weights(),
            fingerprint=fingerprint,
        )

    def examine(self, document: Document) -> Examined:
        """Do the part of `assess` that needs no context."""
        return examine(document, self._rules)

    def page_evidence(self, examined: Examined) -> PageEvidence:
        """Return what a page tells about its site."""
        return page_evidence(examined, self._rules)

    def assess(self, document: Document, *, examined: Examined | None = None) -> Assessment:
        """Return the assessment of one document; the same document always gives the same.

        Args:
            examined: what `examine` gave for the same title, text and blocks.
        """
        seen = examined or self.examine(document)
        main = seen.main
        whole = main if seen.is_whole else self._rules.search(read(document))
        whole.reading.look_for_facts()
        scored = score_windows(main.reading, self._model)
        points = self._rules.points(whole)
        site = leaning(document.context)
        judged = self._judge(main, whole, seen.offers, scored, points, site)
        opinion = self._assessment(document, whole.reading, main.reading, scored, points, judged)
        return opinion if whole is main else requoted(opinion, whole.reading.text.raw)

    def _judge(
        self,
        search: Search,
        whole: Search,
        offers: Sequence[Finding],
        scored: Scored,
        points: Sequence[Point],
        site: float,
    ) -> _Judged:
        findings = list(offers)
        if whole is not search:
            findings += self._speakers(whole, findings)
        margins = model_margins(scored.best, self._model.thresholds_)
        evidence = Evidence(
            rules=rule_evidence(findings),
            margins=margins,
            against=sum(point.weight for point in points),
            context=site,
        )
        offer = decide_offer(evidence, labels=self._labels, weights=self._weights)
        certainty = {label: offer.certainty[label] for label in offer.offerings}
        if any(not self._labels[label].stands_alone for label in offer.offerings):
            second = self._rules.match(search, *_SECOND_AXES, labels=offer.offerings)
            coded = coded_finding(search.reading, self._labels)
            second += [coded] if coded else []
            evidence = Evidence(rules=rule_evidence(second), margins=margins)
            for axis in _SECOND_AXES:
                certainty |= decide_labels(
                    axis,
                    evidence,
                    offerings=offer.offerings,
                    labels=self._labels,
                    weights=self._weights,
                )
            findings += second
        return _Judged(offer=offer, certainty=certainty, findings=findings)

    def _speakers(self, whole: Search, found: Sequence[Finding]) -> list[Finding]:
        """Return what menus and footers say of who speaks: labels that stand alone, no offers."""
        origins = {finding.origin for finding in found}
        return self._rules.match(
            whole,
            "offering",
            only=lambda rule: self._labels[rule.label].stands_alone and rule.origin not in origins,
        )

    def _assessment(
        self,
        document: Document,
        whole: Reading,
        reading: Reading,
        scored: Scored,
        points: Sequence[Point],
        judged: _Judged,
    ) -> Assessment:
        site = leaning(document.context)
        given = self._labels.ordered(judged.certainty)
        by_axis = {
            axis: tuple(label for label in given if self._labels.axis(label) == axis)
            for axis in ("offering", *_SECOND_AXES)
        }
        offerings, violations = by_axis["offering"], by_axis["violation"]
        flagged = self._labels.needs_review(offerings, violations)
        to_minors = any(not self._labels[label].stands_alone for label in offerings)
        other = [f for f in judged.findings if f.axis == "offering" and f.label not in given]
        return Assessment(
            text_digest=text_digest(document),
            context_digest=document.context.context_digest if document.context else "",
            offerings=offerings,
            subjects=by_axis["subject"],
            disguises=by_axis["disguise"],
            violations=violations,
            needs_review=flagged,
            risk=risk(
                self._review_certainty(judged), given, labels=self._labels, weights=self._weights
            ),
            dimensions=load_dimensions().judge(reading) if to_minors else unknown_dimensions(),
            findings=with_law(self._findings(given, reading, scored, judged), document.as_of),
            fingerprint=self._fingerprint(reading.text.decoded),
            rules_version=self.rules_version,
            law_version=self.law_version,
            model_version=self.model_version,
            against=counterpoints(points, other, leaning=site, flagged=flagged),
            missing=missing(whole, subjects=by_axis["subject"], points=points) if to_minors else (),
            facts=whole.all_facts(),
            decodings=(*whole.title.decodings, *whole.text.decodings),
        )

    def _review_certainty(self, judged: _Judged) -> float:
        """Return how sure a regulated offer, or else a breach on another offer, is."""
        breaches = [
            sure
            for label, sure in judged.certainty.items()
            if self._labels[label].review == "on_minor_offer"
        ]
        offered = [
            judged.offer.certainty[label]
            for label in judged.offer.offerings
            if not self._labels[label].stands_alone
        ]
        elsewhere = max(offered, default=0.0) * max(breaches, default=0.0)
        return max(judged.offer.regulated, elsewhere)

    def _findings(
        self, given: Sequence[str], reading: Reading, scored: Scored, judged: _Judged
    ) -> list[Finding]:
        """Return the findings of the labels, in their order; the model's where no rule holds."""
        found: list[Finding] = []
        for label in given:
            own = [finding for finding in judged.findings if finding.label == label]
            if not own and reading.text.raw.strip():
                source = label if label in scored.window else NEEDS_REVIEW
                window = scored.window.get(source, reading.windows[-1])
                score = scored.best.get(label, judged.certainty[label])
                own = [
                    model_finding(
                        label,
                        score,
                        window=window,
                        reading=reading,
                        model=self._model,
                        labels=self._labels,
                    )
                ]
            found += own
        return found


def text_digest(document: Document) -> str:
    """Return the sha256 of title and text."""
    whole = f"{document.title}\0{document.text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()


@cache
def _default() -> Classifier:
    return Classifier.load()


def assess(document: Document) -> Assessment:
    """Judge a document with the package's own rules and model."""
    return _default().assess(document)
