"""Both engines give the same answers: hits, totals, facets, order, and nearly the same ranking."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from audit.analysis import BLANK
from audit.index.base import Clause, Engine, SearchRequest
from audit.index.embedded import EmbeddedEngine
from audit.index.mapping import load_mapping
from tests.contract.conftest import elastic_engine
from tests.contract.corpus import Text, clause, make_corpus, make_texts
from tests.contract.elasticsearch_server import LEAST_JAVA, Server

TEXTS = 600
QUERIES = 150
LEAST_OVERLAP = 0.9

pytestmark = pytest.mark.elasticsearch


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return make_texts(TEXTS, seed=23)


@pytest.fixture(scope="module", params=list(LEAST_JAVA))
def pair(
    request: pytest.FixtureRequest,
    texts: Sequence[Text],
    shared_server: Callable[[str], Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Engine, Engine]:
    mapping = load_mapping("ads")
    folder: Path = tmp_path_factory.mktemp("agreement")
    prefix = f"agreement-{folder.name}-"
    engines = (
        EmbeddedEngine(folder, mapping, prefix=prefix),
        elastic_engine(shared_server(request.param).url, mapping, prefix),
    )
    corpus = make_corpus(texts)
    for engine in engines:
        engine.create()
        for start in range(0, TEXTS, 90):
            assert engine.upsert(corpus[start : start + 90]) == []
        engine.refresh()
    return engines


def some_clauses(texts: Sequence[Text], rng: random.Random) -> tuple[Clause, ...]:
    clauses = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        stretch = rng.choice(rng.choice(texts).searchable)
        start = rng.randrange(max(1, len(stretch)))
        query = stretch[start : start + rng.randint(1, 4)].replace(BLANK, " ").strip() or "数学"
        clauses.append(clause(query, excluded=rng.random() < 0.1))
    return tuple(clauses)


def some_filters(rng: random.Random) -> dict[str, tuple[str, ...]]:
    choices: list[dict[str, tuple[str, ...]]] = [
        {},
        {"ad.site_id": ("site-a", "site-c")},
        {"assessment.disguises": ("coded_wording",)},
        {"ad.region_path": ("15",), "case.status": ("open",)},
    ]
    return rng.choice(choices)


def test_hits_totals_facets_and_key_order_are_the_same(
    pair: tuple[Engine, Engine], texts: Sequence[Text]
) -> None:
    rng = random.Random(5)
    for number in range(QUERIES):
        request = SearchRequest(
            clauses=some_clauses(texts, rng),
            filters=some_filters(rng),
            sort=("time", "risk")[number % 2],  # type: ignore[arg-type]
            limit=rng.choice((5, 20, TEXTS)),
        )
        embedded, elastic = (engine.search(request) for engine in pair)
        assert embedded.total == elastic.total, request
        assert embedded.sequences == elastic.sequences, request
        assert embedded.sort_values == elastic.sort_values, request
        assert embedded.facets == elastic.facets, request
        assert [list(counts) for counts in embedded.facets.values()] == [
            list(counts) for counts in elastic.facets.values()
        ]


def test_ranking_agrees_in_the_first_twenty(
    pair: tuple[Engine, Engine], texts: Sequence[Text]
) -> None:
    rng = random.Random(9)
    overlaps = []
    for _ in range(QUERIES):
        request = SearchRequest(
            clauses=some_clauses(texts, rng), filters=some_filters(rng), limit=20, facets=()
        )
        embedded, elastic = (set(engine.search(request).sequences) for engine in pair)
        if embedded or elastic:
            overlaps.append(len(embedded & elastic) / max(len(embedded), len(elastic)))
    assert len(overlaps) > QUERIES / 2
    assert min(overlaps) >= LEAST_OVERLAP
