"""`kill -9` at random moments of crawl, ingest and drain, then again: nothing lost or doubled."""

import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Jianwei, ServedFolder
from tests.e2e.sites import write_site

PAGES = 60
KILLS = 12
RUN = "01JDZZZZZZZZZZZZZZZZZZZZZZ"


def rows(jianwei: Jianwei, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(jianwei.data / "jianwei.sqlite3") as database:
        return database.execute(query).fetchall()


def kill_at(jianwei: Jianwei, seconds: float, *args: str) -> bool:
    """Start a command and kill it after `seconds`; True when it was still running."""
    process = jianwei.start(*args)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


def assert_whole(jianwei: Jianwei, *, ads: int) -> None:
    """Every ad is there once, judged, indexed in its present revision; every case is sound."""
    assert rows(jianwei, "SELECT count(*), count(DISTINCT ad_id) FROM audit_ad") == [(ads, ads)]
    unjudged = "SELECT count(*) FROM audit_ad WHERE needs_assessment OR assessment_id IS NULL"
    assert rows(jianwei, unjudged) == [(0,)]
    doubled = "SELECT count(*) FROM (SELECT 1 FROM audit_sighting GROUP BY ad_id, capture_id HAVING count(*) > 1)"
    assert rows(jianwei, doubled) == [(0,)]
    homeless = """SELECT count(*) FROM audit_ad JOIN audit_assessmentrow a ON a.id = assessment_id
        WHERE a.needs_review AND audit_ad.id NOT IN (SELECT ad_id FROM audit_casead)"""
    assert rows(jianwei, homeless) == [(0,)]
    assert rows(jianwei, "SELECT count(*) FROM audit_outbox") == [(0,)]
    found = jianwei.ads()
    assert len(found) == ads
    verified = jianwei.json("evidence", "verify")
    assert not verified["damages"]


@pytest.mark.slow
def test_killed_crawl_goes_on_and_doubles_nothing(
    jianwei: Jianwei, tmp_path: Path, serve_folder: Callable[[Path], ServedFolder]
) -> None:
    served = serve_folder(write_site(tmp_path / "site", pages=PAGES))
    crawl = ("crawl", "--url", served.url, "--run", RUN, "--no-ingest")
    pick = random.Random(20261125)

    killed = sum(kill_at(jianwei, pick.uniform(0.6, 3.0), *crawl) for _ in range(KILLS))
    run = jianwei.json(*crawl)
    jianwei.json("ingest")

    assert killed >= 3, "the moments were too late to prove anything"
    assert run["found"] == run["fetched"] + run["unchanged"] + run["skipped"] + run["failed"]
    assert run["fetched"] == PAGES + 1
    assert_whole(jianwei, ads=PAGES + 1)
    captured = rows(
        jianwei, "SELECT url, count(*) FROM audit_capturerow WHERE http_status = 200 GROUP BY url"
    )
    assert [url for url, count in captured if count != 1] == []


@pytest.mark.slow
def test_killed_ingest_and_drain_go_on_and_double_nothing(
    make_jianwei: Callable[[str], Jianwei],
    tmp_path: Path,
    serve_folder: Callable[[Path], ServedFolder],
) -> None:
    served = serve_folder(write_site(tmp_path / "site", pages=PAGES))
    calm, killed = make_jianwei("calm"), make_jianwei("killed")
    calm.json("crawl", "--url", served.url, "--no-ingest")
    shutil.copytree(calm.data, killed.data)
    calm.json("ingest")
    pick = random.Random(7)

    alive = sum(kill_at(killed, pick.uniform(0.3, 4.0), "ingest") for _ in range(KILLS))
    killed.json("ingest")

    assert alive >= 3, "the moments were too late to prove anything"
    assert_whole(killed, ads=PAGES + 1)
    kept = ("url", "title", "labels", "needs_review", "risk")
    expected = {i: [ad[key] for key in kept] for i, ad in calm.ads().items()}
    assert {i: [ad[key] for key in kept] for i, ad in killed.ads().items()} == expected
    shape = "SELECT title, state FROM audit_case ORDER BY title, state"
    assert rows(killed, shape) == rows(calm, shape)
