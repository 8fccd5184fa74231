"""A proposal that came back to the person who made it: withdrawn by them, or returned."""

from audit.models import Case, Decision, User

_CAME_BACK = frozenset({"withdraw", "return"})


def own_proposal_back(user: User, case: Case) -> Decision | None:
    """Return the person's last proposal when it was the last word but for its way back."""
    decisions = list(case.decisions.order_by("-pk")[:2])
    if len(decisions) < 2 or decisions[0].action not in _CAME_BACK:
        return None
    proposal = decisions[1]
    is_own = proposal.action == "decide" and proposal.user_id == user.pk
    return proposal if is_own else None
