"""One walk over the parsed tree: the visible text of a page, cut into blocks.

A block is what a reader sees as one line or paragraph. Inline formatting never splits a word,
a line break does. Blanks are squeezed inside a block, blocks are joined by newlines.
"""

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
_CONTAINERS = "div ul ol dl section table tr td header nav footer aside form p span main article"
_KINDS: dict[BlockKind, str] = {
    "heading": "h1 h2 h3 h4 h5 h6",
    "item": "li dt dd option",
    "cell": "td th caption",
}
# A paragraph as long as this is read, not clicked, whatever its container is called.
_MAX_NAV_CHARS = 80
# A table cell that holds more than a value lays out the page: its text is paragraphs.
_MAX_CELL_BLOCKS = 3
_MAX_CELL_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The text and its blocks."""

    text: str
    blocks: tuple[Block, ...]


class _Tags(NamedTuple):
    """Tag ids of the parser (integers: far cheaper to compare than names)."""

    text: int
    skipped: frozenset[int]
    blocks: frozenset[int]
    lined: frozenset[int]
    containers: frozenset[int]
    kinds: dict[int, BlockKind]
    regions: dict[int, Region]
    cells: frozenset[int]
    separated: frozenset[int]
    input: int


class _Frame(NamedTuple):
    node: LexborNode
    kind: BlockKind
    region: Region | None
    is_block: bool
    is_lined: bool
    cell: int


@cache
def _tags() -> _Tags:
    def ids(names: Iterable[str]) -> frozenset[int]:
        return frozenset(create_tag(name).tag_id for name in names)

    text = LexborHTMLParser("x").body.first_child
    return _Tags(
        text=text.tag_id,
        skipped=ids(_SKIPPED.split()),
        blocks=ids(_BLOCKS.split()),
        lined=ids(_LINED.split()),
        containers=ids(_CONTAINERS.split()),
        kinds={tag: kind for kind, names in _KINDS.items() for tag in ids(names.split())},
        regions={create_tag(name).tag_id: region for name, region in REGION_TAGS.items()},
        cells=ids(["td", "th"]),
        separated=ids(["a", "button"]),
        input=create_tag("input").tag_id,
    )


class _Writer:
    """Collects inline pieces into blocks; knows nothing of the tree."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.texts: list[str] = []
        self.marks: list[tuple[BlockKind, Region | None, int]] = []

    def end_block(self, kind: BlockKind, region: Region | None, cell: int) -> None:
        if not self.pieces:
            return
        text = " ".join("".join(self.pieces).split())
        self.pieces.clear()
        if text:
            self.texts.append(text)
            self.marks.append((kind, region, cell))

    def walked(self) -> Walked:
        layout = self._layout_cells()
        blocks = []
        start = 0
        for text, (kind, region, cell) in zip(self.texts, self.marks, strict=True):
            end = start + len(text)
            if region == "footer" or (region == "nav" and len(text) <= _MAX_NAV_CHARS):
                blocks.append(Block(start=start, end=end, kind=region, main=False))
            else:
                kind = "para" if kind == "cell" and cell in layout else kind
                blocks.append(Block(start=start, end=end, kind=kind, main=region != "aside"))
            start = end + 1
        return Walked(text="\n".join(self.texts), blocks=tuple(blocks))

    def _layout_cells(self) -> set[int]:
        counts: dict[int, int] = {}
        sizes: dict[int, int] = {}
        for text, (_, _, cell) in zip(self.texts, self.marks, strict=True):
            counts[cell] = counts.get(cell, 0) + 1
            sizes[cell] = sizes.get(cell, 0) + len(text)
        return {
            cell
            for cell, count in counts.items()
            if count > _MAX_CELL_BLOCKS or sizes[cell] > _MAX_CELL_CHARS
        }


def walk(root: LexborNode, *, hidden: frozenset[int] = frozenset()) -> Walked:
    """Return the visible text below `root`; `hidden` holds the `mem_id` of hidden elements."""
    tags, writer = _tags(), _Writer()
    frame = _Frame(root, "para", None, True, False, 0)
    stack: list[_Frame] = [frame]
    node, cells = root.first_child, 0
    while True:
        if node is None:
            if frame.is_block:
                writer.end_block(frame.kind, frame.region, frame.cell)
            stack.pop()
            if not stack:
                return writer.walked()
            node, frame = frame.node.next, stack[-1]
            continue
        tag = node.tag_id
        if tag == tags.text:
            _add_text(writer, node.text_content or "", frame)
        elif tag in tags.skipped or (hidden and node.mem_id in hidden):
            pass
        else:
            is_block = tag in tags.blocks
            if is_block:
                writer.end_block(frame.kind, frame.region, frame.cell)
            elif writer.pieces and tag in tags.separated and _follows_its_like(node, tag):
                writer.pieces.append(" ")
            child = node.first_child
            if child is not None:
                cells += tag in tags.cells
                frame = _entered(node, tag, frame, is_block=is_block, cells=cells, tags=tags)
                stack.append(frame)
                node = child
                continue
            if tag == tags.input:
                _add_button(writer, node)
        node = node.next


def _add_text(writer: _Writer, text: str, frame: _Frame) -> None:
    if not frame.is_lined or "\n" not in text:
        writer.pieces.append(text)
        return
    for number, line in enumerate(text.split("\n")):
        if number:
            writer.end_block(frame.kind, frame.region, frame.cell)
        writer.pieces.append(line)


def _follows_its_like(node: LexborNode, tag: int) -> bool:
    """Say whether a link stands right after a link: two entries of a menu, not one word."""
    before = node.prev
    return before is not None and before.tag_id == tag


def _add_button(writer: _Writer, node: LexborNode) -> None:
    attributes = node.attributes
    if (attributes.get("type") or "").lower() in {"button", "submit", "reset"}:
        writer.pieces.append(f" {attributes.get('value') or ''} ")


def _entered(
    node: LexborNode, tag: int, parent: _Frame, *, is_block: bool, cells: int, tags: _Tags
) -> _Frame:
    kind: BlockKind = tags.kinds.get(tag) or parent.kind
    region = parent.region
    if region is None:
        region = tags.regions.get(tag)
        if region is None and tag in tags.containers:
            region = named_region(node.attributes)
    return _Frame(
        node,
        kind,
        region,
        is_block,
        parent.is_lined or tag in tags.lined,
        cells if tag in tags.cells else parent.cell,
    )
