"""Which parts of a page are navigation, footer or aside, and which are hidden from sight."""

import re
from functools import lru_cache
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

Region = Literal["nav", "footer", "aside"]

REGION_TAGS: dict[str, Region] = {"nav": "nav", "footer": "footer", "aside": "aside"}
_ROLES: dict[str, Region] = {
    "navigation": "nav",
    "menubar": "nav",
    "contentinfo": "footer",
    "complementary": "aside",
}
# What page builders and hand-made sites call these parts; a name that also speaks of content
# (`nav-content`, `footer-article`) says nothing.
_WORDS: dict[Region, str] = {
    "nav": (
        "nav navbar navi navigation menu submenu topnav subnav mainnav sidenav breadcrumb "
        "breadcrumbs crumb crumbs pagination pager daohang"
    ),
    "footer": "footer foot copyright banquan friendlink friendlinks",
    "aside": "sidebar aside related xiangguan",
}
_REGION_OF_WORD: dict[str, Region] = {
    word: region for region, words in _WORDS.items() for word in words.split()
}
_CONTENT_WORDS = frozenset(("content", "article", "detail", "body", "text", "page", "wrapper"))
_PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MAX_NAME_CHARS = 100

_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE
)
_MEDIA = re.compile(r"/\*.*?\*/|@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]*)\}")
_ONE_NAME = re.compile(r"[.#][A-Za-z_][\w-]{0,60}")
_MAX_SHEET_CHARS = 100_000
_MAX_NAMES = 40
# Revealed by the page's own script as soon as it runs: the body of a WeChat article.
_REVEALED_IDS = frozenset(("js_content", "js_article"))


def named_region(attributes: dict[str, str | None]) -> Region | None:
    """Return the region that an element's role, class or id names."""
    if not attributes:
        return None
    region = _ROLES.get(attributes.get("role") or "")
    if region is not None:
        return region
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return _region_of_names(names) if len(names) <= _MAX_NAME_CHARS else None


@lru_cache(maxsize=4096)
def _region_of_names(names: str) -> Region | None:
    for name in names.split():
        pieces = [piece.lower() for piece in _PIECES.findall(name)]
        if _CONTENT_WORDS.isdisjoint(pieces):
            for piece in pieces:
                if piece in _REGION_OF_WORD:
                    return _REGION_OF_WORD[piece]
    return None


def hidden_elements(root: LexborNode) -> frozenset[int]:
    """Return the `mem_id` of the elements that inline style or attribute hides from sight.

    `aria-hidden` is not among them: it hides from screen readers only, and an ad must not be
    able to hide from us what every eye sees.
    """
    return frozenset(
        node.mem_id for node in root.css("[style], [hidden]") if _is_hidden(node.attributes)
    )


def styled_away(tree: LexborHTMLParser) -> frozenset[int]:
    """Return the `mem_id` of the elements that the page's own style sheet hides by class or id.

    A script may show them at a click (tabs, panels), so their text is kept, as an aside.
    """
    names: set[str] = set()
    for style in tree.css("style"):
        sheet = _MEDIA.sub("", (style.text() or "")[:_MAX_SHEET_CHARS])
        for selectors, declarations in _RULE.findall(sheet):
            if _HIDING_STYLE.search(declarations):
                names.update(map(str.strip, selectors.split(",")))
    simple = sorted(name for name in names if _ONE_NAME.fullmatch(name))[:_MAX_NAMES]
    if not simple:
        return frozenset()
    return frozenset(node.mem_id for node in tree.css(", ".join(simple)))


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if attributes.get("id") in _REVEALED_IDS:
        return False
    return "hidden" in attributes or bool(_HIDING_STYLE.search(attributes.get("style") or ""))
