"""Every act on a case is whole or leaves nothing, on each database."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from audit import events, queue
from audit.models import Case, Conclusion, Decision, Event, Outbox, State, User
from tests.audit.builders import (
    NOW,
    make_ad,
    make_case,
    put_in_state,
)
from tests.contract.store import Store

REASON = "页面写明讲授初三数学"


def _fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def _propose(user: User, case: Case, now: datetime) -> Any:
    return queue.decide(user, case.pk, conclusion="violation", reason=REASON, now=now)


ACTS: dict[str, tuple[str, Callable[[User, User, Case], Any]]] = {
    "claim": (State.OPEN, lambda wang, li, case: queue.claim(wang, case.pk, now=NOW)),
    "release": (State.CLAIMED, lambda wang, li, case: queue.release(wang, case.pk, now=NOW)),
    "decide": (State.CLAIMED, lambda wang, li, case: _propose(wang, case, NOW)),
    "confirm": (State.PROPOSED, lambda wang, li, case: queue.confirm(li, case.pk, now=NOW)),
    "return": (
        State.PROPOSED,
        lambda wang, li, case: queue.return_(li, case.pk, reason="再看", now=NOW),
    ),
    "assign": (State.OPEN, lambda wang, li, case: queue.assign(li, case.pk, to=wang, now=NOW)),
}


@pytest.mark.parametrize("act", ACTS)
def test_every_act_writes_one_event_and_tells_the_index(wang: User, li: User, act: str) -> None:
    state, function = ACTS[act]
    ads = [make_ad("同一内容", site_id=site) for site in ("a", "b")]
    case = put_in_state(make_case(*ads), state, holder=wang, by=wang)
    Outbox.objects.all().delete()
    before = Event.objects.count()
    revisions = [type(ad).objects.get(pk=ad.pk).revision for ad in ads]

    function(wang, li, case)

    (event,) = Event.objects.filter(seq__gt=before)
    assert (event.action, event.object_type, event.object_id) == (
        f"case.{act}",
        "case",
        str(case.pk),
    )
    assert event.details["from"] == state
    assert event.details["to"] == _fresh(case).state
    assert {row.doc_id for row in Outbox.objects.all()} == {ad.ad_id for ad in ads}
    assert [type(ad).objects.get(pk=ad.pk).revision for ad in ads] == [
        revision + 1 for revision in revisions
    ]


def _state_of_everything() -> tuple[Any, ...]:
    return (
        list(Case.objects.order_by("pk").values()),
        Decision.objects.count(),
        Event.objects.count(),
        Outbox.objects.count(),
        events.head(),
    )


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_fails_at_its_last_step_leaves_nothing(
    wang: User, li: User, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, function = ACTS[act]
    case = put_in_state(make_case(), state, holder=wang, by=wang)
    before = _state_of_everything()

    def fail(ads: Any) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("audit.case_moves.enqueue_ads", fail)
    with pytest.raises(OSError, match="power cut"):
        function(wang, li, case)

    assert _state_of_everything() == before


_DIE = """
import os
from datetime import datetime
from audit import case_moves, queue
from audit.models import User
case_moves.enqueue_ads = lambda ads: os.kill(os.getpid(), 9)
queue.decide(User.objects.get(username="wang"), int(sys.argv[1]), conclusion="violation",
             reason="x", now=datetime.fromisoformat(sys.argv[2]))
"""


def test_a_killed_process_leaves_nothing_half_done(store: Store, wang: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)
    before = _state_of_everything()

    process = store.start(_DIE, str(case.pk), NOW.isoformat())
    process.communicate(timeout=60)

    assert process.returncode == -9
    assert _state_of_everything() == before
    _propose(wang, case, NOW)
    assert _fresh(case).state == State.PROPOSED


def test_a_decision_is_never_saved_again(wang: User) -> None:
    put_in_state(make_case(), State.PROPOSED, by=wang)
    decision = Decision.objects.get()

    decision.conclusion = Conclusion.NO_VIOLATION
    with pytest.raises(Exception, match="never changed"):
        decision.save()
