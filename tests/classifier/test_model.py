"""The run-time model: what it scores, what it refuses, and that it starts without scikit-learn."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import ModelError, NotFittedError
from classifier.light import LightModel
from classifier.model import ARRAYS_FILE, CARD_FILE, MODEL_FOLDER, Model, write_model

OFFER = "\n初三数学物理小班，每周六上午九点，在学府花园七号楼，每次两小时，一期十六次。"
NEWS = "\n昨晚，滨河路施工路段恢复通行，路面已铺设沥青，标线清晰，路灯换成了新的。"


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (ARRAYS_FILE, CARD_FILE):
        shutil.copy(MODEL_FOLDER / name, tmp_path / name)
    return tmp_path


def _change_card(folder: Path, **changes: object) -> None:
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    for key, value in changes.items():
        if value is None:
            del card[key]
        else:
            card[key] = value
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")


def test_scores_are_probabilities_one_row_per_text(model: Model):
    scores = model.scores([OFFER, NEWS, "", "\n", "🙂" * 50])
    assert scores.shape == (5, len(model.labels_))
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_scores_tell_an_offer_from_news(model: Model):
    column = model.labels_.index("needs_review")
    offer, news = model.scores([OFFER, NEWS])[:, column]
    assert offer > model.thresholds_["needs_review"] > news


def test_scores_of_no_text_are_empty(model: Model):
    assert model.scores([]).shape == (0, len(model.labels_))


def test_plain_python_scorer_agrees(model: Model):
    wanted = model.scores([OFFER, NEWS])
    assert np.abs(np.array(LightModel.load().scores([OFFER, NEWS])) - wanted).max() < 1e-4


def test_scores_do_not_depend_on_the_batch(model: Model):
    alone = [model.scores([text])[0] for text in (OFFER, NEWS)]
    assert np.array_equal(model.scores([OFFER, NEWS]), np.array(alone))


def test_every_label_has_a_threshold(model: Model):
    assert set(model.thresholds_) == set(model.labels_)
    assert all(0 < value < 1 for value in model.thresholds_.values())


def test_card_names_the_labels_without_a_head(model: Model):
    assert not set(model.card_["without_head"]) & set(model.labels_)


@pytest.mark.parametrize("top", [1, 5])
def test_contributions_occur_in_the_text_strongest_first(model: Model, top: int):
    found = model.contributions(OFFER, "needs_review", top=top)
    assert len(found) == top
    assert all(gram in OFFER for gram, _ in found)
    assert [part for _, part in found] == sorted((part for _, part in found), reverse=True)


def test_contributions_add_up_to_the_score(model: Model):
    column = model.labels_.index("math")
    score = model.scores([OFFER])[0, column]
    nothing = model.scores([""])[0, column]
    raised = np.log(score / (1 - score)) - np.log(nothing / (1 - nothing))
    found = model.contributions(OFFER, "math", top=10_000)
    assert sum(part for _, part in found) > raised


def test_contributions_of_an_unknown_label_raise(model: Model):
    with pytest.raises(ModelError, match="no head for 'maths'"):
        model.contributions(OFFER, "maths")


@pytest.mark.parametrize("call", [Model.scores, Model.contributions])
def test_unloaded_model_raises(call: Callable[..., object]):
    arguments = ([OFFER],) if call is Model.scores else (OFFER, "math")
    with pytest.raises(NotFittedError, match=r"Model\.load"):
        call(Model(), *arguments)


@pytest.mark.parametrize("name", [ARRAYS_FILE, CARD_FILE])
def test_load_missing_file_raises(copied: Path, name: str):
    (copied / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: cannot be read"):
        Model.load(copied)


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_load_one_changed_byte_raises(copied: Path, place: int):
    content = bytearray((copied / ARRAYS_FILE).read_bytes())
    content[place] ^= 1
    (copied / ARRAYS_FILE).write_bytes(content)
    with pytest.raises(ModelError, match="digest differs"):
        Model.load(copied)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"format": 99}, "expected model format 1, got 99"),
        ({"thresholds": None}, "lacks .*thresholds"),
        ({"labels": ["math"]}, "the card and the vocabulary ask for"),
    ],
)
def test_load_card_of_another_kind_raises(copied: Path, changes, complaint: str):
    _change_card(copied, **changes)
    with pytest.raises(ModelError, match=complaint):
        Model.load(copied)


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_load_unreadable_card_raises(copied: Path, text: str):
    (copied / CARD_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=CARD_FILE):
        Model.load(copied)


def _npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"not an archive", b"PK\x03\x04", b"", _npz(keys=np.zeros(3)), _npz(keys=np.array([{}]))],
    ids=["text", "cut zip", "empty", "array missing", "pickled object"],
)
def test_load_arrays_that_are_no_arrays_raises(copied: Path, content: bytes):
    (copied / ARRAYS_FILE).write_bytes(content)
    _change_card(copied, arrays_sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match="an array is missing or unreadable"):
        Model.load(copied)


def test_write_to_a_file_raises(tmp_path: Path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(ModelError, match="taken: cannot be written"):
        write_model(tmp_path / "taken", arrays={}, card={})


def test_artefact_stays_small():
    assert (MODEL_FOLDER / ARRAYS_FILE).stat().st_size < 8_000_000


def test_model_starts_without_scikit_learn():
    code = (
        "import sys; from classifier.model import Model; Model.load().scores(['数学']);"
        "print([name for name in ('sklearn', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
