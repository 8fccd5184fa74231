"""Everything a person needs to judge a case, as plain values: for the shell, JSON and the desk.

Personal data is hidden unless it was opened for a purpose, which leaves an event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import events, policy
from audit.case_ads import placements, waits_for_opinion
from audit.case_evidence import evidence_of
from audit.case_history import (
    decision_values,
    event_values,
    placement_values,
    version_values,
)
from audit.case_law import cited_clauses, zh_of
from audit.choices import Note
from audit.errors import PolicyError
from audit.masking import Mask, masked_line
from audit.models import Ad, AdVersion, AssessmentRow, Case, Conclusion, State, User
from audit.priority import recency_at, score_at
from audit.queue import look

AXES_ZH = {
    "offering": "培训性质",
    "subject": "学科",
    "disguise": "变异形式",
    "violation": "违规情形",
}
_DIMENSIONS_ZH = {"purpose": "目的", "content": "内容", "method": "方式", "evaluation": "评价"}
_STATES_ZH = {"met": "具备", "unmet": "不具备", "unknown": "不明"}
_FACTS_ZH = {
    "grade": "年级",
    "age": "年龄",
    "subject": "学科",
    "price": "价格",
    "lessons": "课次",
    "clock": "时刻",
    "weekday": "星期",
    "date": "日期",
    "teacher": "教师",
    "venue": "地点",
    "contact": "联系方式",
    "person": "人名",
    "institution": "机构",
}


def degree_zh(score: float) -> str:
    """Say in words how sure the machine is."""
    return "很可能" if score >= 0.8 else "可能" if score >= 0.5 else "存疑"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """The leading ad with what is shown of it."""

    ad: Ad
    version: AdVersion
    opinion: AssessmentRow
    mask: Mask


def case_view(
    user: User, case_id: int, *, personal_purpose: str | None = None, now: datetime
) -> dict[str, Any]:
    """Return the case as the user may see it; a holder has then seen its newest state.

    Args:
        personal_purpose: why contacts and names are to be shown; writes an event.

    Raises:
        PolicyError: the user may not see it, or may not open personal data.
    """
    case = look(user, case_id, now=now)
    opened = personal_purpose is not None
    if personal_purpose is not None:
        _open_personal(user, case, personal_purpose, now=now)
    rows = placements(case)
    if not rows or rows[0].ad.assessment is None:
        raise PolicyError(f"Case {case.pk}: no ad of it is left to show. Ask an administrator.")
    ad, opinion = rows[0].ad, rows[0].ad.assessment
    mask = Mask(opinion, opened=opened)
    shown = _Shown(ad=ad, version=opinion.version, opinion=opinion, mask=mask)
    payload = opinion.payload
    return {
        **_case_values(case, now=now),
        "personal_opened": opened,
        "ad": _ad_values(shown),
        "findings": _findings(payload, mask),
        "decodings": _decodings(payload, mask),
        "clauses": _clauses(shown),
        "dimensions": _dimensions(payload, mask),
        "against": [
            {"reason": mask.prose(point["reason"]), "quotes": _quotes(point["spans"], mask)}
            for point in payload["against"]
        ],
        "missing": [mask.prose(sentence) for sentence in payload["missing"]],
        "facts": _facts(payload, mask),
        "evidence": evidence_of(opinion.version.capture),
        "placements": [placement_values(row) for row in rows],
        "versions": version_values(ad, opinion.version),
        "decisions": decision_values(case),
        "events": event_values(case),
        "machine": {
            "rules": opinion.rules_version,
            "law": opinion.law_version,
            "model": opinion.model_version,
        },
    }


def _open_personal(user: User, case: Case, purpose: str, *, now: datetime) -> None:
    policy.allowed(user, "open_personal", case, now=now)
    if not purpose.strip():
        raise PolicyError(
            f"Case {case.pk}: opening personal data needs a purpose. Say what it is for."
        )
    events.append(
        actor=user.username,
        action="personal.open",
        object_type="case",
        object_id=str(case.pk),
        purpose=purpose.strip(),
    )


def _case_values(case: Case, *, now: datetime) -> dict[str, Any]:
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


def _ad_values(shown: _Shown) -> dict[str, Any]:
    ad, version, mask = shown.ad, shown.version, shown.mask
    parent = ad.parent.assessment if ad.parent is not None else None
    return {
        "ad_id": ad.ad_id,
        "url": ad.url,
        "part": ad.part,
        "title": mask.title,
        "text": mask.text,
        "publisher": mask.prose(version.publisher),
        "published_on": version.published_on,
        "first_seen": ad.first_seen.isoformat(),
        "last_seen": ad.last_seen.isoformat(),
        "live": ad.live,
        "site_id": ad.site_id,
        "poster_of": masked_line(parent, max_chars=60) if parent is not None else "",
        "waits_for_opinion": waits_for_opinion(ad),
    }


def _span(span: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    return {
        "start": span["start"],
        "end": span["end"],
        "field": span.get("field", "text"),
        "text": mask.quote(span),
    }


def _quotes(spans: Sequence[Mapping[str, Any]], mask: Mask) -> list[str]:
    return [mask.quote(span) for span in spans]


def _findings(payload: Mapping[str, Any], mask: Mask) -> list[dict[str, Any]]:
    """Return the findings, numbered as they are marked in the text, the surest of an axis first."""
    order = list(AXES_ZH)
    ranked = sorted(
        payload["findings"], key=lambda found: (order.index(found["axis"]), -found["score"])
    )
    return [
        {
            "number": number,
            "label": found["label"],
            "label_zh": zh_of(found["label"]),
            "axis": found["axis"],
            "axis_zh": AXES_ZH[found["axis"]],
            "origin": found["origin"],
            "score": round(found["score"], 3),
            "degree_zh": degree_zh(found["score"]),
            "spans": [_span(span, mask) for span in found["spans"]],
            "decoded": found["decoded"] and mask.prose(found["decoded"]),
            "reason": mask.prose(found["reason"]),
            "basis": list(found["basis"]),
        }
        for number, found in enumerate(ranked, 1)
    ]


def _decodings(payload: Mapping[str, Any], mask: Mask) -> list[dict[str, Any]]:
    return [
        {**_span(item["span"], mask), "plain": item["plain"], "method": item["method"]}
        for item in payload.get("decodings", ())
        if not mask.touches(item["span"])
    ]


def _clauses(shown: _Shown) -> list[dict[str, Any]]:
    labels_of: dict[str, list[str]] = {}
    for found in shown.opinion.payload["findings"]:
        for clause in found["basis"]:
            labels_of.setdefault(clause, []).append(zh_of(found["label"]))
    return [
        {**cited.to_dict(), "labels_zh": list(dict.fromkeys(labels_of[cited.provision.id]))}
        for cited in cited_clauses(labels_of, shown.ad, shown.version)
    ]


def _dimensions(payload: Mapping[str, Any], mask: Mask) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "name_zh": zh,
            "state": payload["dimensions"][name]["state"],
            "state_zh": _STATES_ZH[payload["dimensions"][name]["state"]],
            "quotes": _quotes(payload["dimensions"][name]["spans"], mask),
        }
        for name, zh in _DIMENSIONS_ZH.items()
        if name in payload["dimensions"]
    ]


def _facts(payload: Mapping[str, Any], mask: Mask) -> list[dict[str, Any]]:
    shown = []
    for fact in payload["facts"]:
        quote = mask.quote(fact["span"])
        value = quote if mask.touches(fact["span"]) else mask.prose(fact["value"])
        shown.append(
            {
                "kind": fact["kind"],
                "kind_zh": _FACTS_ZH.get(fact["kind"], fact["kind"]),
                "value": value,
                "unit": fact["unit"],
                "quote": quote,
            }
        )
    return shown
