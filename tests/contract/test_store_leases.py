"""Leases on each database: one holder at a time, whoever asks at once."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from audit import leases
from audit.holder import this_process
from audit.models import Lease
from tests.contract.store import Store

_TAKE = """
from audit import leases
print(leases.take("drain", f"process-{sys.argv[1]}", 60))
"""
# Each process adds one to a counter file under the lease; a lost update would show two at once.
_WORK = """
import pathlib
from audit import config, leases
file = pathlib.Path(config.data_folder(), "counter")
done = 0
while done < 10:
    with leases.hold("count", 60, wait_seconds=120) as held:
        assert held
        number = int(file.read_text())
        file.write_text(str(number + 1))
        done += 1
"""


def test_take_refuses_a_second_holder(store: Store) -> None:
    assert leases.take("drain", "a", 60)
    assert not leases.take("drain", "b", 60)
    assert leases.holder_of("drain") == "a"
    assert leases.take("ingest", "b", 60)


def test_expired_lease_is_free(store: Store) -> None:
    assert leases.take("drain", "a", 60)
    Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))

    assert leases.holder_of("drain") == ""
    assert not leases.renew("drain", "a", 60)
    assert leases.take("drain", "b", 60)
    assert not leases.renew("drain", "a", 60)
    assert leases.renew("drain", "b", 60)


def test_release_is_only_for_the_holder(store: Store) -> None:
    leases.take("drain", "a", 60)

    assert not leases.release("drain", "b")
    assert leases.release("drain", "a")
    assert leases.take("drain", "b", 60)


def test_hold_gives_the_lease_up_after_an_error(store: Store) -> None:
    def work() -> None:
        with leases.hold("drain", 60) as held, leases.hold("drain", 60) as again:
            assert held
            assert not again
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()

    assert not Lease.objects.exists()


def test_lease_of_a_dead_process_is_free(store: Store) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "from audit.holder import this_process; print(this_process())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert leases.take("drain", f"{dead}#abc", 600)

    assert leases.take("drain", "b", 60)


def test_lease_of_a_live_process_is_not_free(store: Store) -> None:
    assert leases.take("drain", f"{this_process()}#abc", 600)

    assert not leases.take("drain", "b", 60)


def test_many_processes_and_one_holder(store: Store) -> None:
    outputs = store.run_all(_TAKE, 8)

    assert sorted(out.strip() for out in outputs) == ["False"] * 7 + ["True"]


def test_held_work_is_never_done_twice_at_once(store: Store) -> None:
    (store.data / "counter").write_text("0")

    store.run_all(_WORK, 4)

    assert (store.data / "counter").read_text() == "40"
