"""Derive from a regular expression the literals that every match must contain.

They let the rules skip, with one pass of a word automaton, all patterns that cannot match.
"""

from collections.abc import Iterable
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

# More alternatives than this are not worth a longer literal.
_MAX_LITERALS = 400
# A literal of two characters is rare enough; longer ones only make more of them.
_LONG_ENOUGH = 2
# `[1-4]` is as good as `[1234]`; a range beyond this is any character.
_LONGEST_RANGE = 10

Groups = tuple[frozenset[str], ...]


@cache
def alternatives(pattern: str) -> tuple[Groups, ...]:
    """Return the pattern's alternatives, each with groups of literals; empty: none known.

    A match is one of the alternatives and contains a literal of each of its groups.

    Raises:
        re.error: the pattern is no regular expression.
    """
    tokens = list(sre_parser.parse(pattern))
    branches = tokens[0][1][1] if len(tokens) == 1 and tokens[0][0] is sre.BRANCH else [tokens]
    found = [_groups(branch) for branch in branches]
    if not all(found):
        return ()
    single = frozenset[str]().union(*(groups[0] for groups in found if len(groups) == 1))
    return tuple(([(single,)] if single else []) + [groups for groups in found if len(groups) > 1])


def _groups(tokens: Any) -> Groups:
    """Return the required sets of a sequence: the strongest, and all of longer literals."""
    found: list[frozenset[str]] = []
    run = frozenset([""])
    for operator, argument in tokens:
        part, inner = _one(operator, argument)
        if part is not None and len(run) * len(part) <= _MAX_LITERALS:
            run = frozenset(head + tail for head in run for tail in part)
            continue
        found += [run, inner]
        run = part if part is not None else frozenset([""])
    usable = (group for group in dict.fromkeys([*found, run]) if group and "" not in group)
    ranked = sorted(usable, key=_strength, reverse=True)
    return tuple(ranked[:1] + [group for group in ranked[1:] if _strength(group)[0] > 1])


def _strength(literals: Iterable[str]) -> tuple[int, int]:
    """Rank literal sets: none of a single character, then the fewer the better."""
    lengths = [len(literal) for literal in literals]
    return min(_LONG_ENOUGH, min(lengths)), -len(lengths)


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the stronger of two required sets, either of which may be empty (unknown)."""
    candidates = [found for found in (one, other) if found and "" not in found]
    return max(candidates, key=_strength, default=frozenset())


def _walk(tokens: Any) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Return (all strings it can be, or None when too many; the best required set inside)."""
    is_whole = True
    run = frozenset([""])
    best: frozenset[str] = frozenset()
    for operator, argument in tokens:
        part, inner = _one(operator, argument)
        best = _better(best, inner)
        if part is not None and len(run) * len(part) <= _MAX_LITERALS:
            run = frozenset(head + tail for head in run for tail in part)
            continue
        best = _better(best, run)
        run = part if part is not None else frozenset([""])
        is_whole = False
    return (run if is_whole else None), _better(best, run)


def _one(operator: Any, argument: Any) -> tuple[frozenset[str] | None, frozenset[str]]:
    if operator is sre.LITERAL:
        return frozenset([chr(argument)]), frozenset([chr(argument)])
    if operator is sre.IN:
        return _character_set(argument), frozenset()
    if operator is sre.BRANCH:
        return _branch(argument[1])
    if operator is sre.SUBPATTERN:
        return _walk(argument[3])
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return _repeat(*argument)
    if operator in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return frozenset([""]), frozenset()
    return None, frozenset()


def _character_set(items: Any) -> frozenset[str] | None:
    characters = set()
    for operator, argument in items:
        if operator is sre.LITERAL:
            characters.add(chr(argument))
        elif operator is sre.RANGE and argument[1] - argument[0] < _LONGEST_RANGE:
            characters.update(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return None
    return frozenset(characters)


def _branch(branches: Any) -> tuple[frozenset[str] | None, frozenset[str]]:
    exact: set[str] | None = set()
    required: set[str] = set()
    is_required = True
    for branch in branches:
        strings, inner = _walk(branch)
        if strings is None:
            exact = None
        elif exact is not None:
            exact |= strings
        chosen = _better(inner, strings or frozenset())
        is_required = is_required and bool(chosen)
        required |= chosen
    whole = frozenset(exact) if exact is not None and len(exact) <= _MAX_LITERALS else None
    return whole, frozenset(required) if is_required else frozenset()


def _repeat(least: int, most: int, tokens: Any) -> tuple[frozenset[str] | None, frozenset[str]]:
    exact, inner = _walk(tokens)
    if least == 0:
        return (frozenset([""]) | exact if exact is not None and most == 1 else None), frozenset()
    return (exact if least == most == 1 else None), _better(inner, exact or frozenset())
