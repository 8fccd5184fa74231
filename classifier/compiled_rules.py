"""The rules as one JSON file: what reading and deriving them from the YAML gives, in no time."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from classifier.rule_loader import Condition, Rule

FORMAT = 2

# For each alternative of a pattern the groups of literals of which a match contains one each.
Alternatives = tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All that matching needs: the rules, the word lists, and each pattern's literals."""

    rules: tuple[Rule, ...]
    words: dict[str, tuple[str, ...]]
    literals: dict[str, Alternatives]


def write_compiled(path: Path, tables: Tables, *, digest: str) -> None:
    """Write the tables (without the rules' examples) under the digest of their sources."""
    whole = {
        "format": FORMAT,
        "sources_sha256": digest,
        "rules": [_plain_rule(rule) for rule in tables.rules],
        "words": tables.words,
        "literals": tables.literals,
    }
    text = json.dumps(whole, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")


def load_compiled(path: Path, *, digest: str) -> Tables | None:
    """Return the tables, or None when there are none made from these sources.

    Raises:
        DataError: the file is there and is no such file.
    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path.name}: cannot be read ({error}). Run 'python -m classifier.build_data'."
        ) from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        return None
    if whole.get("sources_sha256") != digest:
        return None
    return Tables(
        rules=tuple(_rule(entry) for entry in whole["rules"]),
        words={name: tuple(words) for name, words in whole["words"].items()},
        literals={
            pattern: tuple(tuple(map(tuple, groups)) for groups in found)
            for pattern, found in whole["literals"].items()
        },
    )


def _plain_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "label": rule.label,
        "all": [_plain_condition(condition) for condition in rule.all],
        "any": [_plain_condition(condition) for condition in rule.any],
        "none": [_plain_condition(condition) for condition in rule.none],
        "within": rule.within,
        "score": rule.score,
        "reason": rule.reason,
        "basis": list(rule.basis),
    }


def _plain_condition(condition: Condition) -> list[Any]:
    return [
        condition.kind,
        condition.name,
        [list(bound) for bound in condition.bounds],
        condition.unit,
        list(condition.values),
        condition.within,
    ]


def _rule(entry: dict[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        label=entry["label"],
        all=tuple(_condition(values) for values in entry["all"]),
        any=tuple(_condition(values) for values in entry["any"]),
        none=tuple(_condition(values) for values in entry["none"]),
        within=entry["within"],
        score=entry["score"],
        reason=entry["reason"],
        basis=tuple(entry["basis"]),
        match=(),
        clear=(),
    )


def _condition(values: list[Any]) -> Condition:
    kind, name, bounds, unit, allowed, within = values
    return Condition(
        kind=kind,
        name=name,
        bounds=tuple((comparison, number) for comparison, number in bounds),
        unit=unit,
        values=tuple(allowed),
        within=within,
    )
