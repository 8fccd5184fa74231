"""The second pass of ingest: judge the ads of one site with that site's context."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit.casework import open_or_update_cases, seen_again
from audit.database import writing
from audit.models import Ad, AdVersion, AssessmentRow
from audit.outbox import enqueue_ads
from audit.rows import update_all
from classifier.assess import Classifier
from classifier.context import PageEvidence, site_context
from classifier.examine import Examined
from classifier.records import Assessment, Block, Document, SiteContext

log = logging.getLogger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
BATCH_ADS = 200
# What the first pass read is kept for the second up to this many characters: a hundred megabytes.
KEPT_CHARS = 2_000_000
_UNREAD = ("version__links", "version__images")


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


def document_of(ad: Ad, version: AdVersion) -> Document:
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
        as_of=ad.last_seen.astimezone(BEIJING).date(),
    )


@dataclass(frozen=True, slots=True)
class _Site:
    """What the first pass over a site gives the second: its context, and pages already read."""

    context: SiteContext | None
    examined: dict[int, Examined]

    @property
    def digest(self) -> str:
        return self.context.context_digest if self.context else ""


def _read_site(site_id: str, classifier: Classifier) -> _Site:
    """Read the site's current, live ads; fewer than two give no context."""
    evidences: list[PageEvidence] = []
    publishers: list[str] = []
    kept: dict[int, Examined] = {}
    kept_chars = 0
    ads = Ad.objects.filter(site_id=site_id, live=True, version__isnull=False)
    rows = ads.select_related("version").defer(*_UNREAD).order_by("pk")
    for ad in rows.iterator(chunk_size=500):
        if ad.version is None:
            continue
        examined = classifier.examine(document_of(ad, ad.version))
        evidences.append(classifier.page_evidence(examined))
        publishers.append(ad.version.publisher)
        kept_chars += len(ad.version.text)
        if kept_chars <= KEPT_CHARS:
            kept[ad.version.pk] = examined
    context = site_context(publishers, evidences) if len(evidences) > 1 else None
    return _Site(context, kept)


def judge_site(
    site_id: str,
    classifier: Classifier,
    *,
    again: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> Judged:
    """Assess the site's ads whose wording, context or rules changed since their last opinion.

    The cases of ads that were only seen again get their priority anew.
    """
    site = _read_site(site_id, classifier)
    ads = Ad.objects.filter(site_id=site_id, version__isnull=False).order_by("pk")
    behind = [
        ad.pk
        for ad in ads.select_related("assessment").defer("assessment__payload")
        if again or _is_behind(ad, site.digest, classifier)
    ]
    total = Judged()
    for start in range(0, len(behind), BATCH_ADS):
        rows = Ad.objects.filter(pk__in=behind[start : start + BATCH_ADS]).order_by("pk")
        batch = rows.select_related("version", "assessment").defer(*_UNREAD)
        total.add(_judge_batch(batch, site, classifier))
        if on_progress is not None:
            on_progress(total.ads)
    with writing():
        total.cases += len(open_or_update_cases(seen_again(site_id), now=datetime.now(UTC)))
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


def _judge_batch(ads: Iterable[Ad], site: _Site, classifier: Classifier) -> Judged:
    """Judge outside the transaction, then write opinions, cases and outbox rows together."""
    judged: list[tuple[Ad, Assessment]] = []
    for ad in ads:
        if ad.version is not None:
            examined = site.examined.pop(ad.version.pk, None)
            plain = examined.document if examined else document_of(ad, ad.version)
            document = replace(plain, context=site.context)
            judged.append((ad, classifier.assess(document, examined=examined)))
    result = Judged(ads=len(judged), flagged=sum(opinion.needs_review for _, opinion in judged))
    now = datetime.now(UTC)
    rows = [
        (ad, row) for ad, opinion in judged if (row := _opinion_row(ad, opinion, now)) is not None
    ]
    result.opinions = len(rows)
    changed = [ad for ad, row in rows if row.needs_review or _was_flagged(ad)]
    with writing():
        AssessmentRow.objects.bulk_create([row for _, row in rows], batch_size=BATCH_ADS)
        for ad, row in rows:
            ad.assessment = row
        for ad, _ in judged:
            ad.needs_assessment = False
        update_all([ad for ad, _ in judged], ("assessment", "needs_assessment"))
        enqueue_ads(ad for ad, _ in rows)
        result.cases = len(open_or_update_cases(changed, now=now))
    return result


def _was_flagged(ad: Ad) -> bool:
    return ad.assessment is not None and ad.assessment.needs_review


def _opinion_row(ad: Ad, opinion: Assessment, now: datetime) -> AssessmentRow | None:
    """Make the row of the opinion; None when the last one says the same of the same version."""
    payload = opinion.to_dict()
    before = ad.assessment
    if before is not None and before.version_id == ad.version_id and before.payload == payload:
        return None
    return AssessmentRow(
        version=ad.version,
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
