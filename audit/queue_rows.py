"""A case of the queue as plain values, for lists and answers."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from audit import policy
from audit.case_law import zh_of
from audit.choices import Note
from audit.models import Case, Conclusion, State
from audit.priority import score_at
from classifier.labels import load_labels

BEIJING = ZoneInfo("Asia/Shanghai")
_AXES = ("offering", "disguise", "violation", "subject")


def end_of_day(day: date) -> datetime:
    """Return the last second of a day in Beijing."""
    return datetime.combine(day, time(23, 59, 59), BEIJING).astimezone(UTC)


def state_values(case: Case, *, now: datetime) -> dict[str, Any]:
    """Return where the case is, and who holds it until when."""
    state = policy.state_now(case, now)
    holder = case.claimed_by if state == State.CLAIMED else None
    until = case.lease_until if holder is not None else None
    return {
        "case": case.pk,
        "state": state.value,
        "state_zh": state.label,
        "conclusion": case.conclusion,
        "conclusion_zh": Conclusion(case.conclusion).label if case.conclusion else "",
        "note": case.note,
        "note_zh": Note(case.note).label if case.note else "",
        "claimed_by": holder.username if holder else None,
        "lease_until": until.isoformat() if until else None,
        "assigned_to": case.assigned_to.username if case.assigned_to else None,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _rank(label: str) -> tuple[int, int]:
    """Put offerings first and subjects last; unknown labels behind."""
    known = load_labels()
    if label not in known:
        return len(_AXES), 0
    return _AXES.index(known.axis(label)), known.ids.index(label)


def row_values(case: Case, *, now: datetime) -> dict[str, Any]:
    """Return one row of `audit.queue_listing.listing`."""
    labels = sorted((row.label for row in case.labels.all()), key=_rank)
    return {
        **state_values(case, now=now),
        "title": case.title,
        "region": case.region,
        "risk": round(case.risk, 3),
        "priority": round(score_at(case.priority, now), 2),
        "placements": getattr(case, "placement_count", None),
        "labels": labels,
        "labels_zh": [zh_of(label) for label in labels],
        "opened_at": case.opened_at.isoformat(),
    }
