from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from w3lib.url import safe_url_string

from crawler.canonical import MAX_URL_CHARS, canonical_url, host_port
from crawler.errors import CrawlerError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com:08080/", "http://example.com:8080/"),
        ("http://user:secret@example.com/a", "http://example.com/a"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://[2001:DB8:0:0::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("http://例子.中国/", "http://xn--fsqu00a.xn--fiqs8s/"),
        ("http://ｅｘａｍｐｌｅ．com/", "http://example.com/"),
        ("http://h/a/./b/../c", "http://h/a/c"),
        ("http://h/a/b/..", "http://h/a/"),
        ("http://h/../../a", "http://h/a"),
        ("http://h/a/%2e%2E/b", "http://h/b"),
        ("http://h//a//b", "http://h//a//b"),
        ("http://h/%7euser/%41", "http://h/~user/A"),
        ("http://h/%e4%bd%a0", "http://h/%E4%BD%A0"),
        ("http://h/你", "http://h/%E4%BD%A0"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/a%2fb", "http://h/a%2Fb"),
        ("http://h/50%", "http://h/50%25"),
        ("http://h/a?q=%d6%d0%CE%c4", "http://h/a?q=%D6%D0%CE%C4"),
        ("http://h/a?b=2&a=1", "http://h/a?b=2&a=1"),
        ("http://h/a?", "http://h/a"),
        ("http://h/a?&&x=1&", "http://h/a?x=1"),
        ("http://h/a#top", "http://h/a"),
        ("http://h/#/route/7", "http://h/"),
        ("http://h/a;jsessionid=0A1B?x=1", "http://h/a?x=1"),
        ("http://h/a;JSESSIONID=0A1B;v=2", "http://h/a;v=2"),
        ("http://h/a?PHPSESSID=abc&id=7", "http://h/a?id=7"),
        ("http://h/a?utm_source=x&utm%5Fmedium=y&id=7&spm=a1.b2", "http://h/a?id=7"),
        ("http://h/a?from=timeline&isappinstalled=0", "http://h/a"),
        ("http://h/a?from=10&to=20", "http://h/a?from=10&to=20"),
        ("http:\\\\h\\a\\b?c\\d", "http://h/a/b?c%5Cd"),
        (" \thttp://h/a\nb ", "http://h/ab"),
        ("http://h/a?next='x'", "http://h/a?next=%27x%27"),
        (
            "https://mp.weixin.qq.com/s?__biz=Mz==&mid=22&idx=1&sn=ab&chksm=c&scene=27&key=k#rd",
            "https://mp.weixin.qq.com/s?__biz=Mz==&mid=22&idx=1&sn=ab",
        ),
    ],
)
def test_canonical_url_gives_one_spelling(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("c.html", "http://h:8810/a/c.html"),
        ("../c", "http://h:8810/c"),
        ("/c?x=1", "http://h:8810/c?x=1"),
        ("?p=2", "http://h:8810/a/b?p=2"),
        ("#part", "http://h:8810/a/b?q=1"),
        ("", "http://h:8810/a/b?q=1"),
        ("//other/x", "http://other/x"),
        ("https://other/x", "https://other/x"),
        ("..\\c", "http://h:8810/c"),
        ("./", "http://h:8810/a/"),
    ],
)
def test_canonical_url_resolves_against_the_base(reference: str, expected: str) -> None:
    assert canonical_url(reference, "http://h:8810/a/b?q=1") == expected


@pytest.mark.parametrize(
    "url",
    [
        "javascript:void(0)",
        "tel:13800000000",
        "mailto:a@example.com",
        "ftp://h/a",
        "data:text/html,x",
        "example.com/a",
        "http://",
        "http:///a",
        "http://[::1",
        "http://[fe80::zz]/",
        "http://h:99999/",
        "http://h:0/",
        "http://h:port/",
        "http://a b/",
        "http://h/" + "a" * MAX_URL_CHARS,
        "http://h/" + "你" * (MAX_URL_CHARS // 9 + 1),
        "",
    ],
)
def test_canonical_url_refuses_what_is_not_a_web_address(url: str) -> None:
    with pytest.raises(CrawlerError, match="URL "):
        canonical_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Example.com/a", ("example.com", 80)),
        ("https://example.com", ("example.com", 443)),
        ("http://127.0.0.1:8810/", ("127.0.0.1", 8810)),
        ("http://[::1]:9/", ("::1", 9)),
    ],
)
def test_host_port_fills_in_the_default_port(url: str, expected: tuple[str, int]) -> None:
    assert host_port(url) == expected


_WORDS = (
    "/ // . .. /../ /./ % %2 %2e %2E%2e %25 %41 %d6%D0 %%34 ? & = # \\ | [ ] { ^ ` + @ : ' a Z 中 "
    ";jsessionid= PHPSESSID=x utm_a=b from=app \x00 \ud800 \t"
)
_PIECES = st.sampled_from(_WORDS.split(" "))
_URLS = st.builds(
    lambda host, port, tail: f"http://{host}{port}/{''.join(tail)}",
    st.sampled_from(["h", "Example.COM", "xn--fsqu00a.com", "例子.中国", "[::1]", "u:p@h", "h."]),
    st.sampled_from(["", ":80", ":8810", ":443"]),
    st.lists(_PIECES, max_size=14),
)


@given(_URLS)
def test_canonical_url_is_idempotent(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(_URLS)
def test_canonical_url_survives_what_scrapy_sends(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(safe_url_string(once)) == once


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_canonical_url_of_a_reference_is_that_of_its_resolved_form(reference: str) -> None:
    base = "http://h:8810/a/b/c?d"
    try:
        expected = canonical_url(urljoin(base, reference.strip()))
    except (CrawlerError, ValueError):
        return
    # Not where urljoin differs from browsers: back-slashes, empty segments, queries, fragments.
    if reference != "?" and not any(mark in reference for mark in ("\\", "//", "#", "\t")):
        assert canonical_url(reference, base) == expected


@given(st.text(max_size=60))
def test_canonical_url_raises_nothing_but_its_own_error(text: str) -> None:
    for base in (None, "http://h/a/b?c"):
        try:
            once = canonical_url(text, base)
        except CrawlerError:
            continue
        assert canonical_url(once) == once
