"""What the rows hold right now, in numbers: the summary after a demo or a first crawl."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from audit.models import Ad, Case, State
from audit.priority import score_at
from classifier.labels import load_labels

_AXIS_KEYS = {
    "offering": "offerings",
    "subject": "subjects",
    "disguise": "disguises",
    "violation": "violations",
}
FIRST_CASES = 8


def summarise() -> dict[str, Any]:
    """Return counts of pages, ads and flagged ads, by label and disguise, and the first cases."""
    labels = load_labels()
    counts: dict[str, Counter[str]] = {axis: Counter() for axis in _AXIS_KEYS}
    flagged = 0
    ads = Ad.objects.filter(live=True, assessment__isnull=False).select_related("assessment")
    for ad in ads.iterator(chunk_size=500):
        if ad.assessment is None or not ad.assessment.needs_review:
            continue
        flagged += 1
        for axis, key in _AXIS_KEYS.items():
            counts[axis].update(ad.assessment.payload[key])
    return {
        "pages": Ad.objects.filter(part="page").count(),
        "ads": Ad.objects.count(),
        "flagged": flagged,
        "by_label": {
            axis: {labels.zh(label): count for label, count in counter.most_common()}
            for axis, counter in counts.items()
        },
        "cases": [_case_line(case) for case in _first_cases()],
        "cases_total": Case.objects.count(),
    }


def _first_cases() -> list[Case]:
    waiting = Case.objects.filter(state__in=[State.OPEN, State.RETURNED])
    return list(waiting.order_by("-priority", "pk")[:FIRST_CASES])


def _case_line(case: Case) -> dict[str, Any]:
    placements = case.case_ads.filter(pulled_out=False).count()
    return {
        "case": case.pk,
        "title": case.title,
        "region": case.region,
        "priority": round(score_at(case.priority, datetime.now(UTC)), 1),
        "placements": placements,
    }
