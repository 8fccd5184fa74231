"""The event log on each database: one chain, whoever writes at once, and any change shows."""

from typing import Any

import pytest

from audit import events
from audit.errors import StoreError
from audit.events_check import Break, Checked, check_on, verify_chain
from audit.models import ChainHead, Event
from tests.contract.store import Store

_APPEND = """
from audit import events
for number in range(15):
    events.append(actor=f"p{sys.argv[1]}", action="test.add", object_type="case",
                  object_id=str(number), details={"n": number, "文": "字"})
"""


def _append(times: int, **values: Any) -> None:
    for number in range(times):
        events.append(
            actor="wang", action="test.add", object_type="case", object_id=str(number), **values
        )


def test_chain_starts_at_zeros(store: Store) -> None:
    assert events.head() == "0" * 64
    assert verify_chain() == []


def test_append_chains_each_event_to_the_one_before(store: Store) -> None:
    _append(3)

    first, second, third = Event.objects.order_by("seq")
    assert (first.seq, second.seq, third.seq) == (1, 2, 3)
    assert first.prev_hash == "0" * 64
    assert second.prev_hash == first.hash
    assert events.head() == third.hash
    assert verify_chain() == []


@pytest.mark.parametrize(
    "details",
    [
        {"float": 1e16, "small": 1e-7, "one": 1.0},
        {"nul": "a\0b", "surrogate": "\ud800", "emoji": "🐟", "quote": "\"'\\"},
        {"nested": {"b": [1, None, True], "a": {"z": "文"}}, "tuple": (1, 2)},
        {"big": 2**60, "negative": -1},
    ],
    ids=["floats", "odd-text", "nested", "integers"],
)
def test_details_come_back_as_they_were_hashed(store: Store, details: dict[str, Any]) -> None:
    _append(1, details=details)

    assert verify_chain() == []


def test_details_of_another_kind_are_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="got object"):
        _append(1, details={"what": object()})
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda: Event.objects.filter(seq=3).update(actor="li"), "Event 3: was changed"),
        (lambda: Event.objects.filter(seq=2).update(details={"n": 9}), "Event 2: was changed"),
        (lambda: Event.objects.filter(seq=4).delete(), "Event 4: missing"),
        (lambda: Event.objects.filter(seq=5).delete(), "Event 5: missing at the end"),
        (
            lambda: Event.objects.filter(seq=2).update(prev_hash="f" * 64),
            "Event 2: does not follow",
        ),
        (lambda: ChainHead.objects.update(hash="0" * 64), "Event 6: missing at the end"),
    ],
    ids=["actor", "details", "removed", "cut-tail", "unchained", "head"],
)
def test_verify_names_the_first_broken_event(store: Store, change: Any, names: str) -> None:
    _append(5)

    change()

    (line,) = verify_chain()
    assert line.startswith(names)


def test_concurrent_processes_keep_one_chain(store: Store) -> None:
    store.run_all(_APPEND, 5)

    assert Event.objects.count() == 75
    assert verify_chain() == []
    assert {event.actor for event in Event.objects.all()} == {f"p{n}" for n in range(5)}


def test_an_event_is_never_saved_again(store: Store) -> None:
    _append(1)
    event = Event.objects.get()

    event.actor = "li"
    with pytest.raises(StoreError, match="never changed"):
        event.save()
    with pytest.raises(StoreError, match="never deleted"):
        event.delete()


def test_check_in_pieces_comes_to_the_same_end(store: Store) -> None:
    _append(5)
    pieces = [check_on(Checked(), limit=2)]
    _append(1)
    while not pieces[-1].is_done:
        pieces.append(check_on(pieces[-1], limit=2))

    assert [piece.seq for piece in pieces] == [2, 4, 6, 6]
    assert pieces[-1].broken is None
    assert pieces[-1].hash == events.head()


def test_check_in_pieces_finds_what_changed_between_them(store: Store) -> None:
    _append(5)
    first = check_on(Checked(), limit=2)
    Event.objects.filter(seq=4).update(actor="li")

    found = check_on(first, limit=10)

    assert found.broken == Break(seq=4, kind="changed")
    assert "第 4 条记录被改动过" in found.broken.zh
    assert (found.seq, found.is_done) == (3, True)
