"""What people conclude about a case: decide, confirm, return, withdraw. See `audit.queue`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from audit import policy
from audit.case_ads import changed_since, placements, snapshot
from audit.case_label_spans import LabelSpans, checked_spans
from audit.case_moves import FREED, held_values, move, shown_of
from audit.choices import Note
from audit.database import writing
from audit.errors import PolicyError
from audit.models import Case, CaseAd, Conclusion, Decision, State, User
from audit.queue_conclusions import check_conclusion, checked_clauses, checked_labels, outcome_of

# How long a case waits for further evidence when nobody says.
EVIDENCE_DAYS = 14


def decide(
    user: User,
    case_id: int,
    *,
    conclusion: str,
    labels: Mapping[str, Iterable[str]] | None = None,
    label_spans: LabelSpans | None = None,
    clauses: Sequence[str] | None = None,
    reason: str,
    due_at: datetime | None = None,
    now: datetime,
) -> Decision:
    """Conclude a case that the user holds; `Decision.case` tells where it went.

    Args:
        labels: the person's labels by axis (`offerings`…); None: the machine's are right.
        label_spans: where the person saw labels that they marked in the leading ad by hand.
        clauses: ids of the legal basis; for a suspected violation the usual ones when empty.
        due_at: until when a case that needs evidence waits (default: 14 days).

    Raises:
        PolicyError: the user may not, the claim ran out, something changed since they looked, or
            conclusion, labels, clauses or reason do not hold.
    """
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "decide", case, now=now)
        check_conclusion(case_id, conclusion, reason)
        rows = placements(case)
        _check_seen(user, case, rows)
        version, opinion = shown_of(case, rows)
        final_labels = checked_labels(case_id, labels, opinion)
        cited = checked_clauses(
            case_id, clauses, conclusion=conclusion, labels=final_labels, opinion=opinion
        )
        outcome = outcome_of(case, conclusion)
        waits = conclusion == Conclusion.NEEDS_EVIDENCE
        decision = Decision.objects.create(
            case=case,
            user=user,
            action="decide",
            conclusion=conclusion,
            labels=final_labels,
            label_spans=checked_spans(case_id, label_spans, labels=final_labels, version=version),
            clauses=cited,
            reason=reason.strip(),
            version=version,
            assessment=opinion,
            seen=case.seen,
            decided_at=now,
        )
        move(
            user,
            "decide",
            case,
            Q(state=State.CLAIMED, claimed_by=user, lease_until__gt=now),
            details={"decision": decision.pk, "conclusion": conclusion, "why": outcome.why},
            state=outcome.to,
            conclusion=conclusion,
            note="",
            assigned_to=case.assigned_to if waits else None,
            due_at=(due_at or now + timedelta(days=EVIDENCE_DAYS)) if waits else None,
            changed_at=now,
            **FREED,
        )
    return decision


def _check_seen(user: User, case: Case, rows: Sequence[CaseAd]) -> None:
    changed = changed_since(case.seen, rows)
    if changed:
        raise PolicyError(
            f"Case {case.pk}: {len(changed)} of its ads changed since '{user.username}' looked"
            f" (first {changed[0].url[:80]}). Run 'jianwei queue show {case.pk}"
            f" --user {user.username}' and decide on what it says now.",
            zh=f"您查看以后，案件的 {len(changed)} 条广告有变。请看过最新内容再研判。",
        )


def confirm(user: User, case_id: int, *, reason: str = "", now: datetime) -> Decision:
    """Confirm what another person proposed.

    Raises:
        PolicyError: the user may not, or an ad changed since the proposal.
    """
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "confirm", case, now=now)
        proposal, rows = _proposal(case), placements(case)
        if changed_since(proposal.seen, rows):
            raise PolicyError(
                f"Case {case_id}: its ads have changed since '{proposal.user.username}' proposed."
                f" Return it: 'jianwei queue return {case_id} --reason …'.",
                zh=f"{proposal.user.username} 提出结论以后，案件的广告有变，不能直接复核通过。"
                "请退回，由审核员按最新内容重新研判。",
            )
        decision = _follow(user, "confirm", case, proposal, reason=reason, now=now)
        _move(
            user,
            case,
            decision,
            state=State.CONFIRMED,
            conclusion=proposal.conclusion,
            changed_at=now,
        )
    return decision


def return_(user: User, case_id: int, *, reason: str, now: datetime) -> Decision:
    """Send a proposal back with a reason.

    Raises:
        PolicyError: the user may not, or no reason is given.
    """
    if not reason.strip():
        raise PolicyError(
            f"Case {case_id}: a reason is needed to return it. Say what is missing.",
            zh="退回须写明理由，请说明哪里需要补充或更正。",
        )
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "return", case, now=now)
        decision = _follow(user, "return", case, _proposal(case), reason=reason, now=now)
        _move(user, case, decision, state=State.RETURNED, changed_at=now, **_undone(case))
    return decision


def withdraw(user: User, case_id: int, *, now: datetime) -> Decision:
    """Take back one's own proposal while it waits; the user holds the case again.

    Raises:
        PolicyError: the user may not, or somebody has confirmed or returned it.
    """
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "withdraw", case, now=now)
        decision = _follow(user, "withdraw", case, _proposal(case), reason="", now=now)
        verdicts = case.decisions.filter(action__in=["confirm", "return"])
        last = verdicts.order_by("-pk").first()
        origin = State.RETURNED if last and last.action == "return" else State.OPEN
        held = held_values(user, case, origin=origin, now=now)
        _move(user, case, decision, **held, **_undone(case))
    return decision


def _undone(case: Case) -> dict[str, str]:
    """Return what a case keeps when its proposal no longer stands."""
    return {"conclusion": "", "note": "" if case.note == Note.CHANGED else case.note}


def _proposal(case: Case) -> Decision:
    proposal = case.decisions.filter(action="decide").order_by("-pk").first()
    if proposal is None:
        raise PolicyError(
            f"Case {case.pk}: it has no proposal. Claim and decide it first.",
            zh="这件案件还没有研判结论。请先领取并研判。",
        )
    return proposal


def _follow(
    user: User, action: str, case: Case, proposal: Decision, *, reason: str, now: datetime
) -> Decision:
    """Append what a person did about a proposal; it keeps what the proposal cites."""
    rows = placements(case)
    version, opinion = shown_of(case, rows)
    return Decision.objects.create(
        case=case,
        user=user,
        action=action,
        conclusion=proposal.conclusion,
        labels=proposal.labels,
        label_spans=proposal.label_spans,
        clauses=proposal.clauses,
        reason=reason.strip(),
        version=version,
        assessment=opinion,
        seen=snapshot(rows),
        decided_at=now,
    )


def _move(user: User, case: Case, decision: Decision, **values: Any) -> None:
    details = {"decision": decision.pk, "conclusion": decision.conclusion}
    move(user, decision.action, case, Q(state=State.PROPOSED), details=details, **values)
