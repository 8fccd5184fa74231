"""The one way in which a person's act moves a case: conditional update, event, index work."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from audit import config, events
from audit.case_ads import placements, snapshot, waits_for_opinion
from audit.choices import State
from audit.errors import PolicyError
from audit.models import AdVersion, AssessmentRow, Case, CaseAd, User
from audit.outbox import enqueue_ads

# What a case has when nobody holds it.
FREED: dict[str, Any] = {"claimed_by": None, "claimed_from": "", "lease_until": None, "seen": []}


def origin_of(case: Case) -> State:
    """Return the state to which a claimed case goes back."""
    return State(case.claimed_from or State.OPEN)


def held_values(user: User, case: Case, *, origin: Any, now: datetime) -> dict[str, Any]:
    """Return what a case has from now on that the user holds it, having come from `origin`."""
    return {
        "state": State.CLAIMED,
        "claimed_by": user,
        "claimed_from": origin,
        "lease_until": now + timedelta(minutes=config.get("claim_minutes")),
        "seen": snapshot(placements(case)),
        "changed_at": now,
    }


def shown_of(case: Case, rows: Sequence[CaseAd]) -> tuple[AdVersion, AssessmentRow]:
    """Return version and machine opinion of the leading ad."""
    opinion = rows[0].ad.assessment if rows else None
    if opinion is None:
        raise PolicyError(
            f"Case {case.pk}: no ad of it is left to decide on. See its placements.",
            zh="案件里没有可以研判的广告了。请联系管理员。",
        )
    if waits_for_opinion(rows[0].ad):
        raise PolicyError(
            f"Case {case.pk}: a newer version of its ad waits for the machine's opinion."
            " Run 'jianwei ingest', then look again.",
            zh="广告有了新版本，机器还没有判断。请稍后再看，或请管理员处理。",
        )
    return opinion.version, opinion


def move(
    user: User,
    action: str,
    case: Case,
    condition: Q,
    *,
    details: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Change the case if the condition still holds; write the event; tell the index."""
    before = case.state
    moved = Case.objects.filter(condition, pk=case.pk).update(**values)
    if moved != 1:
        raise PolicyError(
            f"Case {case.pk}: somebody else was faster than '{user.username}'."
            " List the queue again.",
            zh=f"案件 {case.pk} 刚刚被他人处理。请刷新队列后另选。",
        )
    case.refresh_from_db()
    events.append(
        actor=user.username,
        action=f"case.{action}",
        object_type="case",
        object_id=str(case.pk),
        details={"from": before, "to": case.state, **(details or {})},
    )
    enqueue_ads([row.ad for row in case.case_ads.select_related("ad")])
