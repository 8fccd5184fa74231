"""Withdrawing a proposal, declaring a tie and pulling an ad out, on each database."""

from itertools import count
from typing import Any

import pytest

from audit import queue
from audit.casework import open_or_update_cases
from audit.errors import PolicyError
from audit.events_check import verify_chain
from audit.models import Case, CaseAd, Event, Outbox, State, Tie, User
from audit.pull_out import pull_out
from audit.ties import declare_tie
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    later,
    make_ad,
    make_assessment,
    make_case,
    make_user,
    put_in_state,
)

REASON = "页面写明讲授初三数学"
_numbers = count(1)


def _fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def _proposed_by(user: User, case: Case | None = None) -> Case:
    case = case or make_case()
    queue.claim(user, case.pk, now=NOW)
    queue.decide(user, case.pk, conclusion="violation", reason=REASON, now=NOW)
    return case


def test_withdraw_gives_the_case_back_with_a_fresh_clock(wang: User, li: User) -> None:
    case = _proposed_by(wang)

    decision = queue.withdraw(wang, case.pk, now=later(minutes=40))

    after = _fresh(case)
    assert (after.state, after.claimed_by, after.conclusion) == (State.CLAIMED, wang, "")
    assert after.lease_until == later(minutes=70)
    assert (decision.action, decision.conclusion) == ("withdraw", "violation")
    with pytest.raises(PolicyError, match="it is claimed, and that needs proposed"):
        queue.confirm(li, case.pk, now=later(minutes=41))
    queue.decide(wang, case.pk, conclusion="unclear", reason=REASON, now=later(minutes=42))
    assert [row.action for row in case.decisions.order_by("pk")] == ["decide", "withdraw", "decide"]


def test_withdraw_is_only_for_the_proposer_and_not_after_confirmation(wang: User, li: User) -> None:
    case = _proposed_by(wang)

    with pytest.raises(PolicyError, match="somebody else proposed it"):
        queue.withdraw(li, case.pk, now=NOW)
    queue.confirm(li, case.pk, now=NOW)
    with pytest.raises(PolicyError, match="it is confirmed, and that needs proposed"):
        queue.withdraw(wang, case.pk, now=NOW)


@pytest.mark.parametrize("was_returned", [False, True])
def test_release_after_withdrawal_goes_where_the_case_came_from(
    wang: User, li: User, was_returned: bool
) -> None:
    case = _proposed_by(wang)
    if was_returned:
        queue.return_(li, case.pk, reason="请补充", now=NOW)
        _proposed_by(wang, case)

    queue.withdraw(wang, case.pk, now=NOW)
    queue.release(wang, case.pk, now=NOW)

    assert _fresh(case).state == (State.RETURNED if was_returned else State.OPEN)


def test_tie_ends_a_claim_and_bars_the_person(wang: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    declare_tie(wang, case.pk, reason=" 亲属在该机构任教 ", now=NOW)

    assert (_fresh(case).state, _fresh(case).claimed_by) == (State.OPEN, None)
    assert Tie.objects.get().note == "亲属在该机构任教"
    assert Event.objects.get(action="case.tie").details["reason"] == "亲属在该机构任教"
    with pytest.raises(PolicyError, match="they declared a tie"):
        queue.claim(wang, case.pk, now=NOW)
    with pytest.raises(PolicyError, match="has declared a tie to it already"):
        declare_tie(wang, case.pk, reason="再报一次", now=NOW)


def test_tie_of_the_proposer_returns_their_proposal(wang: User) -> None:
    case = _proposed_by(wang)

    declare_tie(wang, case.pk, reason="亲属任教", now=NOW)

    assert (_fresh(case).state, _fresh(case).conclusion) == (State.RETURNED, "")


def test_tie_frees_a_reserved_case_and_needs_a_reason(wang: User, li: User) -> None:
    case = make_case()
    queue.assign(li, case.pk, to=wang, now=NOW)

    with pytest.raises(PolicyError, match="a reason is needed to declare a tie"):
        declare_tie(wang, case.pk, reason="  ", now=NOW)
    declare_tie(wang, case.pk, reason="亲属任教", now=NOW)

    assert _fresh(case).assigned_to is None
    queue.claim(make_user("zhao"), case.pk, now=NOW)


def test_tie_of_somebody_else_leaves_a_claim_alone(wang: User, li: User) -> None:
    case = queue.claim(wang, make_case().pk, now=NOW)

    declare_tie(li, case.pk, reason="亲属任教", now=NOW)

    assert _fresh(case).claimed_by == wang


def _held_case(user: User, **values: Any) -> tuple[Case, list[Any]]:
    text = f"第 {next(_numbers)} 期初三数学班"
    assessments = [make_assessment(text), make_assessment(text, **values)]
    ads = [
        make_ad(text, site_id=site, assessment=assessment)
        for site, assessment in zip(("a", "b"), assessments, strict=True)
    ]
    case = make_case(ads[0])
    CaseAd.objects.filter(ad=ads[1]).delete()
    CaseAd.objects.create(
        case=case, ad=ads[1], version=ads[1].version, assessment=ads[1].assessment
    )
    queue.claim(user, case.pk, now=NOW)
    return case, ads


def test_flagged_ad_that_is_pulled_out_opens_a_case_of_its_own(wang: User) -> None:
    case, (kept, ad) = _held_case(wang)
    Outbox.objects.all().delete()

    opened = pull_out(wang, case.pk, ad.ad_id, now=NOW)

    assert opened is not None
    assert (opened.state, opened.region) == (State.OPEN, case.region)
    assert _fresh(opened).title != ""
    assert {row.ad for row in case.case_ads.all()} == {kept}
    assert [(row.ad, row.pulled_out) for row in opened.case_ads.all()] == [(ad, False)]
    assert {row.doc_id for row in Outbox.objects.all()} == {kept.ad_id, ad.ad_id}
    event = Event.objects.get(action="case.pull_out")
    assert event.details["ads"] == [ad.ad_id]
    assert event.details["opened"] == opened.pk
    assert verify_chain() == []
    queue.decide(wang, case.pk, conclusion="violation", reason=REASON, now=NOW)


def test_unflagged_ad_that_is_pulled_out_counts_for_nothing(wang: User) -> None:
    case, (_, ad) = _held_case(wang, needs_review=False, offerings=("not_training",))

    assert pull_out(wang, case.pk, ad.ad_id, now=NOW) is None

    assert case.case_ads.get(ad=ad).pulled_out
    assert Case.objects.count() == 1
    open_or_update_cases([ad], now=later(hours=1))
    assert case.case_ads.get(ad=ad).pulled_out


def test_pulled_out_ad_stays_in_its_own_case_when_it_changes(wang: User) -> None:
    case, (_, ad) = _held_case(wang)
    opened = pull_out(wang, case.pk, ad.ad_id, now=NOW)
    ad.refresh_from_db()
    add_version(ad, "初三数学班，换了时间。", fetched_at=later(hours=1))
    judge(ad, make_assessment("初三数学班，换了时间。"))

    open_or_update_cases([ad], now=later(hours=1))

    assert CaseAd.objects.get(ad=ad).case == opened


def test_posters_go_with_their_page(wang: User) -> None:
    page, poster, other = (make_ad("初三数学冲刺班，周末上课。", site_id=name) for name in "abc")
    type(poster).objects.filter(pk=poster.pk).update(parent=page)
    case = make_case(page, poster, other)
    queue.claim(wang, case.pk, now=NOW)

    opened = pull_out(wang, case.pk, page.ad_id, now=NOW)

    assert opened is not None
    assert {row.ad for row in opened.case_ads.all()} == {page, poster}
    assert {row.ad for row in case.case_ads.all()} == {other}


def test_pull_out_refuses_what_is_not_there_and_what_would_leave_nothing(wang: User) -> None:
    case, (first, second) = _held_case(wang)
    foreign = make_ad()
    make_case(foreign)

    with pytest.raises(PolicyError, match="is not in it"):
        pull_out(wang, case.pk, foreign.ad_id, now=NOW)
    pull_out(wang, case.pk, second.ad_id, now=NOW)
    with pytest.raises(PolicyError, match="nothing else would be left"):
        pull_out(wang, case.pk, first.ad_id, now=NOW)


def test_pull_out_after_the_claim_ran_out_changes_nothing(wang: User) -> None:
    case, (_, ad) = _held_case(wang)

    with pytest.raises(PolicyError, match="their claim has run out"):
        pull_out(wang, case.pk, ad.ad_id, now=later(minutes=31))

    assert CaseAd.objects.get(ad=ad).case == case
    assert Case.objects.count() == 1


def test_withdraw_of_a_confirmed_looking_row_is_one_conditional_update(
    wang: User, li: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody confirms between the look at the case and the update."""
    case = put_in_state(make_case(), State.PROPOSED, by=wang)
    monkeypatch.setattr(
        "audit.queue_decisions._undone",
        lambda case: Case.objects.filter(pk=case.pk).update(state=State.CONFIRMED) and {},
    )

    with pytest.raises(PolicyError, match="somebody else was faster"):
        queue.withdraw(wang, case.pk, now=NOW)
