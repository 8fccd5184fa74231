import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego

from crawler.robots import NO_RULE, parse_robots


@pytest.mark.parametrize(
    ("content", "path", "allowed", "rule"),
    [
        ("", "/", True, NO_RULE),
        ("<html>not found</html>", "/", True, NO_RULE),
        ("User-agent: *\nDisallow: /", "/a", False, "Disallow: / (line 2)"),
        ("User-agent: *\nDisallow:", "/a", True, NO_RULE),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True, "Allow: /a/b (line 3)"),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True, "Allow: /a (line 3)"),
        ("User-agent: other\nDisallow: /", "/a", True, NO_RULE),
        (
            "User-agent: *\nDisallow: /\n\nUser-agent: jianwei\nAllow: /",
            "/a",
            True,
            "Allow: / (line 5)",
        ),
        (
            "User-agent: *\nDisallow: /\n\nUser-agent: Jianwei/1.0\nDisallow: /b",
            "/a",
            True,
            NO_RULE,
        ),
        ("User-agent: a\nUser-agent: Jianwei\nDisallow: /x", "/x", False, "Disallow: /x (line 3)"),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False, "Disallow: /*.pdf$ (line 2)"),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True, NO_RULE),
        ("User-agent: *\nDisallow: /?id=", "/?id=3", False, "Disallow: /?id= (line 2)"),
        ("User-agent: *\nDisallow: /中", "/%E4%B8%AD", False, "Disallow: /中 (line 2)"),
        ("User-agent: *\nDisallow: /%7Ea", "/~a", False, "Disallow: /%7Ea (line 2)"),
        ("User-agent: *\rDisallow: /a # why", "/a", False, "Disallow: /a (line 2)"),
        ("Disallow: /before", "/before", True, NO_RULE),
        ("User-agent: *\nDisallow: a", "/a", False, "Disallow: a (line 2)"),
    ],
)
def test_robots_decides_and_names_the_line(
    content: str, path: str, allowed: bool, rule: str
) -> None:
    policy = parse_robots(content.encode(), token="Jianwei")
    decision = policy.decide(f"http://example.cn{path}")
    assert (decision.allowed, decision.rule) == (allowed, rule)


@pytest.mark.parametrize(
    ("value", "seconds"), [("2", 2.0), ("0.5", 0.5), ("soon", None), ("-1", None), ("1e9", None)]
)
def test_robots_reads_crawl_delay(value: str, seconds: float | None) -> None:
    policy = parse_robots(f"User-agent: *\nCrawl-delay: {value}".encode(), token="Jianwei")
    assert policy.crawl_delay_seconds == seconds


def test_robots_reads_bytes_of_any_kind() -> None:
    content = b"\xef\xbb\xbfUser-agent: *\n\x00\xff\xfe: x\nDisallow: /a\n" + b"x" * 10_000_000
    assert not parse_robots(content, token="Jianwei").decide("http://a/a").allowed


def test_robots_wildcards_cannot_be_made_slow() -> None:
    rules = "User-agent: *\n" + "\n".join("Disallow: /" + "*a" * 500 + "b$" for _ in range(20))
    policy = parse_robots(rules.encode(), token="Jianwei")
    started = time.process_time()
    assert policy.decide("http://a/" + "a" * 2000).allowed
    assert time.process_time() - started < 2


_PATHS = st.lists(st.sampled_from(["a", "b", "/", "*", "$", "?", "%41", "."]), max_size=7).map(
    lambda pieces: "/" + "".join(pieces)
)


@settings(max_examples=300, deadline=None)
@given(
    rules=st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), _PATHS), max_size=4),
    path=st.lists(st.sampled_from(["a", "b", "/", "."]), max_size=7).map("".join),
)
def test_robots_agrees_with_protego(rules: list[tuple[str, str]], path: str) -> None:
    content = "User-agent: *\n" + "\n".join(f"{key}: {value}" for key, value in rules)
    url = f"http://example.cn/{path}"
    ours = parse_robots(content.encode(), token="Jianwei").decide(url)
    assert ours.allowed == Protego.parse(content).can_fetch(url, "Jianwei")
