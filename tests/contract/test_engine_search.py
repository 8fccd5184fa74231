"""What both engines find, count and order, against looking through every text."""

import random
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from audit.analysis import BLANK
from audit.errors import QueryError
from audit.index.base import FACETS, Clause, Engine, SearchRequest, Versioned
from audit.regions import prefix
from audit.sort_keys import time_key
from tests.contract.corpus import NOW, Text, clause, make_corpus, make_document, make_texts, matches

TEXTS = 320


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return make_texts(TEXTS)


@pytest.fixture(scope="module")
def corpus(texts: list[Text]) -> list[Versioned]:
    return make_corpus(texts)


@pytest.fixture
def filled(engine: Engine, corpus: Sequence[Versioned]) -> Engine:
    assert engine.upsert(corpus) == []
    engine.refresh()
    return engine


def all_of(engine: Engine, **values: object) -> list[int]:
    request = SearchRequest(limit=1000, facets=(), **values)  # type: ignore[arg-type]
    result = engine.search(request)
    assert result.total == len(result.sequences) == len(set(result.sequences))
    return list(result.sequences)


def test_substring_of_any_text_is_found_wherever_it_stands(
    filled: Engine, texts: Sequence[Text]
) -> None:
    rng = random.Random(3)
    queries = ["不在其中", "学z数", "😀😀😀😀"]
    for length in range(1, 7):
        for _ in range(40):
            stretch = rng.choice(rng.choice(texts).searchable)
            start = rng.randrange(max(1, len(stretch)))
            query = stretch[start : start + length].replace(BLANK, " ").strip()
            if query:
                queries.append(query)
    for query in queries:
        expected = {text.sequence for text in texts if matches(text, query)}
        assert set(all_of(filled, clauses=(clause(query),))) == expected, query
    assert len(queries) > 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("数学", [1, 2, 3], id="plain word finds traditional and disguised"),
        pytest.param("數學", [1, 2, 3], id="traditional query"),
        pytest.param("竖学", [3], id="a disguise finds that wording only"),
        pytest.param("ＳＡＴ", [5], id="width and case"),
        pytest.param("数", [1, 2, 3], id="one character"),
        pytest.param("班", [1], id="last character of a text"),
        pytest.param("👧🏻", [4], id="emoji of several code points"),
        pytest.param("𠮷", [4], id="rare character beyond the basic plane"),
        pytest.param("学家", [], id="nothing across a line end"),
        pytest.param("abc def", [5], id="blank inside a phrase"),
        pytest.param("abc  def", [5], id="blanks are one"),
    ],
)
def test_wording_is_found(engine: Engine, query: str, found: list[int]) -> None:
    engine.upsert(
        [
            make_document(1, "初三数学小班"),
            make_document(2, "初三數學"),
            make_document(3, "竖学提分，一对一辅导初三学生"),
            make_document(4, "𠮷野👧🏻来"),
            make_document(5, "sat abc def"),
            make_document(6, "文学\n家长"),
        ]
    )
    engine.refresh()
    assert sorted(all_of(engine, clauses=(clause(query),))) == found


def test_every_ascii_character_is_searched_literally(engine: Engine) -> None:
    marks = string.punctuation + string.digits + string.ascii_lowercase
    engine.upsert(make_document(number, f"课{mark}") for number, mark in enumerate(marks, start=1))
    engine.refresh()
    for mark in marks:
        in_text = all_of(engine, clauses=(clause(mark),))
        after_text = all_of(engine, clauses=(clause(f"课{mark}"),))
        assert in_text == after_text == [marks.index(mark) + 1], mark


def test_all_words_must_hold_and_excluded_ones_must_not(
    filled: Engine, texts: Sequence[Text]
) -> None:
    for wanted, unwanted in (
        (["学", "班"], []),
        (["数学"], ["一"]),
        ([], ["学"]),
        ([], ["a", "数"]),
    ):
        clauses = (
            *(clause(word) for word in wanted),
            *(clause(word, excluded=True) for word in unwanted),
        )
        expected = {
            text.sequence
            for text in texts
            if all(matches(text, word) for word in wanted)
            and not any(matches(text, word) for word in unwanted)
        }
        assert set(all_of(filled, clauses=clauses)) == expected
        assert expected


def test_hash_of_a_contact_is_found_whole(engine: Engine) -> None:
    engine.upsert([make_document(1, contacts=["a1b2"]), make_document(2, contacts=["c3d4"])])
    engine.refresh()
    asked = Clause(term=clause("13800000000").term, exact={"ad.contacts": ("a1b2", "ffff")})
    assert all_of(engine, clauses=(asked,)) == [1]
    assert all_of(engine, clauses=(replace(asked, term=None, excluded=True),)) == [2]


def test_clause_of_a_field_narrows_beside_a_filter_of_the_same_field(engine: Engine) -> None:
    regions = ("150100", "150102", "150200", "110108", "")
    engine.upsert(make_document(n, region=region) for n, region in enumerate(regions, start=1))
    engine.refresh()
    scope = Clause(exact={"ad.region_path": ("1501", "11")})
    assert sorted(all_of(engine, clauses=(scope,))) == [1, 2, 4]
    assert sorted(all_of(engine, clauses=(scope,), filters={"ad.region_path": ("15",)})) == [1, 2]
    facets = engine.search(SearchRequest(clauses=(scope, clause("数学")))).facets
    assert facets["region"] == {"110108": 1, "150100": 1, "150102": 1}


def test_host_is_found_with_what_is_below_it(engine: Engine) -> None:
    engine.upsert(make_document(n, site_id=name) for n, name in enumerate(("a", "m.a", "b"), 1))
    engine.refresh()
    below = Clause(exact={"ad.host_path": ("a.example",)})
    assert sorted(all_of(engine, clauses=(below,))) == [1, 2]


def test_flag_filters(engine: Engine) -> None:
    engine.upsert(make_document(n, risk=risk) for n, risk in enumerate((0.2, 0.9, 0.5), start=1))
    engine.refresh()
    filters: dict[str, tuple[str | bool, ...]] = {"assessment.needs_review": (True,)}
    assert all_of(engine, filters=filters) == [2, 3]


Matcher = Callable[[dict[str, dict[str, object]]], bool]


@pytest.mark.parametrize(
    ("filters", "matcher"),
    [
        pytest.param(
            {"assessment.offerings": ("subject_tutoring",)},
            lambda d: "subject_tutoring" in d["assessment"]["offerings"],
            id="one label",
        ),
        pytest.param(
            {
                "assessment.offerings": ("subject_tutoring", "non_subject"),
                "assessment.subjects": ("math",),
            },
            lambda d: (
                bool({"subject_tutoring", "non_subject"} & set(d["assessment"]["offerings"]))
                and "math" in d["assessment"]["subjects"]
            ),
            id="labels of two axes",
        ),
        pytest.param(
            {"ad.region_path": (prefix("150000"),)},
            lambda d: d["ad"]["region"].startswith("15"),
            id="region",
        ),
        pytest.param(
            {"ad.site_id": ("site-b",), "case.status": ("open",)},
            lambda d: d["ad"]["site_id"] == "site-b" and d["case"]["status"] == "open",
            id="site and status",
        ),
        pytest.param({"ad.site_id": ("no such",)}, lambda d: False, id="nothing"),
    ],
)
def test_filters_keep_what_they_name(
    filled: Engine,
    corpus: Sequence[Versioned],
    filters: dict[str, tuple[str, ...]],
    matcher: Matcher,
) -> None:
    expected = {doc["ad"]["sequence"] for _, _, doc in corpus if matcher(doc)}  # type: ignore[arg-type]
    assert set(all_of(filled, filters=filters)) == expected


def test_dates_include_the_first_moment_and_exclude_the_last(engine: Engine) -> None:
    moments = [NOW + timedelta(seconds=second) for second in range(5)]
    engine.upsert(make_document(n, last_seen=moment) for n, moment in enumerate(moments, start=1))
    engine.refresh()
    assert all_of(
        engine, since_key=time_key(moments[1]), until_key=time_key(moments[3]), sort="time"
    ) == [3, 2]


def test_facets_count_every_hit(filled: Engine, corpus: Sequence[Versioned]) -> None:
    result = filled.search(SearchRequest(clauses=(clause("学"),), limit=5))
    hits = set(all_of(filled, clauses=(clause("学"),)))
    assert set(result.facets) == set(FACETS)
    for name, path in FACETS.items():
        room, field = path.split(".")
        expected: Counter[str] = Counter()
        for _, _, doc in corpus:
            if doc["ad"]["sequence"] in hits:
                value = doc[room][field]
                expected.update([value] if isinstance(value, str) else value)
        del expected[""]
        assert dict(result.facets[name]) == dict(expected), name
        counts = list(result.facets[name].values())
        assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(("sort", "field"), [("time", "time_key"), ("risk", "risk_key")])
def test_order_is_by_key_and_pages_add_up(
    filled: Engine, corpus: Sequence[Versioned], sort: str, field: str
) -> None:
    ordered = sorted(corpus, key=lambda one: -one[2]["ad"][field])
    expected = [doc["ad"]["sequence"] for _, _, doc in ordered]
    assert all_of(filled, sort=sort) == expected
    found: list[int] = []
    cursor = None
    while True:
        result = filled.search(
            SearchRequest(sort=sort, limit=37, cursor=cursor, facets=("site",))  # type: ignore[arg-type]
        )
        assert result.total == len(corpus) == sum(result.facets["site"].values())
        found += result.sequences
        cursor = result.cursor
        if cursor is None:
            break
    assert found == expected


def test_paging_does_not_drift_while_ads_come_in(engine: Engine) -> None:
    engine.upsert(make_document(n, last_seen=NOW - timedelta(minutes=n)) for n in range(1, 31))
    engine.refresh()
    found: list[int] = []
    cursor = None
    for page in range(3):
        result = engine.search(SearchRequest(sort="time", limit=10, cursor=cursor))
        found += result.sequences
        cursor = result.cursor
        engine.upsert([make_document(100 + page, last_seen=NOW + timedelta(minutes=page))])
        engine.refresh()
    assert found == list(range(1, 31))


def test_relevance_pages_add_up_and_equal_scores_follow_risk(filled: Engine) -> None:
    asked = (clause("数学"), clause("学"))
    whole = all_of(filled, clauses=asked, sort="relevance")
    paged: list[int] = []
    cursor = None
    while True:
        result = filled.search(SearchRequest(clauses=asked, limit=7, cursor=cursor, facets=()))
        paged += result.sequences
        cursor = result.cursor
        if cursor is None or not result.sequences:
            break
    assert paged == whole
    assert len(whole) > 30


def test_equal_texts_are_ordered_by_risk(engine: Engine) -> None:
    risks = [0.1, 0.9, 0.5, 0.7, 0.3] * 12
    engine.upsert(
        make_document(n, "初三数学一对一", risk=risk) for n, risk in enumerate(risks, start=1)
    )
    engine.refresh()
    result = engine.search(SearchRequest(clauses=(clause("数学"),), limit=20, facets=()))
    expected = sorted(range(1, 61), key=lambda n: (-risks[n - 1], -n))[:20]
    assert list(result.sequences) == expected


def test_title_counts_more_than_text(engine: Engine) -> None:
    engine.upsert([make_document(1, "钢琴与数学", "钢琴"), make_document(2, "钢琴与数学", "数学")])
    engine.refresh()
    result = engine.search(SearchRequest(clauses=(clause("数学"),), limit=2))
    assert result.sequences == (2, 1)


def test_longer_answers_than_a_page_are_whole(engine: Engine) -> None:
    engine.upsert(make_document(n, "课", risk=(n % 7) / 7) for n in range(1, 2301))
    engine.refresh()
    result = engine.search(SearchRequest(sort="risk", limit=2200, facets=("site",)))
    assert result.total == 2300
    assert len(set(result.sequences)) == 2200
    assert list(result.sort_values) == sorted(result.sort_values, reverse=True)
    assert result.facets == {"site": {"site-a": 2300}}


def test_no_hit_has_empty_facets(engine: Engine) -> None:
    result = engine.search(SearchRequest(clauses=(clause("无"),)))
    assert (result.total, result.sequences, result.cursor) == (0, (), None)
    assert set(result.facets) == set(FACETS)
    assert not any(result.facets.values())


@pytest.mark.parametrize(
    "cursor", ["", "key:x", f"key:{9**30}", "[1, 2, 3]", "{}", "after:-1:2", "after:1", '["a"]']
)
@pytest.mark.parametrize("sort", ["time", "relevance"])
def test_foreign_cursor_is_refused(engine: Engine, cursor: str, sort: str) -> None:
    request = SearchRequest(clauses=(clause("数学"),), sort=sort, cursor=cursor)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="cursor"):
        engine.search(request)
