"""Bring what the crawler wrote about its runs into rows: runs, their ledgers, their sites."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from audit.models import Run, SiteRow
from crawler.ledger import Ledger, read_header, read_ledger
from crawler.run import is_worked_on
from crawler.site import Site

log = logging.getLogger(__name__)


def import_runs(runs_folder: Path) -> int:
    """Write a row for each run that has none or has changed; return how many were written.

    A run that is not done may be taken up again, so those are looked at anew.
    """
    if not runs_folder.is_dir():
        return 0
    known = {run.run_id: run for run in Run.objects.exclude(outcome="running")}
    written = 0
    for folder in sorted(runs_folder.iterdir()):
        row = known.get(folder.name)
        if row is not None and (row.outcome == "done" or _is_as_known(folder, row)):
            continue
        if not (folder / "run.json").is_file():
            continue
        ledger = read_ledger(folder)
        _write_run(ledger, outcome=_outcome(folder, ledger))
        for site in ledger.sites:
            note_site(site)
        written += 1
    return written


def _is_as_known(folder: Path, row: Run) -> bool:
    header = read_header(folder)
    return header.ended_at == row.ended_at and not is_worked_on(folder)


def _outcome(folder: Path, ledger: Ledger) -> str:
    """Return the outcome; a run that nobody works on any more was broken off: stopped."""
    if ledger.outcome == "running" and not is_worked_on(folder):
        return "stopped"
    return ledger.outcome


def _write_run(ledger: Ledger, *, outcome: str) -> None:
    counts = {"total": ledger.totals(), "reasons": ledger.by_reason(), "sites": ledger.by_site()}
    Run.objects.update_or_create(
        run_id=ledger.run_id,
        defaults={
            "site_ids": [site.site_id for site in ledger.sites],
            "started_at": ledger.started_at,
            "ended_at": ledger.ended_at,
            "outcome": outcome,
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
