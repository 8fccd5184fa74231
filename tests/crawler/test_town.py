"""The sample town: its truth, its pages as served, its traps."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import chain
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from classifier.labels import load_labels
from crawler.canonical import canonical_url
from crawler.errors import CrawlerError
from crawler.town.moving import CARDS_PER_PAGE, load_cards
from crawler.town.replies import SavedSite
from crawler.town.server import FOLDER, TRUTH_FILE, Town, site_ids, town_sites

TRUTH: list[dict[str, Any]] = [
    json.loads(line) for line in TRUTH_FILE.read_text(encoding="utf-8").splitlines()
]
REGULATED = {"subject_tutoring", "foreign_curriculum", "preschool_academic"}
AXES = {
    "offerings": "offering",
    "subjects": "subject",
    "disguises": "disguise",
    "violations": "violation",
}
# The page's own encoding; every other site is UTF-8 throughout.
ENCODINGS = {"yufeng": "gb2312", "primary": "gb2312", "adult": "gb2312", "forum": "gbk"}
_LINK = re.compile(r"""(?:href|src|url)=["']?([^"'>\s]+)""", re.IGNORECASE)


def free_ports(count: int) -> int:
    """Find `count` ports in a row that nobody holds."""
    for first in range(24_000, 60_000, 97):
        held: list[socket.socket] = []
        try:
            for port in range(first, first + count):
                held.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue
        finally:
            for holder in held:
                holder.close()
        return first
    raise RuntimeError("no free ports in a row")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Town.serve(free_ports(len(site_ids()))) as running:
        yield running


class _KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def fetch(url: str, *, gzip: bool = False) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"} if gzip else {})
    opener = urllib.request.build_opener(_KeepRedirects)
    try:
        with opener.open(request) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def text_of(site_id: str, target: str, body: bytes) -> str:
    encoding = "big5" if target.startswith("/tw/") else ENCODINGS.get(site_id, "utf-8")
    return unescape(body.decode(encoding))


def test_town_is_large_enough() -> None:
    assert len(site_ids()) >= 16
    pages = [*(FOLDER / "pages").rglob("*.html"), *(FOLDER / "pages").rglob("*.htm")]
    assert len(pages) >= 75


def test_sites_load_with_their_ports_and_regions() -> None:
    sites = town_sites(30_000)
    assert [site.site_id for site in sites] == list(site_ids())
    for number, site in enumerate(sites):
        assert all(urlsplit(url).port == 30_000 + number for url in site.start_urls)
        assert all(site.allows(url) for url in site.start_urls)
        assert site.pace.delay_seconds == 0
        assert site.region.startswith("1599")
    assert len({site.region for site in sites} - {"159900"}) >= 2
    assert {site.kind for site in sites} == {"website", "weixin", "listing", "jobboard", "urllist"}


@pytest.mark.parametrize("line", TRUTH, ids=lambda line: f"{line['site']}{line['path']}"[:60])
def test_truth_line_follows_the_taxonomy(line: dict[str, Any]) -> None:
    labels = load_labels()
    assert line["site"] in site_ids()
    for field, axis in AXES.items():
        assert set(line[field]) <= set(labels.by_axis(axis))
        assert len(set(line[field])) == len(line[field])
    offerings = set(line["offerings"])
    assert offerings
    assert len(offerings) == 1 or not offerings & {"other_training", "not_training"}
    assert not line["disguises"] or offerings & REGULATED
    assert not line["violations"] or offerings & {*REGULATED, "non_subject"}
    assert line["needs_review"] == labels.needs_review(line["offerings"], line["violations"])
    assert line["why"].endswith(".")


def test_truth_names_each_page_and_card_once() -> None:
    keys = Counter((line["site"], line["path"], line.get("part"), line["title"]) for line in TRUTH)
    assert max(keys.values()) == 1


@pytest.mark.parametrize("field", ["offerings", "disguises", "violations"])
def test_truth_shows_every_label_of_an_axis(field: str) -> None:
    shown = {label for line in TRUTH for label in line[field]}
    assert shown == set(load_labels().by_axis(AXES[field]))


def test_half_of_the_town_is_honest() -> None:
    flagged = sum(line["needs_review"] for line in TRUTH)
    assert 0.25 <= flagged / len(TRUTH) <= 0.5


def test_every_page_of_the_truth_is_served_and_readable(town: Town) -> None:
    for line in TRUTH:
        status, _, body = fetch(town.url(line["site"], line["path"]))
        assert status == 200, line
        if "part" not in line:
            assert line["title"] in text_of(line["site"], line["path"], body), line


def test_every_page_of_the_truth_is_reached_by_links(town: Town) -> None:
    for site in town.sites:
        reached = _walk(site.start_urls, allows=site.allows, limit=120)
        wanted = {
            canonical_url(town.url(line["site"], line["path"]))
            for line in TRUTH
            if line["site"] == site.site_id and line.get("part") != "item"
        }
        assert wanted <= {canonical_url(url) for url in reached}, (
            f"{site.site_id}: not all of {wanted} are linked"
        )


def _walk(start_urls: tuple[str, ...], *, allows: Any, limit: int) -> set[str]:
    todo, seen = list(start_urls), set(start_urls)
    while todo and len(seen) < limit:
        url = todo.pop(0)
        status, headers, body = fetch(url)
        found = [headers["Location"]] if status in {301, 302} else []
        if status == 200:
            found += [unescape(link) for link in _LINK.findall(body.decode("gb18030", "replace"))]
        for link in found:
            target = urljoin(url, link).split("#")[0]
            if target.startswith("http") and target not in seen and allows(target):
                seen.add(target)
                todo.append(target)
    return seen


def test_no_placeholder_host_is_left_in_what_is_served(town: Town) -> None:
    for target, site_id in (("/a/jiating/340.html", "xuexi"), ("/", "artcentre")):
        _, _, body = fetch(town.url(site_id, target))
        assert b"qinglan.example" not in body
        assert f"127.0.0.1:{town.first_port}".rsplit(":", 1)[0].encode() in body


@pytest.mark.parametrize(
    ("site_id", "target", "status", "location"),
    [
        ("bureau", "/xxgk/old/1183.html", 301, "/art/2026/1183.html"),
        ("bureau", "/ztzl/sjtj.html", 500, None),
        ("middle", "/info/0998.html", 404, None),
        ("daily", "/2019/0612/A03-1.html", 410, None),
        ("jobs", "/zhiwei/10077.html", 410, None),
        ("forum", "/", 302, "/forum-36-1.html"),
        ("bureau", "/no/such/page.html", 404, None),
        ("classifieds", "/jiaoyu/?page=99", 404, None),
        ("classifieds", "/jiaoyu/?page=x", 404, None),
        ("daily", "/calendar?y=2026&m=13", 404, None),
    ],
)
def test_answers_other_than_a_page(
    town: Town, site_id: str, target: str, status: int, location: str | None
) -> None:
    got, headers, _ = fetch(town.url(site_id, target))
    assert got == status
    assert headers.get("Location") == location


def test_a_page_is_the_same_under_tracking_parameters(town: Town) -> None:
    plain = fetch(town.url("bureau", "/art/2026/1183.html"))[2]
    tracked = fetch(town.url("bureau", "/art/2026/1183.html?utm_source=weixin&utm_medium=social"))
    assert tracked[0] == 200
    assert tracked[2] == plain


@pytest.mark.parametrize(
    ("site_id", "target", "header", "meta", "bytes_are"),
    [
        ("yufeng", "/about.htm", None, None, "gb2312"),
        ("primary", "/main.htm", None, "gb2312", "gb2312"),
        ("middle", "/info/1024.html", "gb2312", "utf-8", "utf-8"),
        ("adult", "/jiaozi.html", "utf-8", "gb2312", "gb2312"),
        ("boya", "/tw/index.html", "big5", "big5", "big5"),
        ("forum", "/thread-20533-1-1.html", "gbk", "gbk", "gbk"),
    ],
)
def test_charsets_agree_and_disagree_as_planned(
    town: Town, site_id: str, target: str, header: str | None, meta: str | None, bytes_are: str
) -> None:
    _, headers, body = fetch(town.url(site_id, target))
    declared = re.search(r"charset=(\S+)", headers["Content-Type"])
    in_page = re.search(rb"charset=[\"']?([\w-]+)", body)
    assert (declared and declared[1].lower()) == header
    assert (in_page and in_page[1].decode().lower()) == meta
    body.decode(bytes_are)
    if bytes_are != "utf-8":
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")


def test_gzip_is_sent_to_who_accepts_it(town: Town) -> None:
    _, plain, body = fetch(town.url("daily", "/"))
    _, packed, coded = fetch(town.url("daily", "/"), gzip=True)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert coded[:2] == b"\x1f\x8b"
    assert body.startswith(b"<!DOCTYPE html>")


def test_robots_forbids_paths_that_links_reach(town: Town) -> None:
    for site_id, forbidden, page in (
        ("baishun", "/member/", "/peiban.html"),
        ("bureau", "/oa/", "/"),
    ):
        assert f"Disallow: {forbidden}".encode() in fetch(town.url(site_id, "/robots.txt"))[2]
        assert f'href="{forbidden}'.encode() in fetch(town.url(site_id, page))[2]
    assert fetch(town.url("daily", "/robots.txt"))[0] == 404


def test_calendar_has_always_a_next_month(town: Town) -> None:
    target = "/calendar?y=2026&m=11"
    for _ in range(30):
        body = fetch(town.url("daily", target))[2].decode()
        target = unescape(re.findall(r'href="([^"]+)"', body)[1])
    assert target == "/calendar?y=2029&m=5"


def cards_by_page(town: Town, *, pages: int) -> list[list[str]]:
    shown = []
    for page in range(1, pages + 1):
        body = fetch(town.url("classifieds", f"/jiaoyu/?page={page}"))[2].decode()
        shown.append(re.findall(r'<li class="info-card">.*?</li>', body))
    return shown


def test_cards_move_between_pages_and_stay_the_same(town: Town) -> None:
    cards = load_cards(FOLDER / "pages" / "classifieds" / "cards.yml")
    pages = -(-len(cards) // CARDS_PER_PAGE)
    town.shift = 0
    before = cards_by_page(town, pages=pages)
    town.shift = 3
    after = cards_by_page(town, pages=pages)
    town.shift = 0
    assert before != after
    assert [len(page) for page in before] == [len(page) for page in after]
    assert Counter(chain.from_iterable(before)) == Counter(chain.from_iterable(after))
    assert len(set(before[0]) & set(after[1])) == 3
    assert {card.title for card in cards if card.link}
    assert {card.title for card in cards if not card.link}


def test_reposts_stand_on_two_hosts(town: Town) -> None:
    for one, other in (
        (("daily", "/2026/0905/A02-3.html"), ("xuexi", "/a/jiating/340.html")),
        (("studyroom", "/wenzhang.html"), ("xuexi", "/a/xiaoxue/352.html")),
    ):
        texts = [
            set(re.findall(r"<p>(.*?)</p>", fetch(town.url(*at))[2].decode()))
            for at in (one, other)
        ]
        assert len(texts[0] & texts[1]) >= 5


def test_hits_count_each_target(town: Town) -> None:
    before = town.hits("sport")["/tiyu.html"]
    fetch(town.url("sport", "/tiyu.html"))
    fetch(town.url("sport", "/tiyu.html"))
    assert town.hits("sport")["/tiyu.html"] == before + 2


def test_taken_port_is_named_and_nothing_stays_running() -> None:
    first = free_ports(len(site_ids()))
    taken = first + 4
    with (
        socket.create_server(("127.0.0.1", taken)),
        pytest.raises(CrawlerError, match=rf"Port {taken} .*boya.*another first port"),
    ):
        Town.serve(first)
    with Town.serve(first) as town:
        assert len(town.permitted) == len(site_ids())


def test_unknown_key_of_routes_is_refused(tmp_path: Any) -> None:
    (tmp_path / "routes.yml").write_text("headers: {}\n", encoding="utf-8")
    with pytest.raises(CrawlerError, match=r"routes\.yml: unknown key headers"):
        SavedSite(tmp_path)


def test_route_to_a_missing_file_is_refused(tmp_path: Any) -> None:
    (tmp_path / "routes.yml").write_text('routes: {"/a": {file: a.html}}\n', encoding="utf-8")
    with pytest.raises(CrawlerError, match=r"route '/a': no file"):
        SavedSite(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_runs_until_interrupted(number: signal.Signals) -> None:
    first = free_ports(len(site_ids()))
    command = [sys.executable, "-m", "crawler.town.server", "--port", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            lines = [server.stdout.readline() for _ in range(len(site_ids()) + 1)]
            assert f"http://127.0.0.1:{first}/" in lines[0]
            assert "Ctrl-C" in lines[-1]
            assert fetch(f"http://127.0.0.1:{first}/")[0] == 200
            server.send_signal(number)
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
