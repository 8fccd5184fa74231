"""Starts crawls for tests and reads what they left."""

import json
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawler.evidence.reader import CapturedRecord, closed_files, read_captures
from crawler.ledger import Entry, read_ledger
from crawler.netguard import permissions_for
from crawler.site import Site, site_for_url

PROJECT = Path(__file__).resolve().parents[2]
RUN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@dataclass
class Crawled:
    """A crawl that ended: what it printed, and its data folder."""

    data: Path
    run_id: str
    result: dict[str, Any] = field(default_factory=dict)
    stderr: str = ""

    @property
    def entries(self) -> dict[str, Entry]:
        return {
            entry.url: entry for entry in read_ledger(self.data / "runs" / self.run_id).entries()
        }

    def end_of(self, url: str) -> tuple[str, str]:
        """Return outcome and reason of a URL."""
        entry = self.entries[url]
        return entry.outcome, entry.reason

    def captures(self) -> list[CapturedRecord]:
        evidence = self.data / "evidence"
        return [
            record
            for path in closed_files(evidence)
            for record in read_captures(path, evidence_folder=evidence)
        ]


def site_at(url: str, **pace: Any) -> Site:
    """Return a site for a test server, as `--url` would make it, with some of the pace changed."""
    site = site_for_url([url])
    return replace(site, pace=replace(site.pace, **pace)) if pace else site


def command(
    sites: list[Site], data: Path, *, run_id: str = RUN_ID, **more: Any
) -> tuple[list[str], str]:
    """Return the command that crawls and its standard input."""
    starts = [url for site in sites for url in site.start_urls]
    given = {
        "sites": [site.to_dict() for site in sites],
        "data": str(data),
        "run_id": run_id,
        "permitted": sorted(permissions_for(starts)),
        **more,
    }
    return [sys.executable, "-m", "tests.crawler.driver"], json.dumps(given)


def run_crawl(sites: list[Site], data: Path, *, run_id: str = RUN_ID, **more: Any) -> Crawled:
    """Crawl in a process of its own; `more` goes to `tests.crawler.driver`."""
    argv, given = command(sites, data, run_id=run_id, **more)
    done = subprocess.run(
        argv, input=given, capture_output=True, text=True, cwd=PROJECT, timeout=240, check=False
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert "Traceback" not in done.stderr, done.stderr
    return Crawled(data=data, run_id=run_id, result=result, stderr=done.stderr)


def reconciles(totals: dict[str, int]) -> bool:
    parts = ("fetched", "unchanged", "skipped", "failed")
    return totals["found"] == sum(totals[name] for name in parts)
