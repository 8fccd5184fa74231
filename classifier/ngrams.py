"""Character n-grams of 1 to 3 as integers, so that counting and looking up need no Python loop."""

import numpy as np
from numpy.typing import NDArray

LONGEST = 3
_BITS = 21  # a code point needs 21 bits; three of them fill 63
SLOT_BITS = 19  # of the table by which run time finds an n-gram
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads neighbours (Knuth)


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


def slots(of_keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each key's slot in a table of 2**SLOT_BITS; two keys may share one."""
    spread = of_keys.view(np.uint64) * _ODD
    spread >>= np.uint64(64 - SLOT_BITS)
    return spread.view(np.int64)


def runs(ordered: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct values of a sorted array and how often each stands in it."""
    if not len(ordered):
        return ordered, ordered
    is_new = np.empty(len(ordered), dtype=np.bool_)
    is_new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    first = is_new.nonzero()[0]
    ends = np.empty(len(first) + 1, dtype=np.int64)
    ends[:-1] = first
    ends[-1] = len(ordered)
    return ordered.take(first), ends[1:] - ends[:-1]


def counts(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct keys in rising order and how often each occurs."""
    return runs(np.sort(keys(text)))


def gram(key: int) -> str:
    """Return the characters that a key stands for."""
    mask = (1 << _BITS) - 1
    points = (key >> (2 * _BITS), (key >> _BITS) & mask, key & mask)
    return "".join(chr(point) for point in points if point)
