"""What comes next, and twenty people asking for it at once, on each database."""

from datetime import timedelta

import pytest

from audit import queue
from audit.errors import PolicyError
from audit.events_check import verify_chain
from audit.models import Case, Event, Role, State, Tie, User
from audit.queue_filters import QueueFilters
from audit.queue_next import claim_next_for, go_on, next_case
from tests.audit.builders import (
    NOW,
    later,
    make_ad,
    make_assessment,
    make_case,
    make_user,
    put_in_state,
)
from tests.contract.store import Store

ALL = QueueFilters(tabs=("all",))
PROPOSED = QueueFilters(tabs=("proposed",))


def _cases(risks: list[float]) -> list[Case]:
    cases = []
    for number, risk in enumerate(risks):
        text = f"第 {number} 期初三数学班"
        cases.append(make_case(make_ad(text, assessment=make_assessment(text, risk=risk))))
    return cases


def test_claim_next_takes_the_most_urgent_free_case(wang: User) -> None:
    low, high, middle = _cases([0.2, 0.95, 0.5])
    queue.claim(make_user("zhao"), high.pk, now=NOW)

    taken = [claim_next_for(wang, ALL, NOW) for _ in range(3)]

    assert taken == [middle, low, None]
    assert Case.objects.get(pk=middle.pk).claimed_by == wang


def test_claim_next_passes_over_what_is_not_for_the_taking(wang: User) -> None:
    li = make_user("li", Role.SUPERVISOR)
    tied, reserved, waiting, free = _cases([0.9, 0.8, 0.7, 0.1])
    Tie.objects.create(user=wang, case=tied, declared_at=NOW)
    queue.assign(li, reserved.pk, to=li, now=NOW)
    queue.claim(li, waiting.pk, now=NOW)
    queue.decide(li, waiting.pk, conclusion="needs_evidence", reason="等现场核实", now=NOW)

    assert next_case(wang, ALL, NOW) == free.pk
    assert claim_next_for(wang, ALL, NOW) == free
    assert claim_next_for(wang, ALL, NOW) is None
    assert claim_next_for(wang, ALL, NOW + timedelta(days=14)) == waiting


def test_claim_next_keeps_to_the_filters_and_looks_past_mine(wang: User) -> None:
    _cases([0.9])
    text = "居民楼里上课"
    opinion = make_assessment(text, risk=0.3, disguises=("covert_venue",))
    flat = make_case(make_ad(text, assessment=opinion))

    filters = QueueFilters(tabs=("mine",), disguise="covert_venue")

    assert claim_next_for(wang, filters, NOW) == flat
    assert claim_next_for(wang, filters, NOW) is None


def test_claim_next_refuses_who_may_not_claim(store: Store) -> None:
    _cases([0.9])

    with pytest.raises(PolicyError, match="needs the role reviewer or supervisor"):
        claim_next_for(make_user("audit", Role.AUDITOR), ALL, NOW)


def test_next_proposal_is_another_person_s(store: Store) -> None:
    li, wang = make_user("li", Role.SUPERVISOR), make_user("wang")
    own, tied, other = _cases([0.9, 0.8, 0.2])
    for case, by in ((own, li), (tied, wang), (other, wang)):
        put_in_state(case, State.PROPOSED, by=by)
    Tie.objects.create(user=li, case=tied, declared_at=NOW)

    assert next_case(li, PROPOSED, NOW) == other.pk
    assert go_on(li, PROPOSED, NOW) == other.pk


def test_go_on_opens_what_is_held_before_it_claims(wang: User) -> None:
    high, low = _cases([0.9, 0.2])
    queue.claim(wang, low.pk, now=NOW)

    assert go_on(wang, ALL, NOW) == low.pk
    queue.release(wang, low.pk, now=NOW)
    assert go_on(wang, ALL, NOW) == high.pk
    assert Case.objects.get(pk=high.pk).claimed_by == wang
    assert go_on(wang, ALL, later(minutes=1)) == high.pk


_NEXT = """
import threading
from datetime import UTC, datetime
from django.db import connection
from audit.models import User
from audit.queue_filters import QueueFilters
from audit.queue_next import claim_next_for
won = []
start = threading.Barrier(5)
def attempt(name):
    try:
        user = User.objects.get(username=name)
        start.wait(60)
        for _ in range(2):
            case = claim_next_for(user, QueueFilters(tabs=("unclaimed",)), datetime.now(UTC))
            won.append((name, case.pk if case else None))
    finally:
        connection.close()
threads = [threading.Thread(target=attempt, args=(f"u{5 * int(sys.argv[1]) + n}",))
           for n in range(5)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(won)
"""


def test_twenty_people_asking_at_once_get_different_cases_or_a_clear_no(store: Store) -> None:
    """Two asks each for 33 cases: none is held twice, none is left, seven asks get nothing."""
    for number in range(20):
        make_user(f"u{number}")
    cases = _cases([0.5 + number / 100 for number in range(33)])

    outputs = store.run_all(_NEXT, 4)

    won = [pair for out in outputs for pair in eval(out)]
    assert len(won) == 40
    assert sorted(pk for _, pk in won if pk) == sorted(case.pk for case in cases)
    assert sum(pk is None for _, pk in won) == 7
    holders = dict(Case.objects.values_list("pk", "claimed_by__username"))
    assert all(holders[pk] == name for name, pk in won if pk)
    assert Event.objects.filter(action="case.claim").count() == 33
    assert verify_chain() == []
