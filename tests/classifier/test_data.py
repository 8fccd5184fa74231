"""The labelled texts: labels in order, and nothing that leaks from one side of a split to another."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from classifier.errors import DataError
from classifier.evaluate import GOLD_FILE, GOLD_FOLDER
from classifier.examples import TRAIN_FOLDER, Example, read_examples
from classifier.fingerprint import distance, fingerprint
from classifier.labels import load_labels
from classifier.normalise import normalise

RUN = 12
# wording of the law that any two writers share
FORMULAS = ("面向中小学生的学科类培训",)
SHINGLE = 5


@pytest.fixture(scope="module")
def train_texts() -> tuple[Example, ...]:
    return (*read_examples(TRAIN_FOLDER), *read_examples(TRAIN_FOLDER / "next"))


@pytest.fixture(scope="module")
def gold_texts() -> tuple[Example, ...]:
    return read_examples(GOLD_FOLDER / GOLD_FILE)


def test_texts_ids_are_unique(train_texts, gold_texts):
    ids = [example.id for example in (*train_texts, *gold_texts)]
    assert len(ids) == len(set(ids))


def test_texts_are_many_and_half_of_them_negative(train_texts, gold_texts):
    for texts, least in ((train_texts, 1000), (gold_texts, 120)):
        negatives = [example for example in texts if not example.needs_review]
        assert len(texts) >= least
        assert len(negatives) * 2 >= len(texts)


def test_own_negatives_are_mostly_hard(train_texts):
    own = [e for e in train_texts if e.hand.startswith("M") and not e.needs_review]
    assert sum(e.hard for e in own) > len(own) / 2


def test_gold_hand_is_unknown_to_training(train_texts, gold_texts):
    assert not {e.hand for e in gold_texts} & {e.hand for e in train_texts}


@pytest.mark.parametrize("axis", ["offering", "disguise", "violation"])
def test_gold_covers_every_label_twice(axis, gold_texts):
    for label in load_labels().by_axis(axis):
        assert sum(label in example.labels for example in gold_texts) >= 2, label


def test_rewrite_carries_its_source(train_texts):
    for example in train_texts:
        assert bool(example.follows) == bool(example.source), example.id


def _runs(example: Example) -> set[str]:
    found: set[str] = set()
    for stretch in re.findall(rf"[\u4e00-\u9fff]{{{RUN},}}", f"{example.title}\n{example.text}"):
        found.update(stretch[i : i + RUN] for i in range(len(stretch) - RUN + 1))
    return found


def test_texts_of_two_groups_share_no_wording(train_texts, gold_texts):
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for example in (*train_texts, *gold_texts):
        for run in _runs(example):
            groups[run][example.group] = example.id
    shared = {
        run: sorted(owners.values())
        for run, owners in groups.items()
        if len(owners) > 1 and not any(run in formula for formula in FORMULAS)
    }
    assert shared == {}


def _shingles(text: str) -> set[str]:
    return {text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)}


def test_no_gold_text_is_a_near_copy_of_a_training_text(train_texts, gold_texts):
    plain = {e.id: normalise(e.text).decoded for e in (*train_texts, *gold_texts)}
    prints = {key: fingerprint(text) for key, text in plain.items()}
    pieces = {key: _shingles(text) for key, text in plain.items()}
    for gold in gold_texts:
        for other in train_texts:
            assert distance(prints[gold.id], prints[other.id]) > 3, (gold.id, other.id)
            smaller = min(len(pieces[gold.id]), len(pieces[other.id]))
            overlap = len(pieces[gold.id] & pieces[other.id])
            assert overlap < 0.2 * max(1, smaller), (gold.id, other.id)


def _line(**changes: object) -> dict[str, object]:
    line: dict[str, object] = {
        "id": "X1",
        "hand": "X",
        "form": "window",
        "kind": "",
        "title": "",
        "text": "初二数学小班",
        "offerings": ["subject_tutoring"],
        "subjects": ["math"],
        "disguises": [],
        "violations": [],
    }
    return {**line, **changes}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"offerings": ["tutoring"]}, "'tutoring' is no offering"),
        ({"offerings": []}, "no offering"),
        ({"offerings": ["not_training"]}, "takes no other label"),
        ({"offerings": ["not_training", "non_subject"], "subjects": []}, "must stand alone"),
        ({"offerings": ["non_subject"]}, "'math' needs one of"),
        ({"subjects": ["math", "math"]}, "stands twice"),
        ({"uncertain": ["maths"]}, "is no label"),
        ({"text": " "}, "the text is empty"),
        ({"labels": []}, "unknown key"),
        ({"text": None, "offerings": 3}, "not a labelled text"),
    ],
)
def test_read_examples_names_line_and_fault(changes, complaint, tmp_path: Path):
    path = tmp_path / "x.jsonl"
    good = json.dumps(_line(), ensure_ascii=False)
    path.write_text(f"{good}\n{json.dumps(_line(**changes))}\n", encoding="utf-8")
    with pytest.raises(DataError, match=f"x.jsonl:2.*{re.escape(complaint)}"):
        read_examples(path)


def test_read_examples_without_files_says_so(tmp_path: Path):
    with pytest.raises(DataError, match="no .jsonl file"):
        read_examples(tmp_path)
