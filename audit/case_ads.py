"""The placements of a case: which leads, what the machine says of each, what a person was shown."""

from collections.abc import Iterable, Sequence

from audit.models import Ad, Case, CaseAd

Snapshot = list[list[int]]


def placements(case: Case) -> list[CaseAd]:
    """Return the case's placements, the leading one first.

    A flagged one leads, before it a page rather than a card or poster, then the highest risk.
    Texts and the machine's whole opinions are left in the database: a case may have hundreds.
    """
    rows = case.case_ads.filter(pulled_out=False).select_related("ad__assessment")
    rows = rows.defer("ad__assessment__payload")
    return sorted(rows, key=lambda row: _rank(row.ad))


def _rank(ad: Ad) -> tuple[bool, bool, float, int]:
    opinion = ad.assessment
    is_flagged = opinion is not None and opinion.needs_review
    is_page = ad.placement_of_id is None and ad.parent_id is None
    return (not is_flagged, not is_page, -(opinion.risk if opinion else 0.0), ad.pk)


def waits_for_opinion(ad: Ad) -> bool:
    """Tell whether the ad has a newer wording than the one that the machine judged."""
    return ad.assessment is not None and ad.assessment.version_id != ad.version_id


def snapshot(rows: Iterable[CaseAd]) -> Snapshot:
    """Return [ad, version, assessment] of each placement: what a person sees of it now."""
    return sorted([row.ad.pk, row.ad.version_id or 0, row.ad.assessment_id or 0] for row in rows)


def changed_since(seen: Snapshot, rows: Sequence[CaseAd]) -> list[Ad]:
    """Return the ads that were seen but have a newer version or machine opinion now.

    A placement that joined later is no change of what was seen.
    """
    before = {ad: (version, opinion) for ad, version, opinion in seen}
    return [
        row.ad
        for row in rows
        if row.ad.pk in before
        and before[row.ad.pk] != (row.ad.version_id or 0, row.ad.assessment_id or 0)
    ]
