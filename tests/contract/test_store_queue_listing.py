"""The list of cases: filters, order, states, on each database."""

from typing import Any

import pytest

from audit import queue
from audit.errors import QueryError
from audit.models import Case, User
from audit.queue_filters import QueueFilters
from tests.audit.builders import (
    NOW,
    later,
    make_ad,
    make_assessment,
    make_case,
)
from tests.contract.store import Store


@pytest.fixture
def many(store: Store) -> dict[str, Case]:
    """Cases that differ in what the filters look at."""
    ads = {
        "risky": make_ad("风险高", assessment=make_assessment("风险高", risk=0.99)),
        "flat": make_ad(
            "居民楼里上课",
            assessment=make_assessment("居民楼里上课", risk=0.5, disguises=("covert_venue",)),
        ),
        "preschool": make_ad(
            "幼小衔接",
            url="https://edu.example.cn/1",
            assessment=make_assessment("幼小衔接", risk=0.7, offerings=("preschool_academic",)),
        ),
        "elsewhere": make_ad("外市的", region="150200"),
    }
    return {name: make_case(ad) for name, ad in ads.items()}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["risky", "flat", "preschool"]),
        ({"label": "preschool_academic"}, ["preschool"]),
        ({"disguise": "covert_venue"}, ["flat"]),
        ({"label": "math"}, ["risky", "flat", "preschool"]),
        ({"host": "example.cn"}, ["preschool"]),
        ({"host": "xample.cn"}, []),
        ({"region": "150100"}, ["risky", "flat", "preschool"]),
        ({"region": "150200"}, []),
        ({"min_age_days": 1}, []),
        ({"state": "confirmed"}, []),
        ({"tabs": ("unclaimed",), "label": "covert_venue"}, ["flat"]),
        ({"tabs": ("unclaimed", "due")}, []),
        ({"institution": "Edu.Example"}, ["preschool"]),
        ({"title": "数学"}, ["risky", "flat", "preschool"]),
        ({"title": "物理"}, []),
    ],
)
def test_listing_filters_and_orders_by_priority(
    many: dict[str, Case], wang: User, filters: dict[str, Any], names: list[str]
) -> None:
    found = queue.listing(wang, QueueFilters(**filters), now=NOW)

    of_case = {case.pk: name for name, case in many.items()}
    shown = [of_case[case.pk] for case in found.cases]
    priorities = [case.priority for case in found.cases]
    assert sorted(shown) == sorted(names)
    assert priorities == sorted(priorities, reverse=True)


def test_listing_knows_states_and_placements(many: dict[str, Case], wang: User) -> None:
    queue.claim(wang, many["flat"].pk, now=NOW)

    assert [
        case.pk for case in queue.listing(wang, QueueFilters(tabs=("mine",)), now=NOW).cases
    ] == [many["flat"].pk]
    assert queue.listing(wang, QueueFilters(tabs=("mine",)), now=later(hours=1)).total == 0
    assert queue.listing(wang, QueueFilters(state="claimed"), now=NOW).total == 1
    assert queue.listing(wang, QueueFilters(state="open"), now=later(hours=1)).total == 3
    assert queue.listing(wang, QueueFilters(tabs=("unclaimed",)), now=NOW).total == 2
    assert {case.placement_count for case in queue.listing(wang, now=NOW).cases} == {1}
    with pytest.raises(QueryError, match="State 'lost': expected one of open"):
        queue.listing(wang, QueueFilters(state="lost"), now=NOW)
    with pytest.raises(QueryError, match="Label filter 'maths': no such label.*math"):
        queue.listing(wang, QueueFilters(label="maths"), now=NOW)
