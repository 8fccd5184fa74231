"""A crawl is killed again and again and goes on: nothing lost, nothing doubled."""

import json
import random
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest

from crawler.evidence.verify import verify
from crawler.ledger import read_ledger
from tests.crawler.crawling import PROJECT, RUN_ID, Crawled, command, reconciles, run_crawl, site_at
from tests.crawler.site_server import Exchange, SiteServer, links, page, redirect

KILLS = 16
PAGES = 240


class KillAfter:
    """Serves a tree of pages and tells when a number of requests has come in."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._left: int | None = None
        self._lock = threading.Lock()

    def arm(self, requests: int) -> None:
        with self._lock:
            self.reached.clear()
            self._left = requests

    def answer(self, exchange: Exchange) -> None:
        with self._lock:
            if self._left is not None:
                self._left -= 1
                if self._left <= 0:
                    self.reached.set()
        number = int(exchange.path.removeprefix("/p"))
        below = [f"/p{number * 3 + step}" for step in (1, 2, 3) if number * 3 + step < PAGES]
        extra = ["/p0", "/missing", "/moved", "/x.pdf", "/secret/1"] if number % 7 == 0 else []
        exchange.send(page(links(*below, *extra) + "字" * 300 + str(number)))


def crawl_until_killed(argv: list[str], given: str, pages: KillAfter, wait_ms: int) -> None:
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(given.encode())
        process.stdin.close()
        while not pages.reached.wait(0.02) and process.poll() is None:
            pass
        threading.Event().wait(wait_ms / 1000)
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_resume_after_many_kills_keeps_every_page_once(tmp_path: Path) -> None:
    chance = random.Random(20260101)
    pages = KillAfter()
    routes = {
        "/p*": pages.answer,
        "/moved": redirect("/p1"),
        "/robots.txt": page(
            "User-agent: *\nDisallow: /secret", headers=("Content-Type: text/plain",)
        ),
    }
    with SiteServer(routes) as server:
        site = site_at(server.url + "/p0", concurrent=4)
        argv, given = command([site], tmp_path)
        for _ in range(KILLS):
            pages.arm(chance.randint(1, 14))
            crawl_until_killed(argv, given, pages, chance.randint(0, 12))
            assert reconciles(read_ledger(tmp_path / "runs" / RUN_ID).totals())
        crawled = run_crawl([site], tmp_path)
    expected = {f"{server.url}/p{number}" for number in range(PAGES)}
    captured = Counter(
        record.capture.url for record in crawled.captures() if record.capture.robots is not None
    )
    assert set(captured) == expected | {f"{server.url}/missing"}
    assert set(captured.values()) == {1}
    assert crawled.result["outcome"] == "done"
    assert crawled.result["totals"] == {
        "found": PAGES + 4,
        "fetched": PAGES,
        "unchanged": 0,
        "skipped": 3,
        "failed": 1,
    }
    assert {e.capture_id for e in crawled.entries.values() if e.capture_id} == {
        r.capture.capture_id for r in crawled.captures() if r.capture.robots is not None
    }
    assert not verify(tmp_path / "evidence").damages


def test_resume_takes_up_what_a_cap_left(tmp_path: Path) -> None:
    urls = [f"/q{number}" for number in range(20)]
    with SiteServer({"/": page(links(*urls)), "/q*": page("x")}) as server:
        site = site_at(server.url + "/")
        first = run_crawl([site], tmp_path, max_pages=5)
        assert first.result["reasons"]["skipped"] == {"page_cap": 16}
        second = run_crawl([site], tmp_path)
        assert all(server.hits[path] == 1 for path in ["/", *urls])
    assert second.result["totals"]["fetched"] == 21
    assert second.result["totals"]["found"] == 21


def test_resume_follows_unchanged_pages_by_their_earlier_body(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a")), "/a": page(links("/b")), "/b": page("b")}) as server:
        site = site_at(server.url + "/")
        run_crawl([site], tmp_path, run_id="01A")
        run_crawl([site], tmp_path, run_id="01B", max_pages=1)
        ledger = tmp_path / "runs" / "01B" / "ledger.jsonl"
        ledger.write_text(ledger.read_text().splitlines()[0] + "\n")  # killed after the first page
        done = run_crawl([site], tmp_path, run_id="01B")
        assert server.hits["/"] == 2
    assert [e.outcome for e in done.entries.values()] == ["unchanged"] * 3


def test_resume_adds_the_ledger_lines_that_a_kill_lost(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a", "/b")), "/a": page("a"), "/b": page("b")}) as server:
        site = site_at(server.url + "/")
        run_crawl([site], tmp_path)
        (tmp_path / "runs" / RUN_ID / "ledger.jsonl").write_text("")
        done = run_crawl([site], tmp_path)
        assert [server.hits[path] for path in ("/", "/a", "/b")] == [1, 1, 1]
    assert done.result["totals"]["fetched"] == 3
    assert {e.depth for e in done.entries.values()} == {0, 1}


def test_resume_asks_again_for_what_the_evidence_lost(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a")), "/a": page("a")}) as server:
        site = site_at(server.url + "/")
        run_crawl([site], tmp_path)
        for path in (tmp_path / "evidence" / "crawl").iterdir():
            path.unlink()
        done = run_crawl([site], tmp_path)
        assert server.hits["/a"] == 2
    assert done.result["totals"]["fetched"] == 2


def test_resume_refuses_a_run_that_another_process_works_on(tmp_path: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(exchange: Exchange) -> None:
        started.set()
        go_on.wait(60)
        exchange.send(page("x"))

    with SiteServer({"/": wait}) as server:
        argv, given = command([site_at(server.url + "/")], tmp_path)
        with subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True
        ) as first:
            assert first.stdin is not None
            first.stdin.write(given)
            first.stdin.close()
            assert started.wait(60)
            second = run_crawl([site_at(server.url + "/")], tmp_path)
            assert second.result["kind"] == "RunError"
            assert "another process is working on it" in second.result["error"]
            go_on.set()
            assert first.stdout is not None
            assert json.loads(first.stdout.read())["totals"]["fetched"] == 1


def test_resume_refuses_other_sites(tmp_path: Path) -> None:
    with SiteServer({"/": page("x")}) as server, SiteServer({"/": page("x")}) as other:
        run_crawl([site_at(server.url + "/")], tmp_path)
        result: Crawled = run_crawl([site_at(other.url + "/")], tmp_path)
    assert "expected the sites it was started with" in result.result["error"]
