"""The list of cases that a person may work on, filtered and in order of priority."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from audit import policy, regions
from audit.errors import PolicyError
from audit.models import Case, CaseAd, CaseLabel, State, User
from audit.transitions import load_transitions
from classifier.errors import DataError
from classifier.labels import load_labels

WORK_STATES = (State.OPEN, State.CLAIMED, State.PROPOSED, State.RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of the queue; each case carries `placement_count`. `total` counts all pages."""

    total: int
    cases: Sequence[Case]


def is_free(now: datetime) -> Q:
    """Match cases that nobody holds at that moment."""
    waiting = Q(state__in=[State.OPEN, State.RETURNED])
    return waiting | Q(state=State.CLAIMED, lease_until__lte=now)


def in_state(state: str, now: datetime) -> Q:
    """Match cases in that state, counting a claim that ran out as where it was claimed from."""
    live_claim = Q(state=State.CLAIMED, lease_until__gt=now)
    if state == State.CLAIMED:
        return live_claim
    return Q(state=state) | (Q(state=State.CLAIMED, claimed_from=state) & ~live_claim)


def listing(
    user: User,
    *,
    mine: bool = False,
    unclaimed: bool = False,
    proposed: bool = False,
    returned: bool = False,
    due: bool = False,
    state: str | None = None,
    region: str | None = None,
    label: str | None = None,
    disguise: str | None = None,
    host: str | None = None,
    min_age_days: float | None = None,
    limit: int | None = 50,
    offset: int = 0,
    now: datetime | None = None,
) -> Listing:
    """List the cases that the user may see; every filter narrows the list further.

    Args:
        mine: held by the user, or reserved for them.
        unclaimed: held by nobody (a claim that ran out counts), reserved for nobody else.
        due: waiting for evidence whose day has come.
        state: one state instead of all but confirmed and closed.
        region: a code, with everything under it; "" means the cases without a region.
        label: an offering, subject, disguise or violation that the machine gives.
        host: a host name, with its subdomains.

    Raises:
        PolicyError: an unknown state or label.
    """
    now = now or datetime.now(UTC)
    wanted = _by_state(user, mine, unclaimed, proposed, returned, due, state, now)
    if region is not None:
        wanted &= _by_region(region)
    if min_age_days is not None:
        wanted &= Q(opened_at__lte=now - timedelta(days=min_age_days))
    cases = policy.visible_cases(user).filter(wanted)
    for name in (label, disguise):
        if name is not None:
            _check_label(name)
            cases = cases.filter(Exists(CaseLabel.objects.filter(case=OuterRef("pk"), label=name)))
    if host is not None:
        cases = cases.filter(Exists(_placements_on(host)))
    total = cases.count()
    ordered = _with_counts(cases).order_by("-priority", "pk")
    end = None if limit is None else offset + limit
    return Listing(total=total, cases=list(ordered[offset:end]))


def _by_state(
    user: User,
    mine: bool,
    unclaimed: bool,
    proposed: bool,
    returned: bool,
    due: bool,
    state: str | None,
    now: datetime,
) -> Q:
    if state is None:
        wanted = Q(state__in=WORK_STATES)
    elif state in State.values:
        wanted = in_state(state, now)
    else:
        raise PolicyError(f"State '{state}': expected one of {', '.join(State.values)}.")
    if mine:
        held = Q(state=State.CLAIMED, claimed_by=user, lease_until__gt=now)
        wanted &= held | Q(assigned_to=user)
    if unclaimed:
        wanted &= is_free(now) & (Q(assigned_to=None) | Q(assigned_to=user))
    if proposed:
        wanted &= Q(state=State.PROPOSED)
    if returned:
        wanted &= in_state(State.RETURNED, now)
    if due:
        wanted &= Q(due_at__lte=now)
    return wanted


def _by_region(region: str) -> Q:
    if region == "":
        return Q(region="")
    inside = Q(region__startswith=regions.prefix(region)) & ~Q(region="")
    return inside | Q(region__in=regions.zones_covered([region]))


def _check_label(name: str) -> None:
    try:
        load_labels().axis(name)
    except DataError as error:
        raise PolicyError(f"Label filter: {error}") from error


def _placements_on(host: str) -> QuerySet[CaseAd]:
    name = host.strip().strip(".").lower()
    return CaseAd.objects.filter(case=OuterRef("pk"), pulled_out=False).filter(
        Q(ad__host=name) | Q(ad__host__endswith=f".{name}")
    )


def _with_counts(cases: QuerySet[Case]) -> QuerySet[Case]:
    return (
        cases.annotate(placement_count=Count("case_ads", filter=Q(case_ads__pulled_out=False)))
        .select_related("claimed_by", "assigned_to")
        .prefetch_related("labels")
    )


def may_list(user: User) -> None:
    """Check that the user's role works with the queue at all.

    Raises:
        PolicyError: it does not.
    """
    who = load_transitions().actions["show"].who
    if user.role not in who:
        raise PolicyError(
            f"{user.role} '{user.username}' may not list the queue: that needs the role"
            f" {' or '.join(who)}. Ask somebody with that role."
        )
