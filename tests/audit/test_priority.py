"""The priority formula: each part moves a case as documented, and order never goes stale."""

from datetime import timedelta
from typing import Any

import pytest

from audit.priority import Priority, priority, recency_at, score_at
from tests.audit.builders import NOW

PLAIN: dict[str, Any] = {
    "risk": 1.0,
    "violations": 0,
    "disguises": 0,
    "placements": 1,
    "sites": 1,
    "repeats": 0,
    "last_seen": NOW,
}


def _priority(**values: Any) -> Priority:
    return priority(**{**PLAIN, **values})


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [
        ({"risk": 0.0}, "certainty", 0.01),
        ({"risk": 0.7}, "certainty", 0.7),
        ({}, "severity", 0.4),
        ({"violations": 1}, "severity", 0.6),
        ({"violations": 5, "disguises": 3}, "severity", 1.0),
        ({}, "spread", 0.5),
        ({"placements": 4, "sites": 4}, "spread", 1.0),
        ({"placements": 4000, "sites": 90}, "spread", 1.0),
        ({"repeats": 1}, "repeat", 0.75),
        ({"repeats": 9}, "repeat", 1.0),
    ],
)
def test_part_is_as_documented(values: dict[str, Any], part: str, expected: float) -> None:
    assert _priority(**values).parts[part] == pytest.approx(expected)


def test_score_is_a_hundred_times_the_product() -> None:
    result = _priority(risk=0.9, violations=1, placements=2, sites=2, repeats=1)

    assert score_at(result.key, NOW) == pytest.approx(100 * 0.9 * 0.6 * 0.75 * 0.75)


def test_score_halves_every_thirty_days() -> None:
    key = _priority().key

    assert score_at(key, NOW + timedelta(days=30)) == pytest.approx(score_at(key, NOW) / 2)
    assert recency_at(NOW, NOW + timedelta(days=30)) == pytest.approx(0.5)
    assert recency_at(NOW + timedelta(days=1), NOW) == 1.0


@pytest.mark.parametrize("days", [0, 10, 400])
def test_stored_keys_order_cases_as_their_scores_do(days: int) -> None:
    keys = [
        _priority(risk=risk, violations=violations, last_seen=NOW - timedelta(days=age)).key
        for risk in (0.1, 0.5, 1.0)
        for violations in (0, 2)
        for age in (0, 45, 90)
    ]
    at = NOW + timedelta(days=days)

    assert sorted(keys) == sorted(keys, key=lambda key: score_at(key, at))
