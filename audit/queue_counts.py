"""Numbers about the queue: how much is on each tab, and which regions there are."""

from datetime import datetime

from django.db.models import Count

from audit import policy
from audit.models import Role, User
from audit.queue_filters import QueueFilters, Tab
from audit.queue_listing import matching, on_tab, without_tabs


def tab_counts(user: User, filters: QueueFilters, now: datetime) -> dict[str, int]:
    """Count what each tab holds under the other filters, in one query."""
    wanted = {tab.value: Count("pk", filter=on_tab(tab, user, now)) for tab in Tab}
    return without_tabs(user, filters, now).aggregate(**wanted)


def first_tab(user: User, filters: QueueFilters, now: datetime) -> Tab:
    """Return the tab on which this person's work begins."""
    if user.role == Role.SUPERVISOR:
        return Tab.PROPOSED
    if user.role != Role.REVIEWER:
        return Tab.ALL
    mine = matching(user, filters.on(Tab.MINE), now)
    return Tab.MINE if mine.exists() else Tab.UNCLAIMED


def regions_of_cases(user: User) -> list[str]:
    """Return the regions of the cases that the user may see, "" among them for those without."""
    codes = policy.visible_cases(user).order_by("region").values_list("region", flat=True)
    return list(codes.distinct())
