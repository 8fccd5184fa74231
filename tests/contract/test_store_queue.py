"""Claiming, releasing, assigning: one holder at a time, on each database."""

from datetime import timedelta

import pytest

from audit import queue
from audit.errors import PolicyError
from audit.events_check import verify_chain
from audit.models import Case, Event, State, User
from audit.queue_filters import QueueFilters
from tests.audit.builders import (
    NOW,
    later,
    make_case,
    make_user,
    put_in_state,
)
from tests.contract.store import Store

REASON = "页面写明讲授初三数学"


def _fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_claim_sets_a_clock(wang: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    assert case.state == State.CLAIMED
    assert case.claimed_by == wang
    assert case.lease_until == NOW + timedelta(minutes=30)


def test_second_claim_is_refused_with_the_holder_named(wang: User) -> None:
    zhao = make_user("zhao")
    case = queue.claim(wang, make_case().pk, now=NOW)

    with pytest.raises(PolicyError, match=r"'wang' holds it until 06:33:00 UTC"):
        queue.claim(zhao, case.pk, now=later(minutes=29))
    assert _fresh(case).claimed_by == wang


def test_expired_claim_is_free_and_the_late_holder_is_refused(wang: User) -> None:
    zhao = make_user("zhao")
    case = queue.claim(wang, make_case().pk, now=NOW)

    queue.claim(zhao, case.pk, now=later(minutes=30))

    assert _fresh(case).claimed_by == zhao
    with pytest.raises(PolicyError, match="somebody else holds it"):
        queue.decide(wang, case.pk, conclusion="unclear", reason=REASON, now=later(minutes=31))


def test_expired_claim_that_nobody_took_must_be_claimed_again(wang: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    with pytest.raises(PolicyError, match=r"their claim has run out\. Claim it again"):
        queue.decide(wang, case.pk, conclusion="unclear", reason=REASON, now=later(minutes=31))


def test_claim_by_the_holder_prolongs(wang: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    queue.claim(wang, case.pk, now=later(minutes=20))

    assert _fresh(case).lease_until == later(minutes=50)
    assert _fresh(case).claimed_from == State.OPEN


_CLAIM = """
import threading
from datetime import UTC, datetime
from django.db import connection
from audit.errors import PolicyError, QueryError
from audit.models import Case, User
from audit.queue import claim
won = []
def attempt(name):
    try:
        for pk in Case.objects.order_by("pk").values_list("pk", flat=True):
            try:
                claim(User.objects.get(username=name), pk, now=datetime.now(UTC))
                won.append((name, pk))
            except PolicyError:
                pass
    finally:
        connection.close()
threads = [threading.Thread(target=attempt, args=(f"u{5 * int(sys.argv[1]) + n}",))
           for n in range(5)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(won)
"""


def test_twenty_claimers_at_once_never_share_a_case(store: Store) -> None:
    for number in range(20):
        make_user(f"u{number}")
    cases = [make_case() for _ in range(6)]

    outputs = store.run_all(_CLAIM, 4)

    won = [pair for out in outputs for pair in eval(out)]
    assert sorted(pk for _, pk in won) == [case.pk for case in cases]
    for name, pk in won:
        holder = Case.objects.get(pk=pk).claimed_by
        assert holder is not None
        assert holder.username == name
    assert Event.objects.filter(action="case.claim").count() == 6
    assert verify_chain() == []


def test_returned_case_can_be_claimed_and_released_as_returned(wang: User, li: User) -> None:
    case = put_in_state(make_case(), State.PROPOSED, by=wang)
    with pytest.raises(PolicyError, match="a reason is needed"):
        queue.return_(li, case.pk, reason=" ", now=NOW)
    queue.return_(li, case.pk, reason="请补充收费情况", now=NOW)
    assert queue.listing(wang, QueueFilters(tabs=("returned",)), now=NOW).total == 1

    queue.claim(wang, case.pk, now=NOW)
    assert queue.listing(wang, QueueFilters(tabs=("returned",)), now=NOW).total == 0
    assert queue.listing(wang, QueueFilters(tabs=("returned",)), now=later(hours=1)).total == 1
    queue.release(wang, case.pk, now=NOW)

    assert _fresh(case).state == State.RETURNED


def test_release_is_only_for_the_holder(wang: User, li: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    with pytest.raises(PolicyError, match="somebody else holds it"):
        queue.release(li, case.pk, now=NOW)
    queue.release(wang, case.pk, now=NOW)

    assert _fresh(case).state == State.OPEN
    assert _fresh(case).claimed_by is None


def test_assigned_case_is_only_for_its_person(wang: User, li: User) -> None:
    zhao = make_user("zhao")
    case = queue.claim(zhao, make_case().pk, now=NOW)

    queue.assign(li, case.pk, to=wang, now=NOW)

    assert _fresh(case).state == State.OPEN
    assert queue.listing(zhao, QueueFilters(tabs=("unclaimed",)), now=NOW).total == 0
    assert queue.listing(wang, QueueFilters(tabs=("mine",)), now=NOW).total == 1
    with pytest.raises(PolicyError, match="reserved for 'wang'"):
        queue.claim(zhao, case.pk, now=NOW)
    queue.claim(wang, case.pk, now=NOW)
