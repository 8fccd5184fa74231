"""What the page of a case shows, typed for its templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.ad_view import ShownAd
from audit.case_law import zh_of
from audit.case_standing import Standing, may, standing
from audit.case_view import ShownCase, case_values
from audit.displayable import displayable, displayable_values
from audit.models import Conclusion, Decision, User
from audit.queue_excerpt import QueueExcerpt, excerpt
from audit.queue_filters import QueueFilters
from audit.transitions import load_transitions
from audit.views.ad_context import AdContext, ad_context
from audit.views.case_form import DecisionForm, first_form
from classifier.law import load_law


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision in words; `marked` are label and quote where a person marked them by hand."""

    at: str
    by: str
    action: str
    action_zh: str
    conclusion_zh: str
    reason: str
    labels_zh: tuple[str, ...]
    marked: tuple[tuple[str, str], ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the person's last submission came to; shown on the page that they go on to."""

    case_id: int
    says: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The form of the second person: what was typed, and what was wrong with it."""

    reason: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Context of `case.html`; `case` has the values of `case_view` that are the case's own.

    `query` is the query string of the list that the person came from; `proposal` is what waits for
    confirmation, `returned` why it came back.
    """

    case: Mapping[str, Any]
    ad: AdContext
    standing: Standing
    now: datetime
    query: str
    list: QueueExcerpt
    form: DecisionForm | None
    review: Review | None
    proposal: DecisionRow | None
    returned: DecisionRow | None
    decisions: tuple[DecisionRow, ...]
    events: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]
    may_open_personal: bool
    may_tie: bool
    done: Done | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address and a failed submission ask of the page."""

    filters: QueueFilters
    part: int | None = None
    done: Done | None = None
    form: DecisionForm | None = None
    review: Review | None = None


def case_page(user: User, shown: ShownCase, asked: Asked, *, now: datetime) -> CasePage:
    """Build the page of a case that the person may see."""
    case, lead = shown.case, shown.lead
    values = case_values(shown, now=now)
    ad = ad_context(lead, values, part=asked.part)
    where = standing(user, case, now=now)
    decisions = tuple(_decision(item, lead) for item in values["decisions"])
    last = decisions[-1] if decisions else None
    return CasePage(
        case=displayable_values({name: values[name] for name in _OWN}) | _priority(values),
        ad=ad,
        standing=where,
        now=now,
        query=asked.filters.query,
        list=excerpt(user, case, asked.filters, now),
        form=asked.form or (_first_form(lead, ad) if where.act == "decide" else None),
        review=asked.review or (Review() if where.act == "review" else None),
        proposal=last if case.state == "proposed" else None,
        returned=last if last is not None and last.action == "return" else None,
        decisions=decisions,
        events=[_event(event) for event in values["events"]],
        others=[
            row for row in displayable_values(values["placements"]) if row["ad_id"] != lead.ad.ad_id
        ],
        may_open_personal=ad.has_personal and may(user, "open_personal", case, now=now),
        may_tie=where.act in {"decide", "claim", "review"},
        done=asked.done,
    )


_OWN = (
    "case",
    "state",
    "state_zh",
    "conclusion_zh",
    "note_zh",
    "region",
    "risk",
    "degree_zh",
    "priority",
    "opened_at",
    "due_at",
    "claimed_by",
    "lease_until",
    "assigned_to",
)


_PARTS_ZH = {
    "certainty": "把握",
    "severity": "情节",
    "spread": "扩散",
    "repeat": "屡次",
    "recency": "新近",
}


def _priority(values: Mapping[str, Any]) -> dict[str, str]:
    parts = values["priority_parts"]
    shown = (f"{zh} {parts[name]:.2f}" for name, zh in _PARTS_ZH.items() if name in parts)
    return {"parts_zh": " × ".join(shown)}


def _first_form(lead: ShownAd, ad: AdContext) -> DecisionForm | None:
    if lead.opinion is None:
        return None
    return first_form(lead.payload, ad.clauses, opinion=lead.opinion.pk, version=lead.version.pk)


def _decision(item: Mapping[str, Any], lead: ShownAd) -> DecisionRow:
    is_shown = item["version"] == lead.version.pk
    action = load_transitions().actions.get(item["action"])
    marked = [
        (zh_of(label), lead.mask.quote(span) if is_shown else "见当时的版本")
        for label, spans in item["label_spans"].items()
        for span in spans
    ]
    return DecisionRow(
        at=item["at"],
        by=item["by"],
        action=item["action"],
        action_zh=action.zh if action else item["action"],
        conclusion_zh=item["conclusion_zh"],
        reason=displayable(item["reason"]),
        labels_zh=tuple(zh_of(label) for labels in item["labels"].values() for label in labels),
        marked=tuple((label, displayable(quote)) for label, quote in marked),
        clauses=tuple(_clause(clause) for clause in item["clauses"]),
    )


def _clause(clause: str) -> str:
    law = load_law()
    if clause not in law:
        return clause
    return f"《{law[clause].instrument.strip('《》')}》{law[clause].number}"


def _event(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**displayable_values(dict(event)), "action_zh": event["action"]}


def done_with(user: User, decision: Decision | None) -> Done | None:
    """Say what became of the case on which the person decided last."""
    if decision is None:
        return None
    case = decision.case
    conclusion = str(Conclusion(decision.conclusion).label) if decision.conclusion else ""
    says = f"案件 {case.pk} 已提交（{conclusion}），现在：{case.get_state_display()}。"
    waits = case.state == "proposed" and decision.action == "decide"
    return Done(case_id=case.pk, says=says, may_withdraw=waits and decision.user_id == user.pk)
