"""What a person works on next: after a decision, or when they ask for the next case.

All of it under the filters of the list that they came from, the most urgent first.
"""

from datetime import datetime

from django.db.models import Q

from audit.database import writing
from audit.models import Case, User
from audit.queue import claim
from audit.queue_filters import QueueFilters, Tab
from audit.queue_listing import ORDER, is_claimable, is_confirmable, is_held_by, matching
from audit.transitions import load_transitions


def next_case(user: User, filters: QueueFilters, now: datetime) -> int | None:
    """Return the next case to work on, claiming nothing; None when there is none.

    On the tab of proposals, one that the user may confirm; else one that they hold or could claim.
    """
    if Tab.PROPOSED in filters.tabs:
        if user.role not in load_transitions().actions["confirm"].who:
            return None
        wanted = is_confirmable(user)
    else:
        wanted = is_held_by(user, now) | is_claimable(user, now)
    return _first(user, filters, wanted, now)


def claim_next_for(user: User, filters: QueueFilters, now: datetime) -> Case | None:
    """Claim the most urgent free case for the user; None when none is left.

    The case is chosen in the transaction that claims it, and those stand in line: two people who
    ask at once get different cases. The tab 'mine' is looked past, for what is free is nobody's.

    Raises:
        PolicyError: the user may not claim at all.
    """
    if filters.tab == Tab.MINE:
        filters = filters.on(Tab.UNCLAIMED)
    with writing():
        case_id = _first(user, filters, is_claimable(user, now), now)
        return None if case_id is None else claim(user, case_id, now=now)


def go_on(user: User, filters: QueueFilters, now: datetime) -> int | None:
    """Return the case to open after a decision; None when nothing is left under the filters.

    One that the user holds already, else the most urgent free one, which is then claimed for them.
    On the tab of proposals the next one that they may confirm: pass `filters.on("proposed")` after
    a confirmation or return.

    Raises:
        PolicyError: the user may not claim at all.
    """
    if Tab.PROPOSED in filters.tabs:
        return next_case(user, filters, now)
    held = _first(user, filters.on(Tab.MINE), is_held_by(user, now), now)
    if held is not None:
        return held
    case = claim_next_for(user, filters, now)
    return None if case is None else case.pk


def _first(user: User, filters: QueueFilters, wanted: Q, now: datetime) -> int | None:
    cases = matching(user, filters, now).filter(wanted).order_by(*ORDER)
    return cases.values_list("pk", flat=True).first()
