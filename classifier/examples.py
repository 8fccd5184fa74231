"""Labelled texts: what the model is trained on, and what it is judged by."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError

from classifier.errors import DataError
from classifier.labels import load_labels
from classifier.records import Axis

NEEDS_REVIEW = "needs_review"
TRAIN_FOLDER = Path(__file__).parent / "data" / "train"
_converter = Converter(forbid_extra_keys=True, detailed_validation=False)


@dataclass(frozen=True, kw_only=True)
class Example:
    """One text with its labels.

    `hand` is the writer; `source` numbers the site that a rewrite follows (empty: none) and
    `follows` the passage; `uncertain` names labels on which two careful readers could differ.
    """

    id: str
    hand: str
    form: Literal["window", "page"]
    kind: str
    title: str
    text: str
    offerings: tuple[str, ...]
    subjects: tuple[str, ...]
    disguises: tuple[str, ...]
    violations: tuple[str, ...]
    uncertain: tuple[str, ...] = ()
    follows: str = ""
    source: str = ""
    hard: bool = False
    where: str = field(default="", compare=False)

    @cached_property
    def needs_review(self) -> bool:
        return load_labels().needs_review(self.offerings, self.violations)

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every label, `needs_review` included."""
        axes = (*self.offerings, *self.subjects, *self.disguises, *self.violations)
        return frozenset((*axes, NEEDS_REVIEW) if self.needs_review else axes)

    @property
    def group(self) -> str:
        """What must stay on one side of a split: the site rewritten, else the writer."""
        return self.source or self.hand


def read_examples(path: Path) -> tuple[Example, ...]:
    """Read one JSON Lines file, or every one in a folder in the order of their names.

    Raises:
        DataError: file and line, and what is wrong with it.
    """
    if path.is_dir():
        files = sorted(path.glob("*.jsonl"))
        if not files:
            raise DataError(f"{path}: no .jsonl file with labelled texts in this folder.")
        return tuple(example for file in files for example in read_examples(file))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    return tuple(
        _example(line, where=f"{path.name}:{number}") for number, line in enumerate(lines, 1)
    )


def _example(line: str, *, where: str) -> Example:
    try:
        values: dict[str, Any] = json.loads(line)
        example = _converter.structure({**values, "where": where}, Example)
    except ForbiddenExtraKeysError as error:
        raise DataError(f"{where}: unknown key {sorted(error.extra_fields)}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{where}: not a labelled text ({error!r}).") from error
    problems = problems_of(example)
    if problems:
        raise DataError(f"{where} ({example.id}): {problems[0]}")
    return example


def problems_of(example: Example) -> list[str]:
    """Return what is wrong with the labels of one text, as taxonomy rules."""
    labels = load_labels()
    problems: list[str] = []
    axes: tuple[tuple[Axis, tuple[str, ...]], ...] = (
        ("offering", example.offerings),
        ("subject", example.subjects),
        ("disguise", example.disguises),
        ("violation", example.violations),
    )
    for axis, given in axes:
        known = labels.by_axis(axis)
        problems += [f"'{label}' is no {axis}" for label in given if label not in known]
        if len(set(given)) != len(given):
            problems.append(f"a label stands twice among the {axis}s")
    if problems:
        return problems
    if not example.offerings:
        return ["no offering; use not_training where nothing is offered"]
    made = set(example.offerings)
    alone = [label for label in made if labels[label].stands_alone]
    if alone and len(made) > 1:
        problems.append(f"'{alone[0]}' must stand alone")
    if alone and (example.subjects or example.disguises or example.violations):
        problems.append(f"'{alone[0]}' takes no other label")
    for label in (*example.subjects, *example.disguises, *example.violations):
        wanted = labels[label].needs_offering
        if wanted and not made & set(wanted):
            problems.append(f"'{label}' needs one of {list(wanted)}")
    if not example.text.strip():
        problems.append("the text is empty")
    known_labels = {*labels.ids, NEEDS_REVIEW}
    problems += [
        f"'{label}' in uncertain is no label"
        for label in example.uncertain
        if label not in known_labels
    ]
    return problems


def label_counts(examples: Iterable[Example]) -> dict[str, int]:
    """Count the sure positives of each label that occurs."""
    counted: dict[str, int] = {}
    for example in examples:
        for label in example.labels - set(example.uncertain):
            counted[label] = counted.get(label, 0) + 1
    return counted
