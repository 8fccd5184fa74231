"""The labels: complete, strict, and what follows from them."""

from pathlib import Path

import pytest

from classifier.errors import DataError
from classifier.labels import LABELS_FILE, load_labels, read_labels
from classifier.law import load_law

GOOD = """
- {id: tutoring, axis: offering, zh: 学科, means: 教学科, basis: [a], review: always,
   stands_alone: false, needs_offering: []}
- {id: early, axis: violation, zh: 超前, means: 超前, basis: [], review: on_minor_offer,
   stands_alone: false, needs_offering: [tutoring]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "labels.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_axes_have_the_labels_of_the_taxonomy() -> None:
    labels = load_labels()
    assert [len(labels.by_axis(axis)) for axis in ("offering", "subject", "disguise", "violation")] == [
        6, 11, 11, 10,
    ]  # fmt: skip


@pytest.mark.parametrize("label", load_labels().ids)
def test_label_cites_known_law_and_says_what_it_means(label: str) -> None:
    labels = load_labels()
    assert labels.zh(label)
    assert labels.means(label)
    assert set(labels.basis(label)) <= load_law().keys()


@pytest.mark.parametrize("label", load_labels().ids)
def test_label_has_a_basis_unless_outside_the_rules(label: str) -> None:
    labels = load_labels()
    is_outside = labels[label].stands_alone
    assert bool(labels.basis(label)) is not is_outside


@pytest.mark.parametrize(
    ("offerings", "violations", "needed"),
    [
        (["subject_tutoring"], [], True),
        (["foreign_curriculum"], [], True),
        (["preschool_academic", "non_subject"], [], True),
        (["non_subject"], [], False),
        (["non_subject"], ["prepaid_fee"], True),
        (["other_training"], ["guarantee_claim"], False),
        (["not_training"], [], False),
        ([], ["guarantee_claim"], False),
    ],
)
def test_needs_review_follows_the_taxonomy(
    offerings: list[str], violations: list[str], needed: bool
) -> None:
    assert load_labels().needs_review(offerings, violations) is needed


def test_unknown_label_names_the_nearest() -> None:
    with pytest.raises(DataError, match="Did you mean 'prepaid_fee'"):
        load_labels().zh("prepaid_fees")


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("reviews: always", "review: always", "unknown key 'reviews'. Did you mean 'review'"),
        ("review: allways", "review: always", "Did you mean 'always'"),
        ("axis: ofering", "axis: offering", "Did you mean 'offering'"),
        ("needs_offering: [tutorin]", "needs_offering: [tutoring]", "Did you mean 'tutoring'"),
        ("id: tutoring, axis: violation", "id: early, axis: violation", "stands twice"),
        ("zh: 12,", "zh: 学科,", "must be a non-empty string"),
        ("stands_alone: 1, needs", "stands_alone: false, needs", "'stands_alone' must be one of"),
    ],
)
def test_wrong_entry_is_refused_with_its_place(
    tmp_path: Path, wrong: str, right: str, message: str
) -> None:
    text = GOOD.replace("\n   ", " ")
    assert right in text
    path = written(tmp_path, text.replace(right, wrong))
    with pytest.raises(DataError, match=message) as caught:
        read_labels(path)
    assert "labels.yml, " in str(caught.value)


def test_one_entry_is_all_a_new_label_needs(tmp_path: Path) -> None:
    added = LABELS_FILE.read_text(encoding="utf-8") + (
        "\n- {id: door_to_door, axis: violation, zh: 上门推销, means: 上门, basis: [], "
        "review: on_minor_offer, stands_alone: false, needs_offering: [non_subject]}\n"
    )
    labels = read_labels(written(tmp_path, added))
    assert labels.by_axis("violation")[-1] == "door_to_door"
    assert labels.needs_review(["non_subject"], ["door_to_door"])


def test_order_is_that_of_the_file() -> None:
    assert load_labels().ordered(["math", "chinese", "math"]) == ("chinese", "math")
