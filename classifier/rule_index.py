"""The rules prepared for matching: one automaton of all words, and bits for what a rule needs."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifier.compiled_rules import Alternatives
from classifier.rule_loader import Condition, Rule, Scope, expand

Reach = Literal["title", "unit", "window", "text"]


class Test(NamedTuple):
    """One condition as a rule asks it: where it looks (`own`) for a unit of the rule (`scope`).

    `reach` is the stretch around a unit in which a place counts.
    """

    number: int
    condition: Condition
    key: int
    own: Scope
    scope: Scope
    reach: Reach
    is_pattern: bool
    is_fact: bool


class Prepared(NamedTuple):
    """A rule with its tests.

    Where words and facts are is known after the scan; patterns must be run, so they stand apart.
    Rules with the same `none_known` share the number of their `veto`. The bits are the groups of
    needles all of which, and one of which, a text must hold for the rule to be looked at.
    """

    rule: Rule
    needed: tuple[Test, ...]
    needed_patterns: tuple[Test, ...]
    options: tuple[Test, ...]
    none_known: tuple[Test, ...]
    none_patterns: tuple[Test, ...]
    veto: int
    needed_bits: int
    option_bits: int
    builds_on_labels: bool


class RuleIndex:
    """The rules prepared for matching; built once, read only."""

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        words: Mapping[str, Collection[str]],
        literals: Mapping[str, Alternatives],
    ) -> None:
        """Prepare the rules; `literals` holds for each pattern what its matches must contain."""
        self.rules = tuple(rules)
        self._word_lists = words
        self._compiled: dict[str, re.Pattern[str]] = {}
        self._tests: dict[tuple[Condition, Scope], Test] = {}
        self._vetoes: dict[frozenset[int], int] = {}
        # a key numbers what conditions look for
        self._keys: dict[Condition, int] = {}
        needles = _Needles()
        # key → its alternatives, each a tuple of groups of needles
        self.alternatives: list[tuple[tuple[int, ...], ...]] = []
        for condition in (c for rule in rules for c in rule.conditions() if c.kind != "label"):
            sought = _sought_by(condition)
            if sought not in self._keys:
                self._keys[sought] = len(self._keys)
                self.alternatives.append(
                    tuple(
                        tuple(needles.group(group, condition.kind) for group in groups)
                        for groups in _groups_of(condition, words, literals)
                    )
                )
        self.groups = tuple(needles.groups)
        self.groups_of = needles.groups_of()
        self.bits_of = tuple(sum(1 << group for group in groups) for groups in self.groups_of)
        self.lengths = tuple(len(needle) for needle, _ in needles.numbers)
        self.alone = frozenset(
            number for (_, is_alone), number in needles.numbers.items() if is_alone
        )
        self.automaton = AhoCorasick(
            [needle for needle, _ in needles.numbers],
            matchkind=MatchKind.Standard,
            implementation=Implementation.ContiguousNFA,
        )
        self.prepared = tuple(self._prepare(rule) for rule in rules)
        self.tests = len(self._tests)
        self.vetoes = len(self._vetoes)
        self.keys = len(self._keys)

    def _prepare(self, rule: Rule) -> Prepared:
        needed, options, none = (
            tuple(self._test(c, rule.within) for c in conditions if c.kind != "label")
            for conditions in (rule.all, rule.any, rule.none)
        )
        if any(condition.kind == "label" for condition in rule.any):
            options = ()
        none_known = tuple(test for test in none if not test.is_pattern)
        return Prepared(
            rule=rule,
            # facts are looked for last: most rules fail before
            needed=tuple(sorted(needed, key=lambda test: test.is_fact)),
            needed_patterns=tuple(test for test in needed if test.is_pattern),
            options=options,
            none_known=none_known,
            none_patterns=tuple(test for test in none if test.is_pattern),
            veto=self._vetoes.setdefault(
                frozenset(test.number for test in none_known), len(self._vetoes)
            ),
            needed_bits=self._needed_bits(needed),
            option_bits=self._option_bits(options),
            builds_on_labels=any(condition.kind == "label" for condition in rule.conditions()),
        )

    def _needed_bits(self, tests: Iterable[Test]) -> int:
        bits = 0
        for test in tests:
            if len(self.alternatives[test.key]) == 1:
                for group in self.alternatives[test.key][0]:
                    bits |= 1 << group
        return bits

    def _option_bits(self, tests: Sequence[Test]) -> int:
        bits = 0
        for test in tests:
            for groups in self.alternatives[test.key]:
                bits |= 1 << groups[0]
        return 0 if any(test.is_fact for test in tests) else bits

    def _test(self, condition: Condition, scope: Scope) -> Test:
        known = self._tests.get((condition, scope))
        if known is None:
            own = condition.within or scope
            known = self._tests[condition, scope] = Test(
                number=len(self._tests),
                condition=condition,
                key=self._keys[_sought_by(condition)],
                own=own,
                scope=scope,
                reach=_reach(own, scope),
                is_pattern=condition.kind == "pattern",
                is_fact=condition.kind == "number",
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


def _sought_by(condition: Condition) -> Condition:
    """Return what the condition looks for, wherever it looks."""
    return condition if condition.within is None else replace(condition, within=None)


def _reach(own: Scope, scope: Scope) -> Reach:
    if "title" in (own, scope):
        return "title"
    if own == scope == "sentence":
        return "unit"
    return "text" if "text" in (own, scope) else "window"


class _Needles:
    """The words and literals of all conditions, numbered, in numbered groups."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, bool], int] = {}
        self.groups: dict[frozenset[int], int] = {}

    def group(self, needles: Iterable[str], kind: str) -> int:
        """Return the number of the group; a Latin word of a lexicon stands alone in the text."""
        names = [(needle, kind == "lexicon" and needle.isascii()) for needle in needles]
        members = frozenset(self.numbers.setdefault(name, len(self.numbers)) for name in names)
        return self.groups.setdefault(members, len(self.groups))

    def groups_of(self) -> tuple[tuple[int, ...], ...]:
        """Return for each needle the groups that it belongs to."""
        owners: list[list[int]] = [[] for _ in self.numbers]
        for members, group in self.groups.items():
            for number in members:
                owners[number].append(group)
        return tuple(map(tuple, owners))


def _groups_of(
    condition: Condition, words: Mapping[str, Collection[str]], literals: Mapping[str, Alternatives]
) -> Iterable[Iterable[Iterable[str]]]:
    if condition.kind == "lexicon":
        return [[words[condition.name]]]
    return literals[condition.name] if condition.kind == "pattern" else ()
