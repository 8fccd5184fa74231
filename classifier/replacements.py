"""One stretch of a text and what it stands for."""

from typing import NamedTuple


class Replacement(NamedTuple):
    start: int
    end: int
    plain: str
    method: str
