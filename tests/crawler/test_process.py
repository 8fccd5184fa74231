"""Whole runs: several sites, signals, certificates, a full disk, a missing contact."""

import json
import signal
import ssl
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import trustme

from crawler.errors import RunError
from crawler.evidence.verify import verify
from crawler.ledger import read_ledger
from crawler.pace import user_agent
from crawler.process import crawl
from crawler.site import site_for_url
from tests.crawler.crawling import PROJECT, RUN_ID, command, reconciles, run_crawl, site_at
from tests.crawler.site_server import Exchange, SiteServer, links, page


def test_process_crawls_sites_at_once_and_one_bad_site_harms_none(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(SiteServer({"/": page("x")})) for _ in range(4)]
        sites = [site_at(server.url + "/") for server in servers]
        gone = site_for_url(["http://127.0.0.1:1/"])
        crawled = run_crawl([*sites, gone], tmp_path)
    ledger = read_ledger(tmp_path / "runs" / RUN_ID)
    assert {ledger.by_site()[site.site_id]["fetched"] for site in sites} == {1}
    assert crawled.end_of("http://127.0.0.1:1/") == ("failed", "connection_refused")
    assert crawled.result["outcome"] == "done"


def test_process_asks_a_host_that_two_sites_share_at_one_pace(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a", "/b")), "/*": page("x")}) as server:
        one = site_at(server.url + "/", delay_seconds=0.3, concurrent=1)
        run_crawl([one, replace(one, site_id="twin")], tmp_path)
        moments = [moment for moment, _, _ in server.asked]
    assert len(moments) == 8
    gaps = [after - before for before, after in pairwise(moments)]
    assert sum(gap > 0.25 for gap in gaps) >= 6  # only the turn from one site to the other is free


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_process_stops_cleanly_on_a_signal_and_goes_on_later(
    tmp_path: Path, number: signal.Signals
) -> None:
    asked = threading.Event()

    def some(exchange: Exchange) -> None:
        asked.set()
        exchange.send(page("x"))

    urls = [f"/s{number}" for number in range(14)]
    with SiteServer({"/": page(links(*urls)), "/s*": some}) as server:
        site = site_at(server.url + "/", delay_seconds=0.3, concurrent=2)
        argv, given = command([site], tmp_path)
        with subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True
        ) as process:
            assert process.stdin is not None
            process.stdin.write(given)
            process.stdin.close()
            assert asked.wait(60)
            process.send_signal(number)
            assert process.stdout is not None
            result = json.loads(process.stdout.read())
        assert result["outcome"] == "stopped"
        assert result["totals"]["found"] == 15
        assert result["reasons"]["skipped"]["stopped"] > 5
        assert reconciles(result["totals"])
        assert not list((tmp_path / "evidence").rglob("*.open"))
        done = run_crawl([site], tmp_path)
        assert all(server.hits[path] == 1 for path in urls)
    assert done.result["totals"]["fetched"] == 15
    assert done.result["outcome"] == "done"


def test_process_refuses_certificates_that_nobody_vouches_for(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1", "localhost").configure_cert(context)
    with SiteServer({"/": page("x")}, tls=context) as server:
        crawled = run_crawl([site_at(server.url + "/")], tmp_path)
        assert server.hits["/"] == 0
    [entry] = crawled.entries.values()
    assert (entry.outcome, entry.reason) == ("failed", "tls_error")
    assert "certificate" in entry.detail


def test_process_keeps_the_certificate_of_a_host_it_trusts(tmp_path: Path, monkeypatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with SiteServer({"/": page("x")}, tls=context) as server:
        crawled = run_crawl([site_at(server.url + "/")], tmp_path)
    assert crawled.result["totals"]["fetched"] == 1


def test_process_no_such_host(tmp_path: Path) -> None:
    site = site_for_url(["http://no-such-host.invalid/"])
    crawled = run_crawl([site], tmp_path, contact="tester@example.org")
    [entry] = crawled.entries.values()
    assert (entry.outcome, entry.reason) == ("failed", "no_such_host")


def test_process_full_disk_ends_the_run_and_keeps_what_was_saved(tmp_path: Path) -> None:
    urls = [f"/big{number}" for number in range(40)]

    def big(exchange: Exchange) -> None:
        noise = "".join(chr(0x4E00 + (hash((exchange.path, n)) % 20_000)) for n in range(4000))
        exchange.send(page(noise))

    with SiteServer({"/": page(links(*urls)), "/big*": big}) as server:
        site = site_at(server.url + "/", concurrent=1)
        full = run_crawl([site], tmp_path, prepare="full_disk", disk_bytes=100_000)
        assert full.result["kind"] == "EvidenceError"
        assert "full" in full.result["error"] or "File too large" in full.result["error"]
        ledger = read_ledger(tmp_path / "runs" / RUN_ID)
        assert ledger.outcome == "failed"
        assert 0 < ledger.totals()["fetched"] < 40
        done = run_crawl([site], tmp_path)
    assert done.result["totals"]["fetched"] == 41
    captured = [r.capture.url for r in done.captures() if r.capture.robots is not None]
    assert len(captured) == len(set(captured)) == 41
    assert not verify(tmp_path / "evidence").damages


def test_process_refuses_a_stranger_without_contact(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="JIANWEI_CONTACT"):
        crawl(
            [site_for_url(["http://example.cn/"])],
            data_folder=tmp_path,
            run_id=RUN_ID,
            operator="x",
            contact=" ",
        )
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("contact", ["a\r\nX-Evil: 1", "教育局", "\x00"])
def test_user_agent_refuses_what_no_header_holds(contact: str) -> None:
    with pytest.raises(RunError, match="in ASCII"):
        user_agent(contact, sites=[])


def test_user_agent_names_product_and_contact() -> None:
    agent = user_agent("jw@example.cn", sites=[site_for_url(["http://example.cn/"])])
    assert agent.startswith("Jianwei/")
    assert agent.endswith(" (+jw@example.cn)")


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", "."])
def test_process_refuses_run_ids_that_are_no_names(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(RunError, match="Run id"):
        crawl(
            [site_for_url(["http://127.0.0.1:1/"])],
            data_folder=tmp_path,
            run_id=run_id,
            operator="x",
            contact="",
        )


def test_scrapy_crawl_runs_on_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    with SiteServer({"/": page(links("/a")), "/a": page("x")}) as server:
        (folder / "one.yml").write_text(
            f'title: t\nstart_urls: ["{server.url}/"]\nallowed_domains: ["127.0.0.1"]\n'
            "pace: {delay_seconds: 0}\n"
        )
        argv = ["-m", "scrapy", "crawl", "site", "-a", "site=one", "-s", f"SITES_FOLDER={folder}"]
        argv += ["-s", f"DATA_FOLDER={tmp_path / 'data'}"]
        argv += ["-s", f"NETGUARD_PERMITTED=127.0.0.1:{server.port}"]
        done = subprocess.run(
            [sys.executable, *argv],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    [run_folder] = (tmp_path / "data" / "runs").iterdir()
    ledger = read_ledger(run_folder)
    assert ledger.outcome == "done"
    assert ledger.totals()["fetched"] == 2


def test_scrapy_lists_the_spider() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["site"]
