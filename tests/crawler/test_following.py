from pathlib import Path

import pytest

from crawler.extract.links import followable
from crawler.extract.page import parse_page
from crawler.following import is_page, links_of
from crawler.site import site_for_url
from tests.crawler.site_server import links

URL = "http://127.0.0.1:8080/"


def found_links(body: bytes) -> list[str]:
    return links_of(body, url=URL, content_type="text/html", site=SITE, warn=pytest.fail)


SITE = site_for_url([URL])
_TOWN = Path(__file__).resolve().parents[2] / "crawler" / "town" / "pages"
_PAGES = sorted(_TOWN.rglob("*.htm*"))


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: str(path.relative_to(_TOWN)))
def test_links_are_those_of_the_whole_page(path: Path) -> None:
    body = path.read_bytes()
    page = parse_page(body, url=URL, content_type="text/html")
    expected = [] if page.nofollow else followable(page, site=SITE)
    assert found_links(body) == expected


def test_links_of_the_town_are_many() -> None:
    found = [found_links(path.read_bytes()) for path in _PAGES]
    assert sum(map(len, found)) > 100


@pytest.mark.parametrize(
    ("meta", "count"), [("nofollow", 0), ("noindex, NOFOLLOW", 0), ("none", 0), ("noindex", 1)]
)
def test_links_of_a_page_that_forbids_it_are_not_followed(meta: str, count: int) -> None:
    body = f'<meta name="robots" content="{meta}">{links("/a")}'.encode()
    assert len(found_links(body)) == count


@pytest.mark.parametrize(
    ("content_type", "body", "yes"),
    [
        ("text/html; charset=gbk", b"x", True),
        ("application/xhtml+xml", b"x", True),
        ("text/plain", b"x", True),
        ("", b"\xef\xbb\xbf \r\n<!doctype html>", True),
        ("application/octet-stream", b"<html>", True),
        ("", b"\x89PNG", False),
        ("image/svg+xml", b"<svg>", False),
        ("image/png", b"<html>", False),
        ("application/pdf", b"%PDF", False),
    ],
)
def test_is_page_by_type_or_by_first_bytes(content_type: str, body: bytes, yes: bool) -> None:
    assert is_page(body, content_type) is yes


def test_links_of_what_no_parser_can_read_are_none_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("nested\ntoo deep")

    monkeypatch.setattr("crawler.following.read_document", fail)
    told: list[str] = []
    found = links_of(b"<p>", url=URL, content_type="text/html", site=SITE, warn=told.append)
    assert found == []
    assert told == [
        f"{URL}: not followed, the page cannot be parsed (RecursionError: nested too deep). "
        "The page itself is kept."
    ]
