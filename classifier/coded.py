"""Coded wording found by the normaliser: words that had to be decoded are themselves evidence."""

from dataclasses import replace

from classifier.labels import Labels
from classifier.reading import Reading
from classifier.records import Decoding, Finding

CODED = "coded_wording"
# Blanks between letters, 1对1 for 一对一 and annotated pinyin are layout, not disguise.
LAYOUT_METHODS = frozenset({"digits", "inserted_space", "annotation"})
# One odd word may be a slip; two kinds are not.
_ONE, _SEVERAL = 0.6, 0.8
MAX_SPANS = 8


def coded_finding(reading: Reading, labels: Labels) -> Finding | None:
    """Return the finding of the document's disguised words, or None when every word is plain."""
    found = [
        (decoding, replace(decoding.span, field="title")) for decoding in reading.title.decodings
    ]
    found += [(decoding, decoding.span) for decoding in reading.text.decodings]
    found = [pair for pair in found if pair[0].method not in LAYOUT_METHODS]
    if not found:
        return None
    plain = list(dict.fromkeys(decoding.plain for decoding, _ in found))
    pairs = list(dict.fromkeys(_pair(decoding) for decoding, _ in found))
    return Finding(
        label=CODED,
        axis=labels.axis(CODED),
        origin=f"rule:{CODED}.decoded",
        score=_SEVERAL if len(plain) > 1 else _ONE,
        spans=tuple(span for _, span in found[:MAX_SPANS]),
        reason=f"用变形写法代替常用词：{'、'.join(pairs[:MAX_SPANS])}",
        decoded="、".join(plain[:MAX_SPANS]),
        basis=labels.basis(CODED),
    )


def _pair(decoding: Decoding) -> str:
    return f"“{decoding.span.text}”即“{decoding.plain}”"
