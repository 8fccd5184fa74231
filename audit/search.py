"""Search the ads: the question checked, the engine asked, the answer told from the rows.

Engines return which ads, in which order. `audit.search_hits` tells them from the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, get_args

from audit.documents import BEIJING, NO_CASE
from audit.errors import QueryError
from audit.index.base import FACETS, Clause, Engine, SearchRequest, Sort
from audit.index.select import opened_engine
from audit.models import State
from audit.query import clauses
from audit.regions import prefix
from audit.search_hits import SearchHit, hits
from audit.sort_keys import time_key
from classifier.labels import load_labels
from classifier.strict_yaml import nearest

STATUSES = (*State.values, NO_CASE)
MAX_LIMIT = 10_000
_LABEL_FIELDS = {
    "offering": "assessment.offerings",
    "subject": "assessment.subjects",
    "disguise": "assessment.disguises",
    "violation": "assessment.violations",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of an answer; `cursor` asks for the next one, None when this is the last."""

    total: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, Mapping[str, int]]
    cursor: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "hits": [hit.to_dict() for hit in self.hits],
            "facets": {name: dict(counts) for name, counts in self.facets.items()},
            "cursor": self.cursor,
        }


def search(
    query: str,
    *,
    labels: Sequence[str] = (),
    all_labels: Sequence[str] = (),
    site: str | None = None,
    region: str | None = None,
    since: date | None = None,
    until: date | None = None,
    status: str | None = None,
    needs_review: bool = False,
    scope: Sequence[str] = ("",),
    sort: str = "relevance",
    limit: int = 20,
    cursor: str | None = None,
    with_facets: bool = True,
    using: Engine | None = None,
) -> SearchPage:
    """Find ads. An empty query means all; dates are days in Beijing on which the ad was last seen.

    Args:
        labels: of one axis they widen each other, of different axes they narrow.
        all_labels: labels each of which must be there.
        needs_review: only ads that the machine flags.
        scope: region codes (`policy.scope`) that the person may see; "" is everywhere, and only
            there are ads without a region.

    Raises:
        QueryError: the query or a filter cannot be understood.
        IndexEngineError: the engine does not answer, or its index is missing or old.
    """
    if since is not None and until is not None and since > until:
        raise QueryError(
            f"dates: expected since ≤ until, got {since} and {until}.",
            zh="起始日期晚于截止日期，请检查。",
        )
    asked = clauses(query)
    every = tuple(Clause(exact=_label_filter(label)) for label in all_labels)
    request = SearchRequest(
        clauses=(*asked, *every, *_within(scope)),
        filters={
            **_labels_filter(labels),
            **_filters(site=site, region=region, status=status, needs_review=needs_review),
        },
        since_key=None if since is None else time_key(_midnight(since)),
        until_key=None if until is None else time_key(_midnight(until + timedelta(days=1))),
        sort=_sort(sort),
        limit=_limit(limit),
        cursor=cursor,
        facets=tuple(FACETS) if with_facets else (),
    )
    with opened_engine(using) as opened:
        result = opened.search(request)
    return SearchPage(
        total=result.total,
        hits=tuple(hits(result.sequences, asked)),
        facets=result.facets,
        cursor=result.cursor,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BEIJING)


def _sort(sort: str) -> Sort:
    for known in get_args(Sort):
        if sort == known:
            return known  # type: ignore[no-any-return]
    raise QueryError(f"sort: expected one of {', '.join(get_args(Sort))}, got '{sort}'.")


def _limit(limit: int) -> int:
    if not 0 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit: expected 0 to {MAX_LIMIT}, got {limit}.")
    return limit


def _within(scope: Sequence[str]) -> tuple[Clause, ...]:
    """Ask for ads whose region, or whose zone's region, one of the codes covers."""
    if "" in scope:
        return ()
    return (Clause(exact={"ad.region_path": tuple(prefix(code) for code in scope)}),)


def _label_filter(label: str) -> dict[str, tuple[str, ...]]:
    known = load_labels()
    if label not in known:
        raise QueryError(
            f"label '{label}' is unknown.{nearest(label, known.ids)}",
            zh="没有这个标签，请从列表中选择。",
        )
    return {_LABEL_FIELDS[known.axis(label)]: (label,)}


def _labels_filter(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    for label in labels:
        for field, values in _label_filter(label).items():
            filters[field] = (*filters.get(field, ()), *values)
    return filters


def _filters(
    *, site: str | None, region: str | None, status: str | None, needs_review: bool
) -> dict[str, tuple[str | bool, ...]]:
    filters: dict[str, tuple[str | bool, ...]] = {}
    if site is not None:
        filters["ad.site_id"] = (site,)
    if region is not None:
        if not (region.isascii() and region.isdigit() and 2 <= len(region) <= 12):
            raise QueryError(
                f"region: expected a code such as 150100, got '{region}'.",
                zh="地区请用行政区划代码，如 150100。",
            )
        filters["ad.region_path"] = (prefix(region),)
    if status is not None:
        if status not in STATUSES:
            raise QueryError(
                f"status: expected one of {', '.join(STATUSES)}, got '{status}'."
                f"{nearest(status, STATUSES)}",
                zh="没有这个案件状态，请从列表中选择。",
            )
        filters["case.status"] = (status,)
    if needs_review:
        filters["assessment.needs_review"] = (True,)
    return filters
