"""Write what one batch of captured records shows: captures, ads, versions, sightings.

"Current" is by `fetched_at`, so evidence may arrive in any order (an old WARC imported today).
Rows that exist are loaded once per batch and new ones written together: a page costs a few
statements, not a few dozen.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from audit.models import Ad, AdVersion, CaptureRow, EvidenceFile, Sighting
from audit.outbox import enqueue_ads
from audit.rows import update_all
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


def text_digest(title: str, text: str) -> str:
    """Return the sha256 hex of title, newline, text: the identity of one wording."""
    return hashlib.sha256(f"{title}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def write_batch(batch: Sequence[Seen], file: EvidenceFile) -> BatchCounts:
    """Write rows for the batch, in order; the caller holds the transaction."""
    writer = _BatchWriter(batch, file)
    for seen in batch:
        writer.take(seen)
    return writer.flush()


class _BatchWriter:
    def __init__(self, batch: Sequence[Seen], file: EvidenceFile) -> None:
        self.result = BatchCounts()
        self.captures = self._write_captures(batch, file)
        self.ads = self._write_ads(batch)
        versions = AdVersion.objects.in_bulk([ad.version_id for ad in self.ads.values()])
        self.current = {ad.pk: versions[ad.version_id] for ad in self.ads.values() if ad.version_id}
        self.new_versions: list[AdVersion] = []
        self.sightings: dict[tuple[int, int], Sighting] = {}
        self.changed: dict[int, Ad] = {}
        self.touched: dict[int, Ad] = {}

    def _write_captures(self, batch: Sequence[Seen], file: EvidenceFile) -> dict[str, CaptureRow]:
        ids = {seen.capture.capture_id for seen in batch}
        known = {row.capture_id: row for row in CaptureRow.objects.filter(capture_id__in=ids)}
        new = {
            seen.capture.capture_id: _capture_row(seen, file)
            for seen in batch
            if seen.capture.capture_id not in known
        }
        CaptureRow.objects.bulk_create(new.values())
        self.result.counts["captures"] += len(new)
        return known | new

    def _write_ads(self, batch: Sequence[Seen]) -> dict[str, Ad]:
        ids = {extracted.ad_id for seen in batch for extracted in seen.ads}
        parents = {extracted.parent_ad_id for seen in batch for extracted in seen.ads}
        known = {ad.ad_id: ad for ad in Ad.objects.filter(ad_id__in=ids | (parents - {None}))}
        new: dict[str, Ad] = {}
        for seen in batch:
            for extracted in seen.ads:
                if extracted.ad_id not in known and extracted.ad_id not in new:
                    new[extracted.ad_id] = _ad_row(extracted, seen)
        Ad.objects.bulk_create(new.values())
        self.result.counts["ads_new"] += len(new)
        self.is_new = {ad.pk for ad in new.values()}
        ads = known | new
        for seen in batch:
            for extracted in seen.ads:
                ad = ads[extracted.ad_id]
                if extracted.parent_ad_id in ads and ad.parent_id is None:
                    ad.parent = ads[extracted.parent_ad_id]
                    ad.save(update_fields=["parent"])
        return ads

    def take(self, seen: Seen) -> None:
        capture = self.captures[seen.capture.capture_id]
        if seen.refers_to is not None:
            self._repeat_sightings(seen, capture)
        elif seen.capture.http_status in GONE_STATUSES:
            self._mark_gone(seen.capture)
        for extracted in seen.ads:
            ad = self.ads[extracted.ad_id]
            self._see(ad, capture, seen.site_id)
            if self._add_version(ad, extracted, capture) and ad.pk not in self.is_new:
                self.result.counts["ads_changed"] += 1

    def flush(self) -> BatchCounts:
        keys = [ad for ad, _ in self.sightings]
        known = set(Sighting.objects.filter(ad__in=keys).values_list("ad_id", "capture_id"))
        new = [row for key, row in self.sightings.items() if key not in known]
        Sighting.objects.bulk_create(new)
        self.result.counts["sightings"] += len(new)
        AdVersion.objects.bulk_create(self.new_versions)
        for version in self.new_versions:
            if self.current.get(version.ad_id) is version:
                version.ad.version = version
                version.ad.needs_assessment = True
                self.changed[version.ad_id] = version.ad
        update_all(
            self.changed.values(),
            ("first_seen", "last_seen", "live", "version", "needs_assessment"),
        )
        enqueue_ads(self.touched.values())
        self.result.site_ids |= {ad.site_id for ad in self.touched.values()}
        return self.result

    def _see(self, ad: Ad, capture: CaptureRow, site_id: str) -> None:
        """Note the sighting; one newer than the last makes the ad live again."""
        key = (ad.pk, capture.pk)
        self.sightings.setdefault(key, Sighting(ad=ad, capture=capture, site_id=site_id))
        self.touched[ad.pk] = ad
        moment = capture.fetched_at
        if moment < ad.first_seen:
            ad.first_seen = moment
            self.changed[ad.pk] = ad
        if moment >= ad.last_seen and (moment > ad.last_seen or not ad.live):
            ad.last_seen, ad.live = moment, True
            self.changed[ad.pk] = ad

    def _add_version(self, ad: Ad, extracted: ExtractedAd, capture: CaptureRow) -> bool:
        """Append a version unless the wording known at that moment is the same."""
        digest = text_digest(extracted.title, extracted.text)
        current = self.current.get(ad.pk)
        is_newest = current is None or capture.fetched_at >= current.fetched_at
        before = current if is_newest else self._version_before(ad, capture)
        if before is not None and before.text_digest == digest:
            return False
        if self._is_written(ad, capture):
            return False
        version = AdVersion(
            ad=ad,
            capture=capture,
            extractor_version=EXTRACTOR_VERSION,
            text_digest=digest,
            title=extracted.title,
            text=extracted.text,
            blocks=[block.to_dict() for block in extracted.blocks],
            links=[link.to_dict() for link in extracted.links],
            images=list(extracted.images),
            publisher=extracted.publisher or "",
            published_on=extracted.published_on or "",
            fetched_at=capture.fetched_at,
        )
        self.new_versions.append(version)
        if is_newest:
            self.current[ad.pk] = version
        return True

    def _version_before(self, ad: Ad, capture: CaptureRow) -> AdVersion | None:
        earlier = AdVersion.objects.filter(ad=ad, fetched_at__lte=capture.fetched_at)
        saved = earlier.order_by("-fetched_at", "-pk").first()
        pending = [
            version
            for version in self.new_versions
            if version.ad_id == ad.pk and version.fetched_at <= capture.fetched_at
        ]
        candidates = [*pending, *([saved] if saved else [])]
        return max(candidates, key=lambda version: version.fetched_at, default=None)

    def _is_written(self, ad: Ad, capture: CaptureRow) -> bool:
        """Tell whether this extractor wrote a version of this very capture before."""
        if any(v.ad_id == ad.pk and v.capture_id == capture.pk for v in self.new_versions):
            return True
        if ad.pk in self.is_new:
            return False
        return AdVersion.objects.filter(
            ad=ad, capture=capture, extractor_version=EXTRACTOR_VERSION
        ).exists()

    def _repeat_sightings(self, seen: Seen, capture: CaptureRow) -> None:
        """An unchanged page was seen again: every ad of the capture it refers to was, too."""
        pairs = [
            sighting.ad
            for sighting in Sighting.objects.filter(
                capture__capture_id=seen.refers_to
            ).select_related("ad")
        ]
        referred = self.captures.get(seen.refers_to or "")
        if referred is not None:
            pending = [row.ad for key, row in self.sightings.items() if key[1] == referred.pk]
            pairs += pending
        for ad in pairs:
            self._see(self.ads.setdefault(ad.ad_id, ad), capture, seen.site_id)
        if not pairs and seen.capture.http_status == 200:
            self.result.counts["revisits_of_no_ad"] += 1

    def _mark_gone(self, capture: Capture) -> None:
        """The page answers 404 or 410: its ads are gone, unless something newer shows them."""
        urls = {canonical_url(capture.url), canonical_url(capture.final_url)}
        for row in Ad.objects.filter(url__in=urls, part="page", live=True):
            ad = self.ads.setdefault(row.ad_id, row)
            if ad.live and ad.last_seen < capture.fetched_at:
                ad.live = False
                self.changed[ad.pk] = self.touched[ad.pk] = ad
                self.result.counts["ads_gone"] += 1


def _capture_row(seen: Seen, file: EvidenceFile) -> CaptureRow:
    capture = seen.capture
    robots = capture.robots
    return CaptureRow(
        capture_id=capture.capture_id,
        evidence_file=file,
        url=capture.url,
        final_url=capture.final_url,
        fetched_at=capture.fetched_at,
        http_status=capture.http_status,
        content_type=capture.content_type,
        payload_digest=capture.payload_digest,
        warc_offset=capture.warc_offset,
        purpose=capture.purpose,
        site_id=seen.site_id,
        run_id=capture.run_id or "",
        robots_allowed=robots.allowed if robots else None,
        robots_rule=robots.rule if robots else "",
        screenshot_digest=capture.screenshot_digest or "",
    )


def _ad_row(extracted: ExtractedAd, seen: Seen) -> Ad:
    return Ad(
        ad_id=extracted.ad_id,
        url=extracted.url,
        host=urlsplit(extracted.url).hostname or "",
        part=extracted.part,
        site_id=seen.site_id,
        region=seen.region,
        first_seen=seen.capture.fetched_at,
        last_seen=seen.capture.fetched_at,
    )
