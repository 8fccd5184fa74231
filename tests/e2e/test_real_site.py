"""A real Chinese site that nobody made for us: an HTML manual from Debian, served on loopback."""

import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

from tests.e2e.conftest import Jianwei, ServedFolder, need

MANUAL = Path("/usr/share/doc/maint-guide-zh-cn/html")
START = "index.zh-cn.html"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def reachable_pages(folder: Path) -> set[str]:
    """Find by a search of our own, from the files, what a visitor can reach."""
    seen, waiting = set(), [f"/{START}"]
    while waiting:
        path = waiting.pop()
        file = folder / path.lstrip("/")
        if path in seen or not file.is_file():
            continue
        seen.add(path)
        if file.suffix != ".html":
            continue
        links = _Links()
        links.feed(file.read_text(encoding="utf-8"))
        for href in links.found:
            target = urlsplit(urldefrag(urljoin(f"http://manual{path}", href)).url)
            if target.netloc == "manual":
                waiting.append(target.path)
    return {path for path in seen if path.endswith(".html")}


@pytest.fixture
def manual(tmp_path: Path, serve_folder: Callable[[Path], ServedFolder]) -> ServedFolder:
    need(MANUAL.is_dir(), "Debian package maint-guide-zh-cn")
    shutil.copytree(MANUAL, tmp_path / "manual")
    return serve_folder(tmp_path / "manual")


def test_manual_is_crawled_whole_and_nothing_is_flagged(
    manual: ServedFolder, jianwei: Jianwei
) -> None:
    expected = reachable_pages(MANUAL)
    assert len(expected) >= 10

    run = jianwei.json("crawl", "--url", manual.url + START)

    asked = {path: count for path, count in manual.hits.items() if path.endswith(".html")}
    assert asked == dict.fromkeys(expected, 1)
    assert run["found"] == run["fetched"] + run["unchanged"] + run["skipped"] + run["failed"]
    ads = jianwei.ads()
    assert {urlsplit(ad["url"]).path for ad in ads.values()} == expected
    assert [ad["url"] for ad in ads.values() if ad["needs_review"]] == []
    assert all(re.search("[一-鿿]{2}", ad["title"]) for ad in ads.values())


def test_same_site_from_wget_gives_the_same_ads(
    manual: ServedFolder, make_jianwei: Callable[[str], Jianwei], tmp_path: Path
) -> None:
    need(shutil.which("wget") is not None, "wget")
    ours, theirs = make_jianwei("ours"), make_jianwei("theirs")
    ours.json("crawl", "--url", manual.url + START)
    done = subprocess.run(
        ["wget", "-q", "-r", "-l", "inf", "--no-parent", f"--warc-file={tmp_path}/wget",
         manual.url + START],
        cwd=tmp_path,
        timeout=120,
    )  # fmt: skip
    assert done.returncode in {0, 8}, "8: some answer was an error, here that of robots.txt"

    report = theirs.json("ingest", str(tmp_path / "wget.warc.gz"))

    assert report["damaged"] == []
    kept = ("url", "title", "snippet", "labels", "needs_review", "risk")
    mine = {i: [ad[key] for key in kept] for i, ad in ours.ads().items()}
    their = {i: [ad[key] for key in kept] for i, ad in theirs.ads().items()}
    assert mine == their


def test_second_crawl_finds_everything_unchanged(manual: ServedFolder, jianwei: Jianwei) -> None:
    first = jianwei.json("crawl", "--url", manual.url + START)
    before = jianwei.ads()

    second = jianwei.json("crawl", "--url", manual.url + START)

    assert second["unchanged"] == first["fetched"]
    assert second["fetched"] == 0
    assert second["ingest"]["ads_new"] == second["ingest"]["ads_changed"] == 0
    assert jianwei.ads().keys() == before.keys()
