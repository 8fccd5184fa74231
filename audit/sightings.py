"""Write what one batch of captured records shows: captures, ads, versions, sightings.

"Current" is by `fetched_at`, so evidence may arrive in any order (an old WARC imported today).
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from audit.models import Ad, AdVersion, CaptureRow, EvidenceFile, Sighting
from audit.outbox import enqueue_ad
from crawler.canonical import canonical_url
from crawler.extract.ads import EXTRACTOR_VERSION
from crawler.records import Ad as ExtractedAd
from crawler.records import Capture

GONE_STATUSES = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One captured record with the ads extracted from it and the site it belongs to."""

    capture: Capture
    ads: Sequence[ExtractedAd]
    site_id: str
    region: str
    refers_to: str | None = None


@dataclass(slots=True)
class BatchCounts:
    """What a batch changed, by kind, and the sites that it touched."""

    counts: Counter[str] = field(default_factory=Counter)
    site_ids: set[str] = field(default_factory=set)
    ads: dict[int, Ad] = field(default_factory=dict)

    def touch(self, ad: Ad) -> None:
        """Note that the ad's index entry is behind and its site has news."""
        self.ads[ad.pk] = ad
        self.site_ids.add(ad.site_id)


def text_digest(title: str, text: str) -> str:
    """Return the sha256 hex of title, newline, text: the identity of one wording."""
    return hashlib.sha256(f"{title}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def write_batch(batch: Sequence[Seen], file: EvidenceFile) -> BatchCounts:
    """Write rows for the batch, in order; the caller holds the transaction."""
    result = BatchCounts()
    for seen in batch:
        capture, is_new = _capture_row(seen, file)
        result.counts["captures"] += is_new
        if seen.refers_to is not None:
            _repeat_sightings(seen, capture, result)
        elif seen.capture.http_status in GONE_STATUSES:
            _mark_gone(seen.capture, result)
        for extracted in seen.ads:
            _write_ad(extracted, seen, capture, result)
    for ad in result.ads.values():
        enqueue_ad(ad)
    return result


def _capture_row(seen: Seen, file: EvidenceFile) -> tuple[CaptureRow, bool]:
    capture = seen.capture
    robots = capture.robots
    return CaptureRow.objects.get_or_create(
        capture_id=capture.capture_id,
        defaults={
            "evidence_file": file,
            "url": capture.url,
            "final_url": capture.final_url,
            "fetched_at": capture.fetched_at,
            "http_status": capture.http_status,
            "content_type": capture.content_type,
            "payload_digest": capture.payload_digest,
            "warc_offset": capture.warc_offset,
            "purpose": capture.purpose,
            "site_id": seen.site_id,
            "run_id": capture.run_id or "",
            "robots_allowed": robots.allowed if robots else None,
            "robots_rule": robots.rule if robots else "",
            "screenshot_digest": capture.screenshot_digest or "",
        },
    )


def _write_ad(extracted: ExtractedAd, seen: Seen, capture: CaptureRow, result: BatchCounts) -> None:
    fetched_at = seen.capture.fetched_at
    parent = None
    if extracted.parent_ad_id:
        parent = Ad.objects.filter(ad_id=extracted.parent_ad_id).first()
    ad, is_new = Ad.objects.get_or_create(
        ad_id=extracted.ad_id,
        defaults={
            "url": extracted.url,
            "host": urlsplit(extracted.url).hostname or "",
            "part": extracted.part,
            "parent": parent,
            "site_id": seen.site_id,
            "region": seen.region,
            "first_seen": fetched_at,
            "last_seen": fetched_at,
        },
    )
    result.counts["ads_new"] += is_new
    result.touch(ad)
    _, is_first = Sighting.objects.get_or_create(
        ad=ad, capture=capture, defaults={"site_id": seen.site_id}
    )
    result.counts["sightings"] += is_first
    if _add_version(ad, extracted, capture) and not is_new:
        result.counts["ads_changed"] += 1
    _note_seen(ad, capture)


def _add_version(ad: Ad, extracted: ExtractedAd, capture: CaptureRow) -> bool:
    """Append a version unless the wording known at that moment is the same."""
    digest = text_digest(extracted.title, extracted.text)
    before = (
        AdVersion.objects.filter(ad=ad, fetched_at__lte=capture.fetched_at)
        .order_by("-fetched_at", "-pk")
        .first()
    )
    if before is not None and before.text_digest == digest:
        return False
    AdVersion.objects.get_or_create(
        ad=ad,
        capture=capture,
        extractor_version=EXTRACTOR_VERSION,
        defaults={
            "text_digest": digest,
            "title": extracted.title,
            "text": extracted.text,
            "blocks": [block.to_dict() for block in extracted.blocks],
            "links": [link.to_dict() for link in extracted.links],
            "images": list(extracted.images),
            "publisher": extracted.publisher or "",
            "published_on": extracted.published_on or "",
            "fetched_at": capture.fetched_at,
        },
    )
    current = AdVersion.objects.filter(ad=ad).order_by("-fetched_at", "-pk").first()
    if current is not None and current.pk != ad.version_id:
        ad.version = current
        ad.needs_assessment = True
        ad.save(update_fields=["version", "needs_assessment"])
    return True


def _note_seen(ad: Ad, capture: CaptureRow) -> None:
    """Widen first_seen and last_seen; a sighting newer than the last makes the ad live again."""
    moment = capture.fetched_at
    changed = []
    if moment < ad.first_seen:
        ad.first_seen = moment
        changed.append("first_seen")
    if moment > ad.last_seen:
        ad.last_seen = moment
        changed.append("last_seen")
    if moment >= ad.last_seen and not ad.live:
        ad.live = True
        changed.append("live")
    if changed:
        ad.save(update_fields=changed)


def _repeat_sightings(seen: Seen, capture: CaptureRow, result: BatchCounts) -> None:
    """An unchanged page was seen again: every ad of the capture it refers to was, too."""
    before = Sighting.objects.filter(capture__capture_id=seen.refers_to).select_related("ad")
    found = False
    for sighting in before:
        found = True
        _, is_first = Sighting.objects.get_or_create(
            ad=sighting.ad, capture=capture, defaults={"site_id": seen.site_id}
        )
        result.counts["sightings"] += is_first
        result.touch(sighting.ad)
        _note_seen(sighting.ad, capture)
    if not found and seen.capture.http_status == 200:
        result.counts["revisits_of_no_ad"] += 1


def _mark_gone(capture: Capture, result: BatchCounts) -> None:
    """The page answers 404 or 410: its ads are gone, unless something newer shows them."""
    urls = {canonical_url(capture.url), canonical_url(capture.final_url)}
    for ad in Ad.objects.filter(url__in=urls, part="page", live=True):
        if ad.last_seen < capture.fetched_at:
            ad.live = False
            ad.save(update_fields=["live"])
            result.counts["ads_gone"] += 1
            result.touch(ad)
