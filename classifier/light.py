"""The model and the fingerprint in plain Python, for a command that judges one text.

Importing numpy takes longer than judging a text without it. Labels are the same as those of
`classifier.model`, scores agree to 1e-4; for many texts the arrays are far faster.
"""

import hashlib
import io
import json
import math
import struct
import zipfile
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from classifier.errors import ModelError

MODEL_FOLDER = Path(__file__).parent / "data" / "model"
_RETRAIN = "Train again with 'jianwei model train', or restore the file from the distribution."
_FORMAT = 1
_LONGEST = 3
_BITS = 21
_CODES = {"<i8": "q", "<i2": "h", "<f4": "f"}


class LightModel:
    """The linear model over character n-grams, read from the same artefact."""

    def __init__(self, card: dict[str, Any], arrays: "dict[str, array[Any]]") -> None:
        self.labels_ = tuple(card["labels"])
        self.thresholds_: dict[str, float] = dict(card["thresholds"])
        self.version = str(card["version"])
        self._idf, self._weights = arrays["idf"], arrays["weights"]
        self._scales = arrays["scales"].tolist()
        self._intercepts = arrays["intercepts"].tolist()
        self._places = dict(zip(arrays["keys"], range(len(arrays["keys"])), strict=True))

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the artefact in a folder (or the one of the package).

        Raises:
            ModelError: a file is missing, damaged, or of another format.
        """
        folder = path or MODEL_FOLDER
        try:
            card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            content = (folder / "model.npz").read_bytes()
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder}: no usable model ({error}). {_RETRAIN}") from error
        if not isinstance(card, dict) or card.get("format") != _FORMAT:
            raise ModelError(f"{folder}: expected model format {_FORMAT}. {_RETRAIN}")
        digest = hashlib.sha256(content).hexdigest()
        if digest != card.get("arrays_sha256"):
            raise ModelError(f"{folder}: the arrays' digest differs from the card's. {_RETRAIN}")
        try:
            return cls(card, _arrays(content))
        except (KeyError, ValueError, zipfile.BadZipFile, struct.error) as error:
            raise ModelError(f"{folder}: an array is unreadable ({error}). {_RETRAIN}") from error

    def scores(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one row per text, one probability per label."""
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> list[float]:
        width = len(self.labels_)
        sums = [0.0] * width
        for place, value in self._vector(text).items():
            row = self._weights[place * width : (place + 1) * width]
            sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
        return [
            1.0 / (1.0 + math.exp(-max(-700.0, total * scale + intercept)))
            for total, scale, intercept in zip(sums, self._scales, self._intercepts, strict=True)
        ]

    def contributions(self, text: str, label: str, *, top: int = 8) -> list[tuple[str, float]]:
        """Return the n-grams that raised a label's score most, strongest first."""
        if label not in self.labels_:
            raise ModelError(f"The model has no head for '{label}'. It has {list(self.labels_)}.")
        column, width = self.labels_.index(label), len(self.labels_)
        parts = [
            (value * self._weights[place * width + column] * self._scales[column], gram)
            for gram, (place, value) in self._grams(text).items()
            if " " not in gram
        ]
        parts.sort(key=lambda part: (-part[0], part[1]))
        return [(gram, part) for part, gram in parts[:top] if part > 0]

    def _vector(self, text: str) -> dict[int, float]:
        return dict(self._grams(text).values())

    def _grams(self, text: str) -> dict[str, tuple[int, float]]:
        """Return known n-gram → (its place, its TF-IDF value in a vector of unit length)."""
        squeezed = " ".join(text.split())
        often = Counter(
            squeezed[start : start + size]
            for size in range(1, _LONGEST + 1)
            for start in range(len(squeezed) - size + 1)
        )
        found = {}
        for gram, count in often.items():
            place = self._places.get(_key(gram))
            if place is not None:
                found[gram] = (place, (1.0 + math.log(count)) * self._idf[place])
        length = math.sqrt(sum(value * value for _, value in found.values())) or 1.0
        return {gram: (place, value / length) for gram, (place, value) in found.items()}


def _key(gram: str) -> int:
    key = 0
    for position, character in enumerate(gram):
        key |= ord(character) << (_BITS * (_LONGEST - 1 - position))
    return key


def _arrays(content: bytes) -> "dict[str, array[Any]]":
    """Return the arrays of an npz, flat."""
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            arrays[name.removesuffix(".npy")] = _array(archive.read(name))
    return arrays


def _array(stored: bytes) -> "array[Any]":
    """Return the values of an npy file of format 1 (numpy's own description of it)."""
    (length,) = struct.unpack_from("<H", stored, 8)
    header = stored[10 : 10 + length].decode("latin-1")
    kind = header.split("'descr': '", 1)[1].split("'", 1)[0]
    if "'fortran_order': False" not in header or kind not in _CODES:
        raise ValueError(f"unexpected array header {header!r}")
    values: array[Any] = array(_CODES[kind])
    values.frombytes(stored[10 + length :])
    return values
