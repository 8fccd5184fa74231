"""The audit queue: claim, release, assign, decide, confirm, return.

Each function is one transaction: it asks `audit.policy`, moves the case by a conditional UPDATE
whose row count decides, appends the decision and the event, and leaves the index its work. When
anything fails, nothing of it has happened. `transitions.yml` says who may do what.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Case as Choose
from django.db.models import F, Q, When

from audit import config, policy
from audit.case_ads import changed_since, placements, snapshot
from audit.case_label_spans import LabelSpans, checked_spans
from audit.case_moves import FREED, move, origin_of, shown_of
from audit.choices import Note
from audit.database import writing
from audit.errors import PolicyError
from audit.models import Case, CaseAd, Conclusion, Decision, State, User
from audit.queue_conclusions import check_conclusion, checked_clauses, checked_labels, outcome_of
from audit.queue_listing import Listing, is_free, listing

__all__ = [
    "Listing",
    "assign",
    "claim",
    "confirm",
    "decide",
    "find_case",
    "listing",
    "look",
    "release",
    "return_",
]

# How long a case waits for further evidence when nobody says.
EVIDENCE_DAYS = 14


def find_case(user: User, case_id: int) -> Case:
    """Return a case that the user may see.

    Raises:
        PolicyError: there is none; the same words whether it does not exist or is not theirs.
    """
    is_possible = 0 < case_id < 2**63
    case = policy.visible_cases(user).filter(pk=case_id).first() if is_possible else None
    if case is None:
        raise policy.no_such_case(user, case_id)
    return case


def claim(user: User, case_id: int, *, now: datetime) -> Case:
    """Hold the case until `claim_minutes` from now; again by its holder: prolong.

    Raises:
        PolicyError: the user may not, or somebody else holds it.
    """
    with writing():
        case = find_case(user, case_id)
        policy.allowed(user, "claim", case, now=now)
        still_free = (is_free(now) | Q(state=State.CLAIMED, claimed_by=user)) & (
            Q(assigned_to=None) | Q(assigned_to=user)
        )
        origin = Choose(When(state=State.CLAIMED, then=F("claimed_from")), default=F("state"))
        move(
            user,
            "claim",
            case,
            still_free,
            state=State.CLAIMED,
            claimed_by=user,
            claimed_from=origin,
            lease_until=now + timedelta(minutes=config.get("claim_minutes")),
            seen=snapshot(placements(case)),
            changed_at=now,
        )
    return case


def look(user: User, case_id: int, *, now: datetime) -> Case:
    """Return a case to be shown; its holder has then seen the newest state of every placement.

    Raises:
        PolicyError: the user may not see it.
    """
    case = find_case(user, case_id)
    policy.allowed(user, "show", case, now=now)
    is_holder = case.claimed_by_id == user.pk and policy.state_now(case, now) == State.CLAIMED
    seen = snapshot(placements(case))
    if is_holder and case.seen != seen:
        with writing():
            Case.objects.filter(pk=case.pk, claimed_by=user, state=State.CLAIMED).update(seen=seen)
        case.seen = seen
    return case


def release(user: User, case_id: int, *, now: datetime) -> Case:
    """Give a claimed case back to where it was claimed from.

    Raises:
        PolicyError: the user does not hold it.
    """
    with writing():
        case = find_case(user, case_id)
        policy.allowed(user, "release", case, now=now)
        held = Q(state=State.CLAIMED, claimed_by=user)
        move(user, "release", case, held, state=origin_of(case), changed_at=now, **FREED)
    return case


def assign(user: User, case_id: int, *, to: User, region: str | None = None, now: datetime) -> Case:
    """Reserve the case for one person, ending a claim on it.

    A case of the unassigned pool gets a region on the way: the one given, else the person's own.

    Raises:
        PolicyError: the user may not, or the person's role or region does not fit.
    """
    with writing():
        case = find_case(user, case_id)
        policy.allowed(user, "assign", case, now=now)
        chosen = case.region or (to.region if region is None else region)
        if region not in {None, chosen}:
            raise PolicyError(f"Case {case_id}: it has region {chosen} already. Leave it out.")
        policy.may_be_assigned(to, case, chosen)
        target = origin_of(case) if case.state == State.CLAIMED else State(case.state)
        move(
            user,
            "assign",
            case,
            Q(state=case.state, claimed_by=case.claimed_by),
            details={"assigned_to": to.username, "region": chosen},
            state=target,
            assigned_to=to,
            region=chosen,
            changed_at=now,
            **FREED,
        )
    return case


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
        case = find_case(user, case_id)
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


def confirm(user: User, case_id: int, *, reason: str = "", now: datetime) -> Decision:
    """Confirm what another person proposed.

    Raises:
        PolicyError: the user may not, or an ad changed since the proposal.
    """
    return _review(user, case_id, action="confirm", target=State.CONFIRMED, reason=reason, now=now)


def return_(user: User, case_id: int, *, reason: str, now: datetime) -> Decision:
    """Send a proposal back with a reason.

    Raises:
        PolicyError: the user may not, or no reason is given.
    """
    if not reason.strip():
        raise PolicyError(f"Case {case_id}: a reason is needed to return it. Say what is missing.")
    return _review(user, case_id, action="return", target=State.RETURNED, reason=reason, now=now)


def _review(
    user: User, case_id: int, *, action: str, target: State, reason: str, now: datetime
) -> Decision:
    """Append the second person's decision; both keep what the first one cited."""
    with writing():
        case = find_case(user, case_id)
        policy.allowed(user, action, case, now=now)
        rows = placements(case)
        proposal = case.decisions.filter(action="decide").order_by("-pk").first()
        if proposal is None:
            raise PolicyError(f"Case {case_id}: it has no proposal. Claim and decide it first.")
        if action == "confirm" and changed_since(proposal.seen, rows):
            raise PolicyError(
                f"Case {case_id}: its ads have changed since '{proposal.user.username}' proposed."
                f" Return it: 'jianwei queue return {case_id} --reason …'."
            )
        version, opinion = shown_of(case, rows)
        decision = Decision.objects.create(
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
        kept_note = "" if action == "return" and case.note == Note.CHANGED else case.note
        move(
            user,
            action,
            case,
            Q(state=State.PROPOSED),
            details={"decision": decision.pk, "conclusion": proposal.conclusion},
            state=target,
            conclusion=proposal.conclusion if action == "confirm" else "",
            note=kept_note,
            changed_at=now,
        )
    return decision


def _check_seen(user: User, case: Case, rows: Sequence[CaseAd]) -> None:
    changed = changed_since(case.seen, rows)
    if changed:
        raise PolicyError(
            f"Case {case.pk}: {len(changed)} of its ads changed since '{user.username}' looked"
            f" (first {changed[0].url[:80]}). Run 'jianwei queue show {case.pk}"
            f" --user {user.username}' and decide on what it says now."
        )
