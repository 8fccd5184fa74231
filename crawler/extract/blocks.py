"""One walk over the parsed tree: the visible text of a page, cut into blocks.

A block is what a reader sees as one line or paragraph. Inline formatting never splits a word,
a line break does. Blanks are squeezed inside a block, blocks are joined by newlines.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, create_tag

from crawler.extract.regions import REGION_TAGS, Region, named_region
from crawler.records import Block, BlockKind

_SKIPPED = (
    "script style noscript template title head iframe noframes object embed canvas audio video "
    "datalist desc metadata rp"
)
_BLOCKS = (
    "address article aside blockquote body caption center col colgroup dd details dialog dir div "
    "dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html "
    "legend li listing main marquee menu nav ol optgroup option p plaintext pre search section "
    "select summary table tbody td textarea tfoot th thead tr ul xmp br"
)
_LINED = "pre textarea listing xmp plaintext"  # a newline in the source is one on the page
_CONTAINERS = "div ul ol dl section table tr td header nav footer aside form main article"
_KINDS: dict[BlockKind, str] = {
    "heading": "h1 h2 h3 h4 h5 h6",
    "item": "li dt dd option",
    "cell": "td th caption",
}
_BUTTON_TYPES = frozenset(("button", "submit", "reset"))
# A paragraph as long as this is read, not clicked, whatever its container is called.
_MAX_NAV_CHARS = 80
# A table cell that holds more than a value lays out the page: its text is paragraphs.
_MAX_CELL_BLOCKS = 3
_MAX_CELL_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The text and its blocks; `marked` are the indexes of those inside a marked element."""

    text: str
    blocks: tuple[Block, ...]
    marked: frozenset[int]


class _Tags(NamedTuple):
    """Tag ids of the parser (integers: far cheaper to compare than names)."""

    text: int
    skipped: frozenset[int]
    blocks: frozenset[int]
    telling: frozenset[int]  # those that may change what the text inside them is
    lined: frozenset[int]
    containers: frozenset[int]
    kinds: dict[int, BlockKind]
    regions: dict[int, Region]
    cells: frozenset[int]
    links: frozenset[int]
    input: int


class _Place(NamedTuple):
    """Where a text stands: what its block is, as the elements around it say."""

    kind: BlockKind = "para"
    region: Region | None = None
    is_lined: bool = False
    cell: int = 0
    is_marked: bool = False


@cache
def _tags() -> _Tags:
    def ids(names: Iterable[str]) -> frozenset[int]:
        return frozenset(create_tag(name).tag_id for name in names)

    text = next(LexborHTMLParser("x").css("body")[0].iter(include_text=True))
    kinds = {tag: kind for kind, names in _KINDS.items() for tag in ids(names.split())}
    lined, containers = ids(_LINED.split()), ids(_CONTAINERS.split())
    return _Tags(
        text=text.tag_id,
        skipped=ids(_SKIPPED.split()),
        blocks=ids(_BLOCKS.split()),
        telling=lined | containers | ids(REGION_TAGS) | frozenset(kinds),
        lined=lined,
        containers=containers,
        kinds=kinds,
        regions={create_tag(name).tag_id: region for name, region in REGION_TAGS.items()},
        cells=ids(["td", "th"]),
        links=ids(["a", "button"]),
        input=create_tag("input").tag_id,
    )


class _Writer:
    """Collects inline pieces into blocks; knows nothing of the tree."""

    __slots__ = ("has_mark", "pieces", "places", "texts")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.texts: list[str] = []
        self.places: list[_Place] = []
        self.has_mark = False

    def end_block(self, place: _Place) -> None:
        pieces = self.pieces
        text = " ".join((pieces[0] if len(pieces) == 1 else "".join(pieces)).split())
        pieces.clear()
        if text:
            self.texts.append(text)
            self.places.append(place._replace(is_marked=True) if self.has_mark else place)
        self.has_mark = False

    def add_text(self, text: str, place: _Place) -> None:
        if place.is_marked:
            self.has_mark = True
        if not place.is_lined:
            self.pieces.append(text)
            return
        for number, line in enumerate(text.split("\n")):
            if number and self.pieces:
                self.end_block(place)
            self.pieces.append(line)

    def walked(self) -> Walked:
        layout = self._layout_cells()
        blocks = []
        start = 0
        for text, (kind, region, _, cell, _) in zip(self.texts, self.places, strict=True):
            end = start + len(text)
            if region == "footer" or (region == "nav" and end - start <= _MAX_NAV_CHARS):
                blocks.append(Block(start=start, end=end, kind=region, main=False))
            else:
                kind = "para" if kind == "cell" and cell in layout else kind
                blocks.append(Block(start=start, end=end, kind=kind, main=region != "aside"))
            start = end + 1
        marked = (number for number, place in enumerate(self.places) if place.is_marked)
        return Walked(text="\n".join(self.texts), blocks=tuple(blocks), marked=frozenset(marked))

    def _layout_cells(self) -> set[int]:
        counts: Counter[int] = Counter()
        sizes: Counter[int] = Counter()
        for text, place in zip(self.texts, self.places, strict=True):
            if place.cell:
                counts[place.cell] += 1
                sizes[place.cell] += len(text)
        return {
            cell
            for cell, count in counts.items()
            if count > _MAX_CELL_BLOCKS or sizes[cell] > _MAX_CELL_CHARS
        }


def walk(
    root: LexborNode,
    *,
    hidden: frozenset[int] = frozenset(),
    asides: frozenset[int] = frozenset(),
    marked: frozenset[int] = frozenset(),
) -> Walked:
    """Return the visible text below `root`; the sets hold elements by their `mem_id`.

    Without recursion, and with the parser's integers in local names: this is the hot path.
    """
    tags = _tags()
    text_tag, skipped_tags, block_tags, telling_tags = tags[:4]
    special = asides | marked
    writer = _Writer()
    pieces, add_text = writer.pieces, writer.add_text
    place = _Place()
    stack: list[tuple[LexborNode, _Place, bool]] = [(root, place, True)]
    node = root.first_child
    while True:
        if node is None:
            node, place_inside, is_block = stack.pop()
            if is_block and pieces:
                writer.end_block(place_inside)
            if not stack:
                return writer.walked()
            place = stack[-1][1]
            node = node.next
            continue
        tag = node.tag_id
        if tag == text_tag:
            add_text(node.text_content or "", place)
        elif tag not in skipped_tags and not (hidden and node.mem_id in hidden):
            is_block = tag in block_tags
            if is_block:
                if pieces:
                    writer.end_block(place)
            elif pieces or tag == tags.input:
                _add_inline(pieces, node, tag, tags)
            child = node.first_child
            if child is not None:
                if tag in telling_tags or (special and node.mem_id in special):
                    place = _place_inside(node, tag, place, asides, marked)
                stack.append((node, place, is_block))
                node = child
                continue
        node = node.next


def _add_inline(pieces: list[str], node: LexborNode, tag: int, tags: _Tags) -> None:
    """Add a button's label; part a link from the element right beside it.

    Two links side by side are two entries of a menu, a link and a span a title and its price:
    never one word, as two spans may be.
    """
    if tag == tags.input:
        attributes = node.attributes
        if (attributes.get("type") or "").lower() in _BUTTON_TYPES:
            pieces.append(f" {attributes.get('value') or ''} ")
        return
    before = node.prev
    beside = before.tag_id if before is not None else tags.text
    if beside != tags.text and (tag in tags.links or beside in tags.links):
        pieces.append(" ")


def _place_inside(
    node: LexborNode,
    tag: int,
    place: _Place,
    asides: frozenset[int],
    marked: frozenset[int],
) -> _Place:
    tags = _tags()
    region = place.region
    if region is None:
        region = tags.regions.get(tag)
        if region is None and tag in tags.containers:
            region = named_region(node.attributes)
        if region is None and node.mem_id in asides:
            region = "aside"
    is_cell = tag in tags.cells
    return _Place(
        tags.kinds.get(tag, place.kind),
        region,
        place.is_lined or tag in tags.lined,
        node.mem_id if is_cell else place.cell,
        place.is_marked or node.mem_id in marked,
    )
