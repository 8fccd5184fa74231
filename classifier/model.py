"""The trained model at run time: plain arrays, checked against their digest when loaded.

No scikit-learn here: the command line must start fast (see docs/adr/0006).
"""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.errors import ModelError, NotFittedError
from classifier.ngrams import SLOT_BITS, gram, keys, runs, slots

FORMAT = 1
MODEL_FOLDER = Path(__file__).parent / "data" / "model"
ARRAYS_FILE = "model.npz"
CARD_FILE = "model.json"
_ARRAYS = ("keys", "idf", "weights", "scales", "intercepts")
# 1 + log(count) of an n-gram; a count beyond the table is as good as its last
_DAMPED = (1.0 + np.log(np.maximum(np.arange(1024), 1))).astype(np.float32)
_RETRAIN = "Train again with 'jianwei model train', or restore the file from the distribution."


class Model:
    """A linear model over character n-grams, one calibrated head per label.

    Attributes that end in an underscore exist only after `load`: `labels_` (the columns of
    `scores`, `needs_review` among them), `thresholds_` (per label, for the strongest window of a
    document) and `card_` (how it was trained, on what, and how good it is).
    """

    labels_: tuple[str, ...]
    thresholds_: dict[str, float]
    card_: dict[str, Any]
    version: str = ""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the artefact in a folder (or the one of the package).

        Raises:
            ModelError: a file is missing, damaged, or of another format.
        """
        folder = MODEL_FOLDER if path is None else path
        card = _read_card(folder / CARD_FILE)
        arrays = _read_arrays(folder / ARRAYS_FILE, expected=card["arrays_sha256"])
        model = cls()
        model._take(card, arrays, where=folder)
        return model

    def _take(self, card: dict[str, Any], arrays: dict[str, NDArray[Any]], *, where: Path) -> None:
        shape = (len(arrays["keys"]), len(card["labels"]))
        if arrays["weights"].shape != shape or len(arrays["idf"]) != shape[0]:
            raise ModelError(
                f"{where / ARRAYS_FILE}: the weights have the shape {arrays['weights'].shape}, "
                f"the card and the vocabulary ask for {shape}. {_RETRAIN}"
            )
        self.labels_ = tuple(card["labels"])
        self.thresholds_ = dict(card["thresholds"])
        self.card_ = card
        self.version = str(card["version"])
        table = np.zeros(1 << SLOT_BITS, dtype=np.int64)
        table[slots(arrays["keys"])] = np.arange(len(arrays["keys"]))
        self._arrays = {**arrays, "table": table}

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Score each text against every label.

        The texts are `Normalised.decoded`: a document's title, a line break, one of its windows.

        Returns:
            Probabilities, shape (n_texts, n_labels), columns in `labels_` order, each in [0, 1].

        Raises:
            NotFittedError: before `load`.
        """
        arrays = self._loaded()
        margins = np.empty((len(texts), len(self.labels_)))
        for row, text in enumerate(texts):
            places, values = self._vector(text)
            # a dense product over the few hundred known n-grams; float32 keeps 1e-6
            margins[row] = values.dot(arrays["weights"].take(places, axis=0).astype(np.float32))
        margins *= arrays["scales"]
        margins += arrays["intercepts"]
        return 1.0 / (1.0 + np.exp(-margins))

    def contributions(self, text: str, label: str, *, top: int = 8) -> list[tuple[str, float]]:
        """Return the n-grams that raised a label's score most, strongest first.

        The n-grams occur in the text with its blanks squeezed; their weights are parts of the
        score's log odds. N-grams with a blank in them are left out: they cannot be quoted.
        """
        arrays = self._loaded()
        if label not in self.labels_:
            raise ModelError(f"The model has no head for '{label}'. It has {list(self.labels_)}.")
        column = self.labels_.index(label)
        places, values = self._vector(text)
        parts = values * arrays["weights"][places, column] * arrays["scales"][column]
        found: list[tuple[str, float]] = []
        for place in np.argsort(-parts, kind="stable"):
            if parts[place] <= 0 or len(found) == top:
                break
            characters = gram(int(arrays["keys"][places[place]]))
            if " " not in characters:
                found.append((characters, float(parts[place])))
        return found

    def _vector(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the places of the known n-grams and their TF-IDF values (unit length)."""
        arrays = self._loaded()
        found = keys(text)
        places = arrays["table"].take(slots(found))
        # whatever else falls into the slot of a known n-gram is told apart here
        places = places.take((arrays["keys"].take(places) == found).nonzero()[0])
        places.sort()
        places, often = runs(places)
        values = _DAMPED.take(often, mode="clip")
        values *= arrays["idf"].take(places)
        length = math.sqrt(float(values.dot(values)))
        if length:
            values /= length
        return places, values

    def _loaded(self) -> dict[str, NDArray[Any]]:
        if self._arrays is None:
            raise NotFittedError("This Model holds no weights yet. Get one with Model.load().")
        return self._arrays


def write_model(folder: Path, *, arrays: Mapping[str, NDArray[Any]], card: dict[str, Any]) -> str:
    """Write arrays and card so that `Model.load` reads them; return the arrays' sha256.

    The same arrays give the same bytes. `card` needs labels and thresholds; format, version and
    digest are filled in here.

    Raises:
        ModelError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = _packed(arrays)
        digest = hashlib.sha256(content).hexdigest()
        whole = {
            "format": FORMAT,
            "version": f"ngrams{FORMAT}-{digest[:12]}",
            "arrays_sha256": digest,
            **card,
        }
        text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
        # a run cut between the two leaves a digest that does not fit: seen when loaded
        _replace(folder / ARRAYS_FILE, content)
        _replace(folder / CARD_FILE, text.encode())
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written ({error.strerror}).") from error
    return digest


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: arrays[name] for name in _ARRAYS})
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). {_RETRAIN}") from error
    except ValueError as error:
        raise ModelError(f"{path}: is not JSON ({error}). {_RETRAIN}") from error
    if not isinstance(card, dict):
        raise ModelError(f"{path}: expected a JSON object. {_RETRAIN}")
    if card.get("format") != FORMAT:
        raise ModelError(
            f"{path}: expected model format {FORMAT}, got {card.get('format')!r}. {_RETRAIN}"
        )
    missing = {"labels", "thresholds", "version", "arrays_sha256"} - set(card)
    if missing:
        raise ModelError(f"{path}: the card lacks {sorted(missing)}. {_RETRAIN}")
    return card


def _read_arrays(path: Path, *, expected: str) -> dict[str, NDArray[Any]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}). {_RETRAIN}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ModelError(
            f"{path}: the digest differs from the card's (expected sha256:{expected}, got "
            f"sha256:{digest}). The file is damaged or belongs to another card. {_RETRAIN}"
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in _ARRAYS}
    except (EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: an array is missing or unreadable ({error}). {_RETRAIN}"
        ) from error
