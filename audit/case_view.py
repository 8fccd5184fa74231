"""Everything a person needs to judge a case, as plain values: for the shell, JSON and the desk.

Personal data is hidden unless it was opened for a purpose, which leaves an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import events, policy
from audit.ad_access import ads_to_show
from audit.ad_view import ShownAd, ad_view, degree_zh, judged
from audit.case_ads import placements
from audit.case_history import decision_values, event_values, placement_values
from audit.choices import Note
from audit.errors import PolicyError
from audit.models import Case, CaseAd, Conclusion, State, User
from audit.priority import recency_at, score_at
from audit.queue import look


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCase:
    """A case, its placements (the leading one first) and the leading ad as it is shown."""

    case: Case
    rows: Sequence[CaseAd]
    lead: ShownAd


def case_view(
    user: User, case_id: int, *, personal_purpose: str | None = None, now: datetime
) -> dict[str, Any]:
    """Return the case as the user may see it; a holder has then seen its newest state.

    Args:
        personal_purpose: why contacts and names are to be shown; writes an event.

    Raises:
        PolicyError: the user may not see it, or may not open personal data.
    """
    shown = show_case(user, case_id, personal_purpose=personal_purpose, now=now)
    return case_values(shown, now=now)


def show_case(
    user: User, case_id: int, *, personal_purpose: str | None = None, now: datetime
) -> ShownCase:
    """Return the rows behind `case_view`, under the same conditions."""
    case = look(user, case_id, now=now)
    if personal_purpose is not None:
        _open_personal(user, case, personal_purpose, now=now)
    rows = placements(case)
    ad = ads_to_show().filter(pk=rows[0].ad.pk).first() if rows else None
    if ad is None or ad.assessment is None:
        raise PolicyError(
            f"Case {case.pk}: no ad of it is left to show. Ask an administrator.",
            zh="该案件已没有可显示的广告，请联系管理员。",
        )
    lead = judged(ad, ad.assessment, opened=personal_purpose is not None)
    return ShownCase(case=case, rows=rows, lead=lead)


def case_values(shown: ShownCase, *, now: datetime) -> dict[str, Any]:
    """Return a case that was shown as plain values."""
    return {
        **_state_values(shown.case, now=now),
        **ad_view(shown.lead),
        "placements": [placement_values(row) for row in shown.rows],
        "decisions": decision_values(shown.case),
        "events": event_values(shown.case),
    }


def _open_personal(user: User, case: Case, purpose: str, *, now: datetime) -> None:
    policy.allowed(user, "open_personal", case, now=now)
    if not purpose.strip():
        raise PolicyError(
            f"Case {case.pk}: opening personal data needs a purpose. Say what it is for.",
            zh="查看个人信息须写明用途，查看会留下记录。",
        )
    events.append(
        actor=user.username,
        action="personal.open",
        object_type="case",
        object_id=str(case.pk),
        purpose=purpose.strip(),
    )


def _state_values(case: Case, *, now: datetime) -> dict[str, Any]:
    state = policy.state_now(case, now)
    is_held = state == State.CLAIMED and case.claimed_by is not None
    parts = dict(case.priority_parts)
    if "last_seen" in parts:
        seen = datetime.fromisoformat(str(parts["last_seen"]))
        parts["recency"] = round(recency_at(seen, now), 4)
    return {
        "case": case.pk,
        "state": state.value,
        "state_zh": state.label,
        "conclusion": case.conclusion,
        "conclusion_zh": Conclusion(case.conclusion).label if case.conclusion else "",
        "note": case.note,
        "note_zh": Note(case.note).label if case.note else "",
        "title": case.title,
        "region": case.region,
        "risk": round(case.risk, 3),
        "degree_zh": degree_zh(case.risk),
        "priority": round(score_at(case.priority, now), 2),
        "priority_parts": parts,
        "opened_at": case.opened_at.isoformat(),
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "claimed_by": case.claimed_by.username if is_held and case.claimed_by else None,
        "lease_until": case.lease_until.isoformat() if is_held and case.lease_until else None,
        "assigned_to": case.assigned_to.username if case.assigned_to else None,
    }
