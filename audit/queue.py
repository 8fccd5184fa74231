"""The audit queue: claim, look, release, assign; and what `audit.queue_decisions` adds.

Each act is one transaction: it asks `audit.policy`, moves the case by a conditional UPDATE whose
row count decides, appends the decision and the event, and leaves the index its work. When anything
fails, nothing of it has happened. `transitions.yml` says who may do what.
"""

from datetime import datetime

from django.db.models import Case as Choose
from django.db.models import F, Q, When

from audit import policy
from audit.case_ads import placements, snapshot
from audit.case_moves import FREED, held_values, move, origin_of
from audit.database import writing
from audit.errors import PolicyError
from audit.models import Case, State, User
from audit.policy import find_case
from audit.queue_decisions import confirm, decide, return_, withdraw
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
    "withdraw",
]


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
            **held_values(user, case, origin=origin, now=now),
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
            raise PolicyError(
                f"Case {case_id}: it has region {chosen} already. Leave it out.",
                zh=f"案件 {case_id} 已有地区 {chosen}，指派时不能改。请不填地区。",
            )
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
