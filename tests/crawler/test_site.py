import json
import re
from pathlib import Path

import pytest

from crawler.errors import SiteError
from crawler.site import Site, load_site, load_sites, site_for_url

BASE = """\
title: 示例
start_urls: ["https://example.cn/peixun/"]
allowed_domains: ["example.cn"]
"""
FULL = """\
title: 示例同城培训频道
kind: listing
region: "110000"
start_urls: ["https://example.cn/peixun/"]
allowed_domains: ["example.cn"]
follow: {list: "a.next", detail: "ul.posts a.title", allow: ['/peixun/'], deny: ['/login']}
extract: {title: h1, text: article, published_on: time, card: li, card_link: a}
pace: {delay_seconds: 3, concurrent: 1, max_pages: 10, max_depth: 2, max_seconds: 60}
render: never
expect: {min_ads: 20, max_ads: 2000}
schedule: {cron: "30 2 * * 1-5", missed: run_once, overlap: skip}
notes: 列表页只留最近 30 天
"""


def write(folder: Path, text: str, name: str = "bj_example.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_load_site_reads_every_key(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, FULL))
    assert site.site_id == "bj_example"
    assert site.region == "110000"
    assert site.follow.allow == ("/peixun/",)
    assert site.pace.delay_seconds == 3.0
    assert site.schedule is not None
    assert site.schedule.cron == "30 2 * * 1-5"


def test_load_site_survives_json(tmp_path: Path) -> None:
    site = load_site(write(tmp_path, FULL))
    assert Site.from_dict(json.loads(json.dumps(site.to_dict()))) == site


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            BASE.replace("start_urls", "start_url"),
            "unknown key 'start_url'. Did you mean 'start_urls'?",
        ),
        (BASE + "pace: {delay_second: 3}", "unknown key 'pace.delay_second'. Did you mean"),
        (BASE + "site_id: x", "The file name is the site id"),
        (BASE + "region: 110000", "'region' expected text in quotes, got the number 110000"),
        (BASE + "region: 010", "'region' expected text in quotes, got the number 8"),
        (BASE + 'region: "11000"', "GB/T 2260"),
        (BASE + "schedule: {cron: 20:30}", "'schedule.cron' expected text in quotes, got the"),
        (BASE + 'schedule: {cron: "daily"}', "five fields"),
        (BASE + "schedule: {missed: skip}", "'schedule.cron' is missing"),
        (BASE + "on: x", "YAML read it so"),
        (BASE + "notes: no", "'notes' expected text in quotes, got no/false"),
        (BASE + "notes: 2026-01-01", "'notes' expected text in quotes, got date"),
        (
            BASE + "title: b",
            "line 4, column 1: not readable as YAML (key 'title' is written twice)",
        ),
        ("title: [", "not readable as YAML"),
        ("- a", "expected keys with values, got a list"),
        ("", "expected keys with values, got nothing"),
        ("a: &x [*x]\n? [b]\n: c", "not readable as YAML"),
        (BASE + "notes: \x07", "not readable as YAML"),
        (BASE + "follow: {list: 'a['}", "'follow.list' is not a CSS selector"),
        (BASE + "extract: {card: '::'}", "'extract.card' is not a CSS selector"),
        (BASE + "follow: {deny: /x/}", "'follow.deny' expected a list"),
        (BASE + "follow: {deny: [1]}", "'follow.deny[0]' expected text"),
        (BASE + "follow: {deny: ['(']}", "'follow.deny[0]' is not a regular expression"),
        (BASE + "render: sometimes", "'render' expected one of never, when_needed, always"),
        (BASE + "kind: web_site", "Did you mean 'website'?"),
        (BASE + "pace: {concurrent: yes}", "'pace.concurrent' expected a whole number"),
        (BASE + "pace: {concurrent: 1.5}", "'pace.concurrent' expected a whole number"),
        (BASE + "pace: {concurrent: 99}", "'pace.concurrent' expected 1 to 16, got 99"),
        (BASE + "pace: {delay_seconds: 0}", "at least 0.5"),
        (BASE + "pace: {delay_seconds: .nan}", "'pace.delay_seconds' expected 0 to 3600"),
        (BASE + "expect: {min_ads: 3, max_ads: 2}", "above"),
        (BASE + "expect: {min_ads: -1}", "0 or more"),
        (BASE.replace('["example.cn"]', '["http://example.cn/"]'), "expected a domain"),
        (BASE.replace('["example.cn"]', "[]"), "'allowed_domains' is empty"),
        (BASE.replace('["example.cn"]', '["b.cn"]'), "outside 'allowed_domains'"),
        (BASE.replace("https:", "ftp:"), "expected scheme http or https, got ftp"),
        (BASE.replace("示例", "' '"), "'title' is empty"),
    ],
)
def test_load_site_refuses(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SiteError, match=re.escape(message)) as refused:
        load_site(path)
    assert str(refused.value).startswith(str(path))


@pytest.mark.parametrize("name", ["A.yml", "a b.yml", "a.yaml", "_a.yml", "a..b.yml", "..yml"])
def test_load_site_refuses_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SiteError, match="file name"):
        load_site(write(tmp_path, BASE, name))


def test_load_site_refuses_other_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, BASE)
    path.write_bytes("title: 示例".encode("gb18030"))
    with pytest.raises(SiteError, match="byte 9 is not UTF-8"):
        load_site(path)
    with pytest.raises(SiteError, match="cannot be read"):
        load_site(tmp_path / "missing.yml")


def test_load_site_lets_loopback_go_without_delay(tmp_path: Path) -> None:
    text = BASE.replace("https://example.cn/peixun/", "http://127.0.0.1:8810/")
    text = text.replace('["example.cn"]', '["127.0.0.1:8810"]') + "pace: {delay_seconds: 0}"
    assert load_site(write(tmp_path, text)).pace.delay_seconds == 0


def test_load_sites_reads_the_bundled_ones(project_folder: Path) -> None:
    sites = load_sites(project_folder / "crawler" / "sites")
    assert sites
    assert all(site_id == site.site_id for site_id, site in sites.items())


def test_load_sites_refuses_other_ending_and_no_folder(tmp_path: Path) -> None:
    write(tmp_path, BASE, "a.yaml")
    with pytest.raises(SiteError, match="ending .yml"):
        load_sites(tmp_path)
    with pytest.raises(SiteError, match="no such folder"):
        load_sites(tmp_path / "x")


@pytest.mark.parametrize(
    ("domain", "url", "inside"),
    [
        ("example.cn", "https://example.cn/", True),
        ("example.cn", "https://www.example.cn/", True),
        ("example.cn", "http://example.cn:8080/", True),
        ("example.cn", "https://badexample.cn/", False),
        ("example.cn", "https://example.cn.evil.com/", False),
        ("example.cn:8080", "http://example.cn:8080/", True),
        ("example.cn:8080", "http://example.cn/", False),
        ("example.cn:8080", "http://www.example.cn:8080/", False),
        ("127.0.0.1", "http://127.0.0.1:99/", True),
        ("127.0.0.1", "http://1.127.0.0.1/", False),
        ("[::1]:80", "http://[::1]/", True),
        ("例子.cn", "http://xn--fsqu00a.cn/", True),
    ],
)
def test_site_allows_its_domains(domain: str, url: str, inside: bool) -> None:
    site = Site(site_id="a", title="a", start_urls=("http://a/",), allowed_domains=(domain,))
    assert site.allows(url) is inside


def test_site_for_url_keeps_to_host_and_port() -> None:
    site = site_for_url(["http://127.0.0.1:8080/a", "http://127.0.0.1:8080/b"])
    assert site.site_id == "127.0.0.1-8080"
    assert site.allows("http://127.0.0.1:8080/x")
    assert not site.allows("http://127.0.0.1:8081/x")
    assert site.pace.delay_seconds == 0
    assert Site.from_dict(site.to_dict()) == site


def test_site_for_url_takes_http_and_https_of_a_public_host_as_one() -> None:
    site = site_for_url(["http://Example.CN/a"])
    assert site.site_id == "example.cn-80"
    assert site.allows("https://example.cn/x")
    assert not site.allows("https://www.example.cn/x")
    assert site.pace.delay_seconds >= 1


@pytest.mark.parametrize("urls", [["ftp://a/"], ["http://a/", "http://b/"], ["nonsense"]])
def test_site_for_url_refuses(urls: list[str]) -> None:
    with pytest.raises(SiteError):
        site_for_url(urls)


def test_site_from_dict_is_as_strict_as_a_file() -> None:
    values = site_for_url(["http://127.0.0.1:8080/"]).to_dict()
    with pytest.raises(SiteError, match="unknown key 'start_url'"):
        Site.from_dict({**values, "start_url": "x"})
    with pytest.raises(SiteError, match="'region'"):
        Site.from_dict({**values, "region": 11})
