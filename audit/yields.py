"""What each ended run of a site gave, noted once its evidence has been read.

The ads of a run are those seen in its captures, repeats of unchanged pages included. Start pages
(and where they redirect to) do not count, unless the site is a plain list of addresses: a list
that has gone empty still is a page, and would hide that nothing is on it.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from django.db.models import Exists, OuterRef

from audit.database import writing
from audit.models import Ad, EvidenceFile, Run, SiteYield
from crawler.errors import RunError
from crawler.ledger import Ledger, read_ledger
from crawler.run import evidence_folder, runs_folder
from crawler.site import Site

log = logging.getLogger(__name__)

_ENDED = ("done", "stopped", "failed")
_USUAL_RUNS = 8


def note_yields(data_folder: Path) -> int:
    """Note each ended run that is read and not noted; return of how many sites."""
    noted = 0
    this_end = SiteYield.objects.filter(run_id=OuterRef("run_id"), ended_at=OuterRef("ended_at"))
    ended = Run.objects.filter(~Exists(this_end), outcome__in=_ENDED)
    for run in ended.order_by("ended_at", "pk"):
        if not (runs_folder(data_folder) / run.run_id).is_dir():  # put away since
            continue
        files = read_files(run.run_id, data_folder)
        if files is None or run.ended_at is None:  # a run that was broken off has no end
            continue
        try:
            ledger = read_ledger(runs_folder(data_folder) / run.run_id)
        except RunError as error:
            log.warning("Yield not noted", extra={"run_id": run.run_id, "error": str(error)})
            continue
        for site in ledger.sites:
            _note(run, site, ledger, files, ended_at=run.ended_at)
            noted += 1
    return noted


def read_files(run_id: str, data_folder: Path) -> list[int] | None:
    """Return the keys of a run's evidence files; None while one of them waits to be read."""
    folder = evidence_folder(data_folder)
    on_disk = {
        path.relative_to(folder).as_posix() for path in folder.glob(f"crawl/{run_id}-*.warc.gz")
    }
    rows = EvidenceFile.objects.filter(path__in=on_disk)
    read = rows.exclude(status=EvidenceFile.Status.PENDING)
    keys = dict(read.values_list("path", "pk"))
    return list(keys.values()) if keys.keys() == on_disk else None


def _note(
    run: Run, site: Site, ledger: Ledger, files: Sequence[int], *, ended_at: datetime
) -> None:
    seen = Ad.objects.filter(
        sightings__capture__evidence_file__in=files, sightings__site_id=site.site_id
    )
    if site.kind != "urllist":
        starts = [entry.url for entry in ledger.entries(site.site_id) if entry.depth == 0]
        seen = seen.exclude(part="page", url__in=starts)
    totals = ledger.totals(site.site_id)
    with writing():
        SiteYield.objects.update_or_create(
            run_id=run.run_id,
            site_id=site.site_id,
            defaults={
                "outcome": run.outcome,
                "ended_at": ended_at,
                "pages": totals["fetched"] + totals["unchanged"],
                "failed": totals["failed"],
                "ads": seen.distinct().count(),
                "flagged": seen.filter(assessment__needs_review=True).distinct().count(),
                "usual_ads": _usual(site.site_id, before=ended_at),
                "noted_at": datetime.now(UTC),
            },
        )


def _usual(site_id: str, *, before: datetime) -> float | None:
    """Return the median of the latest whole runs that gave any ad."""
    whole = SiteYield.objects.filter(
        site_id=site_id, outcome="done", ads__gt=0, ended_at__lt=before
    )
    counts = whole.order_by("-ended_at").values_list("ads", flat=True)[:_USUAL_RUNS]
    return float(median(counts)) if counts else None
