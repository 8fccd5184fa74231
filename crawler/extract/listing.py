"""Cards of a listing: repeated siblings, each with a detail link and text of its own.

Found by the site's selector, or by looking: elements that stand in the same kind of place (own
and parents' tag and class) and differ in what they say. A menu says nothing beside its links.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from selectolax.lexbor import LexborNode

from crawler.extract.document import HtmlDocument
from crawler.extract.regions import REGION_TAGS, named_region

_CARD_TAGS = frozenset(("li", "tr", "div", "article", "section", "dl", "dd", "td", "a", "p"))
_CLIMBED = 6
_MAX_LINKS = 5_000
_MIN_CARDS = 3
_MIN_SHARE = 0.7
# Text beside the links and the digits (dates, counters) that makes a line of a list a card.
_MIN_OWN_CHARS = 8
_MAX_LINKS_OF_A_CARD = 4
_NOT_OWN = re.compile(r"[\W\d_]+")
_HEADING_LINKS = "h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href], h6 a[href]"


@dataclass(slots=True)
class _Group:
    """Elements of one kind of place, by `mem_id`, in page order."""

    nodes: dict[int, LexborNode]

    def contains(self, other: "_Group") -> float:
        """Return how many members of the other group a member of this one holds on average."""
        inside = 0
        for node in other.nodes.values():
            parent = node.parent
            while parent is not None:
                if parent.mem_id in self.nodes:
                    inside += 1
                    break
                parent = parent.parent
        return inside / len(self.nodes)


def find_cards(document: HtmlDocument) -> list[LexborNode]:
    """Return the cards that a listing page seems to have, in page order."""
    groups = [group for group in _groups(document) if _is_group_of_cards(group, document)]
    kept: list[_Group] = []
    for group in groups:
        others = [other for other in groups if other is not group]
        holds_several = any(group.contains(other) > 1.5 for other in others)
        is_part_of_card = any(
            0 < other.contains(group) <= 1.5 and not _holds_several(other, groups)
            for other in others
        )
        if not holds_several and not is_part_of_card:
            kept.append(group)
    return [node for group in kept for node in group.nodes.values()]


def _holds_several(group: _Group, groups: Iterable[_Group]) -> bool:
    return any(group.contains(other) > 1.5 for other in groups if other is not group)


def _groups(document: HtmlDocument) -> Iterator[_Group]:
    groups: dict[str, _Group] = {}
    for link in document.root.css("a[href]")[:_MAX_LINKS]:
        node: LexborNode | None = link
        for _ in range(_CLIMBED):
            if node is None or node.mem_id == document.root.mem_id:
                break
            if node.tag in _CARD_TAGS:
                group = groups.setdefault(_place(node), _Group({}))
                group.nodes[node.mem_id] = node
            node = node.parent
    return (group for group in groups.values() if len(group.nodes) >= _MIN_CARDS)


def _place(node: LexborNode) -> str:
    """Return what kind of place an element stands in: its own shape and that of two parents."""
    shapes = []
    step: LexborNode | None = node
    for _ in range(3):
        if step is None:
            break
        classes = (step.attributes.get("class") or "").split()
        shapes.append(f"{step.tag}.{classes[0].rstrip('0123456789') if classes else ''}")
        step = step.parent
    return ">".join(shapes)


def _is_group_of_cards(group: _Group, document: HtmlDocument) -> bool:
    nodes = list(group.nodes.values())
    if _in_region(nodes[0]):
        return False
    if median(len(_targets(node, document)) for node in nodes) > _MAX_LINKS_OF_A_CARD:
        return False
    cards = sum(_has_own_text(node) and bool(_targets(node, document)) for node in nodes)
    return cards >= _MIN_CARDS and cards >= len(nodes) * _MIN_SHARE


def _in_region(node: LexborNode) -> bool:
    step: LexborNode | None = node
    while step is not None:
        if step.tag in REGION_TAGS or named_region(step.attributes) is not None:
            return True
        step = step.parent
    return False


def _links(node: LexborNode) -> list[LexborNode]:
    return [node] if node.tag == "a" else node.css("a[href]")


def _targets(node: LexborNode, document: HtmlDocument) -> set[str]:
    targets = {_target(link, document) for link in _links(node)}
    return {target for target in targets if target is not None}


def _target(link: LexborNode, document: HtmlDocument) -> str | None:
    reference = (link.attributes.get("href") or "").strip()
    target = document.absolute(reference) if reference.partition("#")[0] else None
    return target if target != document.url else None


def _has_own_text(node: LexborNode) -> bool:
    own = len(_NOT_OWN.sub("", node.text() or ""))
    if node.tag == "a":  # the whole card is the link; a menu entry is shorter than this
        return own >= _MIN_OWN_CHARS * 3
    linked = sum(len(_NOT_OWN.sub("", link.text() or "")) for link in node.css("a[href]"))
    return own - linked >= _MIN_OWN_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A card's title (may be empty) and where its detail page is (None: it has none)."""

    title: str
    url: str | None


def headlines(cards: Sequence[LexborNode], document: HtmlDocument, selector: str) -> list[Headline]:
    """Return each card's headline: by the site's selector, else its heading's or first own link.

    With a selector a card without a match has no detail page. Without, a link that several cards
    share (a category, a company) is not the card's own.
    """
    if selector:
        return [_headline(card, card.css(selector), document, frozenset()) for card in cards]
    counts = Counter(target for card in cards for target in _targets(card, document))
    shared = frozenset(target for target, count in counts.items() if count > 1)
    found = []
    for card in cards:
        links = sorted(_links(card), key=lambda link: not (link.text() or "").strip())
        candidates = [*card.css(_HEADING_LINKS), *links]
        own = _headline(card, candidates, document, shared)
        found.append(own if own.url else _headline(card, candidates, document, frozenset()))
    return found


def _headline(
    card: LexborNode, links: Sequence[LexborNode], document: HtmlDocument, shared: frozenset[str]
) -> Headline:
    for link in links:
        target = _target(link, document)
        if target is not None and target not in shared:
            return Headline(title=_title(card, link), url=target)
    return Headline(title=_title(card, None), url=None)


def _title(card: LexborNode, link: LexborNode | None) -> str:
    linked = [link] if link is not None and link.mem_id != card.mem_id else []
    for node in [*card.css("h1, h2, h3, h4, h5, h6"), *linked, *card.css("b, strong")]:
        text = " ".join((node.text() or "").split())
        if text:
            return text
    return ""
