"""The word lists of the facts."""

from pathlib import Path

import pytest

from classifier.errors import DataError
from classifier.facts import LISTED_KINDS
from classifier.labels import load_labels
from classifier.lexicons import load_lexicons, read_lexicons

LEXICONS = load_lexicons()


@pytest.mark.parametrize("name", LEXICONS.names())
def test_every_word_of_a_lexicon_is_found_where_it_stands(name: str) -> None:
    for word in LEXICONS.words(name):
        text = f"有{word}的"
        spans = {(hit.start, hit.end) for hit in LEXICONS.find(text) if hit.lexicon == name}
        assert (1, 1 + len(word)) in spans


def test_every_lexicon_gives_a_fact_and_every_subject_is_a_label() -> None:
    subjects = {f"subject_{label}" for label in load_labels().by_axis("subject")}
    names = set(LEXICONS.names())
    assert {name.partition("_")[0] for name in names} == set(LISTED_KINDS)
    assert {name for name in names if name.startswith("subject_")} == subjects


def test_a_word_in_letters_is_not_found_inside_another() -> None:
    assert not LEXICONS.find("market petrol zoomed")
    assert [hit.word for hit in LEXICONS.find("考ket和pet")] == ["ket", "pet"]


def test_overlapping_words_are_all_found() -> None:
    assert {hit.word for hit in LEXICONS.find("大语文")} == {"大语文", "语文"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a_b: []", "empty"),
        ("a_b: [數學]", "write '數學' as '数学'"),
        ("a_b: [数学, 数学]", "stands twice"),
        ("a_b: 数学", "list of strings"),
        ("- 数学", "expected 'lexicon"),
        ("a_b: [", "cannot be read"),
    ],
)
def test_a_wrong_list_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "words.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"words\.yml") as caught:
        read_lexicons([path])
    assert message in str(caught.value)


def test_a_lexicon_in_two_files_is_refused(tmp_path: Path) -> None:
    paths = [tmp_path / "one.yml", tmp_path / "two.yml"]
    for path in paths:
        path.write_text("a_b: [数学]", encoding="utf-8")
    with pytest.raises(DataError, match="stands twice"):
        read_lexicons(paths)
