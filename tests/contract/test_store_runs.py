"""Runs are found by their sites, and their ads by their evidence, alike on every database."""

from datetime import timedelta

import pytest

from audit.live_runs import live_runs
from audit.models import CaptureRow, Role, Run
from audit.run_ads import ads_of, count_ads
from audit.run_detail import read_run
from audit.run_view import RunFilter, list_runs
from audit.site_view import SiteFilter, list_sites
from tests.audit.builders import HOHHOT, NOW, make_ad, make_assessment, make_user
from tests.contract.clock import make_site
from tests.contract.store import Store

RUN = "01JD0000000000000000000001"


@pytest.mark.parametrize(
    ("site", "run_ids"),
    [
        ("a", ["two", "one"]),
        ("a_b", ["one"]),
        ("axb", []),
        ("%", []),
        ("", ["two", "one"]),
    ],
)
def test_runs_are_narrowed_to_a_site(store: Store, site: str, run_ids: list[str]) -> None:
    everywhere = make_user("all", Role.AUDITOR, "")
    for number, (run_id, names) in enumerate([("one", ["a", "a_b"]), ("two", ["a"])]):
        Run.objects.create(
            run_id=run_id,
            site_ids=names,
            started_at=NOW + timedelta(minutes=number),
            outcome="done",
            counts={"sites": {"a": {"found": 3, "fetched": 3}}},
        )

    page = list_runs(everywhere, RunFilter(site=site))

    assert [line.run_id for line in page.lines] == run_ids
    assert all(line.totals["found"] == 3 for line in page.lines)


def test_regions_bound_what_is_listed(store: Store) -> None:
    make_site("own").__class__.objects.update(region=HOHHOT)
    make_site("foreign", port=8811)
    for name in ("own", "foreign"):
        Run.objects.create(run_id=name, site_ids=[name], started_at=NOW, outcome="done")
    user = make_user("shenji", Role.AUDITOR)

    assert [line.run_id for line in list_runs(user, RunFilter()).lines] == ["own"]
    assert [line.site_id for line in list_sites(user, SiteFilter(), NOW).lines] == ["own"]
    assert live_runs(user) == []


def test_ads_of_a_run_come_from_its_evidence(store: Store) -> None:
    make_site("town-a")
    Run.objects.create(run_id=RUN, site_ids=["town-a"], started_at=NOW, outcome="done")
    flagged = make_ad("初三数学")
    clear = make_ad("书法", assessment=make_assessment("书法", needs_review=False))
    gone = make_ad("走了", live=False)
    make_ad("别的一次")
    for ad in (flagged, clear, gone):
        assert ad.version is not None
        file = ad.version.capture.evidence_file
        assert file is not None
        file.path = f"crawl/{RUN}-town-a-{file.pk:05d}.warc.gz"
        file.save()
    CaptureRow.objects.filter(url=gone.url).update(http_status=404)

    run = read_run(make_user("all", Role.AUDITOR, ""), RUN)

    assert count_ads(run) == {"seen": 3, "flagged": 2, "new": 3, "changed": 0, "gone": 1}
    assert list(ads_of(run, "gone")) == [gone]
