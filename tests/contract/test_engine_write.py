"""How both engines take documents in: versions, refusals, rebuilds, and what is not theirs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.errors import IndexEngineError
from audit.index.base import Engine, SearchRequest, Versioned
from audit.index.mapping import IndexMapping, load_mapping
from tests.contract.conftest import MakeEngine
from tests.contract.corpus import clause, make_document


def sequences(engine: Engine, query: str = "") -> list[int]:
    engine.refresh()
    clauses = (clause(query),) if query else ()
    return sorted(engine.search(SearchRequest(clauses=clauses, limit=1000)).sequences)


def of_version(version: int) -> IndexMapping:
    """Return our mapping as a later release might have it."""
    mapping = load_mapping("ads")
    body = json.loads(json.dumps(mapping.body))
    body["mappings"]["_meta"]["version"] = version
    return IndexMapping(name=mapping.name, body=body, fields=mapping.fields)


def test_create_twice_changes_nothing(make_engine: MakeEngine) -> None:
    engine = make_engine()
    assert engine.status().current is None
    engine.create()
    first = engine.status()
    engine.upsert([make_document(1)])
    make_engine().create()
    assert engine.status().current == first.current
    assert first.version == load_mapping("ads").version
    assert first.analysis_version == load_mapping("ads").analysis_version
    assert sequences(engine) == [1]


@pytest.mark.parametrize("act", ["search", "upsert", "delete", "refresh"])
def test_missing_index_is_told(make_engine: MakeEngine, act: str) -> None:
    engine = make_engine()
    with pytest.raises(IndexEngineError, match="jianwei index create"):
        {
            "search": lambda: engine.search(SearchRequest()),
            "upsert": lambda: engine.upsert([make_document(1)]),
            "delete": lambda: engine.delete([("ad-1", 1)]),
            "refresh": engine.refresh,
        }[act]()


@pytest.mark.parametrize(
    ("stored", "offered", "kept"),
    [
        pytest.param(3, 2, "旧", id="older is passed over"),
        pytest.param(3, 3, "旧", id="equal is passed over"),
        pytest.param(3, 4, "新", id="newer replaces"),
    ],
)
def test_newest_version_stays(engine: Engine, stored: int, offered: int, kept: str) -> None:
    engine.upsert([make_document(1, "旧文", revision=stored)])
    assert engine.upsert([make_document(1, "新文", revision=offered)]) == []
    assert sequences(engine) == [1]
    assert sequences(engine, kept) == [1]


def test_two_versions_in_one_request_leave_the_newer(engine: Engine) -> None:
    engine.upsert([make_document(1, "新文", revision=2), make_document(1, "旧文", revision=1)])
    assert sequences(engine) == sequences(engine, "新文") == [1]


def test_delete_removes_unless_a_newer_version_is_there(engine: Engine) -> None:
    engine.upsert([make_document(n, revision=5) for n in (1, 2, 3)])
    assert engine.delete([("ad-1", 6), ("ad-2", 5), ("ad-3", 4), ("never there", 1)]) == []
    assert sequences(engine) == [3]
    assert engine.upsert([make_document(1, revision=7)]) == []
    assert sequences(engine) == [1, 3]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("ad.colour", "red", id="unknown field"),
        pytest.param("extra", 1, id="unknown room"),
        pytest.param("ad.sequence", "seven", id="word for a number"),
        pytest.param("ad.sequence", "7", id="number in quotes"),
        pytest.param("ad.last_seen", "yesterday", id="no date"),
        pytest.param("assessment.findings", [{"label": "x", "note": "y"}], id="inside a list"),
        pytest.param("ad.live", "perhaps", id="no truth value"),
    ],
)
def test_refused_document_is_named_and_the_others_go_in(
    engine: Engine, path: str, value: object
) -> None:
    doc_id, version, document = make_document(2)
    changed = json.loads(json.dumps(document))
    *rooms, field = path.split(".")
    place = changed
    for room in rooms:
        place = place[room]
    place[field] = value
    errors = engine.upsert([make_document(1), (doc_id, version, changed), make_document(3)])
    assert [(error.doc_id, error.retry) for error in errors] == [("ad-2", False)]
    assert path.rpartition(".")[2] in errors[0].reason or "note" in errors[0].reason
    assert sequences(engine) == [1, 3]


def test_rebuild_replaces_and_keeps_the_previous_until_dropped(engine: Engine) -> None:
    before = engine.status().current
    engine.upsert([make_document(1), make_document(2)])
    counted: list[int] = []
    assert engine.rebuild([make_document(2), make_document(3)], on_progress=counted.append) == []
    after = engine.status()
    assert sequences(engine) == [2, 3]
    assert counted[-1] == 2
    assert after.current is not None
    assert before is not None
    assert after.current > before
    assert after.previous == (before,)
    assert after.docs == 2
    assert engine.drop_previous() == (before,)
    assert engine.status().previous == ()
    assert sequences(engine) == [2, 3]


def test_searches_and_other_processes_go_on_during_a_rebuild(make_engine: MakeEngine) -> None:
    engine, reader = make_engine(), make_engine()
    engine.create()
    engine.upsert([make_document(1, "旧文")])
    assert sequences(reader) == [1]
    during: list[list[int]] = []

    def documents() -> Iterator[Versioned]:
        for number in range(10, 14):
            during.append(sequences(reader, "旧文"))
            yield make_document(number, "新文")

    engine.rebuild(documents())
    assert during == [[1]] * 4
    assert sequences(reader) == [10, 11, 12, 13]
    assert sequences(reader, "旧文") == []


def test_failed_rebuild_leaves_the_old_index_in_use_and_no_rest(engine: Engine) -> None:
    engine.upsert([make_document(1)])
    before = engine.status().current

    def documents() -> Iterator[Versioned]:
        yield make_document(2)
        raise RuntimeError("rows went away")

    with pytest.raises(RuntimeError, match="rows went away"):
        engine.rebuild(documents())
    assert engine.status().current == before
    assert sequences(engine) == [1]
    engine.rebuild([make_document(3)])
    assert engine.status().previous == (before,)
    assert sequences(engine) == [3]


def test_index_of_another_version_is_refused_and_rebuilt(make_engine: MakeEngine) -> None:
    old = make_engine(of_version(7))
    old.create()
    engine = make_engine()
    assert "jianwei index migrate" in engine.status().problem
    for act in (lambda: engine.search(SearchRequest()), lambda: engine.upsert([make_document(1)])):
        with pytest.raises(IndexEngineError, match=r"expected mapping \d .* got 7"):
            act()
    engine.rebuild([make_document(1)])
    assert engine.status().problem == ""
    assert sequences(engine) == [1]


def test_very_long_text_without_a_blank_is_indexed(engine: Engine) -> None:
    assert engine.upsert([make_document(1, f"{'长' * 400_000}终点{'x' * 600_000}")]) == []
    assert sequences(engine, "长终点x") == [1]


def test_text_with_hostile_characters_is_indexed(engine: Engine) -> None:
    text = "a\x00b\x85c\x1cd\ud800e\u2028f\ufeffg\ufffeh␃␠课"
    assert engine.upsert([make_document(1, text)]) == []
    assert sequences(engine, "课") == [1]


def test_two_embedded_writers_do_not_mix(tmp_path: Path) -> None:
    from audit.index.embedded import EmbeddedEngine

    mapping = load_mapping("ads")
    one, other = (EmbeddedEngine(tmp_path, mapping) for _ in range(2))
    one.create()

    def documents() -> Iterator[Versioned]:
        yield make_document(1)
        with pytest.raises(IndexEngineError, match="another process is writing"):
            other.upsert([make_document(2)])

    one.upsert(documents())
    assert sequences(other) == [1]


def test_damaged_embedded_index_is_told_and_rebuilt(tmp_path: Path) -> None:
    from audit.index.embedded import EmbeddedEngine

    engine = EmbeddedEngine(tmp_path, load_mapping("ads"))
    engine.create()
    engine.upsert([make_document(1)])
    current = engine.status().current
    assert current is not None
    (tmp_path / current / "meta.json").write_bytes(b"{")
    fresh = EmbeddedEngine(tmp_path, load_mapping("ads"))
    assert "jianwei index rebuild" in fresh.status().problem
    with pytest.raises(IndexEngineError, match="jianwei index rebuild"):
        fresh.search(SearchRequest())
    fresh.rebuild([make_document(1)])
    assert sequences(fresh) == [1]
