"""Deciding, confirming and returning on the page of a case."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Case, Decision, Role, State, User
from tests.audit.builders import (
    add_version,
    judge,
    make_ad,
    make_assessment,
    make_case,
    make_user,
    put_in_state,
)
from tests.desk.case_pages import claimed, decide, html_of, now

SignedIn = Callable[..., Client]

TEXT = "初三数学一对一提分，周末上课。"


@pytest.fixture
def case(db: None) -> Case:
    return make_case(make_ad(TEXT, "数学班"))


@pytest.fixture
def client(case: Case, signed_in: SignedIn) -> Client:
    """Return the client of a reviewer who holds the case."""
    reviewer = signed_in(Role.REVIEWER)
    claimed(case)
    return reviewer


def test_decision_keeps_what_was_sent(case: Case, client: Client) -> None:
    spans = {"campus_promotion": [{"field": "text", "start": 0, "end": 4}]}

    answer = decide(
        client,
        case,
        labels=["subject_tutoring", "campus_promotion"],
        label_spans=json.dumps(spans),
    )

    assert answer.headers["Location"] == f"/cases/{case.pk}/?done={case.pk}"
    decision = Decision.objects.get()
    assert decision.labels == {
        "offerings": ["subject_tutoring"],
        "subjects": [],
        "disguises": [],
        "violations": ["campus_promotion"],
    }
    assert decision.label_spans == spans
    assert decision.clauses == ["moe53-a17-unlicensed"]
    assert decision.case.state == State.PROPOSED


def test_page_after_a_decision_says_what_became_of_it(case: Case, client: Client) -> None:
    answer = decide(client, case)

    html = client.get(answer.headers["Location"]).content.decode()

    assert f"案件 {case.pk} 已提交（涉嫌违规），现在：待复核" in html
    assert f'data-done-case="{case.pk}"' in html
    assert "撤回这次提交" in html


def test_goes_on_to_the_next_case_under_the_same_filters(case: Case, client: Client) -> None:
    other = make_case(make_ad("初二英语一对一提分。", url="https://b.example.org/1"))
    make_case(make_ad("初一物理小班。", url="https://c.example.org/1"))

    answer = decide(client, case, "?host=b.example.org", then="next")

    expected = f"/cases/{other.pk}/?host=b.example.org&done={case.pk}"
    assert answer.headers["Location"] == expected
    other.refresh_from_db()
    assert other.claimed_by == User.objects.get(username="reviewer")


def test_goes_back_to_the_queue_when_nothing_is_left(case: Case, client: Client) -> None:
    answer = decide(client, case, then="next")

    assert answer.headers["Location"] == f"{reverse('queue')}?done={case.pk}"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"conclusion": ""}, "请先选择研判结论"),
        ({"reason": "  "}, "请填写研判理由"),
        ({"due": "2020-01-01", "conclusion": "needs_evidence"}, "期限应在今天之后"),
        (
            {"label_spans": '{"math": [{"field": "text", "start": 0, "end": 9999}]}'},
            "不在广告原文之内",
        ),
    ],
)
def test_refused_decision_comes_back_with_all_that_was_typed(
    case: Case, client: Client, changes: dict[str, Any], says: str
) -> None:
    labels = ["non_subject", "math"]
    values: dict[str, Any] = {"reason": "很长的理由", "labels": labels, "clauses": [], **changes}

    answer = decide(client, case, **values)

    html = answer.content.decode()
    assert answer.status_code == 409
    assert says in html
    assert values["reason"] in html
    assert 'value="non_subject" data-zh="非学科类培训" data-axis="offering" checked' in html
    assert not Decision.objects.exists()


def test_lease_that_ran_out_keeps_what_was_typed(case: Case, client: Client) -> None:
    Case.objects.filter(pk=case.pk).update(lease_until=now())

    answer = decide(client, case, reason="写了很久的理由")

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "写了很久的理由" in html
    assert "重新领取" in html
    assert not Decision.objects.exists()


def test_text_that_changed_since_is_shown_and_named(case: Case, client: Client) -> None:
    ad = case.case_ads.get().ad
    old_opinion, old_version = ad.assessment_id, ad.version_id
    add_version(ad, "全新的内容，成人英语。", fetched_at=now())
    judge(ad, make_assessment("全新的内容，成人英语。"))

    answer = decide(
        client, case, opinion=str(old_opinion), version=str(old_version), reason="旧理由"
    )

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "广告内容或机器判断有变" in html
    assert "旧理由" in html
    assert reverse("case_diff", args=[case.pk, old_version]) in html
    assert "全新的内容" in html
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"due": "morgen"},
        {"opinion": "x"},
        {"opinion": ""},
        {"label_spans": "[1]"},
        {"label_spans": '{"math": {"start": 1}}'},
        {"label_spans": "{"},
        {"labels": ["no_such_label"]},
        {"clauses": ["no-such-clause"]},
        {"conclusion": "guilty"},
    ],
)
def test_forged_form_changes_nothing(case: Case, client: Client, changes: dict[str, str]) -> None:
    assert decide(client, case, **changes).status_code in {400, 403, 409}
    assert not Decision.objects.exists()


def test_case_of_another_region_cannot_be_decided(case: Case, signed_in: SignedIn) -> None:
    elsewhere = signed_in(Role.REVIEWER, name="elsewhere", region="110100")

    assert decide(elsewhere, case).status_code == 404


def test_supervisor_confirms_and_goes_on(case: Case, signed_in: SignedIn) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    put_in_state(case, State.PROPOSED, by=make_user("wang"))
    html = html_of(supervisor, case)
    assert "讲授学科内容" in html

    answer = supervisor.post(reverse("case_confirm", args=[case.pk]), {"reason": "同意"})

    case.refresh_from_db()
    assert case.state == State.CONFIRMED
    assert answer.headers["Location"] == f"{reverse('queue')}?tab=proposed&done={case.pk}"


def test_return_needs_a_reason_and_reaches_the_reviewer(case: Case, signed_in: SignedIn) -> None:
    supervisor = signed_in(Role.SUPERVISOR)
    put_in_state(case, State.PROPOSED, by=make_user("wang"))
    address = reverse("case_return", args=[case.pk])

    refused = supervisor.post(address, {"reason": ""})
    supervisor.post(address, {"reason": "请补充收费依据"})

    assert refused.status_code == 409
    case.refresh_from_db()
    assert case.state == State.RETURNED
    assert "请补充收费依据" in html_of(signed_in(Role.REVIEWER), case)


def test_withdrawn_proposal_is_in_the_form_again(case: Case, client: Client) -> None:
    spans = {"non_subject": [{"field": "text", "start": 0, "end": 2}]}
    labels = ["non_subject"]
    decide(client, case, reason="想再改改", labels=labels, label_spans=json.dumps(spans))
    client.post(reverse("case_withdraw", args=[case.pk]))

    html = html_of(client, case)

    assert "想再改改</textarea>" in html
    assert re.search(r'value="violation" required [^>]*checked', html)
    assert 'value="non_subject" data-zh="非学科类培训" data-axis="offering" checked' in html
    assert "&quot;non_subject&quot;" in html


def test_proposal_of_another_person_is_not_put_into_ones_mouth(
    case: Case, signed_in: SignedIn
) -> None:
    client = signed_in(Role.REVIEWER)
    put_in_state(case, State.PROPOSED, by=make_user("wang"))
    address = reverse("case_return", args=[case.pk])
    signed_in(Role.SUPERVISOR).post(address, {"reason": "请补充"})
    claimed(case)

    html = html_of(client, case)

    assert "请补充" in html
    assert "讲授学科内容</textarea>" not in html


def test_marked_spans_are_shown_to_the_second_person(
    case: Case, client: Client, signed_in: SignedIn
) -> None:
    spans = {"math": [{"field": "text", "start": 2, "end": 4}]}
    decide(client, case, label_spans=json.dumps(spans))

    html = html_of(signed_in(Role.SUPERVISOR), case)

    assert "手工标注 数学：<q><bdi>数学</bdi></q>" in html


def test_second_person_sees_where_labels_differ_from_the_machine(
    case: Case, client: Client, signed_in: SignedIn
) -> None:
    decide(client, case, labels=["subject_tutoring", "campus_promotion"])

    html = html_of(signed_in(Role.SUPERVISOR), case)

    assert "增加 进校宣传；去掉 数学" in html


def test_get_changes_nothing(case: Case, client: Client) -> None:
    for name in ("case_decide", "case_confirm", "case_return", "case_personal"):
        assert client.get(reverse(name, args=[case.pk])).status_code == 405
