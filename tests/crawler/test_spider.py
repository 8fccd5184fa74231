"""The spider on real servers: what it follows, how it asks, what it keeps."""

import gzip
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from crawler.evidence.reader import closed_files
from crawler.evidence.verify import verify
from crawler.ledger import read_header
from crawler.site import Extract, Follow, Site
from tests.crawler.crawling import reconciles, run_crawl, site_at
from tests.crawler.preparations import PUBLIC
from tests.crawler.site_server import Exchange, SiteServer, links, page, redirect


def public_site(server: SiteServer, *names: str, path: str = "/", tls: bool = False) -> Site:
    """Return a site of public names that are played by the test server."""
    scheme = "https" if tls else "http"
    return replace(
        site_at(server.url + "/", delay_seconds=0.5, concurrent=1),
        start_urls=(f"{scheme}://{names[0]}:{server.port}{path}",),
        allowed_domains=tuple(names),
    )


def test_spider_follows_links_frames_and_refresh_once(tmp_path: Path) -> None:
    routes = {
        "/": page(
            '<meta http-equiv="refresh" content="0; url=/refreshed">'
            '<a href="/a#x">a</a><a href="/a?utm_source=q">a</a><a href="./a">a</a>'
            '<area href="/area"><iframe src="/inner"></iframe><a href="http://other.cn/">o</a>'
        ),
        "/frames": page('<frameset><frame src="/left"><frame src="/right"></frameset>'),
        "/a": page(
            gzip.compress(links("/frames", "/").encode()), headers=("Content-Encoding: gzip",)
        ),
        **{path: page("x") for path in ("/refreshed", "/area", "/inner", "/left", "/right")},
    }
    with SiteServer(routes) as server:
        crawled = run_crawl([site_at(server.url + "/")], tmp_path)
        fetched = {url.removeprefix(server.url) for url in crawled.entries}
        assert fetched == set(routes)
        assert all(server.hits[path] == 1 for path in routes)
    assert crawled.result["totals"] == {
        "found": 8,
        "fetched": 8,
        "unchanged": 0,
        "skipped": 0,
        "failed": 0,
    }


def test_spider_keeps_evidence_that_verifies(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/private", "/moved")), "/moved": redirect("/")}) as server:
        server.routes["/robots.txt"] = page(
            "User-agent: *\nDisallow: /private", headers=("Content-Type: text/plain",)
        )
        crawled = run_crawl([site_at(server.url + "/")], tmp_path)
    report = verify(tmp_path / "evidence")
    assert not report.damages
    captures = {
        record.capture.url.removeprefix(server.url): record for record in crawled.captures()
    }
    assert set(captures) == {"/", "/robots.txt"}
    root = captures["/"].capture
    assert root.robots is not None
    assert root.robots.allowed
    assert root.site_id == f"127.0.0.1-{server.port}"
    assert crawled.entries[server.url + "/"].capture_id == root.capture_id
    raw = gzip.decompress(closed_files(tmp_path / "evidence")[0].read_bytes())
    assert b"kind: robots\r\n" in raw
    assert b"kind: redirect\r\n" in raw


def test_spider_unchanged_pages_become_revisits_of_the_first_response(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/same", "/news")), "/same": page("same")}) as server:
        runs = []
        for number in range(3):
            server.routes["/news"] = page(f"news {number}")
            runs.append(
                run_crawl([site_at(server.url + "/")], tmp_path, run_id=f"01R{number}").entries
            )
    same = [run[server.url + "/same"] for run in runs]
    assert [entry.outcome for entry in same] == ["fetched", "unchanged", "unchanged"]
    assert [run[server.url + "/news"].outcome for run in runs] == ["fetched"] * 3
    assert {entry.refers_to for entry in same[1:]} == {same[0].capture_id}


def test_spider_page_cap_is_exact_and_the_rest_is_accounted_for(tmp_path: Path) -> None:
    urls = [f"/p{number}" for number in range(30)]
    with SiteServer({"/": page(links(*urls)), "/p*": page("x")}) as server:
        crawled = run_crawl([site_at(server.url + "/")], tmp_path, max_pages=7)
        assert sum(server.hits.values()) == 8  # with robots.txt
    assert crawled.result["totals"]["fetched"] == 7
    assert crawled.result["reasons"]["skipped"] == {"page_cap": 24}
    assert reconciles(crawled.result["totals"])


def test_spider_time_cap_ends_the_run(tmp_path: Path) -> None:
    def endless(exchange: Exchange) -> None:
        number = int(exchange.path.removeprefix("/n") or 0)
        exchange.stopping.wait(0.1)
        exchange.send(page(links(*(f"/n{number * 3 + one}" for one in (1, 2, 3)))))

    with SiteServer({"/n*": endless}) as server:
        crawled = run_crawl([site_at(server.url + "/n", max_seconds=1.0)], tmp_path)
    assert crawled.result["reasons"]["skipped"]["time_cap"] > 0
    assert reconciles(crawled.result["totals"])


def test_spider_depth_cap(tmp_path: Path) -> None:
    routes = {"/": page(links("/1")), "/1": page(links("/2")), "/2": page(links("/3"))}
    with SiteServer(routes) as server:
        crawled = run_crawl([site_at(server.url + "/", max_depth=1)], tmp_path)
        assert crawled.end_of(server.url + "/2") == ("skipped", "depth_cap")
        assert server.hits["/2"] == 0


def test_spider_follows_only_what_the_site_declares(tmp_path: Path) -> None:
    listing = (
        '<a class="next" href="/list2">n</a><ul><a href="/d1">d</a></ul><a href="/other">o</a>'
    )
    with SiteServer({"/": page(listing), "/*": page("x")}) as server:
        site = replace(
            site_at(server.url + "/"),
            follow=Follow(list="a.next", detail="ul a", deny=("/d1$",)),
            extract=Extract(title="h1"),
        )
        crawled = run_crawl([site], tmp_path)
    assert {url.removeprefix(server.url) for url in crawled.entries} == {"/", "/list2"}


def test_spider_render_that_is_not_built_warns_and_runs(tmp_path: Path) -> None:
    with SiteServer({"/": page("x")}) as server:
        crawled = run_crawl([replace(site_at(server.url + "/"), render="always")], tmp_path)
    assert crawled.result["totals"]["fetched"] == 1
    assert "render: always is not built yet" in crawled.result["warnings"][0]


def test_spider_keeps_a_page_that_cannot_be_parsed_and_warns(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/bad", "/good")), "/bad": page(links("/lost"))}) as server:
        server.routes["/good"] = page("x")
        site = site_at(server.url + "/")
        crawled = run_crawl([site], tmp_path, prepare="broken_parser", unreadable="/bad")
        ends = {
            url.removeprefix(server.url): entry.outcome for url, entry in crawled.entries.items()
        }
    assert ends == {"/": "fetched", "/bad": "fetched", "/good": "fetched"}
    (warning,) = read_header(tmp_path / "runs" / crawled.run_id).warnings
    assert warning.startswith(f"{site.site_id}: {server.url}/bad: not followed")


def test_spider_is_not_fooled_by_names_that_change_their_address(tmp_path: Path) -> None:
    # robots.txt gets the first answer, the page the second: each connection looks the name up.
    inside = ("127.0.0.1", "::1", "169.254.169.254", "10.0.0.7")
    with ExitStack() as stack:
        servers = [stack.enter_context(SiteServer({"/": page("inside")})) for _ in inside]
        names = {f"n{number}.example.org": [PUBLIC, to] for number, to in enumerate(inside)}
        crawled = run_crawl(
            [public_site(server, name) for server, name in zip(servers, names, strict=True)],
            tmp_path,
            contact="tester@example.org",
            prepare="internet_on_loopback",
            names=names,
        )
        for server, name, to in zip(servers, names, inside, strict=True):
            assert server.hits["/robots.txt"] == 1
            assert server.hits["/"] == 0
            entry = crawled.entries[f"http://{name}:{server.port}/"]
            assert (entry.outcome, entry.reason) == ("failed", "blocked_address")
            assert to in entry.detail


def test_spider_redirects_from_public_to_inside_are_refused(tmp_path: Path) -> None:
    inside = ("127.0.0.1", "inward.example.org", "2130706433", "0x7f.1", "0177.0.0.1", "localhost")
    with ExitStack() as stack:
        servers = [stack.enter_context(SiteServer()) for _ in inside]
        sites, names = [], {}
        for number, (server, to) in enumerate(zip(servers, inside, strict=True)):
            server.routes["/"] = redirect(f"http://{to}:{server.port}/secret")
            names |= {f"n{number}.example.org": [PUBLIC], to: ["127.0.0.1"]}
            sites.append(public_site(server, f"n{number}.example.org", to))
        crawled = run_crawl(
            sites,
            tmp_path,
            contact="tester@example.org",
            prepare="internet_on_loopback",
            names=names,
        )
        for server, to in zip(servers, inside, strict=True):
            assert server.hits["/"] == 1
            assert server.hits["/secret"] == 0
            url = f"http://{to}:{server.port}/secret"
            assert crawled.end_of(url) == ("failed", "blocked_address")
