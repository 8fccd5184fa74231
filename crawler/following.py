"""Where a saved page leads, the same for the spider and for a run that is taken up again."""

import logging

from crawler.extract.links import followable
from crawler.extract.page import parse_page
from crawler.site import Site

log = logging.getLogger(__name__)

# What may hold links; pictures, fonts, archives and the like do not.
_PAGES = ("html", "xml", "text/plain")
_UNTOLD = ("", "application/octet-stream", "unknown/unknown", "*/*")


def links_of(body: bytes, *, url: str, content_type: str, site: Site) -> list[str]:
    """Return the canonical addresses to follow from a decoded body; none when it is no page.

    A page that forbids it (`nofollow`) is not followed. A page that the extractor cannot read
    leads nowhere: one bad page must not end the run.
    """
    if not is_page(body, content_type):
        return []
    try:
        page = parse_page(body, url=url, content_type=content_type)
        return [] if page.nofollow else followable(page, site=site)
    except Exception:  # whatever a hostile page does to a parser
        log.exception("Page not followed: it cannot be parsed", extra={"url": url})
        return []


def is_page(body: bytes, content_type: str) -> bool:
    """Tell whether a body may hold links, by its declared type, or by its first bytes."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _UNTOLD:
        return body[:512].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")
    return any(mark in kind for mark in _PAGES) and "svg" not in kind
