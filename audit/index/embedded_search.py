"""A search on the embedded engine: the request as a tantivy query, its hits in our order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tantivy import FieldType, Occur, Query

from audit.analysis import term_grams
from audit.errors import QueryError
from audit.index.base import (
    FACET_BUCKETS,
    FACETS,
    SORT_FIELDS,
    TITLE_BOOST,
    Clause,
    SearchRequest,
    SearchResult,
    cut_facet,
)
from audit.sort_keys import sequence_of

# Of so many ads that came in above the last hit shown, the next page by relevance takes no notice.
NEW_ABOVE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Hits in order: what they are ordered by, and the unique keys that end with the sequence."""

    total: int
    values: Sequence[float]
    keys: Sequence[int]
    cursor: str | None


def search(searcher: Any, schema: Any, request: SearchRequest) -> SearchResult:
    """Find documents.

    Raises:
        QueryError: the cursor is not one of this engine's.
    """
    found = _matching(schema, request)
    words = request.ranking_words()
    if request.sort == "relevance" and words:
        page = _by_relevance(searcher, schema, found, request)
    else:
        page = _by_key(searcher, schema, found, request)
    return SearchResult(
        total=page.total,
        sequences=tuple(sequence_of(key) for key in page.keys),
        sort_values=tuple(page.values),
        facets=_facets(searcher, found, request),
        cursor=page.cursor,
    )


def _matching(schema: Any, request: SearchRequest) -> Any:
    parts: list[tuple[Any, Any]] = [
        (Occur.MustNot if clause.excluded else Occur.Must, _clause(schema, clause))
        for clause in request.clauses
    ]
    for path, values in request.filters.items():
        parts.append((Occur.Must, _any_of(schema, path, values)))
    if request.since_key is not None or request.until_key is not None:
        parts.append(
            (
                Occur.Must,
                _key_range(schema, SORT_FIELDS["time"], request.since_key, request.until_key),
            )
        )
    if all(occur == Occur.MustNot for occur, _ in parts):
        parts.append((Occur.Must, Query.all_query()))
    return Query.const_score_query(Query.boolean_query(parts), 0.0)


def _key_range(schema: Any, path: str, least: int | None, below: int | None) -> Any:
    most = None if below is None else below - 1
    return Query.range_query(schema, path, FieldType.Integer, least, most)


def _clause(schema: Any, clause: Clause) -> Any:
    ways = [_any_of(schema, path, values) for path, values in clause.exact.items()]
    if clause.term is not None:
        ways += _in_text(schema, clause.term.text)
    return Query.boolean_query([(Occur.Should, way) for way in ways])


def _in_text(schema: Any, text: str) -> list[Any]:
    pairs = term_grams(text)
    ways = []
    for path in ("ad.grams", "ad.grams_decoded"):
        if len(pairs) > 1:
            ways.append(Query.phrase_query(schema, path, list[str | tuple[int, str]](pairs)))
        elif pairs:
            ways.append(Query.term_query(schema, path, pairs[0]))
        else:
            # Four times faster than listing the pairs and asking for each (measured on 5,000 ads).
            ways.append(Query.regex_query(schema, path, f"{re.escape(text)}."))
    return ways


def _any_of(schema: Any, path: str, values: Sequence[str | bool]) -> Any:
    """Ask for one of the values. A term set would collect all their ads before the rest is read."""
    terms = [Query.term_query(schema, path, value, "basic") for value in values]
    return Query.boolean_query([(Occur.Should, term) for term in terms])


def _by_key(searcher: Any, schema: Any, found: Any, request: SearchRequest) -> _Page:
    path = SORT_FIELDS.get(request.sort, SORT_FIELDS["risk"])
    wanted = found
    if request.cursor is not None:
        (below,) = _numbers(request.cursor, "key", 1)
        wanted = found.and_must_match(_key_range(schema, path, None, below))
    answer = searcher.search(wanted, limit=max(1, request.limit), count=True, order_by_field=path)
    keys = [int(key) for key, _ in answer.hits[: request.limit]]
    return _Page(
        total=answer.count if wanted is found else _count(searcher, found),
        values=keys,
        keys=keys,
        cursor=f"key:{keys[-1]}" if keys and len(keys) == request.limit else None,
    )


def _by_relevance(searcher: Any, schema: Any, found: Any, request: SearchRequest) -> _Page:
    """Order by score, then by risk key.

    tantivy orders equal scores by where they lie, so the page is taken from a list that ends
    with a whole group of equal scores.
    """
    scored = Query.boolean_query([(Occur.Must, found), *_ranking(schema, request)])
    start, last = _place(request.cursor)
    wanted = start + max(1, request.limit) + (NEW_ABOVE if start else 0)
    most = max(1, searcher.num_docs)
    limit = min(wanted + 1, most)
    while True:
        answer = searcher.search(scored, limit=limit, count=True)
        hits = answer.hits
        if limit == most or len(hits) < limit or hits[wanted - 1][0] > hits[-1][0]:
            break
        limit = min(limit * 4, most)
    keys = searcher.fast_field_values(SORT_FIELDS["risk"], [address for _, address in hits])
    ordered = sorted(
        ((float(score), int(key)) for (score, _), key in zip(hits, keys, strict=True)), reverse=True
    )
    shown = (at for at, (_, key) in enumerate(ordered, start=1) if sequence_of(key) == last)
    start = next(shown, start)
    page = ordered[start : start + request.limit]
    end = start + len(page)
    return _Page(
        total=answer.count,
        values=[score for score, _ in page],
        keys=[key for _, key in page],
        cursor=f"after:{end}:{sequence_of(page[-1][1])}" if page and answer.count > end else None,
    )


def _place(cursor: str | None) -> tuple[int, int]:
    """Return how many hits were shown, and the last one's sequence: ads that came in since move it.

    Scores change with every ad, so they say no place.
    """
    if cursor is None:
        return 0, 0
    start, last = _numbers(cursor, "after", 2)
    return start, last


def _count(searcher: Any, found: Any) -> int:
    return int(searcher.search(found, limit=1, count=True).count)


def _ranking(schema: Any, request: SearchRequest) -> list[tuple[Any, Any]]:
    parts = []
    for word in request.ranking_words():
        title = Query.term_query(schema, "ad.title_words", word, "freq")
        parts.append((Occur.Should, Query.boost_query(title, TITLE_BOOST)))
        parts.append((Occur.Should, Query.term_query(schema, "ad.words", word, "freq")))
    return parts


def _facets(searcher: Any, found: Any, request: SearchRequest) -> Mapping[str, Mapping[str, int]]:
    if not request.facets:
        return {}
    asked = {
        name: {"terms": {"field": FACETS[name], "size": FACET_BUCKETS}} for name in request.facets
    }
    answer = searcher.aggregate(found, asked)
    return {
        name: cut_facet({row["key"]: row["doc_count"] for row in answer[name]["buckets"]})
        for name in request.facets
    }


def _numbers(cursor: str, kind: str, count: int) -> list[int]:
    """Return the numbers of a cursor such as `after:20:317`."""
    name, *numbers = cursor.split(":")
    are_ours = all(re.fullmatch("[0-9]{1,19}", one) and int(one) < 2**63 for one in numbers)
    if name != kind or len(numbers) != count or not are_ours:
        raise QueryError(
            f"cursor {cursor!r}: expected one that the same search returned. Start again without.",
            zh="这个翻页位置已失效，请回到第一页。",
        )
    return [int(number) for number in numbers]
