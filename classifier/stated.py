"""A fact as the readers of one kind give it: on decoded text, before it has a span."""

from typing import NamedTuple

from classifier.records import FactKind


class Stated(NamedTuple):
    kind: FactKind
    value: str
    start: int
    end: int
    unit: str | None = None
