"""The decision form: what stands in it at first, and what a person sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from audit.ad_view import AXES_ZH
from audit.case_label_spans import LabelSpans
from audit.case_phrases import load_phrases
from audit.errors import PolicyError
from audit.models import Conclusion, Decision
from audit.queue_conclusions import AXES, by_axis
from audit.views.typed import day
from classifier.labels import load_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChoice:
    """One label that may be ticked; `by_machine` when the machine gives it."""

    id: str
    zh: str
    means: str
    chosen: bool
    by_machine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisChoices:
    axis: str
    zh: str
    labels: tuple[LabelChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionChoice:
    """One conclusion with its key and the usual reasons for it."""

    key: int
    value: str
    zh: str
    chosen: bool
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a person sent; `opinion` and `version` are those that their page showed."""

    conclusion: str
    labels: Sequence[str]
    label_spans: LabelSpans
    clauses: Sequence[str]
    reason: str
    due: date | None
    opinion: int
    version: int
    goes_on: bool

    @property
    def labels_by_axis(self) -> dict[str, list[str]]:
        return by_axis(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionForm:
    """What the form shows."""

    conclusions: tuple[ConclusionChoice, ...]
    axes: tuple[AxisChoices, ...]
    label_spans: str
    clauses: frozenset[str]
    reason: str
    due: str
    opinion: int
    version: int
    problem: str = ""
    diff_version: int | None = None

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Return axis and name of each label that is ticked."""
        return [
            (axis.axis, label.zh) for axis in self.axes for label in axis.labels if label.chosen
        ]


def read_form(values: QueryDict) -> Sent:
    """Read what was sent.

    Raises:
        PolicyError: a field that the page cannot have sent.
        QueryError: the due date is no day.
    """
    return Sent(
        conclusion=values.get("conclusion", ""),
        labels=values.getlist("labels"),
        label_spans=_spans(values.get("label_spans") or "{}"),
        clauses=values.getlist("clauses"),
        reason=values.get("reason", "").replace("\0", ""),
        due=day(values.get("due", "")),
        opinion=_number(values.get("opinion", "")),
        version=_number(values.get("version", "")),
        goes_on=values.get("then") != "stay",
    )


def _spans(text: str) -> LabelSpans:
    try:
        spans = json.loads(text)
    except ValueError:
        spans = None
    is_fit = isinstance(spans, dict) and all(
        isinstance(found, list) and all(isinstance(span, dict) for span in found)
        for found in spans.values()
    )
    if not is_fit:
        raise _broken("label_spans")
    return {str(label): found for label, found in spans.items()}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise _broken("opinion")
    return int(text)


def _broken(name: str) -> PolicyError:
    return PolicyError(
        f"Decision form: field '{name}' is not what the page sends. Reload it.",
        zh="提交的内容不完整，请刷新页面后再提交。",
    )


def first_form(
    payload: Mapping[str, Any],
    clauses: Iterable[Mapping[str, Any]],
    *,
    opinion: int,
    version: int,
) -> DecisionForm:
    """Return the form as it stands at first: the machine's labels, the clauses in force."""
    machine = [label for axis in AXES for label in payload[axis]]
    return DecisionForm(
        conclusions=_conclusions(""),
        axes=_axes(machine, machine),
        label_spans="{}",
        clauses=frozenset(clause["id"] for clause in clauses if clause["in_force"]),
        reason="",
        due="",
        opinion=opinion,
        version=version,
    )


def sent_before(decision: Decision, *, opinion: int, version: int) -> Sent:
    """Return a decision as if it were sent now; spans of another version are left out."""
    return Sent(
        conclusion=decision.conclusion,
        labels=[label for labels in decision.labels.values() for label in labels],
        label_spans=decision.label_spans if decision.version_id == version else {},
        clauses=decision.clauses,
        reason=decision.reason,
        due=None,
        opinion=opinion,
        version=version,
        goes_on=True,
    )


def form_again(
    sent: Sent, payload: Mapping[str, Any], *, opinion: int, version: int, problem: str = ""
) -> DecisionForm:
    """Return the form with all that was sent and what is wrong with it."""
    machine = [label for axis in AXES for label in payload[axis]]
    return DecisionForm(
        conclusions=_conclusions(sent.conclusion),
        axes=_axes(sent.labels, machine),
        label_spans=json.dumps(sent.label_spans),
        clauses=frozenset(sent.clauses),
        reason=sent.reason,
        due=sent.due.isoformat() if sent.due else "",
        opinion=opinion,
        version=version,
        problem=problem,
        diff_version=sent.version if sent.version != version else None,
    )


def _conclusions(chosen: str) -> tuple[ConclusionChoice, ...]:
    phrases = load_phrases()
    return tuple(
        ConclusionChoice(
            key=key, value=value, zh=str(zh), chosen=value == chosen, phrases=phrases[value]
        )
        for key, (value, zh) in enumerate(Conclusion.choices, 1)
    )


def _axes(chosen: Iterable[str], machine: Iterable[str]) -> tuple[AxisChoices, ...]:
    known, given, proposed = load_labels(), set(chosen), set(machine)
    return tuple(
        AxisChoices(
            axis=axis,
            zh=AXES_ZH[axis],
            labels=tuple(
                LabelChoice(
                    id=label,
                    zh=known.zh(label),
                    means=known.means(label),
                    chosen=label in given,
                    by_machine=label in proposed,
                )
                for label in known.by_axis(axis)
            ),
        )
        for axis in AXES.values()
    )
