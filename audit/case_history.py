"""What happened around a case: its placements, earlier wordings, decisions and events."""

from typing import Any

from django.db.models.functions import Length

from audit.choices import Conclusion
from audit.logs import mask_contacts
from audit.models import Ad, AdVersion, Case, CaseAd, Event

_MAX_EVENTS = 50


def placement_values(row: CaseAd) -> dict[str, Any]:
    ad = row.ad
    return {
        "ad_id": ad.ad_id,
        "url": ad.url,
        "site_id": ad.site_id,
        "last_seen": ad.last_seen.isoformat(),
        "live": ad.live,
        "needs_review": ad.assessment is not None and ad.assessment.needs_review,
        "risk": round(ad.assessment.risk, 3) if ad.assessment else None,
    }


def version_values(ad: Ad, current: AdVersion) -> list[dict[str, Any]]:
    versions = ad.versions.only("fetched_at", "text_digest").annotate(chars=Length("text"))
    return [
        {
            "version": version.pk,
            "captured_at": version.fetched_at.isoformat(),
            "text_digest": version.text_digest,
            "chars": version.chars,
            "current": version.pk == current.pk,
        }
        for version in versions.order_by("-fetched_at", "-pk")
    ]


def decision_values(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "at": decision.decided_at.isoformat(),
            "by": decision.user.username,
            "action": decision.action,
            "conclusion": decision.conclusion,
            "conclusion_zh": Conclusion(decision.conclusion).label if decision.conclusion else "",
            "labels": decision.labels,
            "label_spans": decision.label_spans,
            "version": decision.version_id,
            "clauses": decision.clauses,
            "reason": mask_contacts(decision.reason),
        }
        for decision in case.decisions.select_related("user").order_by("pk")
    ]


def event_values(case: Case) -> list[dict[str, Any]]:
    """Return the case's latest events, oldest first."""
    rows = Event.objects.filter(object_type="case", object_id=str(case.pk)).order_by("-seq")
    return [
        {
            "seq": event.seq,
            "at": event.at.isoformat(),
            "actor": event.actor,
            "action": event.action,
            "purpose": event.purpose,
        }
        for event in reversed(rows[:_MAX_EVENTS])
    ]
