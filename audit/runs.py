"""Bring what the crawler wrote about its runs into rows: runs, their ledgers, their sites."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from audit.models import Run, SiteRow
from crawler.ledger import Ledger, read_ledger
from crawler.site import Site

log = logging.getLogger(__name__)


def import_runs(runs_folder: Path) -> int:
    """Write a row for each ended run that has none; return how many were written."""
    if not runs_folder.is_dir():
        return 0
    known = set(Run.objects.exclude(outcome="running").values_list("run_id", flat=True))
    written = 0
    for folder in sorted(runs_folder.iterdir()):
        if folder.name in known or not (folder / "run.json").is_file():
            continue
        ledger = read_ledger(folder)
        _write_run(ledger)
        for site in ledger.sites:
            note_site(site)
        written += 1
    return written


def _write_run(ledger: Ledger) -> None:
    counts = {"total": ledger.totals(), "reasons": ledger.by_reason(), "sites": ledger.by_site()}
    Run.objects.update_or_create(
        run_id=ledger.run_id,
        defaults={
            "site_ids": [site.site_id for site in ledger.sites],
            "started_at": ledger.started_at,
            "ended_at": ledger.ended_at,
            "outcome": ledger.outcome,
            "counts": counts,
            "warnings": list(ledger.warnings),
        },
    )


def note_site(site: Site) -> SiteRow:
    """Keep the declaration that a run used, unless the site is known already."""
    row, _ = SiteRow.objects.get_or_create(
        site_id=site.site_id,
        defaults={
            "title": site.title,
            "region": site.region,
            "declaration": site.to_dict(),
            "changed_at": datetime.now(UTC),
        },
    )
    return row
