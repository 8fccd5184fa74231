"""Training: reproducible, equal to scikit-learn, honest about who was held out."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from classifier import fitting
from classifier.errors import DataError
from classifier.examples import TRAIN_FOLDER, Example, read_examples
from classifier.model import ARRAYS_FILE, CARD_FILE, Model
from classifier.ngrams import LONGEST, counts, gram, keys, slots, squeeze
from classifier.train import MIN_POSITIVES, fit, train, trained_labels

HANDS = ("H1", "H2", "H3", "H4", "M1", "M3")
DAY = date(2026, 7, 24)


@pytest.fixture(scope="module")
def few_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    for hand in HANDS:
        lines = (TRAIN_FOLDER / f"{hand}.jsonl").read_text(encoding="utf-8").splitlines()
        short = [line for line in lines if '"form": "window"' in line][:30]
        (folder / f"{hand}.jsonl").write_text("\n".join(short) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(few_texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    train(folder=few_texts, out=out, on=DAY)
    return out


def test_train_twice_gives_the_same_bytes(few_texts: Path, trained: Path, tmp_path: Path):
    train(folder=few_texts, out=tmp_path, on=DAY)
    for name in (ARRAYS_FILE, CARD_FILE):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes(), name


def test_card_tells_data_settings_and_figures(few_texts: Path, trained: Path):
    card = Model.load(trained).card_
    assert card["date"] == "2026-07-24"
    assert set(card["data_sha256"]) == {f"{hand}.jsonl" for hand in HANDS}
    assert card["texts"] == len(read_examples(few_texts))
    assert {"scikit-learn", "normaliser"} <= set(card["versions"])
    for label in card["labels"]:
        assert 0.5 < card["held_out"][label]["auc"] <= 1


def test_scorer_equals_scikit_learn(few_texts: Path, trained: Path):
    """The same weights in scikit-learn's own vectoriser and estimator give the same scores."""
    examples = read_examples(few_texts)
    fitted = fit(examples)
    texts = fitting.cut(examples).texts
    vectoriser = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, LONGEST),
        sublinear_tf=True,
        lowercase=False,
        preprocessor=squeeze,
        vocabulary={gram(int(key)): place for place, key in enumerate(fitted.keys)},
    )
    vectoriser.fit(texts)
    vectoriser.idf_ = fitted.idf.astype(np.float64)
    rows = vectoriser.transform(texts)
    scores = Model.load(trained).scores(texts)
    for column, label in enumerate(fitted.labels):
        estimator = LogisticRegression()
        estimator.classes_ = np.array([False, True])
        estimator.coef_ = fitted.heads.weights[:, [column]].T
        estimator.intercept_ = fitted.heads.intercepts[[column]]
        wanted = estimator.predict_proba(rows)[:, 1]
        assert np.abs(scores[:, column] - wanted).max() < 1e-3, label


def test_held_out_text_is_scored_without_its_group(monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[int, ...]] = []
    fit_heads = fitting.fit_heads

    def watched(rows, owner, truth, weight):
        seen.append((rows.shape[0], truth.shape[0]))
        return fit_heads(rows, owner, truth, weight)

    monkeypatch.setattr(fitting, "fit_heads", watched)
    examples = [
        _example(number, hand=f"hand{number % 5}", positive=number % 2 == 0) for number in range(60)
    ]
    windows = fitting.cut(examples)
    truth, weight = fitting.targets(examples, ("subject_tutoring",))
    margins = fitting.out_of_fold(examples, windows, truth, weight)
    assert seen == [(48, 48)] * 5
    assert margins[truth].min() > margins[~truth].max()


def _example(number: int, *, hand: str, positive: bool, text: str = "") -> Example:
    return Example(
        id=f"E{number}",
        hand=hand,
        form="window",
        kind="",
        title="",
        text=text or ("初二数学小班本周开课" if positive else "社区周末放映露天电影"),
        offerings=("subject_tutoring",) if positive else ("not_training",),
        subjects=(),
        disguises=(),
        violations=(),
    )


def test_long_text_teaches_by_its_strongest_window():
    """The clean windows of an offering page must not be taken for offers."""
    clean = "。".join(["社区周末放映露天电影，请大家带好小板凳"] * 12)
    page = "\n".join([clean, clean, "初二数学小班本周开课" * 6, clean])
    examples = [
        _example(
            number, hand="x", positive=number % 3 == 0, text=page if number % 3 == 0 else clean
        )
        for number in range(30)
    ]
    windows = fitting.cut(examples)
    truth, weight = fitting.targets(examples, ("subject_tutoring",))
    counted = [counts(text) for text in windows.texts]
    vocabulary, idf = fitting.vocabulary(counted)
    rows = fitting.matrix(counted, keys=vocabulary, idf=idf)
    heads = fitting.fit_heads(rows, windows.owner, truth, weight)
    margins = (rows @ heads.weights + heads.intercepts)[:, 0]
    offers = np.array(["数学" in text for text in windows.texts])
    assert margins[offers].min() > 0 > margins[~offers].max()


@pytest.mark.parametrize(("beta", "threshold"), [(0.3, 0.8), (1.0, 0.55), (3.0, 0.25)])
def test_best_threshold_follows_beta(beta: float, threshold: float):
    scores = np.array([0.9, 0.7, 0.6, 0.5, 0.45, 0.4, 0.3, 0.2])
    truth = np.array([True, False, True, False, False, False, True, False])
    assert fitting.best_threshold(scores, truth, beta=beta) == pytest.approx(threshold)


def test_label_with_few_texts_gets_no_head():
    examples = [_example(n, hand="x", positive=n < MIN_POSITIVES - 1) for n in range(60)]
    labels, few = trained_labels(examples)
    assert "subject_tutoring" not in labels
    assert few["subject_tutoring"] == f"{MIN_POSITIVES - 1} texts, {MIN_POSITIVES} wanted"
    assert "not_training" in labels


@pytest.mark.parametrize(
    ("hands", "positives", "complaint"), [(3, 30, "hands or sources"), (6, 5, "need review")]
)
def test_fit_with_too_little_raises(hands: int, positives: int, complaint: str):
    examples = [_example(n, hand=f"h{n % hands}", positive=n < positives) for n in range(60)]
    with pytest.raises(DataError, match=complaint):
        fit(examples)


@pytest.mark.parametrize("text", ["数学", "a b", "𠮷野家补课", "x", ""])
def test_keys_stand_for_every_ngram(text: str):
    plain = squeeze(text)
    wanted = [plain[i : i + n] for n in (1, 2, 3) for i in range(len(plain) - n + 1)]
    assert [gram(int(key)) for key in keys(text)] == wanted


def test_vocabulary_has_no_two_keys_in_one_slot(trained: Path):
    held = np.load(trained / ARRAYS_FILE)["keys"]
    assert len(np.unique(slots(held))) == len(held)
    assert (np.diff(held) > 0).all()
