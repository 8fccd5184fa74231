"""One crawl of a site where everything goes wrong: each page ends as it must, and the run goes on."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crawler.crawling import Crawled, reconciles, run_crawl, site_at
from tests.crawler.site_server import Answer, Exchange, SiteServer, links, page, redirect


def _never(exchange: Exchange) -> None:
    exchange.stopping.wait(20)


def _slow_loris(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
    for _ in range(100):
        if exchange.stopping.wait(0.2):
            return
        exchange.send(b"a")


def _streamed_50_mb(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    for _ in range(50):
        exchange.send(b"a" * 1_048_576)


def _reset_in_the_middle(exchange: Exchange) -> None:
    exchange.send(page("x" * 1000, length=100_000))
    exchange.reset()


def _calendar(exchange: Exchange) -> None:
    year, _, month = exchange.path.partition("month=")[2].partition("-")
    number = int(year) * 12 + int(month) - 1
    near = [f"/calendar?month={n // 12}-{n % 12 + 1:02d}" for n in (number - 1, number + 1)]
    exchange.send(page(links(*near)))


_FLAKY = iter([page("later", status="503 Service Unavailable", headers=("Retry-After: 0",))])


def _flaky(exchange: Exchange) -> None:
    exchange.send(next(_FLAKY, page("<p>there again</p>")))


_ERRORS: dict[str, tuple[Answer, str, str]] = {
    "/404": (page("no", status="404 Not Found"), "failed", "http_404"),
    "/500": (page("no", status="500 Oops"), "failed", "http_500"),
    "/501": (page("no", status="501 Not so"), "failed", "http_501"),
    "/429": (
        page("no", status="429 Too Many", headers=("Retry-After: 9999",)),
        "failed",
        "http_429",
    ),
    "/flaky": (_flaky, "fetched", ""),
    "/never": (_never, "failed", "timeout"),
    "/loris": (_slow_loris, "failed", "timeout"),
    "/50mb-declared": (
        page("x", headers=("X: y",), length=50 * 2**20),
        "skipped",
        "over_cap",
    ),
    "/50mb-streamed": (_streamed_50_mb, "skipped", "over_cap"),
    "/reset": (_reset_in_the_middle, "failed", "cut_body"),
    "/too-short": (page("short", length=1000), "failed", "cut_body"),
    "/too-long": (page("<p>too long for its length</p>", length=5), "fetched", ""),
    "/cut-gzip": (
        page(
            gzip.compress((links("/from-cut-gzip") + "长" * 50_000).encode())[:-40],
            headers=("Content-Encoding: gzip",),
        ),
        "fetched",
        "",
    ),
    "/from-cut-gzip": (page("<p>found in half a page</p>"), "fetched", ""),
    "/bomb": (
        page(gzip.compress(b"a" * 100 * 2**20), headers=("Content-Encoding: gzip",)),
        "fetched",
        "",
    ),
    "/no-http": (b"SSH-2.0-OpenSSH_9.2\r\n", "failed", "bad_response"),
    "/bad-status": (b"HTTP/1.1 abc def\r\n\r\n", "failed", "bad_response"),
    "/nothing": (b"", "failed", "connection_lost"),
    "/header-bytes": (
        b"HTTP/1.1 200 OK\r\nX-A: a\x00b\xff\xfe\r\nno colon here\r\nX-B: \x01\r\n folded\r\n"
        b"Content-Type: text/html\r\nContent-Length: 8\r\n\r\n<p>x</p>",
        "fetched",
        "",
    ),
    "/self": (redirect("/self"), "failed", "redirect_loop"),
    "/loop-a": (redirect("/loop-b"), "skipped", "redirect"),
    "/loop-b": (redirect("/loop-a"), "failed", "redirect_loop"),
    "/chain-0": (redirect("/chain-1"), "skipped", "redirect"),
    "/chain-10": (redirect("/chain-11"), "failed", "too_many_redirects"),
    "/to-file": (redirect("file:///etc/passwd"), "failed", "bad_redirect"),
    "/to-elsewhere": (redirect("http://127.0.0.1:1/x"), "skipped", "redirect_offsite"),
    "/to-metadata": (redirect("http://169.254.169.254/latest"), "skipped", "redirect_offsite"),
    "/to-injected": (
        redirect("/landed%0d%0aX-Evil:1", status="301 Moved"),
        "skipped",
        "redirect",
    ),
    "/moved": (redirect("/moved-to", status="308 Moved"), "skipped", "redirect"),
    "/moved-to": (page("<p>here now</p>"), "fetched", ""),
    "/no-location": (page("x", status="302 Found"), "failed", "http_302"),
    "/long-line": (page(b"<p>" + b"a" * 1_048_576 + b"</p>"), "fetched", ""),
    "/nuls": (page(b"<p>a\x00b\x00</p><a href='/from-\x00nuls'>x</a>"), "fetched", ""),
    "/invalid-utf8": (page(b"<p>\xff\xfe\xe4\xbd</p>"), "fetched", ""),
    "/empty": (page(""), "fetched", ""),
    "/204": (page("", status="204 No Content"), "fetched", ""),
    "/script": (page("<script>while(1){}</script><p>&lt;script&gt;</p>"), "fetched", ""),
    "/picture.png": (page("x"), "skipped", "document"),
    "/as-octets": (
        page(b"\x00\x01\x02", headers=("Content-Type: application/octet-stream",)),
        "fetched",
        "",
    ),
    "/private/a": (page("secret"), "skipped", "robots"),
    "/a/b/a/b/a/b/": (page("x"), "skipped", "trap"),
    "/?" + "&".join(f"p{n}=1" for n in range(13)): (page("x"), "skipped", "trap"),
    "/" + "a" * 2100: (page("x"), "skipped", "trap"),
}


@dataclass
class Hostile:
    server: SiteServer
    crawled: Crawled

    def end_of(self, path: str) -> tuple[str, str]:
        return self.crawled.end_of(self.server.url + path)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    routes: dict[str, Answer] = {path: answer for path, (answer, _, _) in _ERRORS.items()}
    for number in range(1, 10):
        routes[f"/chain-{number}"] = redirect(f"/chain-{number + 1}")
    routes["/calendar"] = _calendar
    routes["/robots.txt"] = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private/\n\xff\xfe garbage \x00\nNonsense\n"
    )
    hidden = ("/loop-b", "/from-cut-gzip", "/moved-to", "/chain-10")
    starts = [path for path in _ERRORS if path not in hidden]
    routes["/"] = page(links(*starts, "/calendar?month=2026-01", "tel:123", "javascript:x()"))
    with SiteServer(routes) as server:
        data: Path = tmp_path_factory.mktemp("hostile")
        site = site_at(server.url + "/", max_depth=500)
        yield Hostile(server, run_crawl([site], data, settings={"DOWNLOAD_TIMEOUT": 2}))


@pytest.mark.parametrize("path", _ERRORS, ids=lambda path: path[:30])
def test_hostile_page_ends_as_it_must(hostile: Hostile, path: str) -> None:
    _, outcome, reason = _ERRORS[path]
    assert hostile.end_of(path) == (outcome, reason)


def test_hostile_ledger_reconciles(hostile: Hostile) -> None:
    assert hostile.crawled.result["outcome"] == "done"
    assert reconciles(hostile.crawled.result["totals"])
    assert hostile.crawled.result["totals"]["found"] == len(hostile.crawled.entries)


@pytest.mark.parametrize(
    ("path", "times"), [("/500", 3), ("/429", 1), ("/flaky", 2), ("/404", 1), ("/reset", 3)]
)
def test_hostile_page_is_asked_again_only_where_it_may_help(
    hostile: Hostile, path: str, times: int
) -> None:
    assert hostile.server.hits[path] == times


def test_hostile_pages_are_captured_once_and_others_not(hostile: Hostile) -> None:
    captured = [record.capture.url for record in hostile.crawled.captures()]
    assert len(captured) == len(set(captured))
    by_ledger = {url for url, entry in hostile.crawled.entries.items() if entry.capture_id}
    assert set(captured) == by_ledger | {hostile.server.url + "/robots.txt"}


def test_hostile_robots_forbidden_page_is_never_asked_for(hostile: Hostile) -> None:
    assert hostile.server.hits["/private/a"] == 0
    assert "line 2" in hostile.crawled.entries[hostile.server.url + "/private/a"].detail


def test_hostile_calendar_is_cut(hostile: Hostile) -> None:
    asked = [path for path in hostile.server.hits if path.startswith("/calendar")]
    ends = [hostile.end_of(path) for path in asked]
    assert 10 < len(asked) < 60
    assert set(ends) == {("fetched", "")}
    traps = [
        entry
        for url, entry in hostile.crawled.entries.items()
        if "calendar" in url and entry.reason
    ]
    assert {entry.reason for entry in traps} == {"trap"}
    assert "date" in traps[0].detail


def test_hostile_user_agent_is_honest(hostile: Hostile) -> None:
    agents = {headers["user-agent"] for _, _, headers in hostile.server.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("Jianwei/")
    assert not any("cookie" in headers for _, _, headers in hostile.server.asked)


def test_hostile_body_is_kept_as_received(hostile: Hostile) -> None:
    record = next(r for r in hostile.crawled.captures() if r.capture.url.endswith("/cut-gzip"))
    assert record.problem == "truncated gzip body"
    assert "/from-cut-gzip" in record.body.decode("utf-8", "replace")
