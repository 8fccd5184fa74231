"""Find which rules hold in a reading.

One pass of a word automaton finds every lexicon word and every literal that a pattern needs. Only
rules whose first condition can hold are looked at, patterns run only on sentences that hold one of
their literals, and each condition is worked out once per text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifier.reading import Reading
from classifier.rule_loader import Condition, Rule, Scope, as_number, expand

# Sentences are cut to pieces of this length for patterns, so that a text without any stop costs
# time in proportion to its length.
MAX_PATTERN_CHARS = 400

Place = tuple[int, int]
# `{unit: first place in it}`
Units = dict[int, Place]


class _Word(NamedTuple):
    is_bounded_left: bool
    is_bounded_right: bool
    lexicons: tuple[str, ...]
    patterns: tuple[str, ...]


def _is_ascii_letter_or_digit(character: str) -> bool:
    return character.isascii() and character.isalnum()


class RuleIndex:
    """The rules prepared for matching; built once, read only."""

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        words: Mapping[str, Collection[str]],
        literals: Mapping[str, Collection[str]],
    ) -> None:
        """Prepare the rules; `literals` holds for each pattern what its matches must contain."""
        lexicons: dict[str, set[str]] = {}
        patterns: dict[str, set[str]] = {}
        conditions = {condition for rule in rules for condition in rule.conditions()}
        for condition in conditions:
            if condition.kind == "lexicon":
                for word in words[condition.name]:
                    lexicons.setdefault(word, set()).add(condition.name)
            elif condition.kind == "pattern":
                for literal in literals[condition.name]:
                    patterns.setdefault(literal, set()).add(condition.name)
        needles = sorted(lexicons.keys() | patterns.keys())
        self.words = tuple(
            _Word(
                _is_ascii_letter_or_digit(needle[0]),
                _is_ascii_letter_or_digit(needle[-1]),
                tuple(sorted(lexicons.get(needle, ()))),
                tuple(sorted(patterns.get(needle, ()))),
            )
            for needle in needles
        )
        self.automaton = AhoCorasick(
            needles, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )
        self.rules = tuple(rules)
        self.anchors = _anchors(rules)
        self._word_lists = words
        self._compiled: dict[str, re.Pattern[str]] = {}

    def compiled(self, pattern: str) -> re.Pattern[str]:
        """Compile a pattern when it is first needed: most texts need few."""
        found = self._compiled.get(pattern)
        if found is None:
            found = self._compiled[pattern] = re.compile(
                expand(pattern, self._word_lists, where="rules")
            )
        return found


def _anchor_key(condition: Condition) -> tuple[str, str]:
    return condition.kind, condition.name


def _anchors(rules: Sequence[Rule]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Map what must be present to the rules that it may wake: one `all`, or each of the `any`."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, rule in enumerate(rules):
        quoting = [condition for condition in rule.all if condition.kind != "label"]
        for condition in quoting[:1] or [c for c in rule.any if c.kind != "label"]:
            waken = found.setdefault(_anchor_key(condition), [])
            if place not in waken:
                waken.append(place)
    return {key: tuple(places) for key, places in found.items()}


class Search:
    """One reading being matched; holds what was worked out so far."""

    def __init__(self, index: RuleIndex, reading: Reading) -> None:
        self._index = index
        self.reading = reading
        self._starts: dict[Scope, list[int]] = {
            "sentence": [start for start, _ in reading.sentences],
            "window": [start for start, _ in reading.windows],
        }
        self._places: dict[Condition, list[Place]] = {}
        self._units: dict[tuple[Condition, Scope], Units] = {}
        self._lexicon_hits: dict[str, list[Place]] = {}
        self._pattern_sentences: dict[str, set[int]] = {}
        self._scan()

    def _scan(self) -> None:
        joined = self.reading.joined
        words, sentence_of = self._index.words, self._sentence_of
        length = len(joined)
        for number, start, end in self._index.automaton.find_matches_as_indexes(
            joined, overlapping=True
        ):
            word = words[number]
            if word.lexicons and not (
                (word.is_bounded_left and start and _is_ascii_letter_or_digit(joined[start - 1]))
                or (
                    word.is_bounded_right
                    and end < length
                    and _is_ascii_letter_or_digit(joined[end])
                )
            ):
                for lexicon in word.lexicons:
                    self._lexicon_hits.setdefault(lexicon, []).append((start, end))
            if word.patterns:
                sentence = sentence_of(start)
                for pattern in word.patterns:
                    self._pattern_sentences.setdefault(pattern, set()).add(sentence)

    def _sentence_of(self, position: int) -> int:
        return max(0, bisect_right(self._starts["sentence"], position) - 1)

    def candidates(self, wanted: Callable[[Rule], bool]) -> list[Rule]:
        """Return the rules whose anchor is present, in the order of the files."""
        present: set[int] = set()
        anchors = self._index.anchors
        for name in self._lexicon_hits:
            present.update(anchors.get(("lexicon", name), ()))
        for name in self._pattern_sentences:
            present.update(anchors.get(("pattern", name), ()))
        for kind in {placed.fact.kind for placed in self.reading.facts}:
            present.update(anchors.get(("number", kind), ()))
        rules = self._index.rules
        return [rules[place] for place in sorted(present) if wanted(rules[place])]

    def holds(self, rule: Rule, labels: Collection[str]) -> list[list[Place]]:
        """Return for each unit in which the rule holds the places that show it."""
        if not _labels_allow(rule, labels):
            return []
        units: set[int] | None = None
        shown: list[Units] = []
        for condition in rule.all:
            if condition.kind == "label":
                continue
            found = self._in_scope(condition, rule.within)
            shown.append(found)
            units = set(found) if units is None else units & found.keys()
            if not units:
                return []
        options = [self._in_scope(c, rule.within) for c in rule.any if c.kind != "label"]
        if options and not any(c.kind == "label" and c.name in labels for c in rule.any):
            possible = {unit for found in options for unit in found}
            units = possible if units is None else units & possible
        for condition in rule.none:
            if not units:
                return []
            if condition.kind != "label":
                units = units - self._in_scope(condition, rule.within).keys()
        shown += options
        return [[found[unit] for found in shown if unit in found] for unit in sorted(units or ())]

    def _in_scope(self, condition: Condition, scope: Scope) -> Units:
        """Return the units of the rule's scope in which the condition holds."""
        key = (condition, scope)
        found = self._units.get(key)
        if found is None:
            own = condition.within or scope
            found = self._by_unit(condition, own)
            if own != scope:
                found = self._carry(found, own, scope)
            self._units[key] = found
        return found

    def _carry(self, found: Units, own: Scope, scope: Scope) -> Units:
        """Carry what holds in a wider (or other) unit over to the units of the rule's scope."""
        if own in ("text", "title"):
            if not found:
                return {}
            place = next(iter(found.values()))
            count = len(self._starts[scope]) if scope in self._starts else 1
            return dict.fromkeys(range(count), place)
        if scope in ("text", "title"):
            return {0: next(iter(found.values()))} if found else {}
        starts = self._starts[own]
        carried: Units = {}
        for unit, start in enumerate(self._starts[scope]):
            outer = max(0, bisect_right(starts, start) - 1)
            if outer in found:
                carried[unit] = found[outer]
        return carried

    def _by_unit(self, condition: Condition, scope: Scope) -> Units:
        places = self._find(condition)
        if scope == "text":
            return {0: places[0]} if places else {}
        if scope == "title":
            inside = [place for place in places if place[0] < self.reading.text_start - 1]
            return {0: inside[0]} if inside else {}
        starts = self._starts[scope]
        units: Units = {}
        for place in places:
            units.setdefault(max(0, bisect_right(starts, place[0]) - 1), place)
        return units

    def _find(self, condition: Condition) -> list[Place]:
        found = self._places.get(condition)
        if found is None:
            if condition.kind == "lexicon":
                found = self._lexicon_hits.get(condition.name, [])
            elif condition.kind == "pattern":
                found = self._find_pattern(condition.name)
            else:
                found = [
                    (placed.start, placed.end)
                    for placed in self.reading.facts
                    if _fact_fits(condition, placed.fact.kind, placed.fact.value, placed.fact.unit)
                ]
            self._places[condition] = found
        return found

    def _find_pattern(self, pattern: str) -> list[Place]:
        sentences = self._pattern_sentences.get(pattern)
        if not sentences:
            return []
        compiled = self._index.compiled(pattern)
        found: list[Place] = []
        for sentence in sorted(sentences):
            start, end = self.reading.sentences[sentence]
            for low in range(start, end, MAX_PATTERN_CHARS):
                match = compiled.search(self.reading.joined, low, min(end, low + MAX_PATTERN_CHARS))
                if match:
                    found.append(match.span())
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
