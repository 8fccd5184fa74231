"""The event log narrowed: by person, act, object and days, newest first."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from audit.case_law import BEIJING
from audit.event_scope import visible_events
from audit.models import Event, User


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilters:
    """What to list; empty means all. Days are days in Beijing; `before` is a `seq`."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


def listed_events(user: User, filters: EventFilters) -> QuerySet[Event]:
    """Return what the person may read of what was asked for."""
    # Rows are numbered as the chain is, and every index is in their order already.
    rows = visible_events(user).order_by("-pk")
    for name in ("actor", "action", "object_type", "object_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.since is not None:
        rows = rows.filter(at__gte=_midnight(filters.since))
    if filters.until is not None:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return rows if filters.before is None else rows.filter(seq__lt=filters.before)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BEIJING)
