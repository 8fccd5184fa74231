"""A case of the queue as a row of a list: typed for the desk, plain values for JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from audit import policy
from audit.case_law import zh_of
from audit.choices import Note
from audit.displayable import displayable
from audit.models import Case, Conclusion, Decision, State, User
from audit.priority import score_at
from audit.priority_words import PriorityPart, priority_parts
from audit.region_names import region_zh
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTag:
    """A label's Chinese name and its axis, which gives the hue."""

    zh: str
    axis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One row of the queue at the desk, for one person.

    `why` says the parts of the score in one line; `holder` holds the case until `held_until`;
    `proposer` is who proposed `conclusion_zh` where it waits for confirmation; `due_at` is until
    when the case waits for evidence.
    """

    case_id: int
    title: str
    score: int
    parts: tuple[PriorityPart, ...]
    why: str
    tags: tuple[LabelTag, ...]
    region: str
    region_zh: str
    placements: int
    opened_at: datetime
    state: str
    state_zh: str
    conclusion_zh: str
    note_zh: str
    holder: str
    held_until: datetime | None
    assigned_to: str
    proposer: str
    due_at: datetime | None
    is_mine: bool
    may_claim: bool


def queue_rows(
    cases: Sequence[Case], user: User, *, claimable: set[int], now: datetime
) -> tuple[QueueRow, ...]:
    """Make rows of a listing's cases; `claimable` are the ids of those the user could claim."""
    waiting = [case.pk for case in cases if case.state == State.PROPOSED]
    proposers = dict(
        Decision.objects.filter(case__in=waiting, action="decide")
        .order_by("pk")
        .values_list("case", "user__username")
        if waiting
        else ()
    )
    return tuple(
        _row(case, user, proposers.get(case.pk, ""), may_claim=case.pk in claimable, now=now)
        for case in cases
    )


def _row(case: Case, user: User, proposer: str, *, may_claim: bool, now: datetime) -> QueueRow:
    state = policy.state_now(case, now)
    holder = case.claimed_by if state == State.CLAIMED else None
    labels = sorted((row.label for row in case.labels.all()), key=_rank)
    parts = priority_parts(case, now)
    return QueueRow(
        case_id=case.pk,
        title=displayable(case.title),
        score=round(score_at(case.priority, now)),
        parts=parts,
        why="；".join(f"{part.zh}：{part.says}" for part in parts),
        tags=tuple(_tag(label) for label in labels),
        region=case.region,
        region_zh=region_zh(case.region),
        placements=getattr(case, "placement_count", 0),
        opened_at=case.opened_at,
        state=state.value,
        state_zh=str(state.label),
        conclusion_zh=str(case.get_conclusion_display()),
        note_zh=str(case.get_note_display()),
        holder=holder.username if holder else "",
        held_until=case.lease_until if holder else None,
        assigned_to=case.assigned_to.username if case.assigned_to else "",
        proposer=proposer,
        due_at=case.due_at,
        is_mine=holder is not None and holder.pk == user.pk,
        may_claim=may_claim,
    )


def _tag(label: str) -> LabelTag:
    known = load_labels()
    return LabelTag(zh=zh_of(label), axis=known.axis(label) if label in known else "")
