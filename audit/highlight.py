"""Where a text shows what was asked for: spans of the original characters, and a snippet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.analysis import BLANK, FormName, Segment, segments, visible
from classifier.normalise import to_raw_span
from classifier.records import Decoding, Normalised, Span

SNIPPET_CHARS = 120
CHARS_BEFORE = 30
ELLIPSIS = "…"
# One letter searched in a long page would mark it all; a reader needs the first ones.
MAX_HIGHLIGHTS = 200
_WHITE = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A stretch of the ad's text, half-open, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlights:
    """Stretches in order, not overlapping, and the disguises that some were found through."""

    spans: tuple[Highlight, ...]
    decodings: tuple[Decoding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of the text for a list; `text[i]` is character `offset + i` of the ad's text."""

    text: str
    offset: int
    cut_before: bool
    cut_after: bool

    def __str__(self) -> str:
        before, after = ELLIPSIS * self.cut_before, ELLIPSIS * self.cut_after
        return f"{before}{self.text}{after}"


def highlights(
    n: Normalised,
    terms: Iterable[str],
    *,
    masked: Sequence[Span] = (),
    contacts: Iterable[Span] = (),
) -> Highlights:
    """Find the terms in a text as the index finds them: folded or decoded, never across lines.

    Args:
        n: the normalised text.
        terms: searchable texts of the wanted terms (`SearchTerm.text`).
        masked: spans of personal data, which the index does not hold.
        contacts: those of them that were asked for by their full value.
    """
    wanted = list(dict.fromkeys(terms))
    found = {(span.start, span.end) for span in contacts}
    found |= _spans(n, "folded", wanted, masked)
    through: set[tuple[int, int]] = set()
    if n.decoded != n.folded:
        decoded = _spans(n, "decoded", wanted, masked)
        through = {span for span in decoded - found if _is_disguised(n, span)}
        found |= decoded
    return Highlights(
        spans=_merge(sorted(found))[:MAX_HIGHLIGHTS],
        decodings=tuple(
            one
            for one in n.decodings
            if any(_overlap(span, (one.span.start, one.span.end)) for span in through)
        ),
    )


def _spans(
    n: Normalised, form: FormName, terms: Sequence[str], masked: Sequence[Span]
) -> set[tuple[int, int]]:
    spans: set[tuple[int, int]] = set()
    text = visible(n, form, masked=masked)
    whole = [Segment(text=text, offsets=range(len(text)))]
    for term in terms:
        # A term without a blank has no line end either, so it cannot reach over one.
        for segment in segments(n, form, masked=masked) if BLANK in term else whole:
            for first, last in _places(segment, term):
                spans.add(to_raw_span(n, first, last + 1, form=form))
                if len(spans) >= MAX_HIGHLIGHTS:
                    return spans
    return spans


def _places(segment: Segment, term: str) -> Iterator[tuple[int, int]]:
    """Give the first and the last place in the form of every occurrence, overlapping ones too."""
    at = segment.text.find(term)
    while at >= 0:
        yield segment.offsets[at], segment.offsets[at + len(term) - 1]
        at = segment.text.find(term, at + 1)


def _is_disguised(n: Normalised, span: tuple[int, int]) -> bool:
    return any(_overlap(span, (one.span.start, one.span.end)) for one in n.decodings)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _merge(ordered: Iterable[tuple[int, int]]) -> tuple[Highlight, ...]:
    """Join stretches that overlap; neighbours stay apart."""
    merged: list[tuple[int, int]] = []
    for start, end in ordered:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(Highlight(start=start, end=end) for start, end in merged)


def pieces(text: str, spans: Iterable[Highlight], *, offset: int = 0) -> Iterator[tuple[str, bool]]:
    """Cut a text, which begins at `offset` of the ad's, into stretches: words, whether marked."""
    at = 0
    for span in spans:
        start, end = span.start - offset, min(span.end - offset, len(text))
        if start < at or start >= end:
            continue
        if start > at:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False


def snippet(text: str, *, around: int) -> Snippet:
    """Cut a piece of the text, as it may be shown, around a character; line ends become blanks."""
    start = max(0, around - CHARS_BEFORE)
    end = min(len(text), start + SNIPPET_CHARS)
    start = max(0, min(start, end - SNIPPET_CHARS))
    return Snippet(
        text=_WHITE.sub(" ", text[start:end]),
        offset=start,
        cut_before=start > 0,
        cut_after=end < len(text),
    )
