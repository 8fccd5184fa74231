"""The ads of one capture: the page itself, and the cards of a listing."""

import logging
import re
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from crawler.evidence.reader import CapturedRecord
from crawler.extract.article import Article, read_article
from crawler.extract.blocks import Walked, walk
from crawler.extract.declared import Declared, read_declared
from crawler.extract.document import HtmlDocument, read_document
from crawler.extract.links import collect_images, collect_links
from crawler.extract.listing import find_cards, headlines
from crawler.extract.main_text import only, vote
from crawler.extract.page import Page, page_of
from crawler.identity import PAGE_PART, Identity, card_identity
from crawler.records import Ad, Block, Capture
from crawler.site import Site

log = logging.getLogger(__name__)

EXTRACTOR_VERSION = "1"  # raise it when one capture may give other ads than before

_DOCUMENT_TYPES = frozenset(("text/html", "application/xhtml+xml", "text/plain"))
_SNIFFED_TYPES = frozenset(("", "application/octet-stream", "application/xml", "text/xml"))
_HTML_START = re.compile(
    rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|table|div|p|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_LISTING_KINDS = frozenset(("listing", "jobboard"))
_NOT_PAGES = frozenset(("/robots.txt", "/ads.txt", "/sitemap.txt", "/humans.txt", "/llms.txt"))


def extract_ads(record: CapturedRecord, *, site: Site | None) -> list[Ad]:
    """Return the page's ad and then those of its cards; nothing for what is no page with text.

    Raises:
        ExtractError: a selector that the site declares matches nothing.
    """
    capture = record.capture
    if record.is_revisit or capture.http_status != 200 or not _is_document(capture, record.body):
        return []
    document = read_document(record.body, url=capture.final_url, content_type=capture.content_type)
    declared = read_declared(document, site)
    article = read_article(document)
    cards = _card_nodes(document, declared, site)
    parts = declared.parts or (article.parts if article else frozenset())
    page = page_of(document, marked=parts or frozenset(node.mem_id for node in cards))
    if not page.text:
        log.info("Ad skipped: empty text", extra={"url": page.url, "site": capture.site_id})
        return []
    page_ad = Ad(
        ad_id=Identity(page.url, PAGE_PART).ad_id,
        capture_id=capture.capture_id,
        url=page.url,
        part=PAGE_PART,
        title=declared.title or (article.title if article else "") or page.title,
        text=page.text,
        blocks=_main_blocks(page, has_parts=bool(parts)),
        links=page.links,
        images=page.images,
        publisher=_publisher(page, declared, article),
        published_on=_published_on(page, declared, article),
    )
    return [page_ad, *_card_ads(cards, page, page_ad, site)]


def _is_document(capture: Capture, body: bytes) -> bool:
    media_type = capture.content_type.partition(";")[0].strip().lower()
    if urlsplit(capture.final_url).path.lower() in _NOT_PAGES:
        return False
    if media_type in _SNIFFED_TYPES:
        return _HTML_START.match(body[:2048]) is not None
    return media_type in _DOCUMENT_TYPES


def _card_nodes(
    document: HtmlDocument, declared: Declared, site: Site | None
) -> tuple[LexborNode, ...]:
    if declared.cards or site is None or site.extract.card or site.kind not in _LISTING_KINDS:
        return declared.cards
    return tuple(find_cards(document))


def _main_blocks(page: Page, *, has_parts: bool) -> tuple[Block, ...]:
    """Set `main`: what the site or the article marks; else by vote, cards left to themselves."""
    if has_parts:
        return only(page.blocks, page.marked)
    voted = vote(page.text, page.blocks, source=page.document.source, links=page.links)
    if not page.marked:
        return voted
    kept = {number for number, block in enumerate(voted) if block.main} - page.marked
    return only(voted, kept)


def _publisher(page: Page, declared: Declared, article: Article | None) -> str | None:
    return declared.publisher or (article.publisher if article else None) or page.publisher


def _published_on(page: Page, declared: Declared, article: Article | None) -> str | None:
    return declared.published_on or (article.published_on if article else None) or page.published_on


def _card_ads(
    cards: tuple[LexborNode, ...], page: Page, page_ad: Ad, site: Site | None
) -> list[Ad]:
    selector = site.extract.card_link if site is not None else ""
    document = page.document
    ads: dict[str, Ad] = {}
    for card, headline in zip(cards, headlines(cards, document, selector), strict=True):
        walked = walk(card, hidden=document.hidden)
        if not walked.text or document.hides(card):
            continue
        identity = card_identity(
            listing_url=page.url,
            detail_url=headline.url,
            text=walked.text,
        )
        ad = Ad(
            ad_id=identity.ad_id,
            capture_id=page_ad.capture_id,
            url=identity.url,
            part=identity.part,
            title=headline.title or _first_block(walked),
            text=walked.text,
            blocks=walked.blocks,
            links=collect_links(card, document),
            images=collect_images(card, document),
            publisher=page_ad.publisher,
        )
        ads.setdefault(ad.ad_id, ad)
    return list(ads.values())


def _first_block(walked: Walked) -> str:
    block = walked.blocks[0]
    return walked.text[block.start : block.end][:100]
