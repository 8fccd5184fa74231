"""The list of cases that a person may work on, filtered and in order of priority."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import Exact

from audit import policy, regions
from audit.errors import PolicyError, QueryError
from audit.models import Case, CaseAd, CaseLabel, Decision, State, Tie, User
from audit.queue_filters import NO_REGION, QueueFilters, Tab
from audit.transitions import load_transitions

WORK_STATES = (State.OPEN, State.CLAIMED, State.PROPOSED, State.RETURNED)
ORDER = ("-priority", "pk")
EVERYTHING = QueueFilters()
_CURSOR = re.compile(r"(-?[0-9]{1,9}(?:\.[0-9]{1,20})?)_([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the queue; each case carries `placement_count`.

    `total` counts all pages, `start` the cases on the pages before; `cursor` gives the page after
    this one and is empty on the last.
    """

    total: int
    start: int
    cases: Sequence[Case]
    cursor: str


def is_free(now: datetime) -> Q:
    """Match cases that nobody holds at that moment."""
    waiting = Q(state__in=[State.OPEN, State.RETURNED])
    return waiting | Q(state=State.CLAIMED, lease_until__lte=now)


def is_held_by(user: User, now: datetime) -> Q:
    """Match cases that the user holds at that moment."""
    return Q(state=State.CLAIMED, claimed_by=user, lease_until__gt=now)


def is_claimable(user: User, now: datetime) -> Q:
    """Match cases that are the user's for the taking: free, not reserved, not waiting, no tie."""
    mine = Q(assigned_to=None) | Q(assigned_to=user)
    waits_for_evidence = Q(due_at__gt=now)
    return is_free(now) & mine & ~waits_for_evidence & ~_is_tied(user)


def is_confirmable(user: User) -> Q:
    """Match proposals of other people, on cases to which the user has no tie."""
    proposals = Decision.objects.filter(case=OuterRef("pk"), action="decide").order_by("-pk")
    is_own = Exact(Subquery(proposals.values("user")[:1]), user.pk)
    return Q(state=State.PROPOSED) & ~Q(is_own) & ~_is_tied(user)


def _is_tied(user: User) -> Q:
    return Q(pk__in=Tie.objects.filter(user=user).values("case"))


def in_state(state: str, now: datetime) -> Q:
    """Match cases in that state, counting a claim that ran out as where it was claimed from."""
    live_claim = Q(state=State.CLAIMED, lease_until__gt=now)
    if state == State.CLAIMED:
        return live_claim
    return Q(state=state) | (Q(state=State.CLAIMED, claimed_from=state) & ~live_claim)


def on_tab(tab: str, user: User, now: datetime) -> Q:
    """Match the cases of one tab."""
    return {
        Tab.MINE: is_held_by(user, now) | Q(assigned_to=user),
        Tab.UNCLAIMED: is_claimable(user, now),
        Tab.PROPOSED: Q(state=State.PROPOSED),
        Tab.RETURNED: in_state(State.RETURNED, now),
        Tab.DUE: Q(due_at__lte=now),
        Tab.ALL: Q(),
    }[Tab(tab)]


def matching(user: User, filters: QueueFilters, now: datetime) -> QuerySet[Case]:
    """Return the cases that the user may see and the filters let through, in no order."""
    cases = without_tabs(user, filters, now)
    for tab in filters.tabs:
        cases = cases.filter(on_tab(tab, user, now))
    return cases


def without_tabs(user: User, filters: QueueFilters, now: datetime) -> QuerySet[Case]:
    """Return what all tabs together hold under the filters."""
    state = filters.state
    wanted = in_state(state, now) if state else Q(state__in=WORK_STATES)
    if filters.region:
        wanted &= _by_region(filters.region)
    if filters.min_age_days:
        wanted &= Q(opened_at__lte=now - timedelta(days=filters.min_age_days))
    if filters.title:
        wanted &= Q(title__icontains=filters.title)
    cases = policy.visible_cases(user).filter(wanted)
    for name in filter(None, (filters.label, filters.disguise)):
        cases = cases.filter(Exists(CaseLabel.objects.filter(case=OuterRef("pk"), label=name)))
    if filters.host:
        cases = cases.filter(Exists(_placements().filter(_on_host(filters.host))))
    if filters.institution:
        cases = cases.filter(Exists(_placements().filter(_of_institution(filters.institution))))
    return cases


def _by_region(region: str) -> Q:
    if region == NO_REGION:
        return Q(region="")
    inside = Q(region__startswith=regions.prefix(region)) & ~Q(region="")
    return inside | Q(region__in=regions.zones_covered([region]))


def _placements() -> QuerySet[CaseAd]:
    return CaseAd.objects.filter(case=OuterRef("pk"), pulled_out=False)


def _on_host(host: str) -> Q:
    name = host.strip().strip(".").lower()
    return Q(ad__host=name) | Q(ad__host__endswith=f".{name}")


def _of_institution(words: str) -> Q:
    return Q(ad__version__publisher__icontains=words) | Q(ad__host__icontains=words)


def listing(
    user: User,
    filters: QueueFilters = EVERYTHING,
    *,
    limit: int | None = 50,
    after: str = "",
    now: datetime,
) -> Listing:
    """List the cases that the user may see and the filters let through, the most urgent first.

    Args:
        after: `Listing.cursor` of the page before; cases that leave or join meanwhile move nothing.

    Raises:
        QueryError: `after` is no cursor.
    """
    cases = matching(user, filters, now)
    total = cases.count()
    rest = cases.filter(is_behind(*read_cursor(after))) if after else cases
    start = total - rest.count() if after else 0
    wanted = rest.select_related("claimed_by", "assigned_to").prefetch_related("labels")
    found = list(wanted.order_by(*ORDER)[:limit])
    _count_placements(found)
    is_last = start + len(found) >= total
    return Listing(
        total=total, start=start, cases=found, cursor="" if is_last else cursor_of(found[-1])
    )


def cursor_of(case: Case) -> str:
    """Return the place of a case in the order."""
    return f"{case.priority!r}_{case.pk}"


def read_cursor(cursor: str) -> tuple[float, int]:
    """Read what `cursor_of` wrote.

    Raises:
        QueryError: it did not.
    """
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise QueryError(
            f"Page '{cursor[:80]}': no place in the queue. Start at its first page.",
            zh="翻页位置无效，请回到第一页。",
        )
    return float(found[1]), int(found[2])


def is_behind(priority: float, pk: int) -> Q:
    """Match what comes behind that place in the order."""
    return Q(priority__lt=priority) | Q(priority=priority, pk__gt=pk)


def is_before(priority: float, pk: int) -> Q:
    """Match what comes before that place in the order."""
    return Q(priority__gt=priority) | Q(priority=priority, pk__lt=pk)


def _count_placements(cases: Sequence[Case]) -> None:
    """Give each case its `placement_count`; many times faster than grouping the whole queue."""
    rows = CaseAd.objects.filter(case__in=cases, pulled_out=False).values_list("case")
    counts = dict(rows.annotate(Count("pk")))
    for case in cases:
        case.placement_count = counts.get(case.pk, 0)  # type: ignore[attr-defined]


def may_list(user: User) -> None:
    """Check that the user's role works with the queue at all.

    Raises:
        PolicyError: it does not.
    """
    who = load_transitions().actions["show"].who
    if user.role not in who:
        raise PolicyError(
            f"{user.role} '{user.username}' may not list the queue: that needs the role"
            f" {' or '.join(who)}. Ask somebody with that role.",
            zh="您的角色不办理案件，不能查看队列。",
        )
