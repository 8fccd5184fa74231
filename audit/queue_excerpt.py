"""The queue around one case, for the narrow list beside it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from audit import policy
from audit.models import Case, State, User
from audit.priority import score_at
from audit.queue_filters import QueueFilters, Tab
from audit.queue_listing import ORDER, is_before, is_behind, matching

_ROWS_BEFORE = 10
_ROWS_BEHIND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcerptRow:
    """One case; `held_until` is the end of a live claim, `holder` whose it is."""

    case_id: int
    title: str
    score: int
    state_zh: str
    note_zh: str
    holder: str
    held_until: datetime | None
    is_mine: bool
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueExcerpt:
    """Some rows of a filtered queue with the current case in its place, even when it left it.

    `before` and `behind` are the ids of its neighbours (None at the ends); `place` counts from 1;
    `query` is the query string of the whole list.
    """

    rows: tuple[ExcerptRow, ...]
    total: int
    place: int
    before: int | None
    behind: int | None
    tab_zh: str
    query: str
    now: datetime


def excerpt(user: User, current: Case, filters: QueueFilters, now: datetime) -> QueueExcerpt:
    """Return the part of the queue around a case, under the filters of the list."""
    cases = matching(user, filters, now).exclude(pk=current.pk)
    here = (current.priority, current.pk)
    count_before = cases.filter(is_before(*here)).count()
    count_behind = cases.filter(is_behind(*here)).count()
    upwards = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in ORDER]
    before = _some(cases, is_before(*here), upwards, _ROWS_BEFORE)[::-1]
    behind = _some(cases, is_behind(*here), list(ORDER), _ROWS_BEHIND)
    around = [*before, current, *behind]
    return QueueExcerpt(
        rows=tuple(_row(case, user, now, is_current=case is current) for case in around),
        total=count_before + 1 + count_behind,
        place=count_before + 1,
        before=before[-1].pk if before else None,
        behind=behind[0].pk if behind else None,
        tab_zh=str(Tab(filters.tab or Tab.ALL).label),
        query=filters.query,
        now=now,
    )


def _some(cases: QuerySet[Case], where: Q, order: list[str], limit: int) -> list[Case]:
    return list(cases.filter(where).select_related("claimed_by").order_by(*order)[:limit])


def _row(case: Case, user: User, now: datetime, *, is_current: bool) -> ExcerptRow:
    state = policy.state_now(case, now)
    holder = case.claimed_by if state == State.CLAIMED else None
    return ExcerptRow(
        case_id=case.pk,
        title=case.title,
        score=round(score_at(case.priority, now)),
        state_zh=str(state.label),
        note_zh=str(case.get_note_display()),
        holder=holder.username if holder else "",
        held_until=case.lease_until if holder else None,
        is_mine=holder is not None and holder.pk == user.pk,
        is_current=is_current,
    )
