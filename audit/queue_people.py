"""To whom a case can be assigned."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from audit import policy
from audit.models import Case, Role, State, User
from audit.region_names import region_zh
from audit.transitions import load_transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who could work on a case; `held` counts the cases that they hold now."""

    user: User
    role_zh: str
    region_zh: str
    held: int


def people_for(case: Case, now: datetime) -> tuple[Person, ...]:
    """Return who could be given the case, those with the fewest claims first.

    For a case without a region everybody who has one: it gets theirs.
    """
    held = Count("claims", filter=Q(claims__state=State.CLAIMED, claims__lease_until__gt=now))
    users = (
        User.objects.filter(is_active=True, role__in=load_transitions().actions["claim"].who)
        .exclude(ties__case=case)
        .annotate(held=held)
        .order_by("held", "username")
    )
    return tuple(
        Person(
            user=user,
            role_zh=str(Role(user.role).label),
            region_zh=region_zh(user.region) if user.region else "全部地区",
            held=user.held,
        )
        for user in users
        if (policy.in_region(user, case.region) if case.region else user.region)
    )
