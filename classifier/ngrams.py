"""Character n-grams of 1 to 3 as integers, so that counting and looking up need no Python loop."""

import numpy as np
from numpy.typing import NDArray

LONGEST = 3
_BITS = 21  # a code point needs 21 bits; three of them fill 63


def squeeze(text: str) -> str:
    """Return the text with every run of blanks as one space: what the n-grams run over."""
    return " ".join(text.split())


def _points(text: str) -> NDArray[np.int64]:
    raw = squeeze(text).encode("utf-32-le", errors="replace")
    return np.frombuffer(raw, dtype="<u4").astype(np.int64)


def keys(text: str) -> NDArray[np.int64]:
    """Return one key per occurrence: all single characters, then all pairs, then all threes."""
    points = _points(text)
    singles = points << (2 * _BITS)
    pairs = points[1:] << _BITS
    pairs |= singles[:-1]
    threes = pairs[:-1] | points[2:]
    return np.concatenate((singles, pairs, threes))


def counts(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct keys in rising order and how often each occurs."""
    found = keys(text)
    if not len(found):
        return found, found
    found.sort()
    is_new = np.empty(len(found), dtype=np.bool_)
    is_new[0] = True
    np.not_equal(found[1:], found[:-1], out=is_new[1:])
    first = is_new.nonzero()[0]
    ends = np.empty(len(first) + 1, dtype=np.int64)
    ends[:-1] = first
    ends[-1] = len(found)
    return found.take(first), ends[1:] - first


def gram(key: int) -> str:
    """Return the characters that a key stands for."""
    mask = (1 << _BITS) - 1
    points = (key >> (2 * _BITS), (key >> _BITS) & mask, key & mask)
    return "".join(chr(point) for point in points if point)
