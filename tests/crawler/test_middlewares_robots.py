"""robots.txt as RFC 9309 has it, on real servers."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tests.crawler.crawling import Crawled, run_crawl, site_at
from tests.crawler.site_server import Answer, SiteServer, links, page, redirect

_TEXT = ("Content-Type: text/plain",)


_CASES: dict[str, tuple[Answer, tuple[str, str], int]] = {
    "404": (page("", status="404 Not Found"), ("fetched", ""), 1),
    "401": (page("", status="401 Unauthorized"), ("fetched", ""), 1),
    "403": (page("", status="403 Forbidden"), ("fetched", ""), 1),
    "500": (page("", status="500 Oops"), ("skipped", "robots_unreachable"), 0),
    "503": (page("", status="503 Busy"), ("skipped", "robots_unreachable"), 0),
    "429": (page("", status="429 Slow"), ("skipped", "robots_unreachable"), 0),
    "no answer": (b"", ("failed", "connection_lost"), 0),
    "all": (page("User-agent: *\nDisallow: /", headers=_TEXT), ("skipped", "robots"), 0),
    "us": (page("User-agent: Jianwei\nAllow: /", headers=_TEXT), ("fetched", ""), 1),
    "html": (page("<html>no such page</html>"), ("fetched", ""), 1),
    "moved": (redirect("/other-robots"), ("skipped", "robots"), 0),
    "to nowhere": (redirect("ftp://a/"), ("failed", "bad_redirect"), 0),
    "loop": (redirect("/robots.txt"), ("fetched", ""), 1),
}


@pytest.fixture(scope="module")
def towns(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[dict[str, SiteServer], Crawled]]:
    """One crawl of one site per case, all at once."""
    forbidding = page("User-agent: *\nDisallow: /", headers=_TEXT)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                SiteServer({"/robots.txt": answer, "/other-robots": forbidding, "/": page("x")})
            )
            for name, (answer, _, _) in _CASES.items()
        }
        sites = [site_at(server.url + "/") for server in servers.values()]
        yield servers, run_crawl(sites, tmp_path_factory.mktemp("robots"))


@pytest.mark.parametrize("case", _CASES)
def test_robots_answer_decides(towns: tuple[dict[str, SiteServer], Crawled], case: str) -> None:
    servers, crawled = towns
    _, end, asked = _CASES[case]
    assert crawled.end_of(servers[case].url + "/") == end
    assert servers[case].hits["/"] == asked


def test_robots_crawl_delay_is_kept_between_all_requests(tmp_path: Path) -> None:
    routes = {
        "/robots.txt": page("User-agent: *\nCrawl-delay: 0.4", headers=_TEXT),
        "/": page(links("/1", "/2", "/3")),
        "/*": page("x"),
    }
    with SiteServer(routes) as server:
        run_crawl([site_at(server.url + "/")], tmp_path)
        moments = [moment for moment, _, _ in server.asked[1:]]
    assert len(moments) == 4
    # The loop's clock and the server's are read at different moments: 0.05 s for that.
    assert all(after - before > 0.35 for before, after in pairwise(moments))


def test_robots_file_is_captured_and_asked_for_once(tmp_path: Path) -> None:
    robots = page("User-agent: *\nDisallow: /x", headers=_TEXT)
    with SiteServer(
        {"/robots.txt": robots, "/": page(links("/x", "/y")), "/y": page("y")}
    ) as server:
        crawled = run_crawl([site_at(server.url + "/")], tmp_path)
        assert server.hits["/robots.txt"] == 1
    rules = {
        record.capture.url.removeprefix(server.url): record.capture.robots
        for record in crawled.captures()
    }
    assert rules["/robots.txt"] is None
    assert rules["/y"] is not None
    assert rules["/y"].rule == "no rule"
