"""Cuts an ad's words into passages, and these into pieces that know which findings quote them.

The page shows one part of a long text at a time; offsets stay those of the whole text. Everything
here is linear in the part shown and the spans in it, whatever overlaps.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

PART_CHARS = 30_000

Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One finding's span."""

    number: int
    axis: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text quoted by the same findings, none of them when `axes` is empty.

    `axes` has that of the shortest quote first; `ends` are the quotes that end behind the piece.
    """

    start: int
    text: str
    axes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    ends: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Pieces in a row; `plain` is what they stand for where they are a disguised word."""

    pieces: tuple[Piece, ...]
    plain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One block of the text: heading, para, item, cell, nav, footer or ocr."""

    kind: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Passages in a row that are main text, or menus and footers, which are folded away.

    `is_open` when they are not folded: where only menus and the like are quoted, they are the text.
    """

    is_main: bool
    passages: tuple[Passage, ...]
    chars: int
    is_quoted: bool
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One part of the text; `parts` counts all of them, `part` from 1."""

    stretches: tuple[Stretch, ...]
    part: int
    parts: int
    chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    start: int
    end: int
    kind: str
    is_main: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The blocks of a whole text, and where its parts begin (indexes of blocks)."""

    blocks: tuple[_Block, ...]
    part_starts: tuple[int, ...]

    def part_of(self, offset: int) -> int:
        """Return the part, from 1, in which the character at the offset is shown."""
        starts = [self.blocks[index].start for index in self.part_starts]
        return max(1, bisect_right(starts, offset))


def lay_out(text: str, blocks: Iterable[Mapping[str, Any]]) -> Layout:
    """Find the blocks of a text and its parts; what no block covers counts as paragraphs."""
    found: list[_Block] = []
    at = 0
    for block in sorted(blocks, key=lambda block: block["start"]):
        start, end = max(block["start"], at), min(block["end"], len(text))
        if start >= end:
            continue
        found += _lines(text, at, start)
        found += _sized(start, end, str(block["kind"]), bool(block["main"]))
        at = end
    found += _lines(text, at, len(text))
    starts, filled = [0], 0
    for index, item in enumerate(found):
        if filled and filled + item.end - item.start > PART_CHARS:
            starts.append(index)
            filled = 0
        filled += item.end - item.start
    return Layout(blocks=tuple(found), part_starts=tuple(starts))


def _lines(text: str, start: int, end: int) -> Iterable[_Block]:
    at = start
    for line in text[start:end].split("\n"):
        if line.strip():
            yield from _sized(at, at + len(line), "para", True)
        at += len(line) + 1


def _sized(start: int, end: int, kind: str, is_main: bool) -> Iterable[_Block]:
    for at in range(start, end, PART_CHARS):
        yield _Block(start=at, end=min(at + PART_CHARS, end), kind=kind, is_main=is_main)


def words_of(
    text: str,
    layout: Layout,
    *,
    part: int,
    quotes: Sequence[Quote],
    decodings: Sequence[Mapping[str, Any]],
) -> Words:
    """Return one part of the text, cut into pieces."""
    parts = len(layout.part_starts)
    part = min(max(part, 1), parts)
    ends = [*layout.part_starts[1:], len(layout.blocks)]
    blocks = layout.blocks[layout.part_starts[part - 1] : ends[part - 1]]
    cutter = _Cutter(text, quotes, decodings)
    stretches = []
    for is_main, group in groupby(blocks, key=lambda block: block.is_main):
        members = list(group)
        passages = tuple(
            Passage(kind=block.kind, runs=cutter.runs(block.start, block.end)) for block in members
        )
        stretches.append(
            Stretch(
                is_main=is_main,
                passages=passages,
                chars=sum(block.end - block.start for block in members),
                is_quoted=any(
                    piece.axes for item in passages for run in item.runs for piece in run.pieces
                ),
            )
        )
    is_main_quoted = any(stretch.is_main and stretch.is_quoted for stretch in stretches)
    return Words(
        stretches=tuple(
            replace(stretch, is_open=stretch.is_quoted and not is_main_quoted)
            for stretch in stretches
        ),
        part=part,
        parts=parts,
        chars=len(text),
    )


def line_of(
    text: str, *, quotes: Sequence[Quote], decodings: Sequence[Mapping[str, Any]]
) -> tuple[Run, ...]:
    """Return one line, such as a title, cut into pieces."""
    return _Cutter(text, quotes, decodings).runs(0, len(text))


class _Cutter:
    """Cuts a text where quotes and decoded words begin and end."""

    def __init__(
        self, text: str, quotes: Sequence[Quote], decodings: Sequence[Mapping[str, Any]]
    ) -> None:
        self._text = text
        self._quotes = [quote for quote in quotes if 0 <= quote.start < quote.end <= len(text)]
        self._decodings = _apart(decodings, len(text))
        borders = {border for quote in self._quotes for border in (quote.start, quote.end)}
        borders |= {border for item in self._decodings for border in (item["start"], item["end"])}
        self._borders = sorted(borders)
        self._plains = [(item["start"], item["end"], item["plain"]) for item in self._decodings]
        self._covering = self._sweep()

    def _sweep(self) -> dict[int, tuple[Quote, ...]]:
        """Return the quotes over the stretch that begins at each border, the shortest first."""
        opening: dict[int, list[Quote]] = {}
        for quote in self._quotes:
            opening.setdefault(quote.start, []).append(quote)
        covering: dict[int, tuple[Quote, ...]] = {}
        active: list[Quote] = []
        for border in self._borders:
            active = [quote for quote in active if quote.end > border] + opening.get(border, [])
            covering[border] = tuple(
                sorted(active, key=lambda quote: (quote.end - quote.start, quote.number))
            )
        return covering

    def runs(self, start: int, end: int) -> tuple[Run, ...]:
        first = bisect_right(self._borders, start)
        inner = self._borders[first : bisect_right(self._borders, end - 1)]
        before = self._borders[first - 1] if first else None
        stops = [start, *inner, end]
        pieces = [
            self._piece(low, high, before if low == start else low) for low, high in pairwise(stops)
        ]
        runs = []
        for plain, group in groupby(pieces, key=lambda piece: self._plain_at(piece.start)):
            runs.append(Run(pieces=tuple(group), plain=plain[1]))
        return tuple(runs)

    def _piece(self, start: int, end: int, border: int | None) -> Piece:
        quotes = self._covering.get(border, ()) if border is not None else ()
        return Piece(
            start=start,
            text=self._text[start:end],
            axes=tuple(dict.fromkeys(quote.axis for quote in quotes)),
            numbers=tuple(sorted({quote.number for quote in quotes})),
            ends=tuple(
                sorted(
                    {quote.number: quote for quote in quotes if quote.end == end}.values(),
                    key=lambda quote: quote.number,
                )
            ),
        )

    def _plain_at(self, offset: int) -> tuple[int, str]:
        """Return the decoded word that the offset lies in, told apart by its start."""
        index = bisect_right(self._plains, (offset, len(self._text) + 1, "")) - 1
        if index >= 0 and self._plains[index][1] > offset:
            return self._plains[index][0], self._plains[index][2]
        return -1, ""


def _apart(decodings: Iterable[Mapping[str, Any]], length: int) -> list[Mapping[str, Any]]:
    """Return the decoded words that lie within the text and apart from the ones before them."""
    kept: list[Mapping[str, Any]] = []
    at = 0
    for item in sorted(decodings, key=lambda item: (item["start"], item["end"])):
        if at <= item["start"] < item["end"] <= length:
            kept.append(item)
            at = item["end"]
    return kept
