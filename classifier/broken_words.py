"""Find domain words that are broken up by marks, blanks, emoji or pinyin in brackets."""

import re
from collections.abc import Iterator
from functools import cache

from classifier.replacements import Replacement
from classifier.spellings import load_edges, load_readings, load_spellings

# Marks that also stand between two words; they never join the characters around them.
SEPARATORS = ",。、;:!?()\"“”'‘’《》〈〉【】「」『』[]{}<>…&"
MAX_GAP = 3
# Enough of the text around one character to hold any domain word.
WINDOW = 4
BLANKS = re.compile(r"\s+")


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    characters = "".join(
        sorted({character for word in load_spellings().words for character in word})
    )
    inside = f"[{re.escape(characters)}]"
    gap = rf"(?:(?![\n{re.escape(SEPARATORS)}])[\W_]){{1,{MAX_GAP}}}"
    run = re.compile(rf"{inside}{{1,{WINDOW}}}(?:{gap}{inside}{{1,{WINDOW}}})+")
    note = re.compile(rf"({inside}) ?\(([a-z]{{1,6}})[1-5]?\)")
    return run, note


def broken(text: str) -> Iterator[Replacement]:
    """Find `数.学`, `补 课`, `语*文`: the words of which marks or blanks part the characters."""
    spellings = load_spellings()
    edges = load_edges()
    for run in _patterns()[0].finditer(text):
        places = [place for place in range(run.start(), run.end()) if text[place].isalnum()]
        joined = "".join(text[place] for place in places)
        for number, low, high in spellings.word_automaton.find_matches_as_indexes(
            joined, overlapping=True
        ):
            start, end = places[low], places[high - 1] + 1
            if end - start > high - low and not edges.joins(text, start, end):
                gaps = [
                    text[one + 1 : other]
                    for one, other in zip(
                        places[low : high - 1], places[low + 1 : high], strict=True
                    )
                ]
                blank = all(not gap or BLANKS.fullmatch(gap) for gap in gaps)
                method = "inserted_space" if blank else "inserted_mark"
                yield Replacement(start, end, spellings.words[number], method)


def annotated(text: str) -> Iterator[Replacement]:
    """Find `训(xun)` in 培训(xun): the reading of a character of a domain word set beside it."""
    if "(" not in text:
        return
    readings = load_readings()
    automaton = load_spellings().word_automaton
    for note in _patterns()[1].finditer(text):
        character, syllable = note[1], note[2]
        if syllable in readings.get(character, ()):
            before = text[max(0, note.start() - WINDOW) : note.start()]
            around = before + character + text[note.end() : note.end() + WINDOW]
            place = len(before)
            words = automaton.find_matches_as_indexes(around, overlapping=True)
            if any(start <= place < end for _, start, end in words):
                yield Replacement(note.start(), note.end(), character, "annotation")
