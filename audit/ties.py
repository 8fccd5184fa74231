"""Declaring a tie to a case: from then on the person acts on it no more."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from audit import policy
from audit.case_moves import FREED, move, origin_of
from audit.database import writing
from audit.errors import PolicyError
from audit.models import Case, State, Tie, User


def declare_tie(user: User, case_id: int, *, reason: str, now: datetime) -> Case:
    """Note that the user has a tie to the case.

    A claim that they hold ends, a reservation for them goes, and a proposal of theirs that still
    waits is returned, so that somebody else judges anew.

    Raises:
        PolicyError: the user may not, has declared it already, or gives no reason.
    """
    if not reason.strip():
        raise PolicyError(
            f"Case {case_id}: a reason is needed to declare a tie. Say what the tie is.",
            zh="请写明回避理由。",
        )
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "tie", case, now=now)
        if policy.is_tied(user, case):
            raise PolicyError(
                f"Case {case_id}: '{user.username}' has declared a tie to it already.",
                zh=f"您已对案件 {case_id} 申报回避，无须再次申报。",
            )
        Tie.objects.create(user=user, case=case, note=reason.strip(), declared_at=now)
        move(
            user,
            "tie",
            case,
            Q(state=case.state, claimed_by=case.claimed_by),
            details={"reason": reason.strip()},
            changed_at=now,
            **_given_up(user, case),
        )
    return case


def _given_up(user: User, case: Case) -> dict[str, Any]:
    """Return what changes of a case when this person leaves it."""
    values: dict[str, Any] = {}
    if case.assigned_to_id == user.pk:
        values["assigned_to"] = None
    if case.state == State.CLAIMED and case.claimed_by_id == user.pk:
        return values | {"state": origin_of(case), **FREED}
    proposer = policy.proposer(case)
    if case.state == State.PROPOSED and proposer is not None and proposer.pk == user.pk:
        return values | {"state": State.RETURNED, "conclusion": ""}
    return values
