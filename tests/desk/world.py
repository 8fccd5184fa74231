"""One of everything that a page shows, in one region, with hostile words in every crawled field."""

from datetime import timedelta

from audit.drain import drain
from audit.models import DueRun, Job, Run, Schedule, SiteRow, SiteYield, State, User, Worker
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    put_in_state,
)

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"
TEXT = f"初三数学一对一提分，周末上课。{EVIL}\n第二段 javascript:alert(3)"


def make_world(region: str, *, name: str, proposer: User, tried_by: str) -> dict[str, object]:
    """Make a site, a run, a job, an ad with two versions and a case; return the URL parameters."""
    site_id = f"site-{name}"
    row = _site(site_id, region)
    run_id = f"01JD00000000000000000000{name[:2].upper():0<2}"
    _runs(row, run_id)
    opinion = make_assessment(
        TEXT,
        findings=(
            make_finding(TEXT, "初三数学", reason=f"写明学科{EVIL}"),
            make_finding(TEXT, EVIL),
        ),
        missing=(f"没有写明{EVIL}",),
    )
    ad = make_ad(
        TEXT, f"{name}{EVIL}", site_id=site_id, region=region, assessment=opinion,
        url=f"https://{site_id}.example/?a={EVIL}",
    )  # fmt: skip
    old = ad.version
    assert old is not None
    add_version(ad, f"{TEXT}\n第三段", f"{name}{EVIL}", fetched_at=NOW + timedelta(hours=1))
    judge(ad, opinion)
    case = put_in_state(make_case(ad), State.PROPOSED, by=proposer)
    job = Job.objects.create(
        kind=Job.Kind.TRIAL,
        url=f"https://{site_id}.example/{EVIL}",
        host=f"{site_id}.example",
        requested_by=tried_by,
        created_at=NOW,
        not_before=NOW,
        state=Job.State.FAILED,
        error=EVIL,
    )
    drain()
    return {
        "case_id": case.pk,
        "version_id": old.pk,
        "ad_id": ad.ad_id,
        "run_id": run_id,
        "site_id": site_id,
        "job_id": job.pk,
    }


def nowhere() -> dict[str, object]:
    """Return parameters of the same shape that nothing has."""
    return {
        "case_id": 987_654_321,
        "version_id": 987_654_321,
        "ad_id": "f" * 64,
        "run_id": "01JD0000000000000000ABSENT",
        "site_id": "no-such-site",
        "job_id": 987_654_321,
    }


def _site(site_id: str, region: str) -> SiteRow:
    row = SiteRow.objects.create(
        site_id=site_id,
        title=EVIL,
        region=region,
        declaration={
            "site_id": site_id,
            "title": EVIL,
            "kind": "website",
            "region": region,
            "start_urls": [f"https://{site_id}.example/"],
            "allowed_domains": [f"{site_id}.example"],
            "notes": EVIL,
        },
        changed_at=NOW,
    )
    schedule = Schedule.objects.create(
        site=row,
        cron="30 2 * * *",
        missed=Schedule.Missed.RUN_ONCE,
        overlap=Schedule.Overlap.SKIP,
        since=NOW,
        checked_until=NOW,
        changed_by="guanli",
    )
    DueRun.objects.create(
        schedule=schedule, due_at=NOW, outcome=DueRun.Outcome.SKIPPED, reason=EVIL, decided_at=NOW
    )
    Worker.objects.create(name=f"w-{site_id}", host=EVIL[:60], started_at=NOW, heartbeat=NOW)
    return row


def _runs(row: SiteRow, run_id: str) -> None:
    total = {"found": 9, "fetched": 5, "unchanged": 1, "skipped": 2, "failed": 1}
    Run.objects.create(
        run_id=run_id,
        site_ids=[row.site_id],
        started_at=NOW,
        ended_at=NOW + timedelta(minutes=5),
        outcome="done",
        counts={
            "total": total,
            "reasons": {"skipped": {"robots.txt": 2}, "failed": {EVIL: 1}},
            "sites": {row.site_id: total},
        },
        warnings=[EVIL],
    )
    SiteYield.objects.create(
        run_id=run_id, site_id=row.site_id, outcome="done", ended_at=NOW, pages=6, failed=1,
        ads=1, flagged=1, usual_ads=1.0, noted_at=NOW,
    )  # fmt: skip
