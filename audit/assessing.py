"""The second pass of ingest: judge the ads of one site with that site's context."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit.casework import open_or_update_cases
from audit.database import writing
from audit.models import Ad, AdVersion, AssessmentRow
from audit.outbox import enqueue_ad
from classifier.assess import Classifier
from classifier.context import PageEvidence, page_evidence, site_context
from classifier.records import Assessment, Block, Document, SiteContext

log = logging.getLogger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
BATCH_ADS = 200


@dataclass(slots=True)
class Judged:
    """How many ads were judged, how many opinions are new, how many flag, cases touched."""

    ads: int = 0
    opinions: int = 0
    flagged: int = 0
    cases: int = 0

    def add(self, other: "Judged") -> None:
        self.ads += other.ads
        self.opinions += other.opinions
        self.flagged += other.flagged
        self.cases += other.cases


def document_of(ad: Ad, version: AdVersion, context: SiteContext | None) -> Document:
    """Build what the classifier judges; the day that counts is the ad's last_seen in Beijing."""
    return Document(
        title=version.title,
        text=version.text,
        blocks=tuple(
            Block(
                start=block["start"],
                end=block["end"],
                kind=block["kind"],
                main=block["main"],
            )
            for block in version.blocks
        ),
        context=context,
        as_of=ad.last_seen.astimezone(BEIJING).date(),
    )


def context_of_site(site_id: str) -> SiteContext | None:
    """Build the site's context from its current, live page ads; None when it has fewer than two."""
    evidences: list[PageEvidence] = []
    publishers: list[str] = []
    ads = Ad.objects.filter(site_id=site_id, live=True, version__isnull=False)
    for ad in ads.select_related("version").order_by("pk").iterator(chunk_size=500):
        if ad.version is None:
            continue
        evidences.append(page_evidence(document_of(ad, ad.version, None)))
        publishers.append(ad.version.publisher)
    if len(evidences) < 2:
        return None
    return site_context(publishers, evidences)


def judge_site(
    site_id: str,
    classifier: Classifier,
    *,
    again: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> Judged:
    """Assess the site's ads whose wording, context or rules changed since their last opinion."""
    context = context_of_site(site_id)
    digest = context.context_digest if context else ""
    behind = [
        ad
        for ad in Ad.objects.filter(site_id=site_id, version__isnull=False)
        .select_related("version", "assessment")
        .order_by("pk")
        if again or _is_behind(ad, digest, classifier)
    ]
    total = Judged()
    for start in range(0, len(behind), BATCH_ADS):
        total.add(_judge_batch(behind[start : start + BATCH_ADS], context, classifier))
        if on_progress is not None:
            on_progress(total.ads)
    return total


def _is_behind(ad: Ad, context_digest: str, classifier: Classifier) -> bool:
    opinion = ad.assessment
    return (
        opinion is None
        or ad.needs_assessment
        or opinion.version_id != ad.version_id
        or opinion.context_digest != context_digest
        or opinion.rules_version != classifier.rules_version
        or opinion.law_version != classifier.law_version
        or opinion.model_version != classifier.model_version
    )


def _judge_batch(ads: Sequence[Ad], context: SiteContext | None, classifier: Classifier) -> Judged:
    """Judge outside the transaction, then write opinions, cases and outbox rows together."""
    judged: list[tuple[Ad, AdVersion, Assessment]] = []
    for ad in ads:
        if ad.version is not None:
            opinion = classifier.assess(document_of(ad, ad.version, context))
            judged.append((ad, ad.version, opinion))
    result = Judged(ads=len(judged))
    now = datetime.now(UTC)
    changed: list[Ad] = []
    with writing():
        for ad, version, opinion in judged:
            was_flagged = ad.assessment is not None and ad.assessment.needs_review
            result.flagged += opinion.needs_review
            row = _opinion_row(ad, version, opinion, now)
            if row is not None:
                ad.assessment = row
                result.opinions += 1
                enqueue_ad(ad)
                if was_flagged or opinion.needs_review:
                    changed.append(ad)
            ad.needs_assessment = False
            ad.save(update_fields=["assessment", "needs_assessment"])
        result.cases = len(open_or_update_cases(changed, now=now))
    return result


def _opinion_row(
    ad: Ad, version: AdVersion, opinion: Assessment, now: datetime
) -> AssessmentRow | None:
    """Append the opinion; None when the last one says the same of the same version."""
    payload = opinion.to_dict()
    before = ad.assessment
    if before is not None and before.version_id == version.pk and before.payload == payload:
        return None
    return AssessmentRow.objects.create(
        version=version,
        context_digest=opinion.context_digest,
        as_of=ad.last_seen.astimezone(BEIJING).date(),
        needs_review=opinion.needs_review,
        risk=opinion.risk,
        fingerprint=opinion.fingerprint,
        rules_version=opinion.rules_version,
        law_version=opinion.law_version,
        model_version=opinion.model_version,
        payload=payload,
        assessed_at=now,
    )
