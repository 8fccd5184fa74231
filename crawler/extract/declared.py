"""The parts of a page that its site declares by selector. What is promised must be there."""

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from crawler.canonical import canonical_url
from crawler.errors import ExtractError
from crawler.extract.document import HtmlDocument
from crawler.extract.metadata import iso_date
from crawler.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the selectors gave; empty or None where nothing is declared."""

    title: str
    publisher: str | None
    published_on: str | None
    parts: frozenset[int]
    cards: tuple[LexborNode, ...]


NOTHING = Declared(title="", publisher=None, published_on=None, parts=frozenset(), cards=())


def read_declared(document: HtmlDocument, site: Site | None) -> Declared:
    """Apply a site's selectors.

    A page that lists (a start page, one with cards, or one with links that the site follows) must
    hold the declared cards; any other page must hold the declared title, text, date, publisher.

    Raises:
        ExtractError: a selector that this page must match matches nothing.
    """
    if site is None:
        return NOTHING
    reader = _Reader(document, site)
    cards = tuple(document.tree.css(site.extract.card)) if site.extract.card else ()
    lists = bool(cards) or _lists(document, site)
    if lists and site.extract.card and not cards:
        raise reader.missing("card", site.extract.card)
    if site.extract.card_link and cards and not _any_link(cards, site.extract.card_link):
        raise reader.missing("card_link", site.extract.card_link)
    parts = reader.nodes("text", site.extract.text, must=not lists)
    return Declared(
        title=reader.text("title", site.extract.title, must=not lists),
        publisher=reader.text("publisher", site.extract.publisher, must=not lists) or None,
        published_on=reader.day(site.extract.published_on, must=not lists),
        parts=frozenset(node.mem_id for node in parts),
        cards=cards,
    )


def _lists(document: HtmlDocument, site: Site) -> bool:
    selectors = [selector for selector in (site.follow.list, site.follow.detail) if selector]
    if not selectors and not site.extract.card:
        return False
    if any(canonical_url(url) == document.url for url in site.start_urls):
        return True
    return any(document.tree.css_first(selector) is not None for selector in selectors)


def _any_link(cards: tuple[LexborNode, ...], selector: str) -> bool:
    return any(card.css_matches(selector) for card in cards)


class _Reader:
    def __init__(self, document: HtmlDocument, site: Site) -> None:
        self._document = document
        self._site = site

    def missing(self, key: str, selector: str, got: str = "nothing") -> ExtractError:
        return ExtractError(
            f"Site {self._site.site_id}: {self._document.url}: 'extract.{key}' expected "
            f"'{selector}' to match, got {got}. The page has changed or the selector is wrong."
        )

    def nodes(self, key: str, selector: str, *, must: bool) -> list[LexborNode]:
        if not selector:
            return []
        found = self._document.tree.css(selector)
        if not found and must:
            raise self.missing(key, selector)
        return found

    def text(self, key: str, selector: str, *, must: bool) -> str:
        for node in self.nodes(key, selector, must=must):
            text = " ".join((node.text() or node.attributes.get("content") or "").split())
            if text:
                return text
        if selector and must:
            raise self.missing(key, selector, "no text")
        return ""

    def day(self, selector: str, *, must: bool) -> str | None:
        nodes = self.nodes("published_on", selector, must=must)
        for node in nodes:
            attributes = node.attributes
            for shown in (attributes.get("datetime"), attributes.get("content"), node.text()):
                day = iso_date(shown or "")
                if day is not None:
                    return day
        if nodes and must:
            raise self.missing("published_on", selector, f"no date in {nodes[0].text()[:40]!r}")
        return None
