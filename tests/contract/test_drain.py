"""Rows to index, on every database and engine: complete, once, and safe to kill."""

import random
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from audit import config, leases
from audit.documents import build_ad_document
from audit.drain import LEASE, drain, waiting
from audit.index.base import Engine, ItemError, SearchRequest
from audit.index.select import engine as engine_of_settings
from audit.index_state import index_state, needs_rebuild
from audit.models import Ad, DeadLetter, Outbox
from audit.outbox import enqueue_ad, enqueue_ads, enqueue_removal
from audit.reindex import create, rebuild
from audit.search import search
from tests.audit.builders import add_version, make_ad
from tests.contract.elasticsearch_server import free_port
from tests.contract.store import Store

_DRAIN = """
import audit.drain
audit.drain.BATCH = 20
def tell(done, total):
    print(done, flush=True)
report = audit.drain.drain(on_progress=tell)
print("report", report.to_dict(), flush=True)
"""


@pytest.fixture
def engine(
    store: Store, server_address: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """Name the engine in the settings, of this process and of those that it starts."""
    monkeypatch.setenv("JIANWEI_ELASTICSEARCH_URL", server_address)
    monkeypatch.setenv("JIANWEI_INDEX_PREFIX", prefix)
    config.forget()
    opened = engine_of_settings()
    yield opened
    if server_address and opened.status().current:
        opened.rebuild([])
        opened.drop_previous()
    opened.close()


def found(engine: Engine, query: str = "") -> set[str]:
    return {hit.ad_id for hit in search(query, limit=1000, using=engine).hits}


def make_waiting_ads(count: int, word: str = "数学") -> list[Ad]:
    ads = [make_ad(f"初三{word}第 {number} 班") for number in range(count)]
    enqueue_ads(ads)
    return ads


def test_drain_makes_the_index_and_empties_the_outbox(store: Store, engine: Engine) -> None:
    ads = make_waiting_ads(3)
    steps: list[tuple[int, int]] = []
    report = drain(on_progress=lambda done, total: steps.append((done, total)))
    assert (report.indexed, report.waiting, report.problem) == (3, 0, "")
    assert steps == [(3, 3)]
    assert found(engine, "数学") == {ad.ad_id for ad in ads}
    assert drain().indexed == 0


def test_change_of_an_ad_reaches_the_index_once_more(store: Store, engine: Engine) -> None:
    ad, other = make_waiting_ads(2)
    drain()
    add_version(ad, "钢琴考级")
    before = ad.revision
    enqueue_ad(ad)
    assert ad.revision == before + 1 == Ad.objects.get(pk=ad.pk).revision
    enqueue_ad(ad)
    assert waiting().count() == 1
    assert drain().indexed == 1
    assert found(engine, "钢琴") == {ad.ad_id}
    assert found(engine, "数学") == {ad.ad_id, other.ad_id} - {ad.ad_id}


def test_removal_leaves_nothing_to_find_until_the_ad_is_back(store: Store, engine: Engine) -> None:
    ad, other = make_waiting_ads(2)
    drain()
    enqueue_removal(ad)
    assert drain().removed == 1
    assert found(engine) == {other.ad_id}
    enqueue_ad(ad)
    drain()
    assert found(engine) == {ad.ad_id, other.ad_id}


def test_outbox_row_goes_back_with_its_transaction(store: Store) -> None:
    ad = make_ad()
    with transaction.atomic():
        enqueue_ad(ad)
        transaction.set_rollback(True)
    assert not waiting().exists()
    assert Ad.objects.get(pk=ad.pk).revision == 1


class Meddling:
    """An engine behind which an ad changes while its document is being stored."""

    def __init__(self, engine: Engine, meanwhile: Callable[[], None]) -> None:
        self._engine = engine
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def upsert(self, documents: Any) -> list[ItemError]:
        errors = self._engine.upsert(documents)
        self._meanwhile()
        return errors


def test_row_that_moved_meanwhile_stays(store: Store, engine: Engine) -> None:
    ad, other = make_waiting_ads(2)

    def change() -> None:
        add_version(ad, "钢琴考级")
        enqueue_ad(ad)

    report = drain(using=Meddling(engine, change))  # type: ignore[arg-type]
    assert report.waiting == 1
    assert waiting().get().doc_id == ad.ad_id
    drain()
    assert found(engine, "钢琴") == {ad.ad_id}
    assert found(engine, "数学") == {other.ad_id}


def test_unbuildable_ad_is_buried_with_its_reason_and_the_others_go_on(
    store: Store, engine: Engine
) -> None:
    ads = make_waiting_ads(5)
    broken = ads[2]
    payload = dict(broken.assessment.payload)  # type: ignore[union-attr]
    del payload["offerings"]
    replace_payload(broken, payload)
    enqueue_ad(broken)
    report = drain()
    assert (report.indexed, report.refused, report.waiting) == (4, 1, 0)
    letter = DeadLetter.objects.get()
    assert (letter.doc_id, letter.revision) == (broken.ad_id, broken.revision)
    assert "offerings" in letter.error
    assert index_state()["dead_letters"] == 1


def replace_payload(ad: Ad, payload: dict[str, Any]) -> None:
    """Append a damaged opinion, as a faulty release might have written it."""
    row = ad.assessment
    assert row is not None
    row.pk, row.payload = None, payload
    row._state.adding = True
    row.save()
    ad.assessment = row
    ad.save()


def test_refused_document_is_buried_until_the_ad_changes(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ads = make_waiting_ads(3)
    with monkeypatch.context() as patched:
        patched.setattr("audit.drain.document_of", with_unknown_field(ads[1]))
        report = drain()
    assert (report.indexed, report.refused, report.waiting) == (2, 1, 0)
    assert "colour" in DeadLetter.objects.get().error
    enqueue_ad(ads[1])
    assert drain().indexed == 1
    assert not DeadLetter.objects.exists()
    assert len(found(engine)) == 3


def with_unknown_field(bad: Ad) -> Callable[[Ad], dict[str, Any]]:
    def build(ad: Ad) -> dict[str, Any]:
        document = build_ad_document(ad.ad_id)
        assert document is not None
        if ad.pk == bad.pk:
            document["ad"]["colour"] = "red"
        return document

    return build


class Busy(Meddling):
    """An engine that asks to come back for one document."""

    def upsert(self, documents: Any) -> list[ItemError]:
        first, *rest = documents
        self._engine.upsert(rest)
        return [ItemError(doc_id=first[0], reason="429 busy", retry=True)]


def test_postponed_row_waits_longer_each_time(store: Store, engine: Engine) -> None:
    make_waiting_ads(2)
    busy: Any = Busy(engine, lambda: None)
    assert drain(using=busy).postponed == 1
    row = waiting().get()
    assert (row.attempts, row.error) == (1, "429 busy")
    first_wait = row.next_try - datetime.now(UTC)
    assert timedelta(0) < first_wait < timedelta(seconds=10)
    assert drain(using=busy).postponed == 0, "it is not due yet"
    Outbox.objects.update(next_try=datetime.now(UTC))
    drain(using=busy)
    assert waiting().get().next_try - datetime.now(UTC) > first_wait
    Outbox.objects.update(next_try=datetime.now(UTC))
    assert drain().indexed == 1
    assert len(found(engine)) == 2


def test_held_lease_leaves_the_rows(store: Store, engine: Engine) -> None:
    make_waiting_ads(2)
    assert leases.take(LEASE, "somebody", 60)
    report = drain()
    assert (report.indexed, report.waiting) == (0, 2)
    assert "another process" in report.problem
    leases.release(LEASE, "somebody")
    assert drain().indexed == 2


def test_limit_takes_the_oldest_first(store: Store, engine: Engine) -> None:
    ads = make_waiting_ads(5)
    assert drain(limit=2).indexed == 2
    assert found(engine) == {ad.ad_id for ad in ads[:2]}
    assert waiting().count() == 3


def test_stopped_server_leaves_the_rows_and_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_waiting_ads(2)
    monkeypatch.setenv("JIANWEI_ELASTICSEARCH_URL", f"http://127.0.0.1:{free_port()}")
    config.forget()
    report = drain()
    assert (report.indexed, report.waiting) == (0, 2)
    assert "is it stopped" in report.problem
    assert waiting().filter(attempts=0, next_try__lte=datetime.now(UTC)).count() == 2
    monkeypatch.delenv("JIANWEI_ELASTICSEARCH_URL")
    config.forget()
    assert drain().indexed == 2


def test_killed_drains_lose_and_double_nothing(store: Store, engine: Engine) -> None:
    rng = random.Random(17)
    ads = make_waiting_ads(160)
    kills = 0
    for _ in range(30):
        process = store.start(_DRAIN)
        assert process.stdout is not None
        lines_before_kill = rng.randint(0, 2)
        told = [process.stdout.readline() for _ in range(lines_before_kill + 1)]
        if any("report" in line for line in told):
            process.communicate(timeout=60)
            break
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        kills += 1
        changed = rng.choice(ads)
        add_version(changed, f"改写 {kills}")
        enqueue_ad(changed)
    assert kills >= 3
    drain()
    assert not waiting().exists()
    engine.refresh()
    result = engine.search(SearchRequest(limit=1000))
    assert sorted(result.sequences) == sorted(ad.pk for ad in ads)
    assert result.total == len(ads)
    rewritten = {ad.ad_id for ad in Ad.objects.filter(version__text__startswith="改写")}
    assert found(engine, "改写") == rewritten
    assert found(engine, "数学") == {ad.ad_id for ad in ads} - rewritten


def test_two_drains_at_once_share_the_work(store: Store, engine: Engine) -> None:
    create()
    ads = make_waiting_ads(120)
    running = [store.start(_DRAIN) for _ in range(3)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0, 0], ended
    drain()
    assert len(found(engine)) == len(ads)
    assert not waiting().exists()


def test_rebuild_brings_back_what_the_rows_say(store: Store, engine: Engine) -> None:
    ads = make_waiting_ads(4)
    drain()
    engine.delete([(ads[0].ad_id, 99)])
    Outbox.objects.all().delete()
    engine.refresh()
    assert len(found(engine)) == 3
    steps: list[tuple[int, int]] = []
    report = rebuild(on_progress=lambda done, total: steps.append((done, total)))
    assert (report.documents, report.refused) == (4, 0)
    assert steps[-1] == (4, 4)
    assert found(engine) == {ad.ad_id for ad in ads}
    state = index_state()
    assert (state["docs"], state["ads"], state["waiting"]) == (4, 4, 0)
    assert len(state["previous"]) == 1
    assert len(rebuild(drop_previous=True).dropped) == 2
    assert index_state()["previous"] == []


def test_change_during_a_rebuild_is_in_the_new_index(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ads = make_waiting_ads(3)
    drain()

    def change(ad: Ad) -> dict[str, Any]:
        document = build_ad_document(ad.ad_id)
        assert document is not None
        if ad.pk == ads[0].pk:
            add_version(ads[0], "钢琴考级")
            enqueue_ad(ads[0])
            assert "another process" in drain().problem
        return document

    monkeypatch.setattr("audit.reindex.document_of", change)
    rebuild()
    assert not waiting().exists()
    assert found(engine, "钢琴") == {ads[0].ad_id}
    assert found(engine, "数学") == {ad.ad_id for ad in ads[1:]}


def test_rebuild_is_needed_only_without_an_index_of_ours(store: Store, engine: Engine) -> None:
    assert needs_rebuild()
    create()
    assert not needs_rebuild()
