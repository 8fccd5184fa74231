"""Find which rules hold in a reading.

One pass of a word automaton finds every lexicon word and every literal that a pattern needs. What
was found says in which sentences a condition may hold, as one integer with a bit per sentence (or
window): for words and facts it does hold there, a pattern must still be run. A rule is worth a
closer look only where the bits of all its conditions meet; only there, and only until enough places
are found, patterns run, each at most once on a sentence.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property

from classifier.conditions import labels_allow
from classifier.reading import Reading
from classifier.rule_index import Prepared, RuleIndex, Test
from classifier.rule_loader import Rule
from classifier.rule_scan import Place, Scan

# Sentences are cut to pieces of this length for patterns, so that a text without any stop costs
# time in proportion to its length.
MAX_PATTERN_CHARS = 400
# A rule is looked for in this many places; more say nothing new, and a page may repeat itself.
MAX_UNITS = 6


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
        self._scan = Scan(index, reading)
        # test → the units in which it may hold, as bits
        self._masks: list[int | None] = [None] * index.tests
        # veto → the units that its words or facts rule out, as bits
        self._vetoed: list[int | None] = [None] * index.vetoes
        # key → the sentences on which its pattern was run, and those where it matched, as bits
        self._tried = [0] * index.keys
        self._matched = [0] * index.keys
        self._matches: dict[tuple[int, int], Place] = {}

    @cached_property
    def _candidates(self) -> list[Prepared]:
        """The rules for which the text holds what they need, somewhere."""
        present = self._scan.present
        return [
            prepared
            for prepared in self._index.prepared
            if prepared.needed_bits & present == prepared.needed_bits
            and (not prepared.option_bits or prepared.option_bits & present)
        ]

    @cached_property
    def _window_of(self) -> list[int]:
        """The window of each sentence."""
        starts = [start for start, _ in self.reading.windows]
        return [max(0, bisect_right(starts, start) - 1) for start, _ in self.reading.sentences]

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
        for prepared in self._candidates:
            rule = prepared.rule
            if wanted(rule) and (not prepared.builds_on_labels or labels_allow(rule, labels)):
                units = self._holds(prepared)
                if units:
                    yield rule, units

    def _holds(self, prepared: Prepared) -> list[list[Place]]:
        units = self._possible(prepared)
        if not units:
            return []
        options = [test for test in prepared.options if self._mask(test) & units]
        refuting = [test for test in prepared.none_patterns if self._mask(test) & units]
        found: list[list[Place]] = []
        for unit in _set_bits(units):
            if self._holds_in(unit, prepared.needed_patterns, options, refuting):
                found.append(self._places(prepared, unit))
                if len(found) == MAX_UNITS:
                    break
        return found

    def _holds_in(
        self,
        unit: int,
        needed: Iterable[Test],
        options: Collection[Test],
        refuting: Iterable[Test],
    ) -> bool:
        """Run the patterns on a unit that nothing else rules out."""
        for test in needed:
            if not self._is_shown(test, unit):
                return False
        for test in refuting:
            if self._is_shown(test, unit):
                return False
        return not options or any(self._is_shown(test, unit) for test in options)

    def _possible(self, prepared: Prepared) -> int:
        """Return the units in which only the patterns are left to decide, as bits."""
        units = -1
        for test in prepared.needed:
            units &= self._mask(test)
            if not units:
                return 0
        if prepared.options:
            possible = 0
            for test in prepared.options:
                possible |= self._mask(test)
            units &= possible
        return units & ~self._ruled_out(prepared) if units else 0

    def _ruled_out(self, prepared: Prepared) -> int:
        vetoed = self._vetoed[prepared.veto]
        if vetoed is None:
            vetoed = 0
            for test in prepared.none_known:
                vetoed |= self._mask(test)
            self._vetoed[prepared.veto] = vetoed
        return vetoed

    def _places(self, prepared: Prepared, unit: int) -> list[Place]:
        """Return the places that show the rule in a unit in which it holds."""
        tests = prepared.needed + prepared.options
        return [place for test in tests if (place := self._place(test, unit)) is not None]

    def _mask(self, test: Test) -> int:
        """Return the units of the rule's scope in which the test may hold, as bits."""
        mask = self._masks[test.number]
        if mask is None:
            mask = self._masks[test.number] = self._work_out(test)
        return mask

    def _work_out(self, test: Test) -> int:
        sentences = self._scan.sentences(test)
        if not sentences or test.reach == "unit":
            return sentences
        if test.reach == "title":
            sentences &= 1
        if test.scope in ("text", "title"):
            return int(bool(sentences))
        if test.own in ("text", "title"):
            units = self.reading.sentences if test.scope == "sentence" else self.reading.windows
            return (1 << len(units)) - 1 if sentences else 0
        windows = spread = 0
        for window, own in enumerate(self._sentences_of):
            if sentences & own:
                windows |= 1 << window
                spread |= own
        return windows if test.scope == "window" else spread

    def _within(self, test: Test, unit: int) -> int:
        """Return the sentences in reach of a unit in which the condition may hold, as bits."""
        sentences = self._scan.sentences(test)
        if test.reach == "unit":
            return sentences & 1 << unit
        if test.reach == "title":
            return sentences & 1
        if test.reach == "text":
            return sentences
        window = unit if test.scope == "window" else self._window_of[unit]
        return sentences & self._sentences_of[window]

    def _is_shown(self, test: Test, unit: int) -> bool:
        """Tell whether the test holds in (or around) a unit."""
        if not test.is_pattern:
            return bool(self._mask(test) >> unit & 1)
        sentences = self._within(test, unit)
        if sentences & self._matched[test.key]:
            return True
        untried = sentences & ~self._tried[test.key]
        return any(self._match(test, sentence) for sentence in _set_bits(untried))

    def _place(self, test: Test, unit: int) -> Place | None:
        """Return the first place at which the test holds in (or around) a unit."""
        for sentence in _set_bits(self._within(test, unit)):
            if not test.is_pattern:
                return self._scan.place(test.key, sentence)
            place = self._match(test, sentence)
            if place is not None:
                return place
        return None

    def _match(self, test: Test, sentence: int) -> Place | None:
        """Run a pattern on the sentence, piece by piece, unless it was run there before."""
        key, bit = test.key, 1 << sentence
        if self._tried[key] & bit:
            return self._matches.get((key, sentence))
        self._tried[key] |= bit
        compiled = self._index.compiled(test.condition.name)
        start, end = self.reading.sentences[sentence]
        for low in range(start, end, MAX_PATTERN_CHARS):
            match = compiled.search(self.reading.joined, low, min(end, low + MAX_PATTERN_CHARS))
            if match:
                self._matched[key] |= bit
                self._matches[key, sentence] = match.span()
                return match.span()
        return None


def merged(places: Iterable[Place]) -> list[Place]:
    """Return the places sorted, overlapping or touching ones as one."""
    result: list[Place] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
