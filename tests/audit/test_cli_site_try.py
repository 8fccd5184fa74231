"""`jianwei site try`: what a trial tells of addresses and of site files, good and bad."""

from pathlib import Path

import pytest

from tests.audit.test_cli_crawl import jianwei
from tests.crawler.site_server import SiteServer, page

CARDS = "".join(
    f"<li><a class=t href='/ad/{n}'>初中数学提高班{n}</a><p>每周六上午上课，名额有限，欢迎来校咨询。</p></li>"
    for n in range(6)
)


def test_address_gives_pages_ads_and_a_declaration(tmp_path: Path) -> None:
    with SiteServer({"/": page(f"<title>同城培训</title><ul>{CARDS}</ul>")}) as server:
        done = jianwei(tmp_path / "data", "site", "try", f"{server.url}/", "--max-pages", "3")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("发现 7 个地址：取得 1，")
    assert any("试抓页数已满" in line for line in lines)
    assert "title: 同城培训" in lines
    assert "kind: listing" in lines
    assert not (tmp_path / "data").exists()


def test_file_with_a_selector_that_matches_nothing_says_so(tmp_path: Path) -> None:
    with SiteServer({"/": page("<title>t</title><p>你好，这是一页。</p>")}) as server:
        file = tmp_path / "town.yml"
        file.write_text(
            f"title: 小站\nstart_urls: ['{server.url}/']\n"
            f"allowed_domains: ['127.0.0.1:{server.port}']\npace: {{delay_seconds: 0}}\n"
            "extract: {text: 'article.none'}\n",
            encoding="utf-8",
        )
        permitted = {"JIANWEI_PERMITTED_ADDRESSES": f"127.0.0.1:{server.port}"}
        done = jianwei(tmp_path / "data", "site", "try", str(file), **permitted)

    assert done.returncode == 0, done.stderr
    assert "声明中的选择器不匹配" in done.stdout
    assert "site_id" not in done.stdout
    assert "title: 小站" in done.stdout


def test_page_without_links_is_told(tmp_path: Path) -> None:
    with SiteServer({"/": page("<title>t</title><p>请开启脚本后访问。</p>")}) as server:
        done = jianwei(tmp_path / "data", "site", "try", f"{server.url}/")

    assert "起始页上没有可以跟进的链接" in done.stdout


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("ftp://example.cn/", "ftp"),
        ("absent.yml", "absent.yml"),
        ("http:///", "http:///"),
        ("https://edu.example.invalid/", "contact"),
    ],
)
def test_what_cannot_be_tried_is_one_clear_line(tmp_path: Path, what: str, says: str) -> None:
    done = jianwei(tmp_path / "data", "site", "try", what)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
