"""What an ad says and what the machine thinks of it, as plain values with personal data hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.case_ads import waits_for_opinion
from audit.case_evidence import evidence_of
from audit.case_history import version_values
from audit.case_law import cited_clauses, clause_values, zh_of
from audit.masking import Mask, masked_line
from audit.models import Ad, AdVersion, AssessmentRow
from classifier.labels import load_labels

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
_NO_OPINION: dict[str, Any] = {
    "findings": [],
    "dimensions": {},
    "against": [],
    "missing": [],
    "facts": [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAd:
    """An ad with the version of it that is shown; `opinion` is of that version, if there is one."""

    ad: Ad
    version: AdVersion
    opinion: AssessmentRow | None
    mask: Mask

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.opinion.payload if self.opinion else _NO_OPINION


def judged(ad: Ad, opinion: AssessmentRow, *, opened: bool = False) -> ShownAd:
    """Show the version that the machine judged; with `opened`, with its personal data."""
    mask = Mask(opinion, opened=opened)
    return ShownAd(ad=ad, version=opinion.version, opinion=opinion, mask=mask)


def unjudged(ad: Ad, version: AdVersion) -> ShownAd:
    """Show a version that waits for the machine's opinion."""
    return ShownAd(ad=ad, version=version, opinion=None, mask=Mask(version))


def degree_zh(score: float) -> str:
    """Say in words how sure the machine is."""
    return "很可能" if score >= 0.8 else "可能" if score >= 0.5 else "存疑"


def ad_view(shown: ShownAd) -> dict[str, Any]:
    """Return words, findings, law, weighing, facts, evidence and versions of one ad."""
    payload, mask = shown.payload, shown.mask
    return {
        "personal_opened": mask.opened,
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
        "evidence": evidence_of(shown.version.capture),
        "versions": version_values(shown.ad, shown.version),
        "machine": _machine(shown.opinion),
    }


def _machine(opinion: AssessmentRow | None) -> dict[str, str]:
    return {
        "rules": opinion.rules_version if opinion else "",
        "law": opinion.law_version if opinion else "",
        "model": opinion.model_version if opinion else "",
    }


def _ad_values(shown: ShownAd) -> dict[str, Any]:
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


def _clauses(shown: ShownAd) -> list[dict[str, Any]]:
    labels_of: dict[str, list[str]] = {}
    for found in shown.payload["findings"]:
        for clause in found["basis"]:
            labels_of.setdefault(clause, []).append(found["label"])
    return [
        clause_values(cited, labels_of[cited.provision.id])
        for cited in cited_clauses(labels_of, shown.ad, shown.version)
    ]


def further_clauses(shown: ShownAd) -> list[dict[str, Any]]:
    """Return the clauses of all labels that no finding rests on, for labels that a person adds."""
    known = load_labels()
    cited = {clause for found in shown.payload["findings"] for clause in found["basis"]}
    labels_of: dict[str, list[str]] = {}
    for label in known.ids:
        for clause in known.basis(label):
            if clause not in cited:
                labels_of.setdefault(clause, []).append(label)
    return [
        clause_values(clause, labels_of[clause.provision.id])
        for clause in cited_clauses(labels_of, shown.ad, shown.version)
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
