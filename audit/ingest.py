"""Evidence in, judged ads out: the one place where crawler and classifier meet.

Two passes per site: extract and write rows (a batch of records and the file's `next_offset`
commit together); then judge with the site's context. A killed ingest goes on where it was.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit import config
from audit.assessing import Judged, judge_site
from audit.database import writing
from audit.drain import DrainReport, drain
from audit.errors import IngestError
from audit.evidence_files import leased, register_new_files
from audit.evidence_heads import note_heads
from audit.leases import hold
from audit.models import Ad, EvidenceFile, SiteRow
from audit.runs import import_runs
from audit.sightings import BatchCounts, Seen, write_batch
from audit.yields import note_yields
from classifier.assess import Classifier
from crawler.canonical import host_port
from crawler.errors import EvidenceError, ExtractError
from crawler.evidence.reader import CapturedRecord, import_file, read_captures
from crawler.evidence.writer import repair_open_files
from crawler.extract.ads import extract_ads
from crawler.identity import page_ad_id
from crawler.site import Site

log = logging.getLogger(__name__)

BATCH_RECORDS = 100
BATCH_SECONDS = 2.0
LEASE_SECONDS = 600

Progress = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class IngestReport:
    """What one ingest did; `damaged` names each file that could not be read to its end."""

    files: int = 0
    runs: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    judged: Judged = field(default_factory=Judged)
    drained: DrainReport | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "runs": self.runs,
            "captures": self.counts["captures"],
            "ads_new": self.counts["ads_new"],
            "ads_changed": self.counts["ads_changed"],
            "ads_gone": self.counts["ads_gone"],
            "sightings": self.counts["sightings"],
            "judged": self.judged.ads,
            "flagged": self.judged.flagged,
            "cases": self.judged.cases,
            "problems": dict(self.problems),
            "damaged": self.damaged,
            "warnings": self.warnings,
            "drained": self.drained.to_dict() if self.drained else None,
        }


def ingest(
    files: Sequence[Path] = (),
    *,
    again: bool = False,
    site: str | None = None,
    on_progress: Progress | None = None,
) -> IngestReport:
    """Read evidence that is not ingested yet (or the given WARC/WACZ files) and judge it.

    Args:
        files: evidence of other tools; each is copied into the evidence folder first.
        again: read everything (or the given files, or the site's) from the start, judge all anew.
        site: only this site's files and ads.

    Raises:
        IngestError: a given file cannot be read at all.
    """
    evidence_folder = config.data_folder() / "evidence"
    report = IngestReport()
    for repair in repair_open_files(evidence_folder):
        report.warnings.append(str(repair))
    imported = {_take_in(file, evidence_folder) for file in files}
    report.runs = import_runs(config.data_folder() / "runs")
    register_new_files(evidence_folder)
    note_heads(evidence_folder)
    touched: set[str] = set()
    for row in _rows_to_read(imported, again=again, site=site):
        touched |= _read_file(row, evidence_folder, report, on_progress)
    touched |= set(
        Ad.objects.filter(needs_assessment=True).values_list("site_id", flat=True).distinct()
    )
    if again:
        touched |= set(Ad.objects.values_list("site_id", flat=True).distinct())
    if site is not None:
        touched &= {site}
    _judge(sorted(touched), report, again=again, on_progress=on_progress)
    note_yields(config.data_folder())
    report.drained = drain(on_progress=_drain_progress(on_progress))
    return report


def _take_in(file: Path, evidence_folder: Path) -> str:
    try:
        return import_file(file, evidence_folder).relative_to(evidence_folder).as_posix()
    except OSError as error:
        raise IngestError(f"{file}: cannot be read ({error.strerror}).") from error


def _rows_to_read(imported: set[str], *, again: bool, site: str | None) -> Iterator[EvidenceFile]:
    rows = EvidenceFile.objects.order_by("pk")
    if imported:
        rows = rows.filter(path__in=imported)
    if again:
        if site is not None:
            rows = rows.filter(capturerow__site_id=site).distinct()
        EvidenceFile.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=EvidenceFile.Status.PENDING, next_offset=0
        )
        rows = EvidenceFile.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    else:
        rows = rows.filter(status=EvidenceFile.Status.PENDING)
    yield from rows


def _read_file(
    row: EvidenceFile,
    evidence_folder: Path,
    report: IngestReport,
    on_progress: Progress | None,
) -> set[str]:
    touched: set[str] = set()
    with leased(row) as held:
        if not held or row.status != EvidenceFile.Status.PENDING:
            return touched
        report.files += 1
        sites = SiteLookup()
        path = evidence_folder / row.path
        try:
            for records, next_offset in _batches(path, evidence_folder, row.next_offset):
                seen = [_seen(record, sites, report) for record in records]
                counts = _commit(row, seen, next_offset)
                report.counts.update(counts.counts)
                touched |= counts.site_ids
                if on_progress is not None:
                    on_progress("reading evidence", report.counts["captures"], None)
        except EvidenceError as error:
            row.status, row.error = EvidenceFile.Status.DAMAGED, str(error)
            report.damaged.append(str(error))
            log.error("Evidence file is damaged", extra={"path": row.path, "error": str(error)})
        else:
            row.status, row.error = EvidenceFile.Status.DONE, ""
        row.save(update_fields=["status", "error"])
    return touched


def _batches(
    path: Path, evidence_folder: Path, offset: int
) -> Iterator[tuple[list[CapturedRecord], int]]:
    """Group records into batches; what was read before a cut is handed on before the error."""
    batch: list[CapturedRecord] = []
    started = time.monotonic()
    cut: EvidenceError | None = None
    records = read_captures(path, evidence_folder=evidence_folder, offset=offset)
    while True:
        try:
            record = next(records, None)
        except EvidenceError as error:
            cut, record = error, None
        if record is not None:
            batch.append(record)
            offset = record.next_offset
        is_full = len(batch) >= BATCH_RECORDS or time.monotonic() - started > BATCH_SECONDS
        if batch and (record is None or is_full):
            yield batch, offset
            batch, started = [], time.monotonic()
        if record is None:
            break
    if cut is not None:
        raise cut


def _commit(row: EvidenceFile, seen: Sequence[Seen], next_offset: int) -> BatchCounts:
    with writing():
        counts = write_batch(seen, row)
        EvidenceFile.objects.filter(pk=row.pk).update(next_offset=next_offset)
    return counts


class SiteLookup:
    """Finds the site that a capture belongs to: by its id, else by host and port."""

    def __init__(self) -> None:
        self._by_id: dict[str, Site] = {}
        self._by_host: dict[str, Site] = {}
        for row in SiteRow.objects.all():
            site = Site.from_dict(row.declaration)
            self._by_id[row.site_id] = site
            for domain in site.allowed_domains:
                self._by_host.setdefault(domain, site)

    def find(self, record: CapturedRecord) -> tuple[str, Site | None]:
        """Return the site id (made of host and port when no site is declared) and the site."""
        capture = record.capture
        if capture.site_id:
            return capture.site_id, self._by_id.get(capture.site_id)
        host, port = host_port(capture.final_url or capture.url)
        for key in (f"{host}:{port}", host):
            if key in self._by_host:
                return self._by_host[key].site_id, self._by_host[key]
        return site_id_of_host(host, port), None


def site_id_of_host(host: str, port: int) -> str:
    """Name an undeclared site as `crawl --url` names it."""
    from crawler.site import site_for_url

    shown = f"[{host}]" if ":" in host else host
    return site_for_url([f"http://{shown}:{port}/"]).site_id


def _seen(record: CapturedRecord, sites: SiteLookup, report: IngestReport) -> Seen:
    site_id, site = sites.find(record)
    capture = record.capture
    if record.problem:
        report.problems[record.problem] += 1
        log.warning(
            "Capture read with a problem",
            extra={"url": capture.url, "capture_id": capture.capture_id, "what": record.problem},
        )
    ads = []
    if not record.is_revisit:
        try:
            ads = extract_ads(record, site=site)
        except ExtractError as error:
            report.problems["extract"] += 1
            report.warnings.append(str(error))
            log.warning("Ad skipped: extraction failed", extra={"error": str(error)})
    return Seen(
        capture=capture,
        ads=ads,
        site_id=site_id,
        region=site.region if site else "",
        refers_to=record.refers_to if record.is_revisit else None,
    )


def _judge(
    site_ids: Sequence[str],
    report: IngestReport,
    *,
    again: bool,
    on_progress: Progress | None,
) -> None:
    if not site_ids:
        return
    classifier = Classifier.load()
    for number, site_id in enumerate(site_ids):
        with hold(f"judge:{site_id}"[:80], LEASE_SECONDS, wait_seconds=LEASE_SECONDS) as held:
            if not held:
                report.warnings.append(f"Site {site_id}: another process judges it; left to it.")
                continue
            link_placements(site_id)
            report.judged.add(judge_site(site_id, classifier, again=again))
        if on_progress is not None:
            on_progress("judging sites", number + 1, len(site_ids))


def link_placements(site_id: str) -> None:
    """Tie each card to the ad of its detail page, once that page was captured."""
    cards = Ad.objects.filter(site_id=site_id, part__startswith="item:", placement_of=None)
    for card in cards.exclude(part="page"):
        page = Ad.objects.filter(ad_id=page_ad_id(card.url)).exclude(pk=card.pk).first()
        if page is not None:
            card.placement_of = page
            card.save(update_fields=["placement_of"])


def _drain_progress(on_progress: Progress | None) -> Callable[[int, int], None] | None:
    if on_progress is None:
        return None
    return lambda done, total: on_progress("indexing", done, total)
