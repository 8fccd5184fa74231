"""One site, saved by our spider and by wget: the same ads come out, with the same ids."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crawler.evidence.reader import CapturedRecord, closed_files, import_file, read_captures
from crawler.extract.ads import extract_ads
from crawler.records import Ad
from tests.crawler.crawling import run_crawl, site_at
from tests.crawler.site_server import SiteServer, page

GBK = "课程中心：周末美术班、书法班，地址在中山路88号，电话0471-5550000。"
MIXED = "图书馆的公告：国庆期间照常开放，閱覽室三樓，自习座位请提前一天预约。"


def _chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    joined = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n" + joined + b"0\r\n\r\n"
    )


def _routes() -> dict[str, bytes]:
    index = (
        "<title>首页</title><div class=nav><a href=/gbk.html>课程</a> <a href='/utf8.html'>公告</a>"
        "</div><p>欢迎<b>来</b>访<a href='utf8.html?utm_source=x&amp;from=timeline#top'>再看公告</a>"
        "<a href=/a/../deep/%7euser/x%c3%a9.html>深</a><a href=/plain.txt>文</a>"
        "<a href=/l.html?page=2>二</a><a href=/gone.html>无</a><a href=/img.png>图</a>"
    )
    listing = "<title>第{0}页</title><p>第{0}页的内容<a href=/l.html?page={1}>下一页</a>"
    return {
        "/": page(index),
        "/gbk.html": page(
            f"<title>课程</title><p>{GBK}<a href=/chunked.html>分块</a>".encode("gb18030"),
            headers=("Content-Type: text/html",),
        ),
        "/utf8.html": page(f"<meta charset=utf-8><title>公告</title><p>{MIXED}", headers=("X: y",)),
        "/chunked.html": _chunked(f"<title>分块</title><p>{GBK * 9}".encode("gbk")),
        "/deep/~user/x%C3%A9.html": page("<p>深处"),
        "/deep/%7euser/x%c3%a9.html": page("<p>深处"),  # as wget asks for it
        "/plain.txt": page("纯文本公告\n第二行".encode(), headers=("Content-Type: text/plain",)),
        "/l.html?page=2": page(listing.format(2, 3)),
        "/l.html?page=3": page(listing.format(3, 2)),
        "/img.png": page(b"\x89PNG", headers=("Content-Type: image/png",)),
        "/robots.txt": page(
            "User-agent: *\nDisallow: /no/\n", headers=("Content-Type: text/plain",)
        ),
    }


def _ads(records: list[CapturedRecord]) -> dict[str, Ad]:
    found: dict[str, Ad] = {}
    for record in records:
        for ad in extract_ads(record, site=None):
            found[ad.ad_id] = ad
    return found


@pytest.mark.skipif(
    shutil.which("wget") is None and "CI" not in os.environ, reason="wget is not installed"
)
def test_spider_and_wget_give_the_same_ads(tmp_path: Path) -> None:
    with SiteServer(_routes()) as server:
        ours = _ads(run_crawl([site_at(f"{server.url}/")], tmp_path / "data").captures())
        subprocess.run(
            ["wget", "-q", "-r", "-l", "inf", "-P", "copy", "--warc-file=w", f"{server.url}/"],
            cwd=tmp_path,
            check=False,
            timeout=60,
        )
    evidence = tmp_path / "data" / "evidence"
    copy = import_file(tmp_path / "w.warc.gz", evidence)
    theirs = _ads(list(read_captures(copy, evidence_folder=evidence)))
    assert copy in closed_files(evidence)
    assert len(ours) == 8
    assert ours.keys() == theirs.keys()
    for ad_id, ad in ours.items():
        other = theirs[ad_id]
        assert (ad.url, ad.part, ad.title, ad.text) == (
            other.url,
            other.part,
            other.title,
            other.text,
        )
        assert (ad.blocks, ad.links, ad.images) == (other.blocks, other.links, other.images)
    assert any(GBK in ad.text for ad in ours.values())
    assert any(MIXED in ad.text for ad in ours.values())
