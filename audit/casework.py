"""From flagged ads to cases: group near-duplicates, open, add to, note and reopen cases.

Rules, in this order:

1. A flagged ad without a case joins the case of its page (for a poster or a card) or of its
   posters and cards; else the case of the same competent region whose wording differs from its
   own in at most three of 64 bits; else it opens a case. A pulled-out ad that becomes flagged
   opens a case of its own; until then it is left alone.
2. An ad of a case that changed since the case last took note of it is looked at by
   `audit.case_changes`: an undecided case shows the new state; a decided one is noted or reopened.
3. A case whose ads were seen again gets the priority of a fresh one.
4. A case that nobody decided yet and whose ads are all unflagged by now is noted, never deleted.

Calling it again with the same ads changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from audit import events
from audit.case_changes import ChangedAd, take_note
from audit.case_fingerprints import CaseFinder, row_of
from audit.case_regions import competent_regions
from audit.case_summary import refresh
from audit.choices import Note
from audit.database import writing
from audit.models import (
    Ad,
    AssessmentRow,
    Case,
    CaseAd,
    CaseFingerprint,
    State,
)
from audit.outbox import enqueue_ads
from audit.own_case import open_own_case

SYSTEM = "system"
_CHUNK = 500
_DECIDED = frozenset({State.PROPOSED, State.CONFIRMED, State.CLOSED})


def open_or_update_cases(ads: Sequence[Ad], *, now: datetime) -> list[int]:
    """Bring the cases of these ads up to date; return the ids of the cases that changed.

    Call it in the transaction that wrote the ads' opinions.
    """
    if not ads:
        return []
    with writing():
        events.lock_head()
        fresh = _load(ads)
        moved_on = [
            ad
            for ad in fresh
            if _has_case(ad)
            and not ad.case_ad.pulled_out
            and (ad.case_ad.version_id, ad.case_ad.assessment_id)
            != (ad.version_id, ad.assessment_id)
        ]
        changed = [
            ChangedAd(placement=ad.case_ad, ad=ad) for ad in _load(moved_on, with_wordings=True)
        ]
        seen_again = {
            ad.case_ad.case_id
            for ad in fresh
            if _has_case(ad) and not ad.case_ad.pulled_out and _is_seen_again(ad)
        }
        homeless = [ad for ad in fresh if not _has_case(ad) and _is_flagged(ad)]
        touched = take_note(changed, now=now)
        touched |= _place(homeless, now=now)
        pulled_out = [
            ad.case_ad
            for ad in fresh
            if _has_case(ad) and ad.case_ad.pulled_out and _is_flagged(ad)
        ]
        touched |= {open_own_case([row], actor=SYSTEM, now=now).pk for row in pulled_out}
        touched |= seen_again
        refresh(touched)
        _note_nothing_left(touched, now=now)
    return sorted(touched)


def _load(ads: Sequence[Ad], *, with_wordings: bool = False) -> list[Ad]:
    """Load the ads as they are now; wordings and opinions in full are many times as much."""
    keys = sorted({ad.pk for ad in ads})
    found: list[Ad] = []
    for start in range(0, len(keys), _CHUNK):
        rows = Ad.objects.filter(pk__in=keys[start : start + _CHUNK]).order_by("pk")
        if with_wordings:
            found += rows.select_related(
                "version",
                "assessment",
                "case_ad__case",
                "case_ad__version",
                "case_ad__assessment",
            )
        else:
            rows = rows.select_related("assessment", "case_ad__case")
            found += rows.defer("assessment__payload")
    return found


def _has_case(ad: Ad) -> bool:
    return hasattr(ad, "case_ad")


def _is_flagged(ad: Ad) -> bool:
    opinion = ad.assessment
    return opinion is not None and opinion.needs_review and ad.version_id is not None


def _is_seen_again(ad: Ad) -> bool:
    """Tell whether a flagged ad was seen later than its case's priority knows."""
    known = ad.case_ad.case.priority_parts.get("last_seen")
    if known is None or not _is_flagged(ad):
        return False
    return ad.last_seen.replace(microsecond=0) > datetime.fromisoformat(known)


def seen_again(site_id: str) -> list[Ad]:
    """Return the site's flagged ads that were seen later than their case's priority knows."""
    ads = Ad.objects.filter(
        site_id=site_id, case_ad__pulled_out=False, assessment__needs_review=True
    )
    rows = ads.select_related("assessment", "case_ad__case")
    rows = rows.defer("assessment__payload").order_by("pk")
    return [ad for ad in rows if _is_seen_again(ad)]


def _opinion(ad: Ad) -> AssessmentRow:
    if ad.assessment is None:
        raise ValueError(f"Ad {ad.pk} has no machine opinion")
    return ad.assessment


def _place(ads: Sequence[Ad], *, now: datetime) -> set[int]:
    """Put each ad into a case, pages before their cards and posters."""
    if not ads:
        return set()
    ordered = sorted(ads, key=lambda ad: (_page_of(ad) is not None, ad.pk))
    regions = competent_regions(ordered)
    finder = CaseFinder(_opinion(ad).fingerprint for ad in ordered)
    family = _cases_of_families(ordered)
    found: list[tuple[Ad, Case]] = []
    opened: list[Case] = []
    for ad in ordered:
        fingerprint = _opinion(ad).fingerprint
        case = (
            family.get(ad.pk)
            or family.get(_page_of(ad) or 0)
            or finder.find(fingerprint, regions[ad.pk])
        )
        if case is None:
            case = Case(
                fingerprint=fingerprint, region=regions[ad.pk], opened_at=now, changed_at=now
            )
            finder.add(fingerprint, case)
            opened.append(case)
        family[ad.pk] = case
        if (page := _page_of(ad)) is not None:
            family.setdefault(page, case)
        found.append((ad, case))
    Case.objects.bulk_create(opened, batch_size=_CHUNK)
    CaseFingerprint.objects.bulk_create(
        [row_of(case, case.fingerprint) for case in opened], batch_size=_CHUNK
    )
    _write(found, {case.pk for case in opened}, now=now)
    return {case.pk for _, case in found}


def _page_of(ad: Ad) -> int | None:
    return ad.placement_of_id or ad.parent_id


def _cases_of_families(ads: Sequence[Ad]) -> dict[int, Case]:
    """Return the case that an ad's page has, and the case that a page's cards or posters have."""
    found: dict[int, Case] = {}
    keys = sorted({ad.pk for ad in ads} | {page for ad in ads if (page := _page_of(ad))})
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        rows = CaseAd.objects.filter(pulled_out=False).select_related("case", "ad").order_by("pk")
        for row in rows.filter(ad_id__in=chunk):
            found[row.ad.pk] = row.case
        for row in rows.filter(ad__parent_id__in=chunk):
            found.setdefault(row.ad.parent_id or 0, row.case)
        for row in rows.filter(ad__placement_of_id__in=chunk):
            found.setdefault(row.ad.placement_of_id or 0, row.case)
    return found


def _write(found: Sequence[tuple[Ad, Case]], opened: set[int], *, now: datetime) -> None:
    """Write placements, events and outbox rows of the ads that found a case."""
    rows = [
        CaseAd(case=case, ad=ad, version_id=ad.version_id, assessment_id=ad.assessment_id)
        for ad, case in found
    ]
    CaseAd.objects.bulk_create(rows, batch_size=_CHUNK)
    cases = {case.pk: case for _, case in found}
    joined: defaultdict[int, list[Ad]] = defaultdict(list)
    for ad, case in found:
        joined[case.pk].append(ad)
    entries = []
    for pk, ads in joined.items():
        case = cases[pk]
        if pk not in opened and case.state in _DECIDED:
            case.note = case.note or Note.MORE
            case.changed_at = now
            case.save(update_fields=["note", "changed_at"])
        entries.append(
            events.Entry(
                actor=SYSTEM,
                action="case.open" if pk in opened else "case.add",
                object_type="case",
                object_id=str(pk),
                details={"ads": [ad.ad_id for ad in ads], "state": case.state},
            )
        )
    events.append_all(entries)
    enqueue_ads([ad for ad, _ in found])


def _note_nothing_left(touched: set[int], *, now: datetime) -> None:
    """Note undecided cases none of whose ads is flagged any more; drop the note when one is."""
    undecided = Case.objects.filter(pk__in=touched).exclude(state__in=_DECIDED)
    with_flagged = set(
        CaseAd.objects.filter(
            case_id__in=touched, pulled_out=False, ad__assessment__needs_review=True
        ).values_list("case_id", flat=True)
    )
    entries = []
    for case in undecided:
        is_empty = case.pk not in with_flagged
        if is_empty == (case.note == Note.NOTHING_LEFT):
            continue
        case.note = Note.NOTHING_LEFT if is_empty else ""
        case.changed_at = now
        case.save(update_fields=["note", "changed_at"])
        entries.append(
            events.Entry(
                actor=SYSTEM,
                action="case.note",
                object_type="case",
                object_id=str(case.pk),
                details={"note": case.note},
            )
        )
    events.append_all(entries)
