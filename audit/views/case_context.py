"""What the page of a case shows, typed for its templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from audit.ad_view import ShownAd, further_clauses
from audit.case_law import zh_of
from audit.case_proposals import own_proposal_back
from audit.case_standing import Standing, may, standing
from audit.case_view import ShownCase, case_values
from audit.displayable import displayable, displayable_values
from audit.event_words import action_zh, actor_zh
from audit.models import Conclusion, Decision, State, User
from audit.priority_words import PriorityPart, priority_parts
from audit.queue_conclusions import AXES
from audit.queue_excerpt import QueueExcerpt, excerpt
from audit.queue_filters import QueueFilters
from audit.transitions import load_transitions
from audit.views.ad_context import AdContext, ad_context
from audit.views.case_form import DecisionForm, first_form, form_again, sent_before
from classifier.law import load_law


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision in words.

    `marked` are label and quote where a person marked them by hand; `added_zh` and `removed_zh`
    are the labels in which a decision on the shown version differs from the machine.
    """

    at: str
    by: str
    action: str
    action_zh: str
    conclusion_zh: str
    reason: str
    labels_zh: tuple[str, ...]
    added_zh: tuple[str, ...]
    removed_zh: tuple[str, ...]
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
    confirmation, `returned` why it came back; `may` names the further acts that are possible.
    """

    case: Mapping[str, Any]
    ad: AdContext
    standing: Standing
    now: datetime
    query: str
    list: QueueExcerpt
    form: DecisionForm | None
    further_clauses: Sequence[Mapping[str, Any]]
    review: Review | None
    proposal: DecisionRow | None
    returned: DecisionRow | None
    decisions: tuple[DecisionRow, ...]
    events: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]
    priority: tuple[PriorityPart, ...]
    may: frozenset[str]
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
    came_from = {case.state, case.claimed_from}
    decisions = tuple(_decision(item, lead) for item in values["decisions"])
    form = asked.form or (_first_form(user, shown, ad) if where.act == "decide" else None)
    return CasePage(
        case=displayable_values({name: values[name] for name in _OWN}),
        ad=ad,
        standing=where,
        now=now,
        query=asked.filters.query,
        list=excerpt(user, case, asked.filters, now),
        form=form,
        further_clauses=further_clauses(lead) if form else (),
        review=asked.review or (Review() if where.act == "review" else None),
        proposal=_last(decisions, "decide") if case.state == State.PROPOSED else None,
        returned=_last(decisions, "return") if State.RETURNED in came_from else None,
        decisions=decisions,
        events=[_event(event) for event in values["events"]],
        others=_others(values["placements"], lead, asked.filters),
        priority=priority_parts(case, now),
        may=frozenset(act for act in _FURTHER if may(user, act, case, now=now)),
        done=asked.done,
    )


_FURTHER = ("open_personal", "tie", "assign", "pull_out")
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


def _last(decisions: Sequence[DecisionRow], action: str) -> DecisionRow | None:
    return next((row for row in reversed(decisions) if row.action == action), None)


def _others(
    placements: Sequence[Mapping[str, Any]], lead: ShownAd, filters: QueueFilters
) -> list[Mapping[str, Any]]:
    """Return the placements but the leading one, each with the query that names it to an act."""
    return [
        {**row, "query": urlencode({**filters.to_query(), "ad": row["ad_id"]})}
        for row in displayable_values(list(placements))
        if row["ad_id"] != lead.ad.ad_id
    ]


def _first_form(user: User, shown: ShownCase, ad: AdContext) -> DecisionForm | None:
    """Return the machine's view as a form, or the person's own proposal that came back to them."""
    lead = shown.lead
    if lead.opinion is None:
        return None
    opinion, version = lead.opinion.pk, lead.version.pk
    own = own_proposal_back(user, shown.case)
    if own is None:
        return first_form(lead.payload, ad.clauses, opinion=opinion, version=version)
    sent = sent_before(own, opinion=opinion, version=version)
    return form_again(sent, lead.payload, opinion=opinion, version=version)


def _decision(item: Mapping[str, Any], lead: ShownAd) -> DecisionRow:
    is_shown = item["version"] == lead.version.pk
    given = [label for labels in item["labels"].values() for label in labels]
    machine = [label for axis in AXES for label in lead.payload[axis]] if is_shown else given
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
        labels_zh=tuple(zh_of(label) for label in given),
        added_zh=tuple(zh_of(label) for label in given if label not in machine),
        removed_zh=tuple(zh_of(label) for label in machine if label not in given),
        marked=tuple((label, displayable(quote)) for label, quote in marked),
        clauses=tuple(_clause(clause) for clause in item["clauses"]),
    )


def _clause(clause: str) -> str:
    law = load_law()
    if clause not in law:
        return clause
    return f"《{law[clause].instrument.strip('《》')}》{law[clause].number}"


def _event(event: Mapping[str, Any]) -> Mapping[str, Any]:
    shown = displayable_values(dict(event))
    return {**shown, "actor": actor_zh(event["actor"]), "action_zh": action_zh(event["action"])}


def done_with(user: User, decision: Decision | None) -> Done | None:
    """Say what became of the case on which the person decided last."""
    if decision is None:
        return None
    case = decision.case
    conclusion = str(Conclusion(decision.conclusion).label) if decision.conclusion else ""
    says = f"案件 {case.pk} 已提交（{conclusion}），现在：{case.get_state_display()}。"
    waits = case.state == "proposed" and decision.action == "decide"
    return Done(case_id=case.pk, says=says, may_withdraw=waits and decision.user_id == user.pk)
