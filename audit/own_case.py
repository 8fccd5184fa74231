"""A case of their own for ads that belong to no other."""

from collections.abc import Sequence
from datetime import datetime

from audit import events
from audit.case_fingerprints import row_of
from audit.case_regions import competent_regions
from audit.models import Case, CaseAd, State
from audit.outbox import enqueue_ads


def open_own_case(rows: Sequence[CaseAd], *, actor: str, now: datetime) -> Case:
    """Move placements into a new case; call `audit.case_summary.refresh` for it and the old one.

    Args:
        rows: with their ads; one at least is flagged.
    """
    opinions = [
        (row.ad, row.ad.assessment)
        for row in rows
        if row.ad.assessment is not None and row.ad.assessment.needs_review
    ]
    ad, opinion = max(opinions, key=lambda pair: pair[1].risk)
    case = Case.objects.create(
        fingerprint=opinion.fingerprint,
        region=competent_regions([ad])[ad.pk],
        opened_at=now,
        changed_at=now,
    )
    row_of(case, opinion.fingerprint).save()
    for row in rows:
        row.case, row.pulled_out = case, False
        row.version_id, row.assessment_id = row.ad.version_id, row.ad.assessment_id
        row.save()
    events.append(
        actor=actor,
        action="case.open",
        object_type="case",
        object_id=str(case.pk),
        details={"ads": [row.ad.ad_id for row in rows], "state": State.OPEN},
    )
    enqueue_ads([row.ad for row in rows])
    return case
