"""Judge one document: the classifier's front door."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

from classifier.body import main_part
from classifier.coded import coded_finding
from classifier.context import leaning
from classifier.dimensions import load_dimensions, unknown_dimensions
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
from classifier.records import Assessment, Axis, Document, Finding, Span
from classifier.rule_matcher import Search
from classifier.rules import Point, Rules, load_rules, rules_version
from classifier.weights import Weights, load_weights

_SECOND_AXES: tuple[Axis, ...] = ("subject", "disguise", "violation")
# More windows than this say nothing new; a page of a megabyte is scored on a sample of them.
MAX_WINDOWS = 400


@dataclass(frozen=True, slots=True)
class _Scored:
    """The model's view: per label its highest score and the window that gave it."""

    best: dict[str, float]
    window: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The labels of a document with their certainty, and all findings that were weighed."""

    offer: Offer
    certainty: dict[str, float]
    findings: list[Finding]


class Scorer(Protocol):
    """What the classifier asks of a model; `Model` and `LightModel` have it."""

    @property
    def version(self) -> str: ...
    @property
    def labels_(self) -> tuple[str, ...]: ...
    @property
    def thresholds_(self) -> dict[str, float]: ...
    def scores(self, texts: Sequence[str], /) -> Any: ...
    def contributions(self, text: str, label: str, *, top: int) -> list[tuple[str, float]]: ...


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

    def assess(self, document: Document) -> Assessment:
        """Return the assessment of one document; the same document always gives the same."""
        whole = self._rules.search(read(document))
        body = main_part(document)
        offered = whole if body is None else self._rules.search(read(body))
        scored = self._score(offered.reading)
        points = self._rules.points(whole)
        site = leaning(document.context)
        judged = self._judge(offered, whole, scored, points, site)
        opinion = self._assessment(document, whole.reading, offered.reading, scored, points, judged)
        return opinion if body is None else requoted(opinion, document)

    def _score(self, reading: Reading) -> _Scored:
        windows = reading.windows[1:] or reading.windows
        if len(windows) > MAX_WINDOWS:
            step = len(windows) / MAX_WINDOWS
            windows = tuple(windows[int(place * step)] for place in range(MAX_WINDOWS))
        title = reading.title.decoded
        scores = self._model.scores(
            [f"{title}\n{reading.joined[start:end]}" for start, end in windows]
        )
        best: dict[str, float] = {}
        at: dict[str, tuple[int, int]] = {}
        rows = [[float(score) for score in row] for row in scores]
        for label, *column in zip(self._model.labels_, *rows, strict=True):
            best[label] = max(column)
            at[label] = windows[column.index(best[label])]
        return _Scored(best, at)

    def _judge(
        self,
        search: Search,
        whole: Search,
        scored: _Scored,
        points: Sequence[Point],
        site: float,
    ) -> _Judged:
        findings = self._rules.match(search, "offering")
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
        return [
            finding
            for finding in self._rules.match(whole, "offering")
            if self._labels[finding.label].stands_alone and finding.origin not in origins
        ]

    def _assessment(
        self,
        document: Document,
        whole: Reading,
        reading: Reading,
        scored: _Scored,
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
        self, given: Sequence[str], reading: Reading, scored: _Scored, judged: _Judged
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


def requoted(opinion: Assessment, document: Document) -> Assessment:
    """Quote every span from the document itself: a span may run over a blanked menu."""

    def quote(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(
            replace(span, text=document.text[span.start : span.end])
            if span.field == "text"
            else span
            for span in spans
        )

    return replace(
        opinion,
        findings=tuple(replace(f, spans=quote(f.spans)) for f in opinion.findings),
        dimensions={
            name: replace(dimension, spans=quote(dimension.spans))
            for name, dimension in opinion.dimensions.items()
        },
    )


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
