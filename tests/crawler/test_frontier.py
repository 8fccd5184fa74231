from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.frontier import MAX_REDIRECTS, Frontier, Target
from crawler.ledger import Entry
from crawler.site import Pace, site_for_url

ROOT = "http://127.0.0.1:8080"


def make_frontier(
    *, max_pages: int = 100, clock: Callable[[], float] = lambda: 0.0, **pace: float
) -> tuple[Frontier, list[Entry]]:
    ended: list[Entry] = []
    site = replace(
        site_for_url([f"{ROOT}/"]),
        pace=Pace(delay_seconds=0, max_pages=max_pages, **pace),  # type: ignore[arg-type]
    )
    frontier = Frontier(site, sink=ended.append, clock=clock)
    frontier.seed()
    return frontier, ended


def take(frontier: Frontier) -> Target:
    target = frontier.next()
    assert target is not None
    return target


def test_frontier_goes_breadth_first_and_asks_once() -> None:
    frontier, _ = make_frontier()
    root = take(frontier)
    frontier.discover([f"{ROOT}/a", f"{ROOT}/b", f"{ROOT}/a", f"{ROOT}/"], parent=root)
    first = take(frontier)
    frontier.discover([f"{ROOT}/a/1"], parent=first)
    assert [first.url, take(frontier).url, take(frontier).url] == [
        f"{ROOT}/a",
        f"{ROOT}/b",
        f"{ROOT}/a/1",
    ]
    assert frontier.next() is None
    assert frontier.found == 4


def test_frontier_every_url_ends_exactly_once() -> None:
    frontier, ended = make_frontier()
    root = take(frontier)
    frontier.discover([f"{ROOT}/{n}" for n in range(5)], parent=root)
    frontier.end(root, "fetched", status=200)
    frontier.end(take(frontier), "failed", reason="timeout")
    take(frontier)  # asked for, never answered
    frontier.finish("stopped")
    assert len(ended) == frontier.found == 6
    assert len({entry.url for entry in ended}) == 6
    assert [entry.reason for entry in ended].count("stopped") == 4


def test_frontier_page_cap_counts_what_is_under_way() -> None:
    frontier, ended = make_frontier(max_pages=2)
    root = take(frontier)
    frontier.discover([f"{ROOT}/a", f"{ROOT}/b"], parent=root)
    second = take(frontier)
    assert frontier.next() is None
    assert frontier.has_pending()
    frontier.end(second, "skipped", reason="robots")  # costs the site nothing
    third = take(frontier)
    frontier.end(root, "fetched")
    frontier.end(third, "fetched")
    frontier.discover([f"{ROOT}/c"], parent=third)
    assert frontier.next() is None
    assert ended[-1].reason == "page_cap"
    assert not frontier.has_pending()


def test_frontier_time_cap_drops_what_waits() -> None:
    now = [0.0]
    frontier, ended = make_frontier(clock=lambda: now[0], max_seconds=10)
    frontier.discover([f"{ROOT}/a"], parent=take(frontier))
    now[0] = 11
    assert frontier.next() is None
    assert [entry.reason for entry in ended] == ["time_cap"]


def test_frontier_held_gives_nothing_and_loses_nothing() -> None:
    frontier, ended = make_frontier()
    frontier.hold()
    assert frontier.next() is None
    assert not frontier.has_pending()
    frontier.finish("stopped")
    assert [entry.reason for entry in ended] == ["stopped"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/b", "redirect"),
        ("/", "redirect_loop"),
        ("http://other.cn/", "redirect_offsite"),
        ("file:///etc/passwd", "bad_redirect"),
        ("http://[::1", "bad_redirect"),
        ("javascript:alert(1)", "bad_redirect"),
    ],
)
def test_frontier_redirect_ends_the_url_that_led_on(location: str, reason: str) -> None:
    frontier, ended = make_frontier()
    frontier.redirect(take(frontier), location, status=302)
    assert [entry.reason for entry in ended] == [reason]
    assert frontier.has_pending() is (reason == "redirect")


def test_frontier_redirect_to_the_same_page_under_a_session_is_asked_for_once() -> None:
    frontier, ended = make_frontier()
    frontier.redirect(take(frontier), "/?PHPSESSID=1", status=302)
    again = take(frontier)
    assert (again.url, again.wire_url) == (f"{ROOT}/", f"{ROOT}/?PHPSESSID=1")
    frontier.redirect(again, "/?PHPSESSID=1", status=302)
    assert [entry.reason for entry in ended] == ["redirect_loop"]


def test_frontier_redirects_have_an_end() -> None:
    frontier, ended = make_frontier()
    for number in range(MAX_REDIRECTS + 1):
        frontier.redirect(take(frontier), f"/r{number}", status=301)
    assert [entry.reason for entry in ended] == ["redirect"] * MAX_REDIRECTS + [
        "too_many_redirects"
    ]


@pytest.mark.parametrize(
    ("path", "is_page"),
    [("/a.PDF", False), ("/a.jpg?x=1", False), ("/a.php", True), ("/v1.0/", True), ("/a.b", True)],
)
def test_frontier_leaves_documents_alone(path: str, is_page: bool) -> None:
    frontier, ended = make_frontier()
    frontier.discover([ROOT + path], parent=take(frontier))
    assert [entry.reason for entry in ended] == ([] if is_page else ["document"])
