"""Find domain words that are broken up by marks, blanks, emoji or pinyin in brackets."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from classifier.replacements import Replacement
from classifier.spellings import load_edges, load_readings, load_spellings

# Marks that also stand between two words; they never join the characters around them.
SEPARATORS = ",。、;:!?()\"“”'‘’《》〈〉【】「」『』[]{}<>…&"
# Enough of the text around one character to hold any domain word.
WINDOW = 4
MAX_GAP = 3


class Patterns(NamedTuple):
    """`gap`: marks between two domain characters; `run`: domain characters parted by gaps."""

    gap: re.Pattern[str]
    run: re.Pattern[str]
    note: re.Pattern[str]


@cache
def _patterns() -> Patterns:
    characters = "".join(sorted({part for word in load_spellings().words for part in word}))
    inside = f"[{re.escape(characters)}]"
    mark = f"[^0-9A-Za-z\u3400-\u9fff\\n{re.escape(SEPARATORS)}]{{1,{MAX_GAP}}}"
    return Patterns(
        gap=re.compile(f"{mark}(?={inside})"),
        run=re.compile(f"{inside}{{1,{WINDOW}}}(?:{mark}{inside}{{1,{WINDOW}}})+"),
        note=re.compile(rf"({inside}) ?\(([a-z]{{1,6}})[1-5]?\)"),
    )


def broken(text: str) -> Iterator[Replacement]:
    """Find `数.学`, `补 课`, `语*文`: the words of which marks or blanks part the characters."""
    patterns = _patterns()
    end = 0
    for gap in patterns.gap.finditer(text):
        if gap.start() >= end:
            run = patterns.run.search(text, max(end, gap.start() - WINDOW), gap.end() + 1)
            if run and run.end() > gap.end():
                full = patterns.run.match(text, run.start())
                if full:
                    end = full.end()
                    yield from _inside(text, full.start(), end)


def _inside(text: str, start: int, end: int) -> Iterator[Replacement]:
    """Find words in the run with its marks left out; only those that had marks inside."""
    spellings = load_spellings()
    places = [place for place in range(start, end) if text[place].isalnum()]
    joined = "".join(text[place] for place in places)
    hits = spellings.word_automaton.find_matches_as_indexes(joined, overlapping=True)
    for number, low, high in hits:
        first, last = places[low], places[high - 1] + 1
        if last - first > high - low and not load_edges().joins(text, first, last):
            written = text[first:last]
            is_spaced = "".join(written.split()) == joined[low:high]
            method = "inserted_space" if is_spaced else "inserted_mark"
            yield Replacement(first, last, spellings.words[number], method)


def annotated(text: str) -> Iterator[Replacement]:
    """Find `训(xun)` in 培训(xun): the reading of a character of a domain word set beside it."""
    if "(" not in text:
        return
    readings = load_readings()
    automaton = load_spellings().word_automaton
    for note in _patterns().note.finditer(text):
        character, syllable = note[1], note[2]
        if syllable in readings.get(character, ()):
            before = text[max(0, note.start() - WINDOW) : note.start()]
            around = before + character + text[note.end() : note.end() + WINDOW]
            place = len(before)
            words = automaton.find_matches_as_indexes(around, overlapping=True)
            if any(start <= place < end for _, start, end in words):
                yield Replacement(note.start(), note.end(), character, "annotation")
