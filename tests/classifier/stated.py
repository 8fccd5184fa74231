"""What the facts of a text are, in short, for the tests of their readers."""

from classifier.facts import facts
from classifier.normalise import normalise
from classifier.records import Fact, FactKind


def found(text: str, kind: FactKind) -> list[Fact]:
    return [fact for fact in facts(normalise(text)) if fact.kind == kind]


def values(text: str, kind: FactKind) -> list[str]:
    return [fact.value for fact in found(text, kind)]


def with_units(text: str, kind: FactKind) -> list[tuple[str, str | None]]:
    return [(fact.value, fact.unit) for fact in found(text, kind)]
