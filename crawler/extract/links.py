"""Where a page leads: its links, images and frames, and which of them a spider follows."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from crawler.extract.document import HtmlDocument
from crawler.records import Link
from crawler.site import Site

if TYPE_CHECKING:
    from crawler.extract.page import Page

_LINKING = "a[href], area[href], link[rel~='next' i], [onclick], [data-href]"
# Links that a script follows on a click; the address is a literal in it.
_SCRIPTED = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|\bopen\s*\()\s*"
    r"(?:'([^']{1,2000})'|\"([^\"]{1,2000})\")"
)
_PATH_STARTS = frozenset("/.?")
_CONTACT_SCHEMES = ("tel:", "sms:", "mailto:")
_IMAGING = "img, input[type='image' i], [style*='url(' i]"
# Lazy loaders keep the picture's address here and a placeholder in `src`.
_IMAGE_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "data-echo", "src")
_BACKGROUND = re.compile(r"url\(\s*['\"]?([^'\")]{1,2000})", re.IGNORECASE)


def collect_links(root: LexborNode, document: HtmlDocument) -> tuple[Link, ...]:
    """Return the links below `root` in page order: canonical addresses, and contacts (`tel:`)."""
    found: dict[tuple[str, str], Link] = {}
    for node in root.css(_LINKING):
        url = _target(node.attributes, document)
        if url is not None:
            link = Link(url=url, text=_seen_text(node))
            found.setdefault((url, link.text), link)
    return tuple(found.values())


def _target(attributes: dict[str, str | None], document: HtmlDocument) -> str | None:
    reference = (attributes.get("href") or attributes.get("data-href") or "").strip()
    if reference[:1] in _PATH_STARTS:
        return document.absolute(reference)
    scheme = reference[:11].lower()
    if scheme.startswith(_CONTACT_SCHEMES):
        return reference
    if not reference or reference.startswith("#") or scheme.startswith("javascript:"):
        script = f"{reference} {attributes.get('onclick') or ''}"
        match = _SCRIPTED.search(script)
        if match is None:
            return None
        reference = match.group(1) or match.group(2)
    return document.absolute(reference)


def _seen_text(node: LexborNode) -> str:
    text = " ".join((node.text() or "").split())
    if text:
        return text
    picture = node.css_first("img[alt]")
    label = picture.attributes.get("alt") if picture is not None else None
    return " ".join((label or node.attributes.get("title") or "").split())


def collect_images(root: LexborNode, document: HtmlDocument) -> tuple[str, ...]:
    """Return the addresses of the pictures below `root`, backgrounds included, each once."""
    found: dict[str, None] = {}
    for node in root.css(_IMAGING):
        for reference in _image_references(node.attributes):
            url = document.absolute(reference)
            if url is not None:
                found[url] = None
    return tuple(found)


def _image_references(attributes: dict[str, str | None]) -> Iterator[str]:
    for name in _IMAGE_ATTRIBUTES:
        reference = (attributes.get(name) or "").strip()
        if reference and not reference.lower().startswith("data:"):
            yield reference
            break
    for reference in _BACKGROUND.findall(attributes.get("style") or ""):
        if not reference.strip().lower().startswith("data:"):
            yield reference.strip()


def collect_frames(document: HtmlDocument) -> tuple[str, ...]:
    """Return the addresses of frames and inline frames."""
    found: dict[str, None] = {}
    for node in document.tree.css("frame[src], iframe[src]"):
        reference = (node.attributes.get("src") or "").strip()
        url = document.absolute(reference) if reference else None
        if url is not None:
            found[url] = None
    return tuple(found)


def followable(page: "Page", *, site: Site) -> list[str]:
    """Return the canonical addresses that a spider of `site` goes to from here, each once.

    Where the site declares link selectors, only links that they match, or that lie inside what
    they match, count. Frames and a refresh are the page itself, so they always do.
    """
    selectors = ", ".join(filter(None, (site.follow.list, site.follow.detail)))
    links = _selected(page.document, selectors) if selectors else page.links
    refresh = (page.refresh_url,) if page.refresh_url else ()
    candidates = dict.fromkeys([*refresh, *page.frames, *(link.url for link in links)])
    return [url for url in candidates if url.startswith("http") and _is_wanted(url, site)]


def _selected(document: HtmlDocument, selectors: str) -> Iterable[Link]:
    found: dict[str, Link] = {}
    for node in document.tree.css(selectors):
        url = _target(node.attributes, document)
        links = [Link(url=url)] if url is not None else collect_links(node, document)
        for link in links:
            found[link.url] = link
    return found.values()


def _is_wanted(url: str, site: Site) -> bool:
    if not site.allows(url) or any(re.search(pattern, url) for pattern in site.follow.deny):
        return False
    allow = site.follow.allow
    return not allow or any(re.search(pattern, url) for pattern in allow)
