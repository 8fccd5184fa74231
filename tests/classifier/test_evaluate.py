"""The evaluation gate: it counts right, and it closes when it must."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from audit.cli.model import model_command
from classifier.assess import Classifier
from classifier.errors import DataError
from classifier.evaluate import (
    FLOORS_FILE,
    GOLD_FILE,
    GOLD_FOLDER,
    MARGIN,
    Report,
    Tally,
    evaluate,
    misses,
    pin,
    read_floors,
)


@pytest.fixture(scope="module")
def small_gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gold")
    lines = (GOLD_FOLDER / GOLD_FILE).read_text(encoding="utf-8").splitlines()
    (folder / GOLD_FILE).write_text("\n".join(lines[:20]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def report(small_gold: Path) -> Report:
    return evaluate(small_gold, classifier=Classifier.load())


def _worse(report: Report, label: str) -> Report:
    return replace(report, tallies={**report.tallies, label: Tally(right=1, wrong=9, missed=9)})


def test_tally_measures():
    tally = Tally(right=6, wrong=2, missed=4)
    assert (tally.precision, tally.recall) == (0.75, 0.6)
    assert tally.f1 == pytest.approx(2 / 3)
    assert Tally(right=0, wrong=0, missed=0).to_dict()["f1"] == 0


def test_evaluate_counts_every_text_once(report: Report, small_gold: Path):
    lines = [json.loads(line) for line in (small_gold / GOLD_FILE).read_text("utf-8").splitlines()]
    tally = report.tallies["not_training"]
    assert report.texts == 20
    assert tally.right + tally.missed == sum("not_training" in x["offerings"] for x in lines)
    assert len(report.wrong["not_training"]) == tally.wrong + tally.missed


def test_pinned_floors_lie_under_the_result(report: Report, tmp_path: Path):
    floors = pin(report, folder=tmp_path)
    assert read_floors(tmp_path) == floors
    assert misses(report, floors) == []
    reached = report.tallies["needs_review"]
    assert floors.values["needs_review"] == {
        "recall": pytest.approx(max(0, reached.recall - MARGIN), abs=1e-3),
        "precision": pytest.approx(max(0, reached.precision - MARGIN), abs=1e-3),
        "f1": pytest.approx(max(0, reached.f1 - MARGIN), abs=1e-3),
    }


def test_missed_floor_is_named(report: Report, tmp_path: Path):
    floors = pin(report, folder=tmp_path)
    found = misses(_worse(report, "needs_review"), floors)
    assert [line.split(" ")[:2] for line in found] == [
        ["needs_review:", "recall"],
        ["needs_review:", "precision"],
        ["needs_review:", "f1"],
    ]


def test_changed_texts_close_the_gate(report: Report, tmp_path: Path):
    floors = pin(report, folder=tmp_path)
    found = misses(replace(report, gold_sha256="0" * 64), floors)
    assert len(found) == 1
    assert "changed since the floors were pinned" in found[0]


def test_label_that_vanished_misses_its_floor(report: Report, tmp_path: Path):
    floors = pin(report, folder=tmp_path)
    rest = {label: tally for label, tally in report.tallies.items() if label != "needs_review"}
    assert len(misses(replace(report, tallies=rest), floors)) == 3


def test_floor_never_falls_unless_allowed(report: Report, tmp_path: Path):
    before = pin(report, folder=tmp_path)
    with pytest.raises(DataError, match="needs_review recall"):
        pin(_worse(report, "needs_review"), folder=tmp_path)
    assert read_floors(tmp_path) == before
    after = pin(_worse(report, "needs_review"), folder=tmp_path, allow_regression=True)
    assert after.values["needs_review"]["recall"] < before.values["needs_review"]["recall"]


def test_small_slip_keeps_the_old_floor(report: Report, tmp_path: Path):
    high = replace(report, tallies={"needs_review": Tally(right=100, wrong=0, missed=0)})
    slip = replace(report, tallies={"needs_review": Tally(right=99, wrong=0, missed=1)})
    before = pin(high, folder=tmp_path)
    assert pin(slip, folder=tmp_path).values == before.values


@pytest.mark.parametrize("content", [None, "{", '{"floors": 3}', "[]"])
def test_unreadable_floors_say_what_to_do(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / FLOORS_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="--pin"):
        read_floors(tmp_path)


def test_evaluate_without_gold_raises(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        evaluate(tmp_path)


def test_command_prints_json_and_closes_the_gate(small_gold: Path, report: Report, tmp_path: Path):
    (tmp_path / GOLD_FILE).write_bytes((small_gold / GOLD_FILE).read_bytes())
    pin(report, folder=tmp_path)
    run = CliRunner().invoke(
        model_command, ["evaluate", "--gate", "--json", "--gold", str(tmp_path)]
    )
    assert run.exit_code == 0
    assert json.loads(run.stdout)["misses"] == []
    floors = json.loads((tmp_path / FLOORS_FILE).read_text("utf-8"))
    floors["floors"]["needs_review"]["recall"] = 1.01
    (tmp_path / FLOORS_FILE).write_text(json.dumps(floors), encoding="utf-8")
    run = CliRunner().invoke(model_command, ["evaluate", "--gate", "--gold", str(tmp_path)])
    assert run.exit_code == 1
    assert "needs_review: recall" in run.stderr


@pytest.mark.parametrize("name", ["use", "list"])
def test_command_not_built_says_so(name: str):
    run = CliRunner().invoke(model_command, [name])
    assert run.exit_code == 1
    assert run.stderr.strip() == f"jianwei model {name}: not built yet."
