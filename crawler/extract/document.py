"""A parsed page: decoded, cleaned of what breaks parsers or stores, with its base address."""

import html
import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.canonical import canonical_url
from crawler.errors import CrawlerError
from crawler.extract.attributes import without_attribute_floods
from crawler.extract.charset import decode
from crawler.extract.depth import flatten
from crawler.extract.regions import hidden_elements, styled_away

_MARKUP = re.compile(r"<(?:!doctype|html|head|body|title|meta|div|table|p|a|h1)\b", re.IGNORECASE)
_SNIFFED_CHARS = 2048
_XML_TYPES = ("application/xhtml+xml", "application/xml", "text/xml")
_EMPTY_ELEMENT = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]{0,30})([^<>]*)/>")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param")
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ASCII = "".join(map(chr, range(33, 127)))


@dataclass(frozen=True, kw_only=True)
class HtmlDocument:
    """The tree of one page. `root` is the body, or the whole page of a frame set."""

    url: str
    base_url: str
    tree: LexborHTMLParser
    root: LexborNode
    source: str
    charset: str
    charset_how: str

    @cached_property
    def hidden(self) -> frozenset[int]:
        return hidden_elements(self.root)

    @cached_property
    def asides(self) -> frozenset[int]:
        return styled_away(self.tree)

    def hides(self, node: LexborNode) -> bool:
        """Tell whether an element, or one around it, is hidden."""
        step: LexborNode | None = node if self.hidden else None
        while step is not None:
            if step.mem_id in self.hidden:
                return True
            step = step.parent
        return False

    def absolute(self, reference: str) -> str | None:
        """Return the canonical address that a reference on this page means, or None.

        A query is escaped in the page's charset, as browsers do: the server expects that.
        """
        reference = reference.partition("#")[0]
        if not reference.isascii() and self.charset != "utf-8":
            before, mark, query = reference.partition("?")
            query = quote(query, safe=_ASCII, encoding=self.charset, errors="xmlcharrefreplace")
            reference = before + mark + query
        try:
            return canonical_url(reference, self.base_url)
        except CrawlerError:
            return None


def read_document(body: bytes, *, url: str, content_type: str) -> HtmlDocument:
    """Parse a page of any quality; never fails on what the body holds.

    Raises:
        CrawlerError: `url` is no web address.
    """
    decoded = decode(body, content_type=content_type)
    source = _as_html(decoded.text.replace("\x00", "\ufffd"), content_type)
    tree = LexborHTMLParser(source)
    address = canonical_url(url)
    return HtmlDocument(
        url=address,
        base_url=_base_url(tree, address),
        tree=tree,
        root=_root(tree),
        source=source,
        charset=decoded.charset,
        charset_how=decoded.how,
    )


def _root(tree: LexborHTMLParser) -> LexborNode:
    root = tree.body or tree.root
    if root is None:  # the parser always makes one; its type says that it may not
        raise CrawlerError("The parser gave no tree. Report this as a bug.")
    return root


def _as_html(text: str, content_type: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/plain" and not _MARKUP.search(text[:_SNIFFED_CHARS]):
        return f"<body><pre>{html.escape(text)}</pre></body>"
    if media_type in _XML_TYPES:
        text = _CDATA.sub(lambda match: html.escape(match.group(1)), text)
        text = _EMPTY_ELEMENT.sub(_opened_and_closed, text)
    return flatten(without_attribute_floods(text))


def _opened_and_closed(match: re.Match[str]) -> str:
    name, attributes = match.groups()
    return match.group() if name.lower() in _VOID else f"<{name}{attributes}></{name}>"


def _base_url(tree: LexborHTMLParser, url: str) -> str:
    node = tree.css_first("base[href]")  # wherever it stands, as browsers do
    if node is not None:
        try:
            return canonical_url(node.attributes.get("href") or "", url)
        except CrawlerError:
            return url
    return url
