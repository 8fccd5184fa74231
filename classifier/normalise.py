"""Give a text in its folded and its decoded form, with the way back to the original."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from classifier.decoding import decode
from classifier.folding import fold, is_deleted
from classifier.records import Decoding, Normalised, Span

# Part of every analysis made from these forms: raise it when a table or a rule of decoding changes.
VERSION = "1"

Form = Literal["folded", "decoded"]


def normalise(raw: str) -> Normalised:
    """Fold the text and undo disguised domain words.

    Normalising the decoded text again changes nothing.
    """
    folded, folded_map = fold(raw)
    decoded = decode(folded)
    if not decoded.replacements:
        return Normalised(
            raw=raw, folded=folded, folded_map=folded_map, decoded=folded, decoded_map=folded_map
        )
    decodings = tuple(
        Decoding(
            span=_span(raw, folded_map, item.start, item.end), plain=item.plain, method=item.method
        )
        for item in decoded.replacements
    )
    return Normalised(
        raw=raw,
        folded=folded,
        folded_map=folded_map,
        decoded=decoded.text,
        decoded_map=tuple(map(folded_map.__getitem__, decoded.offsets)),
        decodings=decodings,
    )


def to_raw_span(n: Normalised, start: int, end: int, *, form: Form) -> tuple[int, int]:
    """Give the stretch of the original from which a stretch of a form was made.

    A stretch inside a decoded word widens to the whole disguised spelling.
    """
    offsets = n.folded_map if form == "folded" else n.decoded_map
    span = _span(n.raw, offsets, start, end)
    return span.start, span.end


def _span(raw: str, offsets: Sequence[int], start: int, end: int) -> Span:
    if isinstance(offsets, range):
        return Span(start=start, end=end, text=raw[start:end])
    low = offsets[start]
    if end <= start:
        return Span(start=low, end=low, text="")
    last = offsets[end - 1]
    after = bisect_right(offsets, last, lo=end - 1)
    high = offsets[after] if after < len(offsets) else len(raw)
    while high - 1 > last and is_deleted(raw[high - 1]):
        high -= 1
    return Span(start=low, end=high, text=raw[low:high])
