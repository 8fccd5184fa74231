"""A search on Elasticsearch: the request as a query body, the answer in our order."""

import json
from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch

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

# The server refuses pages beyond 10,000; a longer answer is read in pages at one point in time.
PAGE = 1_000
KEEP_ALIVE = "1m"


def search(client: Elasticsearch, index: str, request: SearchRequest) -> SearchResult:
    """Find documents.

    Raises:
        QueryError: the cursor is not one of this engine's.
    """
    body = _body(request)
    first = {**body, "size": min(request.limit, PAGE), "track_total_hits": True}
    if request.facets:
        first["aggs"] = _aggregations(request)
    if request.limit <= PAGE:
        answer = client.search(index=index, allow_partial_search_results=False, **first)
        hits = answer["hits"]["hits"]
    else:
        answer, hits = _read_pages(client, index, first, request.limit)
    by_relevance = _is_by_relevance(request)
    keys = [int(hit["sort"][1 if by_relevance else 0]) for hit in hits]
    is_full = len(hits) == request.limit and hits
    cursor = json.dumps(hits[-1]["sort"][: 2 if by_relevance else 1]) if is_full else None
    return SearchResult(
        total=int(answer["hits"]["total"]["value"]),
        sequences=tuple(sequence_of(key) for key in keys),
        sort_values=tuple(hit["sort"][0] for hit in hits),
        facets=_facets(answer, request),
        cursor=cursor,
    )


def _read_pages(
    client: Elasticsearch, index: str, first: Mapping[str, Any], limit: int
) -> tuple[Any, list[Any]]:
    opened = client.open_point_in_time(index=index, keep_alive=KEEP_ALIVE)
    point = {"id": opened["id"], "keep_alive": KEEP_ALIVE}
    try:
        answer = client.search(pit=point, allow_partial_search_results=False, **first)
        hits = list(answer["hits"]["hits"])
        page = hits
        following = {key: value for key, value in first.items() if key != "aggs"}
        while page and len(hits) < limit:
            following |= {
                "size": min(PAGE, limit - len(hits)),
                "search_after": page[-1]["sort"],
                "track_total_hits": False,
            }
            page = client.search(pit=point, allow_partial_search_results=False, **following)[
                "hits"
            ]["hits"]
            hits += page
    finally:
        client.close_point_in_time(id=point["id"])
    return answer, hits


def _is_by_relevance(request: SearchRequest) -> bool:
    return request.sort == "relevance" and bool(request.ranking_words())


def _body(request: SearchRequest) -> dict[str, Any]:
    boolean: dict[str, Any] = {
        "filter": [_clause(clause) for clause in request.clauses if not clause.excluded],
        "must_not": [_clause(clause) for clause in request.clauses if clause.excluded],
    }
    boolean["filter"] += [
        {"terms": {path: list(values)}} for path, values in request.filters.items()
    ]
    bounds = {"gte": request.since_key, "lt": request.until_key}
    bounds = {name: key for name, key in bounds.items() if key is not None}
    if bounds:
        boolean["filter"].append({"range": {SORT_FIELDS["time"]: bounds}})
    body: dict[str, Any] = {"query": {"bool": boolean}, "source": False}
    if _is_by_relevance(request):
        boolean["filter"] = boolean["filter"] or [{"match_all": {}}]
        boolean["should"] = _ranking(request)
        body["sort"] = [{"_score": "desc"}, {SORT_FIELDS["risk"]: "desc"}]
    else:
        body["sort"] = [{SORT_FIELDS.get(request.sort, SORT_FIELDS["risk"]): "desc"}]
    if request.cursor is not None:
        body["search_after"] = _after(request.cursor, len(body["sort"]))
    return body


def _clause(clause: Clause) -> dict[str, Any]:
    ways = [{"terms": {path: list(values)}} for path, values in clause.exact.items()]
    if clause.term is not None:
        ways += _in_text(clause.term.text)
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def _in_text(text: str) -> list[dict[str, Any]]:
    pairs = term_grams(text)
    ways: list[dict[str, Any]] = []
    for path in ("ad.grams", "ad.grams_decoded"):
        if len(pairs) > 1:
            ways.append({"match_phrase": {path: " ".join(pairs)}})
        elif pairs:
            ways.append({"term": {path: pairs[0]}})
        else:
            ways.append({"prefix": {path: text}})
    return ways


def _ranking(request: SearchRequest) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for word in request.ranking_words():
        parts.append({"term": {"ad.title_words": {"value": word, "boost": TITLE_BOOST}}})
        parts.append({"term": {"ad.words": word}})
    return parts


def _aggregations(request: SearchRequest) -> dict[str, Any]:
    return {
        name: {"terms": {"field": FACETS[name], "size": FACET_BUCKETS}} for name in request.facets
    }


def _facets(answer: Any, request: SearchRequest) -> Mapping[str, Mapping[str, int]]:
    return {
        name: cut_facet(
            {row["key"]: row["doc_count"] for row in answer["aggregations"][name]["buckets"]}
        )
        for name in request.facets
    }


def _after(cursor: str, length: int) -> list[float]:
    try:
        values = json.loads(cursor)
    except ValueError:
        values = None
    is_ours = isinstance(values, list) and len(values) == length
    if not is_ours or not all(isinstance(value, int | float) for value in values):
        raise QueryError(
            f"cursor {cursor!r}: expected one that the same search returned. Start again without.",
            zh="这个翻页位置已失效，请回到第一页。",
        )
    return list(values)
