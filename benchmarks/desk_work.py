"""Sites with their runs, and cases on which people worked: the rest of a benchmark's desk."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from ulid import ULID

from audit import queue
from audit.models import Case, Run, Schedule, SiteRow, SiteYield, State, User

_RUNS_PER_SITE = 25
# Shares of the cases in a region.
_SETTLED, _RETURNED, _PROPOSED, _CLAIMED = 0.15, 0.02, 0.08, 0.01


def write_sites(rng: random.Random, *, sites: int, regions: Sequence[str], now: datetime) -> None:
    """Write sites that are due each night, with the last 25 runs of each and what they gave."""
    rows = [_site(number, regions[number % len(regions)], now) for number in range(sites)]
    SiteRow.objects.bulk_create(rows)
    Schedule.objects.bulk_create(
        [
            Schedule(
                site=row,
                cron=f"{number % 60} 2 * * *",
                missed=Schedule.Missed.RUN_ONCE,
                overlap=Schedule.Overlap.SKIP,
                enabled=number % 15 != 0,
                since=now,
                checked_until=now,
            )
            for number, row in enumerate(rows)
            if number % 12
        ]
    )
    runs, gave = [], []
    for row in rows:
        for night in range(_RUNS_PER_SITE):
            run, found = _run(rng, row.site_id, now - timedelta(days=night, hours=3))
            runs.append(run)
            gave.append(found)
    Run.objects.bulk_create(runs)
    SiteYield.objects.bulk_create(gave)


def _site(number: int, region: str, now: datetime) -> SiteRow:
    site_id, host = f"site-{number}", f"site-{number}.example"
    return SiteRow(
        site_id=site_id,
        title=f"生活信息网第 {number} 站",
        region=region,
        declaration={
            "site_id": site_id,
            "title": f"生活信息网第 {number} 站",
            "kind": "website",
            "region": region,
            "start_urls": [f"https://{host}/"],
            "allowed_domains": [host],
        },
        changed_at=now,
    )


def _run(rng: random.Random, site_id: str, ended: datetime) -> tuple[Run, SiteYield]:
    fetched, unchanged, failed = rng.randrange(20), rng.randrange(80, 120), rng.randrange(5)
    total = {
        "found": fetched + unchanged + failed + 7,
        "fetched": fetched,
        "unchanged": unchanged,
        "skipped": 7,
        "failed": failed,
    }
    run_id = str(ULID.from_datetime(ended - timedelta(minutes=9)))
    outcome = "failed" if rng.random() < 0.03 else "done"
    run = Run(
        run_id=run_id,
        site_ids=[site_id],
        started_at=ended - timedelta(minutes=9),
        ended_at=ended,
        outcome=outcome,
        counts={
            "total": total,
            "reasons": {"skipped": {"robots.txt": 7}, "failed": {"http 404": failed}},
            "sites": {site_id: total},
        },
    )
    gave = SiteYield(
        run_id=run_id,
        site_id=site_id,
        outcome=outcome,
        ended_at=ended,
        pages=fetched + unchanged,
        failed=failed,
        ads=rng.choice((0, 30, 90, 100)),
        flagged=rng.randrange(12),
        usual_ads=95,
        noted_at=ended,
    )
    return run, gave


def decide_some(users: dict[str, str], *, now: datetime) -> None:
    """Let people claim, propose, return and confirm a quarter of the cases, by the store."""
    reviewer = User.objects.get(username=users["reviewer"])
    supervisor = User.objects.get(username=users["supervisor"])
    keys = list(
        Case.objects.filter(state=State.OPEN, region__startswith=reviewer.region[:4])
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    cases = iter(keys[::3])

    def propose(case_id: int) -> None:
        queue.claim(reviewer, case_id, now=now)
        queue.decide(
            reviewer, case_id, conclusion="violation", reason="文中写明讲授学科内容", now=now
        )

    def give_back(case_id: int) -> None:
        propose(case_id)
        queue.return_(supervisor, case_id, reason="请补充收费依据", now=now)

    def settle(case_id: int) -> None:
        propose(case_id)
        queue.confirm(supervisor, case_id, now=now)

    def claim(case_id: int) -> None:
        queue.claim(reviewer, case_id, now=now)

    acts: tuple[tuple[Callable[[int], None], float], ...] = (
        (settle, _SETTLED),
        (give_back, _RETURNED),
        (propose, _PROPOSED),
        (claim, _CLAIMED),
    )
    for act, share in acts:
        for case_id in islice(cases, round(share * len(keys))):
            act(case_id)
