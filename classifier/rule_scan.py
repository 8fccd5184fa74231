"""One pass over a reading: in which sentences the words, literals and facts of the rules stand."""

from bisect import bisect_right
from collections.abc import Iterable

from classifier.conditions import fact_fits
from classifier.reading import Reading
from classifier.rule_index import RuleIndex, Test

Place = tuple[int, int]


class Scan:
    """For each key of the rules the sentences in which it may hold, and the places there."""

    def __init__(self, index: RuleIndex, reading: Reading) -> None:
        self._index = index
        self._starts = [start for start, _ in reading.sentences]
        # word or literal → {sentence: where it first stands there}
        self._hits: dict[int, dict[int, int]] = {}
        self._facts: dict[int, dict[int, Place]] = {}
        self._reading = reading
        # group of needles, and key → the sentences, as bits
        self._groups = [0] * len(index.groups)
        # the groups of which a needle was found, as bits
        self.present = 0
        self._sentences: list[int | None] = [None] * index.keys
        self._find_words(reading.joined)

    def _find_words(self, joined: str) -> None:
        index, hits, alone = self._index, self._hits, self._index.alone
        sentence_at = self._sentence_at(len(joined))
        for number, start, end in index.automaton.find_matches_as_indexes(joined, overlapping=True):
            if number in alone and not _stands_alone(joined, start, end):
                continue
            found = hits.get(number)
            if found is None:
                found = hits[number] = {}
            found.setdefault(sentence_at[start], start)
        groups = self._groups
        for number, found in hits.items():
            mask = _bits(found)
            self.present |= index.bits_of[number]
            for group in index.groups_of[number]:
                groups[group] |= mask

    def _sentence_at(self, chars: int) -> list[int]:
        """Return the sentence of each character; blanks between belong to the one before."""
        owners: list[int] = []
        for sentence, end in enumerate([*self._starts[1:], chars]):
            owners += [sentence] * (end - len(owners))
        return owners

    def sentences(self, test: Test) -> int:
        """Return the sentences in which the test's condition may hold, as bits.

        Words and facts do hold there; of a pattern one literal of each group was found.
        """
        known = self._sentences[test.key]
        if known is None:
            known = _bits(self._find_facts(test)) if test.is_fact else 0
            for groups in self._index.alternatives[test.key]:
                common = -1
                for group in groups:
                    common &= self._groups[group]
                known |= common
            self._sentences[test.key] = known
        return known

    def _find_facts(self, test: Test) -> dict[int, Place]:
        found = self._facts[test.key] = {}
        for placed in self._reading.facts_of(test.condition.name):
            fact = placed.fact
            if fact_fits(test.condition, fact.kind, fact.value, fact.unit):
                sentence = max(0, bisect_right(self._starts, placed.start) - 1)
                found.setdefault(sentence, (placed.start, placed.end))
        return found

    def place(self, key: int, sentence: int) -> Place:
        """Return the first place of a word or fact in a sentence that has one."""
        if key in self._facts:
            return self._facts[key][sentence]
        ((group,),) = self._index.alternatives[key]
        return min(
            (start, start + self._index.lengths[number])
            for number in self._index.groups[group] & self._hits.keys()
            if (start := self._hits[number].get(sentence)) is not None
        )


def _bits(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _stands_alone(joined: str, start: int, end: int) -> bool:
    """Say whether a Latin word is no part of a longer one."""
    before, after = joined[start - 1 : start], joined[end : end + 1]
    return not (
        (before.isascii() and before.isalnum() and joined[start].isalnum())
        or (after.isascii() and after.isalnum() and joined[end - 1].isalnum())
    )
