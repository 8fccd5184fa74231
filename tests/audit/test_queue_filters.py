"""Filters of the queue: the same in an address and back."""

import pytest

from audit.errors import QueryError
from audit.queue_filters import QueueFilters, Tab


def test_query_gives_the_same_filters_again() -> None:
    filters = QueueFilters(
        tabs=("due",),
        state="claimed",
        region="150100",
        label="math",
        disguise="covert_venue",
        host="edu.example.cn",
        institution="启明 & 同心",
        min_age_days=3,
        title="100%",
    )

    assert QueueFilters.from_query(filters.to_query()) == filters
    assert filters.on(Tab.MINE).to_query() == {**filters.to_query(), "tab": "mine"}


def test_no_filters_leave_the_address_bare() -> None:
    assert QueueFilters().query == ""
    assert QueueFilters.from_query({"after": "1_2", "did": "none"}) == QueueFilters()


@pytest.mark.parametrize(
    "values",
    [
        {"tabs": ("all", "lost")},
        {"state": "lost"},
        {"region": "1501"},
        {"label": "maths"},
        {"disguise": "math"},
    ],
)
def test_unknown_values_are_refused_in_both_languages(values: dict[str, object]) -> None:
    with pytest.raises(QueryError) as refused:
        QueueFilters(**values)  # type: ignore[arg-type]

    assert refused.value.zh
