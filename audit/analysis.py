"""Turn a text into the tokens that both search engines store, and a term into what to look for.

Done once, here, so that the engines only split at blanks. A text is cut at its block borders into
segments; blanks inside a segment become `BLANK`. Finding works on character pairs: `数学课` gives
`数学 学课 课␃`, so that a phrase of pairs is an exact substring, a single character is the start of
a pair, and nothing is found across a border. Ranking works on words.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from typing import Literal

from classifier.normalise import normalise
from classifier.records import Normalised, Span
from classifier.segment import words as cut_words

# Raised with every change of what this module makes of a text; `index_mappings/versions.json`
# pins it together with a digest of its output.
ANALYSIS_VERSION = "1"

END = "␃"
BLANK = "␠"
MASK = "\ufffd"
# A text beyond this is indexed up to here: a body of the 16 MiB that the crawler keeps may hold
# more, and its pairs must fit the search server's largest request (100 MB).
MAX_CHARS = 2_000_000
MAX_WORD_CHARS = 64

FormName = Literal["folded", "decoded"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One block's text as it is searched; `offsets[i]` is character i's place in the form."""

    text: str
    offsets: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What is stored of one text; each field holds tokens separated by blanks."""

    words: str
    grams: str
    grams_decoded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """A term of a query: the substring to find, and the words to rank by."""

    text: str
    words: tuple[str, ...]


def segments(n: Normalised, form: FormName, *, masked: Iterable[Span] = ()) -> list[Segment]:
    """Cut one form of a text at the line ends of the raw text; characters in `masked` are hidden.

    The k-th segments of both forms come from the same lines.
    """
    return [_segment(text, start) for start, text in _lines(n, form, masked)]


def stretches(n: Normalised, form: FormName, *, masked: Iterable[Span] = ()) -> list[str]:
    """Give the texts of `segments` alone, which is many times quicker."""
    return [BLANK.join(text.split()) for _, text in _lines(n, form, masked)]


def _lines(n: Normalised, form: FormName, masked: Iterable[Span]) -> list[tuple[int, str]]:
    """Give each line of the raw text in its form, with the place where it starts."""
    text = visible(n, form, masked=masked)
    places = n.folded_map if form == "folded" else n.decoded_map
    starts = [0]
    line_end = n.raw.find("\n")
    while line_end >= 0:
        starts.append(bisect_left(places, line_end, starts[-1], len(text)))
        line_end = n.raw.find("\n", line_end + 1)
    return [(start, text[start:end]) for start, end in pairwise([*starts, len(text)])]


def visible(n: Normalised, form: FormName, *, masked: Iterable[Span] = ()) -> str:
    """Give one form, character for character, without what is masked and without our own marks."""
    text, places = (n.folded, n.folded_map) if form == "folded" else (n.decoded, n.decoded_map)
    for span in masked:
        start, end = bisect_left(places, span.start), bisect_left(places, span.end)
        end = min(end, len(text))
        text = f"{text[:start]}{MASK * (end - start)}{text[end:]}"
    return text.replace(END, MASK).replace(BLANK, MASK)


def _segment(text: str, start: int) -> Segment:
    part = text.strip()
    start += len(text) - len(text.lstrip())
    if not _BLANKS.search(part):
        return Segment(text=part, offsets=range(start, start + len(part)))
    pieces: list[str] = []
    offsets: list[int] = []
    here = 0
    for blank in _BLANKS.finditer(part):
        pieces += (part[here : blank.start()], BLANK)
        offsets += range(start + here, start + blank.start() + 1)
        here = blank.end()
    pieces.append(part[here:])
    offsets += range(start + here, start + len(part))
    return Segment(text="".join(pieces), offsets=offsets)


def whole(text: str) -> str:
    """Replace halves of characters (of a broken command line, say), which nothing can store."""
    return _SURROGATE.sub(MASK, text)


def grams(text: str) -> str:
    """Give the character pairs of one segment, the last one with the end mark."""
    return " ".join(map(add, text, text[1:] + END))


def ranking_words(text: str) -> list[str]:
    """Cut a segment into the words that count for ranking: no marks, nothing endless."""
    return [
        word
        for word in cut_words(text.replace(BLANK, " "))
        if (word.isalnum() or any(map(str.isalnum, word))) and len(word) <= MAX_WORD_CHARS
    ]


def analyse(text: str, *, masked: Iterable[Span] = ()) -> Tokens:
    """Make the tokens of one text; `masked` are the spans (of the text) of personal data.

    The decoded form is kept only for the segments where it differs: what it shares with the
    folded form is found there.
    """
    n = normalise(whole(text[:MAX_CHARS]))
    masked = tuple(masked)
    folded = stretches(n, "folded", masked=masked)
    differing: list[str] = []
    if n.decoded != n.folded:
        decoded = stretches(n, "decoded", masked=masked)
        differing = [one for one, other in zip(decoded, folded, strict=True) if one != other]
    return Tokens(
        words=" ".join(ranking_words("\n".join((*folded, *differing)))),
        grams=" ".join(map(grams, filter(None, folded))),
        grams_decoded=" ".join(map(grams, filter(None, differing))),
    )


def search_term(raw: str) -> SearchTerm | None:
    """Fold a term of a query; None when nothing searchable is left of it.

    A term is folded but not decoded: who asks for 竖学 wants that wording, who asks for 数学 finds
    both.
    """
    folded = normalise(whole(" ".join(raw.split()))).folded
    text = _BLANKS.sub(BLANK, folded.replace(END, MASK).replace(BLANK, MASK).strip())
    if not text:
        return None
    return SearchTerm(text=text, words=tuple(dict.fromkeys(ranking_words(text))))


def term_grams(text: str) -> list[str]:
    """Give the pairs that must follow each other; none for a single character, a pair's start."""
    return list(map(add, text, text[1:]))
