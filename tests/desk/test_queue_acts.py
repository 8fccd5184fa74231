"""What people do to cases at the desk: claim, next, release, withdraw, assign, tie, pull out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import queue
from audit.models import Case, CaseAd, Event, Role, State, Tie, User
from tests.audit.builders import make_ad, make_assessment, make_case, make_user, put_in_state

SignIn = Callable[..., Client]
ACTS = ("case_claim", "case_release", "case_withdraw", "case_assign", "case_tie", "case_pull_out")
REASON = "页面写明讲授初三数学"


def _now() -> datetime:
    return datetime.now(UTC)


def _case(text: str = "初三数学班", **values: Any) -> Case:
    risk = values.pop("risk", 0.9)
    assessment = make_assessment(text, risk=risk)
    return make_case(make_ad(text, assessment=assessment, seen=_now(), **values), now=_now())


def _fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _post(client: Client, name: str, case: Case, **values: str) -> Any:
    return client.post(reverse(name, args=[case.pk]) + "?tab=all&region=150100", values)


def test_claim_opens_the_case_beside_the_list_it_came_from(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()

    answer = _post(client, "case_claim", case)

    assert answer.headers["Location"] == f"/cases/{case.pk}/?tab=all&region=150100"
    assert _fresh(case).claimed_by == _user("reviewer")


def test_lost_claim_shows_the_list_and_says_who_was_faster(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    queue.claim(make_user("zhao"), case.pk, now=_now())

    answer = _post(client, "case_claim", case)

    assert answer.status_code == 409
    html = answer.content.decode()
    assert f"案件 {case.pk} 不能领取：zhao 正在研判" in html
    assert 'id="total"' in html


def test_next_claims_the_most_urgent_until_nothing_is_left(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    low, high = _case("一", risk=0.3), _case("二", risk=0.9)

    places = [client.post("/queue/next/?tab=unclaimed").headers["Location"] for _ in range(3)]

    assert places == [
        f"/cases/{high.pk}/?tab=unclaimed",
        f"/cases/{low.pk}/?tab=unclaimed",
        "/queue/?tab=unclaimed&did=none",
    ]
    assert "没有下一件可办" in client.get(places[2]).content.decode()


def test_next_proposal_is_opened_and_not_claimed(signed_in: SignIn) -> None:
    client, case = signed_in(Role.SUPERVISOR), _case()
    put_in_state(case, State.PROPOSED, by=make_user("zhao"))

    answer = client.post("/queue/next/?tab=proposed")

    assert answer.headers["Location"] == f"/cases/{case.pk}/?tab=proposed"
    assert _fresh(case).claimed_by is None


def test_reviewer_is_not_sent_to_proposals_that_they_cannot_confirm(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    put_in_state(case, State.PROPOSED, by=make_user("zhao"))

    html = client.get("/queue/?tab=proposed").content.decode()
    answer = client.post("/queue/next/?tab=proposed")

    assert "下一件 <kbd>" not in html
    assert answer.headers["Location"] == "/queue/?tab=proposed&did=none"


def test_release_comes_back_to_the_list_and_says_so(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    queue.claim(_user("reviewer"), case.pk, now=_now())

    answer = client.post(f"/cases/{case.pk}/release/?tab=mine", follow=True)

    assert f"案件 {case.pk} 已释放" in answer.content.decode()
    assert _fresh(case).state == State.OPEN


def test_withdraw_takes_the_proposal_back(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    user = _user("reviewer")
    queue.claim(user, case.pk, now=_now())
    queue.decide(user, case.pk, conclusion="violation", reason=REASON, now=_now())
    offered = client.get(f"/queue/?tab=all&done={case.pk}").content.decode()

    answer = _post(client, "case_withdraw", case)

    assert f"/cases/{case.pk}/withdraw/" in offered
    assert answer.headers["Location"].startswith(f"/cases/{case.pk}/")
    assert (_fresh(case).state, _fresh(case).claimed_by) == (State.CLAIMED, user)


def test_assign_offers_those_whose_region_fits_and_who_have_no_tie(signed_in: SignIn) -> None:
    client, case = signed_in(Role.SUPERVISOR), _case()
    for name, role, region in (
        ("wang", Role.REVIEWER, "150100"),
        ("state", Role.REVIEWER, "150000"),
        ("elsewhere", Role.REVIEWER, "150200"),
        ("auditor", Role.AUDITOR, "150100"),
    ):
        make_user(name, role, region)
    Tie.objects.create(user=make_user("tied"), case=case, declared_at=_now())

    people = client.get(reverse("case_assign", args=[case.pk])).context["page"].people

    assert {person.user.username for person in people} == {"wang", "state", "supervisor"}
    answer = _post(client, "case_assign", case, to="wang")
    assert answer.headers["Location"] == f"/queue/?tab=all&region=150100&did=assign&case={case.pk}"
    assert _fresh(case).assigned_to == _user("wang")


@pytest.mark.parametrize("to", ["", "elsewhere", "nobody"])
def test_assign_to_nobody_of_the_list_asks_again(signed_in: SignIn, to: str) -> None:
    client, case = signed_in(Role.SUPERVISOR), _case()
    make_user("elsewhere", region="150200")

    answer = _post(client, "case_assign", case, to=to)

    assert answer.status_code == 409
    assert "请从名单中选择一位人员" in answer.content.decode()
    assert _fresh(case).assigned_to is None


def test_assign_gives_a_case_of_the_pool_the_region_typed(signed_in: SignIn) -> None:
    client, case = signed_in(Role.SUPERVISOR, region=""), _case(region="")
    make_user("wang")

    wrong = _post(client, "case_assign", case, to="wang", region="150200")
    right = _post(client, "case_assign", case, to="wang", region="150105")

    assert wrong.status_code == 409
    assert "地区 150200 不在对方的管辖范围内" in wrong.content.decode()
    assert 'value="150200"' in wrong.content.decode()
    assert right.status_code == 302
    assert _fresh(case).region == "150105"


def test_tie_needs_its_reason_and_ends_the_claim(signed_in: SignIn) -> None:
    client, case = signed_in(Role.REVIEWER), _case()
    queue.claim(_user("reviewer"), case.pk, now=_now())

    assert client.get(reverse("case_tie", args=[case.pk])).status_code == 200
    refused = _post(client, "case_tie", case, reason="  ")
    done = _post(client, "case_tie", case, reason="亲属在该机构任教")

    assert "请写明回避理由" in refused.content.decode()
    assert done.status_code == 302
    assert _fresh(case).state == State.OPEN
    assert "您已申报回避" in _post(client, "case_claim", case).content.decode()


def test_pull_out_asks_first_and_names_the_address(signed_in: SignIn) -> None:
    client = signed_in(Role.REVIEWER)
    ads = [make_ad("初三数学班", site_id=name, seen=_now()) for name in ("a", "b")]
    case = make_case(*ads, now=_now())
    queue.claim(_user("reviewer"), case.pk, now=_now())

    asked = client.get(reverse("case_pull_out", args=[case.pk]), {"ad": ads[1].ad_id})
    done = _post(client, "case_pull_out", case, ad=ads[1].ad_id)
    again = _post(client, "case_pull_out", case, ad=ads[1].ad_id)

    assert ads[1].url in asked.content.decode()
    assert done.status_code == 302
    assert CaseAd.objects.get(ad=ads[1]).case != case
    assert again.status_code == 409
    assert "这条广告不在案件里" in again.content.decode()


@pytest.mark.parametrize("name", ACTS)
def test_foreign_and_missing_case_get_the_same_answer(signed_in: SignIn, name: str) -> None:
    client, foreign = signed_in(Role.SUPERVISOR), _case(region="150200")
    missing = Case(pk=foreign.pk + 1000)

    answers = [_post(client, name, case, to="x", reason="x", ad="x") for case in (foreign, missing)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].context["page"] == answers[1].context["page"]


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_roles_without_the_act_change_nothing(signed_in: SignIn, name: str, role: str) -> None:
    client, case = signed_in(role), _case()
    before = Event.objects.count()

    answer = _post(client, name, case, to="x", reason="x", ad="x")

    assert answer.status_code in {403, 409}
    assert Event.objects.count() == before
    assert _fresh(case).state == State.OPEN


@pytest.mark.parametrize("name", ["case_claim", "case_release", "case_withdraw"])
def test_acts_are_posts(signed_in: SignIn, name: str) -> None:
    client, case = signed_in(Role.REVIEWER), _case()

    assert client.get(reverse(name, args=[case.pk])).status_code == 405
    assert client.get(reverse("claim_next")).status_code == 405
