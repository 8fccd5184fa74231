"""Load the rules strictly: a rule that is wrong is refused with its file, entry and the remedy."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from classifier.errors import DataError
from classifier.literals import alternatives
from classifier.records import FactKind
from classifier.strict_yaml import check_keys, nearest, read_entries, read_yaml, text_of, texts_of

Scope = Literal["sentence", "window", "text", "title"]
Kind = Literal["lexicon", "pattern", "label", "number"]

# Rules in against.yml give points that speak against a flag instead of a label.
AGAINST = "against"

_REQUIRED = ("id", "score", "reason", "examples")
_OPTIONAL = ("all", "any", "none", "within", "basis", "decisions", "links", "added")
_BOUNDS = ("over", "at_least", "under", "at_most")
_WORD_REFERENCE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must be found. `name` is the lexicon, the pattern, the label or the fact kind.

    `bounds` are (comparison, number) pairs; clock times count in minutes after midnight. `within`
    is set where it differs from the scope of the rule.
    """

    kind: Kind
    name: str
    bounds: tuple[tuple[str, float], ...] = ()
    unit: str | None = None
    values: tuple[str, ...] = ()
    within: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: every `all`, at least one `any`, no `none`, in the same unit of the scope."""

    id: str
    label: str
    all: tuple[Condition, ...]
    any: tuple[Condition, ...]
    none: tuple[Condition, ...]
    within: Scope
    score: float
    reason: str
    basis: tuple[str, ...]
    match: tuple[str, ...]
    clear: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Name the rule as findings name it."""
        return f"rule:{self.id}"

    def conditions(self) -> tuple[Condition, ...]:
        return self.all + self.any + self.none


def read_words(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the word lists of the rules: name → words as they stand in decoded text.

    Raises:
        DataError: a list that is empty, or a word that decoded text can never hold.
    """
    lists = read_yaml(path)
    if not isinstance(lists, dict):
        raise DataError(f"{path.name}: expected 'name: [word, …]'.")
    words: dict[str, tuple[str, ...]] = {}
    for name in lists:
        where = f"{path.name}, {name}"
        words[name] = texts_of(lists, name, where=where)
        if not words[name]:
            raise DataError(f"{where}: the list is empty. Add a word or remove the list.")
        for word in words[name]:
            if word != word.lower().strip():
                raise DataError(f"{where}: write '{word}' in lower case without outer blanks.")
    return words


def expand(pattern: str, words: Mapping[str, Collection[str]], *, where: str) -> str:
    """Replace each `{list}` in a pattern by the alternatives of that word list."""

    def alternatives(found: re.Match[str]) -> str:
        name = found[1]
        if name not in words:
            raise DataError(f"{where}: unknown word list '{name}'.{nearest(name, words)}")
        longest_first = sorted(words[name], key=lambda word: (-len(word), word))
        return "(?:" + "|".join(re.escape(word) for word in longest_first) + ")"

    return _WORD_REFERENCE.sub(alternatives, pattern)


class RuleReader:
    """Reads rule files against the known labels and word lists."""

    def __init__(self, *, labels: Collection[str], words: Mapping[str, Collection[str]]) -> None:
        self._labels = labels
        self._words = words

    def read(self, path: Path) -> list[Rule]:
        """Read one file; its name is the label of its rules.

        Raises:
            DataError: file, entry, what is wrong, the nearest right name.
        """
        label = path.stem
        if label not in self._labels and label != AGAINST:
            raise DataError(
                f"{path.name}: the file name must be a label.{nearest(label, self._labels)}"
            )
        rules: list[Rule] = []
        for number, entry in enumerate(read_entries(path), 1):
            where = f"rules/{path.name}, entry {number} ({entry.get('id', 'without id')})"
            rule = self._rule(entry, label, where)
            if any(rule.id == other.id for other in rules):
                raise DataError(f"{where}: the id stands twice. Rename one.")
            rules.append(rule)
        return rules

    def _rule(self, entry: Mapping[str, Any], label: str, where: str) -> Rule:
        check_keys(entry, where=where, required=_REQUIRED, optional=_OPTIONAL)
        rule_id = text_of(entry, "id", where=where)
        if not rule_id.startswith(f"{label}."):
            raise DataError(f"{where}: the id must begin with '{label}.'. Got '{rule_id}'.")
        match, clear = _examples(entry["examples"], where)
        rule = Rule(
            id=rule_id,
            label=label,
            all=self._conditions(entry, "all", where),
            any=self._conditions(entry, "any", where),
            none=self._conditions(entry, "none", where),
            within=_scope(entry.get("within", "sentence"), where),
            score=_score(entry["score"], where),
            reason=text_of(entry, "reason", where=where),
            basis=texts_of(entry, "basis", where=where),
            match=match,
            clear=clear,
        )
        found = rule.all + rule.any
        if not any(condition.kind != "label" for condition in found):
            raise DataError(f"{where}: 'all' or 'any' must hold a condition that quotes the text.")
        return rule

    def _conditions(
        self, entry: Mapping[str, Any], joint: str, where: str
    ) -> tuple[Condition, ...]:
        items = entry.get(joint, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise DataError(f"{where}: '{joint}' must be a list of conditions. Got {items!r}.")
        return tuple(self._condition(item, f"{where}, {joint}") for item in items)

    def _condition(self, item: Mapping[str, Any], where: str) -> Condition:
        kinds: list[Kind] = [kind for kind in get_args(Kind) if kind in item]
        if len(kinds) != 1:
            hint = nearest(str(next(iter(item), "")), get_args(Kind))
            raise DataError(
                f"{where}: a condition has exactly one of {list(get_args(Kind))}. "
                f"Got {list(item)}.{hint}"
            )
        kind = kinds[0]
        scope = _scope(item["within"], where) if "within" in item else None
        name = text_of(item, kind, where=where)
        if kind == "number":
            check_keys(
                item, where=where, required=[kind], optional=[*_BOUNDS, "unit", "values", "within"]
            )
            return _number(item, name, scope, where)
        check_keys(item, where=where, required=[kind], optional=["within"])
        if kind == "lexicon" and name not in self._words:
            raise DataError(f"{where}: unknown lexicon '{name}'.{nearest(name, self._words)}")
        if kind == "label" and name not in self._labels:
            raise DataError(f"{where}: unknown label '{name}'.{nearest(name, self._labels)}")
        if kind == "pattern":
            name = self._pattern(name, where)
        return Condition(kind=kind, name=name, within=scope)

    def _pattern(self, pattern: str, where: str) -> str:
        expanded = expand(pattern, self._words, where=where)
        try:
            found = alternatives(expanded)
        except re.error as error:
            raise DataError(f"{where}: '{pattern}' is no regular expression ({error}).") from error
        if not found:
            raise DataError(
                f"{where}: '{pattern}' has no word that each match must contain. Add one; "
                "without it the pattern would run on every text."
            )
        return pattern


def _number(item: Mapping[str, Any], name: str, scope: Scope | None, where: str) -> Condition:
    if name not in get_args(FactKind):
        hint = nearest(name, get_args(FactKind))
        raise DataError(f"{where}: unknown fact kind '{name}'.{hint}")
    bounds = tuple((key, _bound(item[key], where)) for key in _BOUNDS if key in item)
    return Condition(
        kind="number",
        name=name,
        bounds=bounds,
        unit=item.get("unit"),
        values=texts_of(item, "values", where=where),
        within=scope,
    )


def _bound(value: object, where: str) -> float:
    number = as_number(str(value)) if isinstance(value, (str, int, float)) else None
    if number is None or isinstance(value, bool):
        raise DataError(f"{where}: a bound must be a number or a quoted clock time. Got {value!r}.")
    return number


def as_number(value: str) -> float | None:
    """Return a fact's value as a number, a clock time as minutes; None when it is neither."""
    hours, colon, minutes = value.partition(":")
    try:
        return int(hours) * 60 + int(minutes) if colon else float(value)
    except ValueError:
        return None


def _scope(value: object, where: str) -> Scope:
    for scope in get_args(Scope):
        if value == scope:
            known: Scope = scope
            return known
    hint = nearest(str(value), get_args(Scope))
    raise DataError(f"{where}: 'within' must be one of {get_args(Scope)}. Got {value!r}.{hint}")


def _score(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise DataError(f"{where}: 'score' must be a number in (0, 1]. Got {value!r}.")
    return float(value)


def _examples(value: object, where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not isinstance(value, dict):
        raise DataError(f"{where}: 'examples' must hold 'match' and 'clear'. Got {value!r}.")
    check_keys(value, where=f"{where}, examples", required=("match", "clear"))
    match = texts_of(value, "match", where=where)
    clear = texts_of(value, "clear", where=where)
    if not match or not clear:
        raise DataError(f"{where}: give at least one 'match' and one 'clear' example.")
    return match, clear
