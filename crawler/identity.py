"""Which ad is which: the id of a page and of a card (docs/adr/0002-ad-identity.md)."""

import hashlib
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.canonical import canonical_url

PAGE_PART = "page"


class Identity(NamedTuple):
    """What an ad's id is made of; `url` is canonical."""

    url: str
    part: str

    @property
    def ad_id(self) -> str:
        return ad_id(self.url, self.part)


def ad_id(url: str, part: str) -> str:
    """Return the id of one part of a page: sha256, 64 hex digits, without the site.

    Raises:
        CrawlerError: not an http(s) address.
    """
    return hashlib.sha256(f"{canonical_url(url)}\n{part}".encode()).hexdigest()


def page_ad_id(url: str) -> str:
    """Return the id of a whole page."""
    return ad_id(url, PAGE_PART)


def card_identity(*, listing_url: str, detail_url: str | None, text: str) -> Identity:
    """Return a card's identity, which stays when the card moves between listing pages.

    With a detail link the card is known by it; without, by its folded text on that server.
    """
    if detail_url is not None:
        detail = canonical_url(detail_url)
        return Identity(detail, f"item:{detail}")
    parts = urlsplit(canonical_url(listing_url))
    digest = hashlib.sha256(_folded(text).encode("utf-8", errors="replace")).hexdigest()
    return Identity(f"{parts.scheme}://{parts.netloc}/", f"item:{digest}")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
