"""Where a saved page leads, the same for the spider and for a run that is taken up again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from crawler.extract.document import HtmlDocument, read_document
from crawler.extract.links import collect_frames, collect_links, followable
from crawler.extract.metadata import read_metas, refresh_target
from crawler.extract.page import Page
from crawler.records import Link
from crawler.site import Site

# What may hold links; pictures, fonts, archives and the like do not.
_PAGES = ("html", "xml", "text/plain")
_UNTOLD = ("", "application/octet-stream", "unknown/unknown", "*/*")


def links_of(
    body: bytes, *, url: str, content_type: str, site: Site, warn: Callable[[str], None]
) -> list[str]:
    """Return the canonical addresses to follow from a decoded body; none when it is no page.

    A page that forbids it (`nofollow`) is not followed. A page that no parser can read leads
    nowhere and is told to `warn`: one bad page must not end the run, nor stay unseen.
    """
    if not is_page(body, content_type):
        return []
    try:
        return _links(read_document(body, url=url, content_type=content_type), site)
    except Exception as error:  # whatever a hostile page does to a parser
        what = " ".join(f"{type(error).__name__}: {error}".split())
        warn(f"{url}: not followed, the page cannot be parsed ({what}). The page itself is kept.")
        return []


@dataclass(frozen=True, slots=True)
class _Leads:
    """The parts of a page that `followable` looks at; the text is most of the work, so not read."""

    document: HtmlDocument
    links: tuple[Link, ...]
    refresh_url: str | None
    frames: tuple[str, ...]


def _links(document: HtmlDocument, site: Site) -> list[str]:
    metas = read_metas(document.tree)
    if not metas.robots.isdisjoint(("nofollow", "none")):
        return []
    leads = _Leads(
        document=document,
        links=collect_links(document.tree.root or document.root, document),
        refresh_url=refresh_target(metas, document),
        frames=collect_frames(document),
    )
    return followable(cast("Page", leads), site=site)


def is_page(body: bytes, content_type: str) -> bool:
    """Tell whether a body may hold links, by its declared type, or by its first bytes."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _UNTOLD:
        return body[:512].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")
    return any(mark in kind for mark in _PAGES) and "svg" not in kind
