"""What becomes of a case when one of its ads has a new wording or a new machine opinion.

| case is | the ad now | then |
|---|---|---|
| open, claimed or returned | anything | the case shows it; a holder is asked to look again |
| decided | says the same, same labels | nothing |
| dismissed and confirmed | is flagged and shows a new label or another text | reopened |
| otherwise decided | differs | noted |

A decided case is never carried over in silence, and never judged again by the machine alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import events
from audit.case_fingerprints import MAX_DISTANCE, row_of
from audit.choices import Note
from audit.models import Ad, AssessmentRow, Case, CaseAd, CaseFingerprint, State
from audit.outbox import enqueue_ads
from audit.transitions import DISMISSALS
from classifier.fingerprint import distance

SYSTEM = "system"
_JUDGED_AXES = ("offerings", "disguises", "violations")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAd:
    """A placement whose ad has moved on from what the case took note of."""

    placement: CaseAd
    ad: Ad

    @property
    def is_other_wording(self) -> bool:
        before, after = self.placement.version, self.ad.version
        return before is None or after is None or before.text_digest != after.text_digest

    @property
    def new_labels(self) -> set[str]:
        return labels_of(self.ad.assessment) - labels_of(self.placement.assessment)

    @property
    def lost_labels(self) -> set[str]:
        return labels_of(self.placement.assessment) - labels_of(self.ad.assessment)

    @property
    def differs(self) -> bool:
        return self.is_other_wording or bool(self.new_labels or self.lost_labels)

    @property
    def is_flagged(self) -> bool:
        return self.ad.assessment is not None and self.ad.assessment.needs_review

    @property
    def is_other_offer(self) -> bool:
        """Whether a flagged ad's text is no near-duplicate of the one taken note of."""
        before, after = self.placement.assessment, self.ad.assessment
        if before is None or after is None or not self.is_flagged:
            return False
        return distance(before.fingerprint, after.fingerprint) > MAX_DISTANCE

    @property
    def contradicts_dismissal(self) -> bool:
        return self.is_flagged and (bool(self.new_labels) or self.is_other_offer)


def labels_of(opinion: AssessmentRow | None) -> set[str]:
    """Return the labels that a flagged opinion gives; of an unflagged one, none."""
    if opinion is None or not opinion.needs_review:
        return set()
    return {label for axis in _JUDGED_AXES for label in opinion.payload[axis]}


def take_note(changed: Sequence[ChangedAd], *, now: datetime) -> set[int]:
    """Note or reopen the cases of changed ads; return the ids of all cases concerned."""
    by_case: defaultdict[int, list[ChangedAd]] = defaultdict(list)
    for change in changed:
        by_case[change.placement.case_id].append(change)
    entries = []
    for changes in by_case.values():
        entry = _take_note_of_case(changes[0].placement.case, changes, now=now)
        if entry is not None:
            entries.append(entry)
    for change in changed:
        placement = change.placement
        placement.version, placement.assessment = change.ad.version, change.ad.assessment
    CaseAd.objects.bulk_create(
        [change.placement for change in changed],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["version", "assessment"],
    )
    events.append_all(entries)
    return set(by_case)


def _take_note_of_case(
    case: Case, changes: Sequence[ChangedAd], *, now: datetime
) -> events.Entry | None:
    _remember_wordings(case, changes)
    different = [change for change in changes if change.differs]
    if not different or case.state not in {State.PROPOSED, State.CONFIRMED, State.CLOSED}:
        return None
    is_reopened = (
        case.state != State.PROPOSED
        and case.conclusion in DISMISSALS
        and any(change.contradicts_dismissal for change in different)
    )
    details = {
        "ads": [change.ad.ad_id for change in different],
        "new_labels": sorted(set().union(*(change.new_labels for change in different))),
        "lost_labels": sorted(set().union(*(change.lost_labels for change in different))),
        "conclusion": case.conclusion,
        "state": case.state,
    }
    case.note, case.changed_at = Note.CHANGED, now
    if is_reopened:
        case.state, case.conclusion, case.due_at, case.seen = State.OPEN, "", None, []
    case.save()
    if is_reopened:
        enqueue_ads([row.ad for row in case.case_ads.select_related("ad")])
    return events.Entry(
        actor=SYSTEM,
        action="case.reopen" if is_reopened else "case.note",
        object_type="case",
        object_id=str(case.pk),
        details=details,
    )


def _remember_wordings(case: Case, changes: Sequence[ChangedAd]) -> None:
    """Let near-duplicates of another wording find the case, too."""
    rows = [
        row_of(case, change.ad.assessment.fingerprint)
        for change in changes
        if change.is_other_offer and change.ad.assessment is not None
    ]
    CaseFingerprint.objects.bulk_create(rows, ignore_conflicts=True)
