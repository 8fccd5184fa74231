"""The conditions of rules that need no search: on labels held already, and on facts."""

from collections.abc import Collection

from classifier.rule_loader import Condition, Rule, as_number


def labels_allow(rule: Rule, labels: Collection[str]) -> bool:
    """Tell whether the labels held already permit a rule that builds on them."""
    if any(c.kind == "label" and c.name not in labels for c in rule.all):
        return False
    if any(c.kind == "label" and c.name in labels for c in rule.none):
        return False
    only_labels = rule.any and all(c.kind == "label" for c in rule.any)
    return not only_labels or any(c.name in labels for c in rule.any)


def fact_fits(condition: Condition, kind: str, value: str, unit: str | None) -> bool:
    """Tell whether a fact is what a number condition asks for."""
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
