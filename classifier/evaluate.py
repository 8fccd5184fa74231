"""Judge the whole chain by the held-out gold texts, and hold it to pinned floors."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.assess import Classifier
from classifier.errors import DataError
from classifier.examples import NEEDS_REVIEW, Example, read_examples
from classifier.labels import load_labels
from classifier.records import Assessment, Document

GOLD_FOLDER = Path(__file__).parents[1] / "tests" / "gold"
GOLD_FILE = "gold.jsonl"
FLOORS_FILE = "floors.json"
# A floor lies this far under what was reached, so that one text more or less does not stop work.
MARGIN = 0.02
_REPIN = "Look at the texts, then pin again with 'jianwei model evaluate --pin'."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How one label did: found and right, found and wrong, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        whole = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / whole if whole else 0.0

    def to_dict(self) -> dict[str, float | int]:
        return {
            "texts": self.right + self.missed,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The tallies of every label that occurs or was found, and the texts judged wrongly."""

    gold_sha256: str
    texts: int
    model_version: str
    rules_version: str
    tallies: dict[str, Tally]
    wrong: dict[str, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "gold_sha256": self.gold_sha256,
            "texts": self.texts,
            "model_version": self.model_version,
            "rules_version": self.rules_version,
            "labels": {label: tally.to_dict() for label, tally in self.tallies.items()},
            "wrong": {label: list(ids) for label, ids in self.wrong.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The least that each label must reach: label, then measure, then value."""

    gold_sha256: str
    values: dict[str, dict[str, float]]


def evaluate(folder: Path = GOLD_FOLDER, *, classifier: Classifier | None = None) -> Report:
    """Assess every gold text and compare it with its labels; uncertain labels are left out.

    Raises:
        DataError: there are no gold texts, or a line is wrong.
        ModelError: there is no usable model.
    """
    path = folder / GOLD_FILE
    examples = read_examples(path)
    judge = Classifier.load() if classifier is None else classifier
    found = [
        _labels_of(judge.assess(Document(title=each.title, text=each.text))) for each in examples
    ]
    tallies: dict[str, Tally] = {}
    wrong: dict[str, tuple[str, ...]] = {}
    for label in (NEEDS_REVIEW, *load_labels().ids):
        pairs = [
            (each, label in given)
            for each, given in zip(examples, found, strict=True)
            if label not in each.uncertain
        ]
        tally = _tally(label, pairs)
        if tally.right + tally.wrong + tally.missed:
            tallies[label] = tally
            wrong[label] = tuple(e.id for e, given in pairs if given != (label in e.labels))
    return Report(
        gold_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        texts=len(examples),
        model_version=judge.model_version,
        rules_version=judge.rules_version,
        tallies=tallies,
        wrong=wrong,
    )


def _labels_of(assessment: Assessment) -> set[str]:
    found = {
        *assessment.offerings,
        *assessment.subjects,
        *assessment.disguises,
        *assessment.violations,
    }
    return found | {NEEDS_REVIEW} if assessment.needs_review else found


def _tally(label: str, pairs: list[tuple[Example, bool]]) -> Tally:
    truth = [(label in example.labels, given) for example, given in pairs]
    return Tally(
        right=truth.count((True, True)),
        wrong=truth.count((False, True)),
        missed=truth.count((True, False)),
    )


def read_floors(folder: Path = GOLD_FOLDER) -> Floors:
    """Read the pinned floors.

    Raises:
        DataError: the file is missing or not what `pin` writes.
    """
    path = folder / FLOORS_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        values = {
            str(label): {str(measure): float(value) for measure, value in measures.items()}
            for label, measures in content["floors"].items()
        }
        return Floors(gold_sha256=str(content["gold_sha256"]), values=values)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}). {_REPIN}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: no floors in it ({error!r}). {_REPIN}") from error


def misses(report: Report, floors: Floors) -> list[str]:
    """Return one line for each floor that is not reached; empty when the gate is open."""
    lines: list[str] = []
    if report.gold_sha256 != floors.gold_sha256:
        lines.append(
            f"{GOLD_FILE}: the texts changed since the floors were pinned (expected sha256:"
            f"{floors.gold_sha256[:16]}, got sha256:{report.gold_sha256[:16]}). {_REPIN}"
        )
    for label, measures in floors.values.items():
        reached = report.tallies.get(label, Tally(right=0, wrong=0, missed=0)).to_dict()
        lines += [
            f"{label}: {measure} {reached[measure]:.3f} is under its floor {floor:.3f}. "
            f"Wrong: {', '.join(report.wrong.get(label, ())[:8])}"
            for measure, floor in measures.items()
            if reached[measure] < floor
        ]
    return lines


def pin(report: Report, *, folder: Path = GOLD_FOLDER, allow_regression: bool = False) -> Floors:
    """Write floors a little under what the report reached, and return them.

    Of `needs_review` precision, recall and F1 are held; of every other label F1.

    Raises:
        DataError: a floor would fall, and that was not allowed.
    """
    values = {
        label: {
            measure: max(0.0, round(float(tally.to_dict()[measure]) - MARGIN, 3))
            for measure in (("recall", "precision", "f1") if label == NEEDS_REVIEW else ("f1",))
        }
        for label, tally in report.tallies.items()
        if tally.right + tally.missed
    }
    path = folder / FLOORS_FILE
    if path.exists() and not allow_regression:
        values = _not_lower(values, read_floors(folder).values)
    floors = Floors(gold_sha256=report.gold_sha256, values=values)
    content = {"gold_sha256": floors.gold_sha256, "margin": MARGIN, "floors": floors.values}
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return floors


def _not_lower(
    new: Mapping[str, dict[str, float]], old: Mapping[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Return the new floors, none under the old; complain where the margin does not excuse it."""
    fallen = [
        f"{label} {measure} {floor:.3f} → {new.get(label, {}).get(measure, 0.0):.3f}"
        for label, measures in old.items()
        for measure, floor in measures.items()
        if new.get(label, {}).get(measure, 0.0) < floor - MARGIN
    ]
    if fallen:
        raise DataError(
            f"{FLOORS_FILE}: floors would fall: {'; '.join(fallen)}. Mend the model or the rules, "
            "or say --allow-regression and give the reason in the commit."
        )
    return {
        label: {
            measure: max(value, old.get(label, {}).get(measure, 0.0))
            for measure, value in measures.items()
        }
        for label, measures in new.items()
    }
