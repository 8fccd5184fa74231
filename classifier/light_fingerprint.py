"""`classifier.fingerprint` in plain Python: the same digits, without importing numpy."""

import re

_SHINGLE_CHARS = 4
_BITS = 64
_CHANGING = re.compile(r"[^\w\n]|[0-9_]|[a-z0-9]{6,}")
_MASK = (1 << _BITS) - 1
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_STEP = 0x9E3779B97F4A7C15


def fingerprint(text_decoded: str) -> str:
    """Give 16 hexadecimal digits; a text without letters gives zeros."""
    lines = {
        line.ljust(_SHINGLE_CHARS, "\0")
        for line in _CHANGING.sub("", text_decoded).split("\n")
        if line
    }
    runs = {
        line[start : start + _SHINGLE_CHARS]
        for line in lines
        for start in range(len(line) - _SHINGLE_CHARS + 1)
    }
    shingles = {_hash(run.encode("utf-32-le", "replace")) for run in runs}
    votes = [sum(shingle >> place & 1 for shingle in shingles) for place in range(_BITS)]
    value = sum(1 << place for place in range(_BITS) if votes[place] * 2 > len(shingles))
    return f"{value:016x}"


def _hash(points: bytes) -> int:
    value = 0
    for start in range(0, len(points), 4):
        value = (
            (value ^ int.from_bytes(points[start : start + 4], "little")) * _MIX[0] + _STEP
        ) & _MASK
        value ^= value >> 31
    value = ((value ^ (value >> 27)) * _MIX[1]) & _MASK
    return value ^ (value >> 31)
