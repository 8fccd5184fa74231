"""The rules prepared for matching: one automaton of all words, and bits for what a rule needs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifier.rule_loader import Condition, Rule, Scope, expand


class Test(NamedTuple):
    """One condition as a rule asks it: where it looks (`own`) for a unit of the rule (`scope`)."""

    number: int
    condition: Condition
    key: int
    own: Scope
    scope: Scope


class Prepared(NamedTuple):
    """A rule with its tests, and bit masks of the keys that must, and that may, be present."""

    rule: Rule
    needed: tuple[Test, ...]
    options: tuple[Test, ...]
    none: tuple[Test, ...]
    needed_bits: int
    option_bits: int


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
        self.rules = tuple(rules)
        self._word_lists = words
        self._compiled: dict[str, re.Pattern[str]] = {}
        self._tests: dict[tuple[Condition, Scope], Test] = {}
        # a key is what a condition looks for, wherever it looks
        self.keys: dict[tuple[str, str], int] = {}
        numbers: dict[tuple[str, bool], int] = {}
        bits: list[int] = []
        self.needles_of: list[frozenset[int]] = []
        for condition in (c for rule in rules for c in rule.conditions() if c.kind != "label"):
            key = condition.kind, condition.name
            if key in self.keys:
                continue
            place = self.keys[key] = len(self.keys)
            found = _needles(condition, words, literals)
            ours = set()
            for needle in found:
                # a Latin word of a lexicon stands alone; a pattern's literal may be part of more
                name = needle, condition.kind == "lexicon" and needle.isascii()
                if name not in numbers:
                    numbers[name] = len(numbers)
                    bits.append(0)
                bits[numbers[name]] |= 1 << place
                ours.add(numbers[name])
            self.needles_of.append(frozenset(ours))
        self.bits = tuple(bits)
        self.alone = frozenset(number for (_, is_alone), number in numbers.items() if is_alone)
        self.automaton = AhoCorasick(
            [needle for needle, _ in numbers],
            matchkind=MatchKind.Standard,
            implementation=Implementation.ContiguousNFA,
        )
        self.prepared = tuple(self._prepare(rule) for rule in rules)
        self.tests = len(self._tests)

    def _prepare(self, rule: Rule) -> Prepared:
        needed, options, none = (
            tuple(self._test(c, rule.within) for c in conditions if c.kind != "label")
            for conditions in (rule.all, rule.any, rule.none)
        )
        if any(condition.kind == "label" for condition in rule.any):
            options = ()
        return Prepared(
            rule=rule,
            # words before patterns: the cheaper test first
            needed=tuple(sorted(needed, key=lambda test: test.condition.kind == "pattern")),
            options=options,
            none=none,
            needed_bits=_bits(needed),
            option_bits=_bits(options),
        )

    def _test(self, condition: Condition, scope: Scope) -> Test:
        known = self._tests.get((condition, scope))
        if known is None:
            known = self._tests[condition, scope] = Test(
                number=len(self._tests),
                condition=condition,
                key=self.keys[condition.kind, condition.name],
                own=condition.within or scope,
                scope=scope,
            )
        return known

    def compiled(self, pattern: str) -> re.Pattern[str]:
        """Compile a pattern when it is first needed: most texts need few."""
        found = self._compiled.get(pattern)
        if found is None:
            found = self._compiled[pattern] = re.compile(
                expand(pattern, self._word_lists, where="rules")
            )
        return found


def _needles(
    condition: Condition,
    words: Mapping[str, Collection[str]],
    literals: Mapping[str, Collection[str]],
) -> Collection[str]:
    if condition.kind == "lexicon":
        return words[condition.name]
    return literals[condition.name] if condition.kind == "pattern" else ()


def _bits(tests: Iterable[Test]) -> int:
    bits = 0
    for test in tests:
        bits |= 1 << test.key
    return bits
