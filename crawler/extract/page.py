"""A page as the spider and the ad extractor see it."""

from dataclasses import dataclass, field

from crawler.extract.blocks import walk
from crawler.extract.document import HtmlDocument, read_document
from crawler.extract.links import collect_frames, collect_images, collect_links
from crawler.extract.menus import mark_menus
from crawler.extract.metadata import (
    published_on,
    publisher_of,
    read_metas,
    refresh_target,
    title_of,
)
from crawler.records import Block, Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One parsed page. Addresses are canonical; `blocks` are not voted on (see `main_text`).

    `marked` are the indexes of the blocks inside the elements that `page_of` was told to mark.
    """

    url: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    marked: frozenset[int]
    links: tuple[Link, ...]
    images: tuple[str, ...]
    publisher: str | None
    published_on: str | None
    refresh_url: str | None
    frames: tuple[str, ...]
    canonical: str | None
    nofollow: bool
    noindex: bool
    charset: str
    charset_how: str
    document: HtmlDocument = field(repr=False, compare=False)


def parse_page(body: bytes, *, url: str, content_type: str = "") -> Page:
    """Read a page of any quality; never fails on what the body holds.

    Raises:
        CrawlerError: `url` is no web address.
    """
    return page_of(read_document(body, url=url, content_type=content_type))


def page_of(document: HtmlDocument, *, marked: frozenset[int] = frozenset()) -> Page:
    """Read the parts of a parsed page; `marked` holds elements by their `mem_id`."""
    walked = walk(document.root, hidden=document.hidden, asides=document.asides, marked=marked)
    links = collect_links(document.tree.root or document.root, document)
    metas = read_metas(document.tree)
    return Page(
        url=document.url,
        title=title_of(document, metas),
        text=walked.text,
        blocks=mark_menus(walked.text, walked.blocks, links),
        marked=walked.marked,
        links=links,
        images=collect_images(document.root, document),
        publisher=publisher_of(metas, walked),
        published_on=published_on(document, metas, walked),
        refresh_url=refresh_target(metas, document),
        frames=collect_frames(document),
        canonical=_canonical_link(document),
        nofollow=not metas.robots.isdisjoint(("nofollow", "none")),
        noindex=not metas.robots.isdisjoint(("noindex", "none")),
        charset=document.charset,
        charset_how=document.charset_how,
        document=document,
    )


def _canonical_link(document: HtmlDocument) -> str | None:
    if "canonical" not in document.source:
        return None
    node = document.tree.css_first("link[rel~='canonical' i][href]")
    return document.absolute(node.attributes.get("href") or "") if node is not None else None
