"""A document as the rules read it: one decoded string with its sentences, windows and facts."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from classifier.facts import facts
from classifier.normalise import normalise, to_raw_span
from classifier.records import Block, Document, Fact, Normalised, Span
from classifier.segment import sentences, windows


@dataclass(frozen=True, slots=True)
class PlacedFact:
    """A fact and where it stands in `Reading.joined`."""

    fact: Fact
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The decoded title, a line break and the decoded text, and what was found in them.

    Offsets of `sentences`, `windows` and `facts` are those of `joined`; sentences and windows are
    sorted and do not overlap. The title is sentence 0 and window 0. Facts are costly, so they are
    looked for when first asked for.
    """

    title: Normalised
    text: Normalised
    joined: str
    text_start: int
    sentences: tuple[tuple[int, int], ...]
    windows: tuple[tuple[int, int], ...]

    @cached_property
    def facts(self) -> tuple[PlacedFact, ...]:
        return self._placed()

    def look_for_facts(self) -> None:
        """Look for all facts now: quicker than for some kinds now and for all of them later."""
        self.all_facts()

    def facts_of(self, kind: str) -> tuple[PlacedFact, ...]:
        """Return the facts of one kind alone."""
        if "facts" in self.__dict__:
            return tuple(placed for placed in self.facts if placed.fact.kind == kind)
        return self._placed(kind)

    def _placed(self, kind: str | None = None) -> tuple[PlacedFact, ...]:
        return (
            *_placed(self.title, 0, kind, is_title=True),
            *_placed(self.text, self.text_start, kind, is_title=False),
        )

    def span(self, start: int, end: int) -> Span:
        """Return the stretch of the original title or text; it never runs over the seam."""
        if start < self.text_start:
            low, high = to_raw_span(
                self.title, start, min(end, self.text_start - 1), form="decoded"
            )
            return Span(start=low, end=high, text=self.title.raw[low:high], field="title")
        low, high = to_raw_span(
            self.text, start - self.text_start, end - self.text_start, form="decoded"
        )
        return Span(start=low, end=high, text=self.text.raw[low:high])

    def plain_of(self, spans: Sequence[Span]) -> str | None:
        """Return what disguised words inside the spans stand for; None if they are plain."""
        plain = [
            decoding.plain
            for span in spans
            for decoding in (self.title if span.field == "title" else self.text).decodings
            if decoding.span.start < span.end and span.start < decoding.span.end
        ]
        return "、".join(dict.fromkeys(plain)) or None

    def all_facts(self) -> tuple[Fact, ...]:
        return tuple(placed.fact for placed in self.facts)


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, one for one: they are no characters and cannot be encoded."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read(document: Document) -> Reading:
    """Normalise and cut a document."""
    title = normalise(without_surrogates(document.title))
    text = normalise(without_surrogates(document.text))
    base = len(title.decoded) + 1
    cuts = [(0, base - 1)]
    cuts += [(base + start, base + end) for start, end in sentences(text.decoded)]
    pieces = [(0, base - 1), *_windows(text, document.blocks, base)]
    return Reading(
        title=title,
        text=text,
        joined=f"{title.decoded}\n{text.decoded}",
        text_start=base,
        sentences=tuple(cuts),
        windows=tuple(pieces),
    )


def _windows(text: Normalised, blocks: Sequence[Block], base: int) -> list[tuple[int, int]]:
    positions = text.decoded_map
    return [
        (base + bisect_left(positions, start), base + bisect_left(positions, end))
        for start, end in windows(text.raw, blocks)
    ]


def _placed(n: Normalised, base: int, kind: str | None, *, is_title: bool) -> list[PlacedFact]:
    places = n.decoded_map
    found = []
    for fact in facts(n, kind):
        start, end = fact.span.start, fact.span.end
        if not isinstance(places, range):
            start = bisect_left(places, start)
            end = max(start + 1, bisect_left(places, end))
        kept = replace(fact, span=replace(fact.span, field="title")) if is_title else fact
        found.append(PlacedFact(kept, base + start, base + end))
    return found
