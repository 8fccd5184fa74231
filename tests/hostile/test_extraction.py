"""Pages made to break or to stall an extractor: each is read in bounded time, no text invented."""

import random
import time
from collections.abc import Callable

import pytest

from crawler.extract.ads import extract_ads
from crawler.extract.links import followable
from crawler.extract.page import parse_page
from tests.crawler.evidence_samples import make_record, make_site

# Generous: the slowest of these takes half of it on a core five times slower than a usual one.
MAX_SECONDS = 30
MEBIBYTE = 2**20

PAGES: dict[str, Callable[[], bytes]] = {
    "1 MB without a blank": lambda: ("<p>" + "招生" * (MEBIBYTE // 6)).encode(),
    "16 MB of text": lambda: ("<p>" + "招生简章 " * (MEBIBYTE * 16 // 13)).encode(),
    "8 MB of paragraphs": lambda: b"<p>abc</p>" * (MEBIBYTE * 8 // 10),
    "50,000 nested divs": lambda: b"<div>" * 50_000 + "深处".encode(),
    "50,000 nested and closed": lambda: b"<div>" * 50_000 + b"x" + b"</div>" * 50_000,
    "nested with marks in attributes": lambda: b"<div a='<>'>" * 30_000 + b"x",
    "nested fonts": lambda: b"".join(b"<font c=%d><p>x" % n for n in range(20_000)),
    "nested links and bold": lambda: b"<a href=x><b>" * 30_000 + b"x",
    "nested tables": lambda: b"<table><tr><td>" * 15_000 + b"x",
    "nested lists": lambda: b"<ul><li>" * 30_000 + b"x",
    "nested forms, selects, buttons": lambda: b"<form><select><button>" * 20_000 + b"x",
    "nested custom elements": lambda: b"<x-y>" * 50_000 + b"x",
    "nested svg and math": lambda: b"<svg><math>" * 20_000 + b"x",
    "nested frame sets": lambda: b"<frameset>" * 30_000,
    "100,000 links": lambda: b"".join(b"<a href=/p/%d>p%d</a> " % (n, n) for n in range(100_000)),
    "huge attribute": lambda: b"<p title='" + b"a" * (8 * MEBIBYTE) + b"'>x",
    "huge address": lambda: b"<a href='/" + b"a" * (8 * MEBIBYTE) + b"'>x",
    "100,000 attributes": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">x",
    "attributes behind marks": lambda: (
        b"<p a='>' " + b" ".join(b"a%d='<'" % n for n in range(60_000)) + b">x"
    ),
    "100,000 classes": lambda: b"<div class='" + b"nav " * 100_000 + b"'>x",
    "unclosed comment": lambda: b"<p>x<!--" * 100_000,
    "unclosed tags": lambda: b"<p <b <i " * 200_000,
    "open angle brackets": lambda: b"<" * (2 * MEBIBYTE),
    "open attribute quotes": lambda: b"<a href='" * 100_000,
    "slashes and refreshes": lambda: b"<meta http-equiv=refresh content='1;;;;;'>" * 50_000,
    "entity bomb": lambda: (
        b'<!DOCTYPE html [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><p>' + b"&b;" * 100_000
    ),
    "numeric entities": lambda: b"<p>" + b"&#x10ffff;&#0;&#xd800;" * 100_000,
    "NUL bytes": lambda: b"<p>\x00" * 200_000,
    "dates without end": lambda: ("<p>发布时间：" + "2024-" * 200_000).encode(),
    "copyright without end": lambda: ("<p>版权所有" + "© 2024-" * 200_000).encode(),
    "style rules": lambda: b"<style>" + b".a{display:none}" * 20_000 + b"</style><p class=a>x",
    "open style rules": lambda: b"<style>" + b"@media{a{" * 50_000 + b"</style><p>x",
    "hidden elements": lambda: b"<p style='display:none'>" * 100_000 + b"x",
    "line breaks": lambda: b"a<br>" * 300_000,
    "table of 100,000 cells": lambda: b"<table>" + b"<tr><td>1<td>2" * 50_000,
    "scripts with links": lambda: b"<div onclick=\"location='" * 50_000,
    "random bytes": lambda: random.Random(1).randbytes(MEBIBYTE),
    "random bytes with tags": lambda: b"<p>" + random.Random(2).randbytes(MEBIBYTE) + b"</p>",
    "right-to-left and zero-width": lambda: ("<p>" + "数\u200b学\u202e\u2066" * 200_000).encode(),
    "xml header without end": lambda: b"<?xml " + b"a" * MEBIBYTE,
    "meta without end": lambda: b"<meta " * 300_000,
    "base of script": lambda: b"<base href='javascript:alert(1)'><a href=x>x</a>" * 10_000,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_read_in_bounded_time(name: str) -> None:
    body = PAGES[name]()
    site = make_site(kind="listing")  # which also looks for cards
    started = time.process_time()
    for ad in extract_ads(make_record(body[: 16 * MEBIBYTE]), site=site):
        assert "\x00" not in ad.text
        assert "\n".join(ad.text[b.start : b.end] for b in ad.blocks) == ad.text
        ad.text.encode()
    assert time.process_time() - started < MAX_SECONDS


@pytest.mark.parametrize("name", ["100,000 links", "50,000 nested divs", "huge address"])
def test_links_of_a_hostile_page_are_found_in_bounded_time(name: str) -> None:
    started = time.process_time()
    page = parse_page(PAGES[name](), url="http://h.example/", content_type="text/html")
    urls = followable(page, site=make_site())
    assert time.process_time() - started < MAX_SECONDS
    assert len(urls) == (100_000 if name == "100,000 links" else 0)


def test_no_text_is_lost_by_the_bound_on_nesting() -> None:
    body = "".join(f"<div>第{n}层<b>字</b>" for n in range(3_000))
    (ad,) = extract_ads(make_record(body), site=None)
    assert ad.text.splitlines() == [f"第{n}层字" for n in range(3_000)]


def test_script_tags_inside_text_stay_text() -> None:
    body = "<p>招生 &lt;script&gt;alert(1)&lt;/script&gt; 简章<script>alert('数学')</script>"
    (ad,) = extract_ads(make_record(body), site=None)
    assert ad.text == "招生 <script>alert(1)</script> 简章"


def test_page_cannot_place_its_identity_elsewhere() -> None:
    body = (
        "<base href=http://other.example/><link rel=canonical href=http://other.example/x>"
        "<meta property=og:url content=http://other.example/y><p>正文"
    )
    (ad,) = extract_ads(make_record(body, url="http://h.example/a"), site=None)
    assert ad.url == "http://h.example/a"
