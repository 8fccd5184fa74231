"""One unique integer for each order, so that both engines agree and paging by key never drifts.

A key has the value in its high bits and the ad's sequence (its row's number) in the low ones. It
stays below 2**63 for moments until 2106 and for risks up to 1.
"""

from datetime import datetime

_SEQUENCE_BITS = 31
_RISK_STEPS = 1_000_000


def time_key(moment: datetime, sequence: int = 0) -> int:
    return (max(0, int(moment.timestamp())) << _SEQUENCE_BITS) | sequence


def risk_key(risk: float, sequence: int) -> int:
    return (round(min(max(risk, 0.0), 1.0) * _RISK_STEPS) << _SEQUENCE_BITS) | sequence


def sequence_of(key: int) -> int:
    """Return the ad sequence that a key ends with."""
    return key & ((1 << _SEQUENCE_BITS) - 1)
