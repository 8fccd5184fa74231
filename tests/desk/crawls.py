"""Sites, and runs with real ledgers in the data folder, for tests of the pages that show them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from audit.models import Job, SiteRow, SiteYield, Worker
from audit.runs import import_runs
from audit.site_changes import add_site
from crawler.ledger import Entry
from crawler.run import Run, runs_folder
from crawler.site import Site
from tests.audit.builders import HOHHOT

_numbers = count(1)


def site_of(site_id: str = "chenguang", *, region: str = HOHHOT, **values: Any) -> Site:
    declared = {
        "site_id": site_id,
        "title": f"站点 {site_id}",
        "region": region,
        "start_urls": [f"https://{site_id}.example/"],
        "allowed_domains": [f"{site_id}.example"],
    }
    return Site.from_dict(declared | values)


def make_site(site_id: str = "chenguang", *, region: str = HOHHOT, **values: Any) -> SiteRow:
    add_site(site_of(site_id, region=region, **values), by="guanli", now=datetime.now(UTC))
    return SiteRow.objects.get(site_id=site_id)


def entry(url: str, outcome: str = "fetched", *, site_id: str = "chenguang", **facts: Any) -> Entry:
    return Entry(url=url, site_id=site_id, outcome=outcome, depth=facts.pop("depth", 1), **facts)  # type: ignore[arg-type]


def make_run(
    data: Path,
    *entries: Entry,
    sites: Sequence[Site] | None = None,
    outcome: str = "done",
    warnings: Sequence[str] = (),
) -> str:
    """Write a run's files as the crawler does, and its row; return the run id."""
    run_id = f"01JD{next(_numbers):022d}"
    run = Run(data_folder=data, run_id=run_id, sites=sites or [site_of()], settings={})
    for one in entries:
        run.record(one)
    for warning in warnings:
        run.warn(warning)
    run.close(outcome)  # type: ignore[arg-type]
    import_runs(runs_folder(data))
    return run_id


def add_yield(site: SiteRow, run_id: str, *, ads: int, usual: float | None = None) -> SiteYield:
    now = datetime.now(UTC)
    return SiteYield.objects.create(
        run_id=run_id, site_id=site.site_id, outcome="done", ended_at=now, pages=9, failed=0,
        ads=ads, flagged=min(ads, 2), usual_ads=usual, noted_at=now,
    )  # fmt: skip


def make_worker() -> Worker:
    now = datetime.now(UTC)
    return Worker.objects.create(
        name="elsewhere/1/1", host="elsewhere", started_at=now, heartbeat=now
    )


def make_trial(state: str = Job.State.WAITING, **values: Any) -> Job:
    now = datetime.now(UTC)
    return Job.objects.create(
        kind=Job.Kind.TRIAL, url="https://chenguang.example/", host="chenguang.example:443",
        requested_by="administrator", created_at=now - timedelta(seconds=5), not_before=now,
        state=state, **values,
    )  # fmt: skip


def page_of(client: Client, name: str, *args: Any, **query: str) -> str:
    """Return the HTML of a page."""
    return client.get(reverse(name, args=args), query).content.decode()
