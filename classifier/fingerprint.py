"""A 64-bit hash of a text that stays near for near copies (simhash over character shingles)."""

import re

import numpy as np
from numpy.typing import NDArray

SHINGLE_CHARS = 4
BITS = 64
# Digits, dates, phones and accounts change between copies of one ad; blanks and marks are layout.
CHANGING = re.compile(r"[^\w\n]|[0-9_]|[a-z0-9]{6,}")
PAD = "\0"
# SplitMix64 (Steele, Lea, Flood 2014): spreads neighbouring values over all bits.
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
STEP = np.uint64(0x9E3779B97F4A7C15)


def fingerprint(text_decoded: str) -> str:
    """Give 16 hexadecimal digits; a text without letters gives zeros.

    Each line counts by itself, so that the order of the lines makes no difference.
    """
    shingles = _shingles(CHANGING.sub("", text_decoded))
    if not len(shingles):
        return "0" * 16
    votes = np.zeros(BITS, dtype=np.int64)
    for part in np.array_split(shingles, 1 + len(shingles) // 4096):
        bits = np.unpackbits(part.astype("<u8").view(np.uint8), bitorder="little")
        votes += bits.reshape(-1, BITS).sum(axis=0, dtype=np.int64)
    value = sum(1 << place for place in range(BITS) if votes[place] * 2 > len(shingles))
    return f"{value:016x}"


def distance(one: str, other: str) -> int:
    """Count the bits in which two fingerprints differ, 0 to 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _shingles(letters: str) -> NDArray[np.uint64]:
    """Hash the distinct runs of four characters within lines; a shorter line is one run."""
    lines = [line.ljust(SHINGLE_CHARS, PAD) for line in letters.split("\n") if line]
    joined = "\n".join(lines).encode("utf-32-le", "replace")
    points = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
    if not len(points):
        return points
    count = len(points) - SHINGLE_CHARS + 1
    hashed = np.zeros(count, dtype=np.uint64)
    is_within = np.ones(count, dtype=np.bool_)
    for place in range(SHINGLE_CHARS):
        part = points[place : place + count]
        is_within &= part != ord("\n")
        hashed = (hashed ^ part) * MIX[0] + STEP
        hashed ^= hashed >> np.uint64(31)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * MIX[1]
    hashed ^= hashed >> np.uint64(31)
    found = hashed[is_within]
    found.sort()  # np.unique would import numpy.ma: a quarter of the command's start
    return found[np.concatenate(([True], found[1:] != found[:-1]))] if len(found) else found
