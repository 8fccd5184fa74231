"""Find domain words that are broken up by marks, blanks, emoji or pinyin in brackets."""

import re
from collections.abc import Iterator
from functools import cache

from classifier.replacements import Replacement
from classifier.spellings import load_edges, load_readings, load_spellings

# Marks that also stand between two words; they never join the characters around them.
SEPARATORS = ",。、;:!?()\"“”'‘’《》〈〉【】「」『』[]{}<>…&"
# Enough of the text around one character to hold any domain word.
WINDOW = 4
MAX_GAP = 3
# 初级/中级 in short, on pages of professional examinations.
NOT_BROKEN = frozenset(("初/中",))

MARK = f"[^0-9A-Za-z\u3400-\u9fff\\n{re.escape(SEPARATORS)}]{{1,{MAX_GAP}}}"


@cache
def _inside() -> str:
    """Give the characters of the domain words as a class of a pattern."""
    characters = sorted({part for word in load_spellings().words for part in word})
    return f"[{re.escape(''.join(characters))}]"


@cache
def _gap() -> re.Pattern[str]:
    """Match marks before a domain character."""
    return re.compile(f"{MARK}(?={_inside()})")


@cache
def _run() -> re.Pattern[str]:
    """Match domain characters parted by marks."""
    return re.compile(f"{_inside()}{{1,{WINDOW}}}(?:{MARK}{_inside()}{{1,{WINDOW}}})+")


@cache
def _note() -> re.Pattern[str]:
    """Match a domain character with pinyin in brackets."""
    return re.compile(rf"({_inside()}) ?\(([a-z]{{1,6}})[1-5]?\)")


def broken(text: str) -> Iterator[Replacement]:
    """Find `数.学`, `补 课`, `语*文`: the words of which marks or blanks part the characters."""
    end = 0
    for gap in _gap().finditer(text):
        if gap.start() >= end:
            run = _run().search(text, max(end, gap.start() - WINDOW), gap.end() + 1)
            if run and run.end() > gap.end():
                full = _run().match(text, run.start())
                if full:
                    end = full.end()
                    yield from _words(text, full.start(), end)


def _words(text: str, start: int, end: int) -> Iterator[Replacement]:
    """Find words in the run with its marks left out; only those that had marks inside."""
    spellings = load_spellings()
    places = [place for place in range(start, end) if text[place].isalnum()]
    joined = "".join(text[place] for place in places)
    hits = spellings.word_automaton.find_matches_as_indexes(joined, overlapping=True)
    for number, low, high in hits:
        first, last = places[low], places[high - 1] + 1
        written = text[first:last]
        is_broken = last - first > high - low and written not in NOT_BROKEN
        if is_broken and not load_edges().joins(text, first, last):
            is_spaced = "".join(written.split()) == joined[low:high]
            method = "inserted_space" if is_spaced else "inserted_mark"
            yield Replacement(first, last, spellings.words[number], method)


def annotated(text: str) -> Iterator[Replacement]:
    """Find `训(xun)` in 培训(xun): the reading of a character of a domain word set beside it."""
    if "(" not in text:
        return
    readings = load_readings()
    automaton = load_spellings().word_automaton
    for note in _note().finditer(text):
        character, syllable = note[1], note[2]
        if syllable in readings.get(character, ()):
            before = text[max(0, note.start() - WINDOW) : note.start()]
            around = before + character + text[note.end() : note.end() + WINDOW]
            place = len(before)
            words = automaton.find_matches_as_indexes(around, overlapping=True)
            if any(start <= place < end for _, start, end in words):
                yield Replacement(note.start(), note.end(), character, "annotation")
