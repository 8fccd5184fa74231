"""Find which rules hold in a reading.

One pass of a word automaton finds every lexicon word and every literal that a pattern needs. What
was found says in which sentences a condition *may* hold, as one integer with a bit per sentence (or
window); a rule is worth a closer look only where the bits of all its conditions meet. Only there,
and only until enough places are found, patterns run.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property

from classifier.reading import Reading
from classifier.rule_index import Prepared, RuleIndex, Test
from classifier.rule_loader import Condition, Rule, as_number

# Sentences are cut to pieces of this length for patterns, so that a text without any stop costs
# time in proportion to its length.
MAX_PATTERN_CHARS = 400
# A rule is looked for in this many places; more say nothing new, and a page may repeat itself.
MAX_UNITS = 6

Place = tuple[int, int]


def _stands_alone(joined: str, start: int, end: int) -> bool:
    """Say whether a Latin word is no part of a longer one."""
    before, after = joined[start - 1 : start], joined[end : end + 1]
    return not (
        (before.isascii() and before.isalnum() and joined[start].isalnum())
        or (after.isascii() and after.isalnum() and joined[end - 1].isalnum())
    )


def _set_bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Search:
    """One reading being matched; holds what was worked out so far."""

    def __init__(self, index: RuleIndex, reading: Reading) -> None:
        self._index = index
        self.reading = reading
        self._starts = [start for start, _ in reading.sentences]
        # word or literal → {sentence: its first place there}, and the same sentences as bits
        self._hits: dict[int, dict[int, Place]] = {}
        self._masks: list[int | None] = [None] * index.tests
        self._sentences: dict[int, int] = {}
        self._matched: dict[tuple[int, int], Place | None] = {}
        self._present = self._scan()

    def _scan(self) -> int:
        """Find all words and facts; return the keys that are present, as bits."""
        joined, index, starts = self.reading.joined, self._index, self._starts
        hits, alone = self._hits, index.alone
        for number, start, end in index.automaton.find_matches_as_indexes(joined, overlapping=True):
            if number in alone and not _stands_alone(joined, start, end):
                continue
            found = hits.get(number)
            if found is None:
                found = hits[number] = {}
            found.setdefault(max(0, bisect_right(starts, start) - 1), (start, end))
        present = 0
        for number in hits:
            present |= index.bits[number]
        for kind in {placed.fact.kind for placed in self.reading.facts}:
            key = index.keys.get(("number", kind))
            present |= 0 if key is None else 1 << key
        return present

    @cached_property
    def _window_of(self) -> list[int]:
        """The window of each sentence."""
        starts = [start for start, _ in self.reading.windows]
        return [max(0, bisect_right(starts, start) - 1) for start in self._starts]

    @cached_property
    def _sentences_of(self) -> list[int]:
        """The sentences of each window, as bits."""
        masks = [0] * len(self.reading.windows)
        for sentence, window in enumerate(self._window_of):
            masks[window] |= 1 << sentence
        return masks

    def matches(
        self, wanted: Callable[[Rule], bool], labels: Collection[str] = ()
    ) -> Iterator[tuple[Rule, list[list[Place]]]]:
        """Yield the rules that hold, in the order of the files, each with its places by unit."""
        present = self._present
        for prepared in self._index.prepared:
            if (
                prepared.needed_bits & present == prepared.needed_bits
                and (not prepared.option_bits or prepared.option_bits & present)
                and wanted(prepared.rule)
                and _labels_allow(prepared.rule, labels)
            ):
                units = self._holds(prepared)
                if units:
                    yield prepared.rule, units

    def _holds(self, prepared: Prepared) -> list[list[Place]]:
        units = -1
        for test in prepared.needed:
            units &= self._mask(test)
            if not units:
                return []
        if prepared.options:
            possible = 0
            for test in prepared.options:
                possible |= self._mask(test)
            units &= possible
        found: list[list[Place]] = []
        for unit in _set_bits(units):
            places = self._in_unit(prepared, unit)
            if places:
                found.append(places)
                if len(found) == MAX_UNITS:
                    break
        return found

    def _in_unit(self, prepared: Prepared, unit: int) -> list[Place]:
        """Return the places that show the rule in one unit; none when it does not hold there."""
        places = []
        for test in prepared.needed:
            place = self._place(test, unit)
            if place is None:
                return []
            places.append(place)
        if prepared.options:
            shown = [place for test in prepared.options if (place := self._place(test, unit))]
            if not shown:
                return []
            places += shown
        if any(self._place(test, unit) for test in prepared.none):
            return []
        return places

    def _mask(self, test: Test) -> int:
        """Return the units of the rule's scope in which the test may hold, as bits."""
        mask = self._masks[test.number]
        if mask is None:
            mask = self._masks[test.number] = self._work_out(test)
        return mask

    def _work_out(self, test: Test) -> int:
        sentences = self._in_sentences(test)
        if not sentences or test.own == test.scope == "sentence":
            return sentences
        if "title" in (test.own, test.scope):
            sentences &= 1
        if test.scope in ("text", "title"):
            return int(bool(sentences))
        if test.own in ("text", "title"):
            units = self.reading.sentences if test.scope == "sentence" else self.reading.windows
            return (1 << len(units)) - 1 if sentences else 0
        windows = 0
        for sentence in _set_bits(sentences):
            windows |= 1 << self._window_of[sentence]
        if test.scope == "window":
            return windows
        spread = 0
        for window in _set_bits(windows):
            spread |= self._sentences_of[window]
        return spread

    def _in_sentences(self, test: Test) -> int:
        """Return the sentences in which the test's condition may hold, as bits."""
        if test.condition.kind == "number":
            mask = 0
            for sentence in self._fitting(test.condition):
                mask |= 1 << sentence
            return mask
        known = self._sentences.get(test.key)
        if known is None:
            known = 0
            for number in self._index.needles_of[test.key] & self._hits.keys():
                for sentence in self._hits[number]:
                    known |= 1 << sentence
            self._sentences[test.key] = known
        return known

    def _place(self, test: Test, unit: int) -> Place | None:
        """Return the first place at which the test holds in (or around) a unit."""
        if not self._mask(test) >> unit & 1:
            return None
        sentences = self._in_sentences(test)
        if "title" in (test.own, test.scope):
            sentences &= 1
        elif test.own == "sentence" and test.scope == "sentence":
            sentences = 1 << unit
        elif test.own != "text" and test.scope != "text":
            window = unit if test.scope == "window" else self._window_of[unit]
            sentences &= self._sentences_of[window]
        for sentence in _set_bits(sentences):
            place = self._in_sentence(test, sentence)
            if place is not None:
                return place
        return None

    def _in_sentence(self, test: Test, sentence: int) -> Place | None:
        if test.condition.kind == "number":
            return self._fitting(test.condition).get(sentence)
        if test.condition.kind == "lexicon":
            return min(self._hit_places(test.key, sentence))
        key = test.key, sentence
        if key not in self._matched:
            self._matched[key] = self._match(test, sentence)
        return self._matched[key]

    def _hit_places(self, key: int, sentence: int) -> list[Place]:
        numbers = self._index.needles_of[key] & self._hits.keys()
        return [found[sentence] for n in numbers if sentence in (found := self._hits[n])]

    def _match(self, test: Test, sentence: int) -> Place | None:
        """Run a pattern on the sentence, piece by piece."""
        compiled = self._index.compiled(test.condition.name)
        start, end = self.reading.sentences[sentence]
        for low in range(start, end, MAX_PATTERN_CHARS):
            match = compiled.search(self.reading.joined, low, min(end, low + MAX_PATTERN_CHARS))
            if match:
                return match.span()
        return None

    def _fitting(self, condition: Condition) -> dict[int, Place]:
        """Return sentence → first fact in it that fits."""
        found: dict[int, Place] = {}
        for placed in self.reading.facts:
            fact = placed.fact
            if _fact_fits(condition, fact.kind, fact.value, fact.unit):
                sentence = max(0, bisect_right(self._starts, placed.start) - 1)
                found.setdefault(sentence, (placed.start, placed.end))
        return found


def _labels_allow(rule: Rule, labels: Collection[str]) -> bool:
    if any(c.kind == "label" and c.name not in labels for c in rule.all):
        return False
    if any(c.kind == "label" and c.name in labels for c in rule.none):
        return False
    only_labels = rule.any and all(c.kind == "label" for c in rule.any)
    return not only_labels or any(c.name in labels for c in rule.any)


def _fact_fits(condition: Condition, kind: str, value: str, unit: str | None) -> bool:
    if kind != condition.name:
        return False
    if condition.unit is not None and unit != condition.unit:
        return False
    if condition.values and value not in condition.values:
        return False
    if not condition.bounds:
        return True
    number = as_number(value)
    return number is not None and all(_compare(number, *bound) for bound in condition.bounds)


def _compare(number: float, comparison: str, bound: float) -> bool:
    if comparison == "over":
        return number > bound
    if comparison == "at_least":
        return number >= bound
    if comparison == "under":
        return number < bound
    return number <= bound


def merged(places: Iterable[Place]) -> list[Place]:
    """Return the places sorted, overlapping or touching ones as one."""
    result: list[Place] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
