import pytest

from crawler.traps import (
    MAX_CALENDAR_CHAIN,
    MAX_CALENDAR_URLS,
    MAX_PATTERN_URLS,
    MAX_SAME_BODY,
    TrapDetector,
    shape_of,
)


def why(detector: TrapDetector, url: str, *, chain: int = 0) -> str:
    return detector.why_trap(url, shape_of(url), chain=chain)


@pytest.mark.parametrize(
    ("path", "is_calendar"),
    [
        ("/cal?month=2031-05", True),
        ("/cal?year=2031&month=5", True),
        ("/cal?rq=20310501", True),
        ("/cal/2031/05", True),
        ("/cal/2031-05-06.html", True),
        ("/news/2024/05/12/t20240512_991.html", False),
        ("/news/2024/05/kaoshi-3.html", False),
        ("/list?page=3", False),
        ("/p/2024", False),
        ("/p/190001", False),
        ("/event?date=2026-01-02&id=7", False),
    ],
)
def test_shape_knows_a_calendar(path: str, is_calendar: bool) -> None:
    assert shape_of(f"http://example.cn{path}").is_calendar is is_calendar


def test_shape_blanks_what_varies() -> None:
    one = shape_of("http://a/art/12/x.html?b=1&a=2").pattern
    assert one == shape_of("http://a/art/977/x.html?a=9&b=3").pattern
    assert one != shape_of("http://a/art/977/y.html?a=9&b=3").pattern


@pytest.mark.parametrize(
    "path",
    [
        "/a/a/a/",
        "/x/a/b/a/b/a/b/",
        "/1/" * 11,
        "/" + "a" * 2000,
        "/?a=1&a=2&a=3&a=4",
        "/?" + "&".join(f"k{number}=1" for number in range(13)),
    ],
)
def test_trap_malformed_addresses(path: str) -> None:
    assert why(TrapDetector(), f"http://a{path}")


@pytest.mark.parametrize(
    "path",
    ["/", "/2011/11/11/11.html", "/a/b/a/b/", "/?a=1&b=2&a=3", "/jyj/tzgg/202405/t20240512_1.html"],
)
def test_trap_leaves_ordinary_addresses(path: str) -> None:
    assert why(TrapDetector(), f"http://a{path}") == ""


def test_trap_calendar_is_cut_by_chain_and_by_number() -> None:
    detector = TrapDetector()
    assert why(detector, "http://a/cal?month=2031-05", chain=MAX_CALENDAR_CHAIN + 1)
    for number in range(MAX_CALENDAR_URLS):
        assert not why(detector, f"http://a/cal?month={1990 + number // 12}-{number % 12 + 1:02d}")
    assert "more than" in why(detector, "http://a/cal?month=2050-01")
    assert not why(detector, "http://a/list?page=1")


def test_trap_long_pagination_is_none() -> None:
    detector = TrapDetector()
    urls = [f"http://a/list?page={number}" for number in range(MAX_PATTERN_URLS)]
    assert not any(why(detector, url, chain=number) for number, url in enumerate(urls))
    assert why(detector, "http://a/list?page=99999")


def test_trap_one_body_under_many_addresses_closes_the_pattern() -> None:
    detector = TrapDetector()
    for number in range(MAX_SAME_BODY + 1):
        detector.note_body(f"http://a/s?sid={number}", "sha256:same")
    assert "one body" in why(detector, "http://a/s?sid=999")
    assert not why(detector, "http://a/t?sid=999")


def test_trap_dead_articles_do_not_close_a_live_pattern() -> None:
    detector = TrapDetector()
    for number in range(200):
        digest = "sha256:gone" if number % 3 == 0 else f"sha256:{number}"
        detector.note_body(f"http://a/art/{number}.html", digest)
    assert not why(detector, "http://a/art/999.html")
