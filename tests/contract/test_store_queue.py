"""The queue on each database: leases, conclusions, one transaction per act."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit import events, queue
from audit.errors import PolicyError, QueryError
from audit.events_check import verify_chain
from audit.models import Case, Conclusion, Decision, Event, Outbox, Role, State, User
from audit.queue_conclusions import is_sampled
from audit.queue_filters import QueueFilters
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    later,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    make_user,
    put_in_state,
)
from tests.contract.store import Store

REASON = "页面写明讲授初三数学"


def _sampled_case(*, sampled: bool, risk: float = 0.3) -> Case:
    for number in range(200):
        text = f"第 {number} 期初三数学班，周末上课。"
        case = make_case(make_ad(text, assessment=make_assessment(text, risk=risk)))
        if is_sampled(case.pk) == sampled:
            return case
    raise AssertionError("no such case in 200")


def _fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def wang(store: Store) -> User:
    return make_user("wang")


@pytest.fixture
def li(store: Store) -> User:
    return make_user("li", Role.SUPERVISOR)


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


@pytest.mark.parametrize(
    ("conclusion", "risk", "sampled", "state"),
    [
        ("violation", 0.2, False, State.PROPOSED),
        ("no_violation", 0.8, False, State.PROPOSED),
        ("out_of_scope", 0.95, False, State.PROPOSED),
        ("no_violation", 0.79, False, State.CONFIRMED),
        ("unclear", 0.1, False, State.CONFIRMED),
        ("no_violation", 0.1, True, State.PROPOSED),
        ("needs_evidence", 0.95, False, State.OPEN),
    ],
)
def test_decide_goes_where_the_conclusion_leads(
    wang: User, conclusion: str, risk: float, sampled: bool, state: State
) -> None:
    case = _sampled_case(sampled=sampled, risk=risk)
    queue.claim(wang, case.pk, now=NOW)

    decision = queue.decide(wang, case.pk, conclusion=conclusion, reason=REASON, now=NOW)

    after = _fresh(case)
    assert after.state == state
    assert after.conclusion == conclusion
    assert after.claimed_by is None
    assert after.lease_until is None
    assert (decision.action, decision.user, decision.reason) == ("decide", wang, REASON)
    assert decision.version.ad.case_ad.case == case
    assert decision.assessment.version == decision.version


def test_about_one_dismissal_in_ten_is_sampled() -> None:
    drawn = sum(is_sampled(number) for number in range(1, 10001))

    assert 900 < drawn < 1100


def test_needs_evidence_waits_until_its_day(wang: User) -> None:
    case = make_case()
    queue.claim(wang, case.pk, now=NOW)
    queue.decide(wang, case.pk, conclusion="needs_evidence", reason=REASON, now=NOW)

    assert _fresh(case).due_at == later(days=14)
    assert queue.listing(wang, QueueFilters(tabs=("due",)), now=later(days=13)).total == 0
    assert queue.listing(wang, QueueFilters(tabs=("due",)), now=later(days=14)).total == 1
    queue.claim(wang, case.pk, now=later(days=14))
    queue.decide(
        wang, case.pk, conclusion="violation", reason=REASON, now=later(days=14, minutes=1)
    )
    assert _fresh(case).due_at is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"conclusion": "guilty"}, "conclusion 'guilty' does not exist"),
        ({"reason": "  "}, "a reason is needed"),
        ({"labels": {"offerings": ["tutoring"]}}, "unknown label 'tutoring'"),
        ({"labels": {"offerings": ["math"]}}, "'math' is no offering, it is subject"),
        ({"labels": {"labels": ["math"]}}, "expected by offerings"),
        ({"clauses": ["made-up-clause"]}, "clause 'made-up-clause' does not exist"),
        (
            {"labels": {"offerings": ["not_training"]}},
            "a suspected violation needs a clause",
        ),
    ],
    ids=["conclusion", "reason", "label", "axis", "axis-name", "clause", "no-clause"],
)
def test_decide_refuses_what_does_not_hold(wang: User, values: dict[str, Any], says: str) -> None:
    case = make_case()
    queue.claim(wang, case.pk, now=NOW)
    given: dict[str, Any] = {"conclusion": "violation", "reason": REASON, **values}

    with pytest.raises(PolicyError, match=says):
        queue.decide(wang, case.pk, now=NOW, **given)

    assert _fresh(case).state == State.CLAIMED
    assert not Decision.objects.exists()


def test_decide_keeps_corrected_labels_beside_the_machine_s(wang: User) -> None:
    text = "初三数学班，周末上课"
    finding = make_finding(text, "周末上课", label="restricted_hours", axis="violation")
    assessment = make_assessment(text, violations=("restricted_hours",), findings=(finding,))
    case = make_case(make_ad(text, assessment=assessment))
    queue.claim(wang, case.pk, now=NOW)

    decision = queue.decide(
        wang,
        case.pk,
        conclusion="violation",
        labels={"offerings": ["subject_tutoring"], "subjects": ["physics"]},
        reason=REASON,
        now=NOW,
    )

    assert decision.labels["subjects"] == ["physics"]
    assert decision.labels["violations"] == []
    assert "moe53-a17-unlicensed" in decision.clauses
    assert decision.assessment.payload["violations"] == ["restricted_hours"]


def test_decide_refuses_a_version_that_the_person_has_not_seen(wang: User) -> None:
    ad = make_ad()
    case = make_case(ad)
    queue.claim(wang, case.pk, now=NOW)
    add_version(ad, "初三数学停课通知。", fetched_at=later(minutes=1))
    judge(ad, make_assessment("初三数学停课通知。"))

    with pytest.raises(PolicyError, match="1 of its ads changed since 'wang' looked"):
        queue.decide(wang, case.pk, conclusion="violation", reason=REASON, now=later(minutes=2))

    queue.look(wang, case.pk, now=later(minutes=3))
    decision = queue.decide(
        wang, case.pk, conclusion="violation", reason=REASON, now=later(minutes=4)
    )
    assert decision.version.text == "初三数学停课通知。"


def test_decide_refuses_while_a_newer_version_waits_for_its_opinion(wang: User) -> None:
    ad = make_ad()
    add_version(ad, "初三数学停课通知。", fetched_at=later(minutes=1))
    case = make_case(ad)
    queue.claim(wang, case.pk, now=NOW)

    with pytest.raises(
        PolicyError, match=r"waits for the machine's opinion\. Run 'jianwei ingest'"
    ):
        queue.decide(wang, case.pk, conclusion="violation", reason=REASON, now=NOW)


def test_decide_refuses_a_machine_opinion_that_the_person_has_not_seen(wang: User) -> None:
    ad = make_ad()
    case = make_case(ad)
    queue.claim(wang, case.pk, now=NOW)
    judge(ad, make_assessment("x", risk=0.2))

    with pytest.raises(PolicyError, match="changed since 'wang' looked"):
        queue.decide(wang, case.pk, conclusion="violation", reason=REASON, now=NOW)


def test_a_look_by_somebody_else_is_not_the_holder_s(wang: User, li: User) -> None:
    ad = make_ad()
    case = make_case(ad)
    queue.claim(wang, case.pk, now=NOW)
    judge(ad, make_assessment("x", risk=0.2))

    queue.look(li, case.pk, now=NOW)

    with pytest.raises(PolicyError, match="changed since 'wang' looked"):
        queue.decide(wang, case.pk, conclusion="violation", reason=REASON, now=NOW)


def test_confirm_needs_another_person(wang: User, li: User) -> None:
    chen = make_user("chen", Role.SUPERVISOR)
    case = make_case()
    queue.claim(li, case.pk, now=NOW)
    queue.decide(li, case.pk, conclusion="violation", reason=REASON, now=NOW)

    with pytest.raises(PolicyError, match="they proposed it themselves"):
        queue.confirm(li, case.pk, now=NOW)
    with pytest.raises(PolicyError, match="they proposed it themselves"):
        queue.return_(li, case.pk, reason="再看", now=NOW)
    decision = queue.confirm(chen, case.pk, now=NOW)

    assert _fresh(case).state == State.CONFIRMED
    assert (decision.action, decision.conclusion) == ("confirm", Conclusion.VIOLATION)
    assert [row.user for row in case.decisions.order_by("pk")] == [li, chen]


def test_confirm_refuses_what_changed_since_the_proposal(wang: User, li: User) -> None:
    ad = make_ad()
    case = put_in_state(make_case(ad), State.PROPOSED, by=wang)
    judge(ad, make_assessment("x", risk=0.2))

    with pytest.raises(PolicyError, match="changed since 'wang' proposed"):
        queue.confirm(li, case.pk, now=NOW)
    queue.return_(li, case.pk, reason="内容有变", now=NOW)

    assert _fresh(case).state == State.RETURNED
    assert _fresh(case).conclusion == ""


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


@pytest.fixture
def many(store: Store) -> dict[str, Case]:
    """Cases that differ in what the filters look at."""
    ads = {
        "risky": make_ad("风险高", assessment=make_assessment("风险高", risk=0.99)),
        "flat": make_ad(
            "居民楼里上课",
            assessment=make_assessment("居民楼里上课", risk=0.5, disguises=("covert_venue",)),
        ),
        "preschool": make_ad(
            "幼小衔接",
            url="https://edu.example.cn/1",
            assessment=make_assessment("幼小衔接", risk=0.7, offerings=("preschool_academic",)),
        ),
        "elsewhere": make_ad("外市的", region="150200"),
    }
    return {name: make_case(ad) for name, ad in ads.items()}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["risky", "flat", "preschool"]),
        ({"label": "preschool_academic"}, ["preschool"]),
        ({"disguise": "covert_venue"}, ["flat"]),
        ({"label": "math"}, ["risky", "flat", "preschool"]),
        ({"host": "example.cn"}, ["preschool"]),
        ({"host": "xample.cn"}, []),
        ({"region": "150100"}, ["risky", "flat", "preschool"]),
        ({"region": "150200"}, []),
        ({"min_age_days": 1}, []),
        ({"state": "confirmed"}, []),
        ({"tabs": ("unclaimed",), "label": "covert_venue"}, ["flat"]),
        ({"tabs": ("unclaimed", "due")}, []),
        ({"institution": "Edu.Example"}, ["preschool"]),
        ({"title": "数学"}, ["risky", "flat", "preschool"]),
        ({"title": "物理"}, []),
    ],
)
def test_listing_filters_and_orders_by_priority(
    many: dict[str, Case], wang: User, filters: dict[str, Any], names: list[str]
) -> None:
    found = queue.listing(wang, QueueFilters(**filters), now=NOW)

    of_case = {case.pk: name for name, case in many.items()}
    shown = [of_case[case.pk] for case in found.cases]
    priorities = [case.priority for case in found.cases]
    assert sorted(shown) == sorted(names)
    assert priorities == sorted(priorities, reverse=True)


def test_listing_knows_states_and_placements(many: dict[str, Case], wang: User) -> None:
    queue.claim(wang, many["flat"].pk, now=NOW)

    assert [
        case.pk for case in queue.listing(wang, QueueFilters(tabs=("mine",)), now=NOW).cases
    ] == [many["flat"].pk]
    assert queue.listing(wang, QueueFilters(tabs=("mine",)), now=later(hours=1)).total == 0
    assert queue.listing(wang, QueueFilters(state="claimed"), now=NOW).total == 1
    assert queue.listing(wang, QueueFilters(state="open"), now=later(hours=1)).total == 3
    assert queue.listing(wang, QueueFilters(tabs=("unclaimed",)), now=NOW).total == 2
    assert {case.placement_count for case in queue.listing(wang, now=NOW).cases} == {1}
    with pytest.raises(QueryError, match="State 'lost': expected one of open"):
        queue.listing(wang, QueueFilters(state="lost"), now=NOW)
    with pytest.raises(QueryError, match="Label filter 'maths': no such label.*math"):
        queue.listing(wang, QueueFilters(label="maths"), now=NOW)
