"""Time per page of our extraction against BeautifulSoup with lxml, in turn, in one run.

    python benchmarks/bench_extract.py [--rounds 5] [PAGE.html…]

Without pages: an ordinary page of about 27 KB made on the spot (menu, 110 news links, 60
paragraphs with inline markup, a footer). BeautifulSoup does title, text and links only.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

from crawler.evidence.reader import CapturedRecord
from crawler.extract.ads import extract_ads
from crawler.extract.main_text import vote
from crawler.extract.page import parse_page
from crawler.records import Capture

URL = "http://h.example/a/b.html"
_SENTENCE = (
    "这是<b>第{}段</b>正文，讲学校<span style='color:red'>艺术</span>节的筹备，学生们踊跃参加，"
    "老师们也很支持，活动在周五下午顺利举行，家长代表到场观看并留下了合影。"
)


def ordinary_page() -> bytes:
    items = "".join(
        f'<li class="it"><a href="/news/{n}.html" title="t">新闻标题第{n}条关于学校活动</a>'
        f"<span>2024-01-{n % 28 + 1:02d}</span></li>"
        for n in range(110)
    )
    paragraphs = "".join(f"<p>{_SENTENCE.format(n)}</p>" for n in range(60))
    return (
        f"<html><head><meta charset=utf-8><title>题目</title></head><body>"
        f"<div class=nav><a href=/>首页</a><a href=/about>关于</a></div><ul class=list>{items}</ul>"
        f"<div id=main><h1>题目</h1>{paragraphs}</div><div class=footer>版权所有：某学校</div>"
    ).encode()


def _soup(page: bytes) -> None:
    soup = BeautifulSoup(page, "lxml")
    _ = soup.title.get_text() if soup.title else ""
    soup.get_text("\n")
    [anchor["href"] for anchor in soup.find_all("a", href=True)]


def _vote(page: bytes) -> Callable[[], object]:
    parsed = parse_page(page, url=URL, content_type="text/html")
    return lambda: vote(
        parsed.text, parsed.blocks, source=parsed.document.source, links=parsed.links
    )


def _record(page: bytes) -> CapturedRecord:
    capture = Capture(
        capture_id="urn:uuid:0",
        url=URL,
        final_url=URL,
        fetched_at=datetime.now(UTC),
        http_status=200,
        content_type="text/html",
        payload_digest="",
        warc_file="",
        warc_offset=0,
        purpose="crawl",
    )
    return CapturedRecord(
        capture=capture,
        headers=(),
        body=page,
        is_revisit=False,
        refers_to=None,
        next_offset=0,
        problem=None,
    )


def variants(page: bytes) -> dict[str, Callable[[], object]]:
    record = _record(page)
    text = page.decode("utf-8", errors="replace")
    return {
        "selectolax, parse only": lambda: LexborHTMLParser(text),
        "parse_page: title, text, blocks, links, metadata": lambda: parse_page(
            page, url=URL, content_type="text/html"
        ),
        "main-text vote alone": _vote(page),
        "extract_ads: all of it": lambda: extract_ads(record, site=None),
        "bs4(lxml): title, text, links": lambda: _soup(page),
    }


def _microseconds(run: Callable[[], object], repeats: int) -> float:
    started = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - started) / repeats * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    pages = {str(path): path.read_bytes() for path in arguments.pages}
    for name, page in (pages or {"ordinary page": ordinary_page()}).items():
        runs = variants(page)
        times: dict[str, list[float]] = {variant: [] for variant in runs}
        for _ in range(arguments.rounds):
            for variant, run in runs.items():
                times[variant].append(_microseconds(run, 20))
        soup = statistics.median(times["bs4(lxml): title, text, links"])
        print(f"{name}: {len(page)} bytes, CPU time, median of {arguments.rounds} rounds")
        for variant, values in times.items():
            middle = statistics.median(values)
            print(f"  {variant:52} {middle:9.0f} µs   {soup / middle:5.1f} x bs4")


if __name__ == "__main__":
    main()
