"""The narrow list beside a case."""

from datetime import timedelta
from typing import Any

import pytest

from audit import queue
from audit.models import Case
from audit.queue_excerpt import excerpt
from audit.queue_filters import QueueFilters
from tests.audit.builders import NOW, make_ad, make_assessment, make_case, make_user

pytestmark = pytest.mark.django_db


def _cases(count: int) -> list[Case]:
    texts = [f"第 {number} 期初三数学班" for number in range(count)]
    return [
        make_case(make_ad(text, assessment=make_assessment(text, risk=0.9 - place / 100)))
        for place, text in enumerate(texts)
    ]


def test_excerpt_shows_the_case_in_its_place() -> None:
    cases, wang = _cases(40), make_user("wang")

    found = excerpt(wang, cases[20], QueueFilters(tabs=("all",)), NOW)

    assert [row.case_id for row in found.rows] == [case.pk for case in cases[10:40]]
    assert [row.case_id for row in found.rows if row.is_current] == [cases[20].pk]
    assert (found.place, found.total) == (21, 40)
    assert (found.before, found.behind) == (cases[19].pk, cases[21].pk)
    assert (found.tab_zh, found.query) == ("全部", "?tab=all")


def test_excerpt_keeps_a_case_that_left_the_list() -> None:
    first, case, last = _cases(3)
    wang = make_user("wang")
    queue.claim(wang, case.pk, now=NOW)
    case.refresh_from_db()

    found = excerpt(wang, case, QueueFilters(tabs=("unclaimed",)), NOW)

    assert [row.case_id for row in found.rows] == [first.pk, case.pk, last.pk]
    assert found.rows[1].is_mine
    assert found.rows[1].held_until == NOW + timedelta(minutes=30)


def test_excerpt_of_a_lone_case_has_no_neighbours(django_assert_max_num_queries: Any) -> None:
    (case,) = _cases(1)
    wang = make_user("wang")

    with django_assert_max_num_queries(4):
        found = excerpt(wang, case, QueueFilters(), NOW)

    assert (found.before, found.behind, found.total) == (None, None, 1)
