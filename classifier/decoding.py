"""Undo disguised spellings in folded text, only where a domain word comes out in its context."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from classifier.broken_words import annotated, broken
from classifier.contact_wording import has_contact_wording
from classifier.initials import initials
from classifier.replacements import Replacement
from classifier.spellings import Spelling, Spellings, load_edges, load_spellings

# A word about lessons within this many characters is context (a line or two of an ad).
CONTEXT_CHARS = 30
# Two letters mean less than a misspelt word, so their context must be nearer.
INITIALS_CONTEXT_CHARS = 15
# Each round can bring new context; ten are never reached by text that a person wrote.
MAX_ROUNDS = 10
LONGEST_WORD = 8
# Words that overlap the item itself are no context; a few more are looked at behind them.
NEAR_WORDS = 40
ADDRESS_CHARS = 60
ADDRESS = re.compile(r"[a-z0-9]\.[a-z]{2}|@|://|[_=?&%]|www\.")
NOT_ASCII = re.compile(r"[^!-~]")


Range = tuple[int, int]


class Decoded(NamedTuple):
    """`offsets` leads from the decoded to the folded text; spans of replacements are folded."""

    text: str
    offsets: list[int]
    replacements: list[Replacement]


def decode(folded: str) -> Decoded:
    """Undo disguises until nothing changes."""
    text = folded
    found = replacements(folded)
    if not found:
        return Decoded(folded, [], [])
    offsets = list(range(len(folded) + 1))
    done: list[Replacement] = []
    for _ in range(MAX_ROUNDS):
        done = _merge(done, found, offsets)
        text, offsets = _apply(text, offsets, found)
        found = replacements(text)
        if not found:
            break
    return Decoded(text, offsets, done)


def _merge(
    done: list[Replacement], found: list[Replacement], offsets: list[int]
) -> list[Replacement]:
    """Add a round's replacements, in offsets of the folded text; later ones swallow earlier."""
    fresh = [item._replace(start=offsets[item.start], end=offsets[item.end]) for item in found]
    starts = [item.start for item in fresh]
    kept = []
    for item in done:
        place = bisect_left(starts, item.end) - 1
        if place < 0 or fresh[place].end <= item.start:
            kept.append(item)
    return sorted(kept + fresh)


def _apply(text: str, offsets: list[int], found: list[Replacement]) -> tuple[str, list[int]]:
    parts: list[str] = []
    moved: list[int] = []
    here = 0
    for item in found:
        parts += (text[here : item.start], item.plain)
        moved += offsets[here : item.start]
        if len(item.plain) == item.end - item.start:
            moved += offsets[item.start : item.end]
        else:
            moved += [offsets[item.start]] * len(item.plain)
        here = item.end
    parts.append(text[here:])
    moved += offsets[here:]
    return "".join(parts), moved


def replacements(text: str) -> list[Replacement]:
    """Give what one look at the text undoes: sorted, without overlaps."""
    spellings = load_spellings()
    entries = spellings.entries
    hits = spellings.automaton.find_matches_as_indexes(text, overlapping=True)
    candidates = [
        (spelling, start, end)
        for number, start, end in hits
        if (spelling := entries[number]) is not None
    ]
    certain = [*broken(text), *annotated(text)]
    rows: list[Replacement] = []
    for item, is_sure in initials(text):
        (certain if is_sure else rows).append(item)
    if not (candidates or certain or rows):
        return []
    leaning = []
    for spelling, item in _placed(text, candidates):
        if spelling.needs == "context":
            leaning.append(item)
        else:
            certain.append(item)
    plain = sorted((start, end, is_anchor) for start, end, is_anchor in _plain(hits, spellings))
    context = sorted(
        [(start, end) for start, end, is_anchor in plain if is_anchor]
        + [(item.start, item.end) for item in certain]
    )
    near = _in_context(leaning, context, reach=CONTEXT_CHARS)
    context = sorted(context + [(item.start, item.end) for item in near])
    near += _in_context(rows, context, reach=INITIALS_CONTEXT_CHARS)
    return _choose(certain + near, [(start, end) for start, end, _ in plain])


def _plain(
    hits: Sequence[tuple[int, int, int]], spellings: Spellings
) -> Iterator[tuple[int, int, bool]]:
    entries, is_anchor = spellings.entries, spellings.is_anchor
    for number, start, end in hits:
        if entries[number] is None:
            yield start, end, is_anchor[number]


def _placed(
    text: str, candidates: Sequence[tuple[Spelling, int, int]]
) -> Iterator[tuple[Spelling, Replacement]]:
    """Keep the spellings that stand as words of their own, with the wording that they need."""
    edges = load_edges() if candidates else None
    for spelling, start, end in candidates:
        item = Replacement(start, end, spelling.plain, spelling.method)
        is_contact = spelling.needs == "contact"
        is_word = (
            not _is_cut(text, item, is_contact=is_contact)
            and not (is_contact and not has_contact_wording(text, item))
            and (not spelling.after or text[max(0, start - 1) : start] in tuple(spelling.after))
            and not _is_honest(text, item, spelling.unless)
            and not (edges and edges.joins(text, start, end, sides=spelling.edges))
            and not (text[start:end].isascii() and _is_foreign(text, item))
        )
        if is_word:
            yield spelling, item


def _is_cut(text: str, item: Replacement, *, is_contact: bool) -> bool:
    """Tell whether letters or digits go on beyond the spelling; an account may follow its name."""
    before, after = text[max(0, item.start - 1) : item.start], text[item.end : item.end + 1]
    if _is_latin(text[item.start]) and _is_latin(before):
        return True
    if not _is_latin(text[item.end - 1]) or not _is_latin(after):
        return False
    return not (is_contact and after.isdigit())


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_honest(text: str, item: Replacement, longer: Sequence[str]) -> bool:
    """Tell whether the spelling is part of one of the longer, honest words."""
    for word in longer:
        low = max(0, item.start - len(word) + 1)
        place = text.find(word, low, item.end + len(word) - 1)
        while place != -1:
            if place < item.end and item.start < place + len(word):
                return True
            place = text.find(word, place + 1, item.end + len(word) - 1)
    return False


def _is_foreign(text: str, item: Replacement) -> bool:
    """Tell whether a spelling in letters stands in an address or among foreign words."""
    low, high = max(0, item.start - ADDRESS_CHARS), item.end + ADDRESS_CHARS
    left = NOT_ASCII.split(text[low : item.start])[-1]
    right = NOT_ASCII.split(text[item.end : high], maxsplit=1)[0]
    if ADDRESS.search(left + text[item.start : item.end] + right):
        return True
    latin = load_spellings().latin
    before = re.search(r"([a-z]+)[ ]{0,2}$", text[low : item.start])
    after = re.match(r"[ ]{0,2}([a-z]+)", text[item.end : high])
    return any(found and found[1] not in latin for found in (before, after))


def _in_context(
    items: Sequence[Replacement], context: Sequence[Range], *, reach: int
) -> list[Replacement]:
    """Keep the items that a chain of near neighbours links to a word about lessons.

    `context` is sorted.
    """
    kept: list[Replacement] = []
    group: list[Replacement] = []
    is_anchored = False
    last_end = 0
    for item in sorted(items):
        if group and item.start - last_end > reach:
            kept += group if is_anchored or _support_each_other(group) else []
            group, is_anchored = [], False
        group.append(item)
        is_anchored = is_anchored or _has_near(item, context, reach)
        last_end = max(item.end, last_end)
    return kept + (group if is_anchored or _support_each_other(group) else [])


def _has_near(item: Replacement, context: Sequence[Range], reach: int) -> bool:
    place = bisect_left(context, (item.start - reach - LONGEST_WORD, 0))
    for start, end in context[place : place + NEAR_WORDS]:
        if start - item.end > reach:
            return False
        overlaps = start < item.end and item.start < end
        if not overlaps and item.start - end <= reach:
            return True
    return False


def _support_each_other(group: Sequence[Replacement]) -> bool:
    """Tell whether two different subjects are misspelt side by side: no accident does that."""
    subjects = {item.plain for item in group if item.method in ("emoji", "homophone", "split")}
    return len(subjects) > 1


def _choose(items: Sequence[Replacement], plain: Sequence[Range]) -> list[Replacement]:
    """Take the first, longest items; none that cuts through a plain word or another item.

    `plain` is sorted.
    """
    chosen: list[Replacement] = []
    for item in sorted(items, key=lambda item: (item.start, -item.end)):
        if chosen and item.start < chosen[-1].end:
            continue
        low = bisect_left(plain, (item.start - LONGEST_WORD, 0))
        high = bisect_left(plain, (item.end, 0))
        if not any(_is_crossed(item, *word) for word in plain[low:high]):
            chosen.append(item)
    return chosen


def _is_crossed(item: Replacement, start: int, end: int) -> bool:
    first = item.start + 1 if item.method == "annotation" else item.start
    overlaps = start < item.end and first < end
    return overlaps and not (first <= start and end <= item.end)
