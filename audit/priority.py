"""In which order cases are worked on: certainty × severity × spread × repeat × recency.

Each part lies in (0, 1]:

- certainty: the machine's highest risk among the case's flagged ads, at least 0.01;
- severity: 0.4, +0.2 for each of up to two violations that the ads show, +0.2 when they hide;
- spread: 0.5 + log2(placements × sites) / 8, at most 1 (four placements on four sites);
- repeat: 0.5, +0.25 for each of up to two earlier confirmed violations of the same actor or site;
- recency: halves every 30 days since an ad of the case was last seen.

The score is 100 × their product. Recency falls for all cases alike, so the stored sort key
`log2(product without recency) + last_seen / 30 days` orders cases as the score does at any moment
and never has to be refreshed; `score_at` gives the score itself. The weights are a first setting,
chosen so that each part moves a case by at most a factor of 2.5; feedback may move them.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HALF_LIFE = timedelta(days=30)
# Any fixed moment; the day the rules were published keeps the keys small.
_EPOCH = datetime(2021, 7, 24, tzinfo=UTC)
_LEAST_CERTAINTY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A case's sort key and the parts that it is made of."""

    key: float
    parts: dict[str, float | str]


def priority(
    *,
    risk: float,
    violations: int,
    disguises: int,
    placements: int,
    sites: int,
    repeats: int,
    last_seen: datetime,
) -> Priority:
    """Compute the priority of a case from what is known of its ads (counts of distinct labels)."""
    certainty = max(min(risk, 1.0), _LEAST_CERTAINTY)
    severity = 0.4 + 0.2 * min(violations, 2) + (0.2 if disguises else 0.0)
    spread = min(1.0, 0.5 + math.log2(max(placements, 1) * max(sites, 1)) / 8)
    repeat = 0.5 + 0.25 * min(repeats, 2)
    product = certainty * severity * spread * repeat
    return Priority(
        key=math.log2(product) + (last_seen - _EPOCH) / HALF_LIFE,
        parts={
            "certainty": round(certainty, 4),
            "severity": round(severity, 4),
            "spread": round(spread, 4),
            "repeat": round(repeat, 4),
            "last_seen": last_seen.astimezone(UTC).isoformat(timespec="seconds"),
        },
    )


def score_at(key: float, now: datetime) -> float:
    """Return the score (0 to 100) that a sort key means at a moment."""
    return min(100.0, 100.0 * math.exp2(key - (now - _EPOCH) / HALF_LIFE))


def recency_at(last_seen: datetime, now: datetime) -> float:
    """Return the recency part at a moment."""
    return min(1.0, math.exp2(-((now - last_seen) / HALF_LIFE)))
