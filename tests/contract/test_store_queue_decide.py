"""Deciding and confirming: where a conclusion leads, and what is refused, on each database."""

from typing import Any

import pytest

from audit import queue
from audit.errors import PolicyError
from audit.models import Case, Conclusion, Decision, Role, State, User
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
