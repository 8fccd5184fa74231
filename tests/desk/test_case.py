"""The page of a case: what it shows to whom, and in how many queries."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.keys import contact_hash
from audit.models import Case, CaseAd, Event, Role, State, User
from audit.queue import look
from classifier.labels import load_labels
from classifier.records import Counterpoint, Decoding, Fact
from tests.audit.builders import (
    HOHHOT,
    NOW,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    make_user,
    put_in_state,
    span_of,
)
from tests.desk.case_pages import claimed, html_of, now

SignedIn = Callable[..., Client]

TEXT = "初三竖学一对一提分，周末上课。\n电话 13800001234，张小明同学提了30分。"


def body_of(answer: Any) -> str:
    """Return a page without its token, which differs each time."""
    return re.sub(r'"X-CSRFToken": "\w+"|value="\w{64}"', "", answer.content.decode())


def lead(**values: Any) -> Case:
    assessment = make_assessment(
        TEXT,
        findings=(
            make_finding(TEXT, "竖学一对一", decoded="数学"),
            make_finding(
                TEXT,
                "周末上课",
                label="restricted_hours",
                axis="violation",
                score=0.55,
                basis=("dr-2021-rest-days",),
            ),
        ),
        decodings=(Decoding(span=span_of(TEXT, "竖学"), plain="数学", method="homophone"),),
        against=(Counterpoint(reason="同一网站主要面向成人", spans=()),),
        missing=("未见办学许可",),
        facts=(
            Fact(kind="contact", value="phone:13800001234", span=span_of(TEXT, "13800001234")),
            Fact(kind="person", value="张小明", span=span_of(TEXT, "张小明")),
        ),
    )
    return make_case(make_ad(TEXT, "数学班", assessment=assessment, **values))


@pytest.fixture
def case(db: None) -> Case:
    return lead()


def test_page_shows_words_reasons_law_and_evidence(case: Case, signed_in: SignedIn) -> None:
    html = html_of(signed_in(Role.REVIEWER), case)

    assert "<rt>数学</rt>" in html
    assert '<small class="ends" data-ends="性1"></small>' in html
    for shown in (
        "机器判断：很可能涉嫌",
        "同一网站主要面向成人",
        "未见办学许可",
        "第十七条",
        "sha256:",
        "存证链上没有此文件",
    ):
        assert shown in html
    assert "违法" not in re.sub(r"违法所得", "", html)


def test_quotes_know_their_findings_and_findings_their_quotes(
    case: Case, signed_in: SignedIn
) -> None:
    html = html_of(signed_in(Role.REVIEWER), case)

    marked = re.findall(
        r'<span class="quote (\w+)[^"]*" data-start="(\d+)" data-findings="([\d ]+)"', html
    )
    assert ("offering", "2", "1") in marked
    assert ("violation", str(TEXT.index("周末")), "2") in marked
    assert set(re.findall(r'data-finding="(\d+)"', html)) == {"1", "2"}


def test_personal_data_is_hidden_until_opened_with_a_purpose(
    case: Case, signed_in: SignedIn
) -> None:
    client = signed_in(Role.REVIEWER)
    address = reverse("case_personal", args=[case.pk])
    assert "13800001234" not in html_of(client, case)
    assert "张小明" not in html_of(client, case)

    without = client.post(address, {"purpose": " "})
    opened = client.post(address, {"purpose": "联系举办者核实"})

    assert without.status_code == 403
    assert "须写明用途" in without.content.decode()
    assert "13800001234" in opened.content.decode()
    event = Event.objects.get(action="personal.open")
    assert (event.actor, event.purpose) == ("reviewer", "联系举办者核实")
    assert "13800001234" not in html_of(client, case)


def test_related_searches_do_not_name_the_contact(case: Case, signed_in: SignedIn) -> None:
    html = html_of(signed_in(Role.REVIEWER), case)

    assert f"contact%3A{contact_hash('phone:13800001234')}" in html
    assert "138********" in html


def test_looking_writes_no_event(case: Case, signed_in: SignedIn) -> None:
    client = signed_in(Role.REVIEWER)
    before = Event.objects.count()

    html_of(client, case)

    assert Event.objects.count() == before


def test_case_of_another_region_answers_like_none(case: Case, signed_in: SignedIn) -> None:
    client = signed_in(Role.REVIEWER, name="elsewhere", region="110100")

    foreign = client.get(reverse("case", args=[case.pk]))
    unknown = client.get(reverse("case", args=[999_999]))

    assert foreign.status_code == unknown.status_code == 404
    assert body_of(foreign) == body_of(unknown)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR])
def test_roles_without_casework_do_not_see_cases(
    role: str, case: Case, signed_in: SignedIn
) -> None:
    assert signed_in(role).get(reverse("case", args=[case.pk])).status_code == 403


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.AUDITOR])
def test_roles_that_only_look_are_told_so(role: str, case: Case, signed_in: SignedIn) -> None:
    html = html_of(signed_in(role), case)

    assert "可以查看，不能研判" in html
    assert 'name="conclusion"' not in html


def test_free_case_offers_to_be_claimed(case: Case, signed_in: SignedIn) -> None:
    html = html_of(signed_in(Role.REVIEWER), case)

    assert "领取后即可研判" in html
    assert 'name="conclusion"' not in html


def test_holder_gets_the_form_with_machine_labels_and_clauses_in_force(
    case: Case, signed_in: SignedIn
) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)

    html = html_of(client, case)

    assert html.count('name="conclusion"') == 5
    assert re.search(r'value="subject_tutoring"[^>]*data-machine checked', html)
    assert re.search(r'value="foreign_curriculum"[^>]*data-axis="offering">', html)
    assert re.search(r'name="clauses" value="moe53-a17-unlicensed"[^>]*checked', html)
    assert 'data-clock-until="' in html


def test_clauses_of_labels_that_a_person_may_add_are_offered_unticked(
    case: Case, signed_in: SignedIn
) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)

    html = html_of(client, case)

    offered = re.findall(r'name="clauses" value="([^"]+)"[^>]*data-for="([^"]+)"([^>]*)>', html)
    assert len({clause for clause, _, _ in offered}) == len(offered)
    ticked = {clause for clause, _, rest in offered if "checked" in rest}
    assert ticked <= {"moe53-a17-unlicensed", "dr-2021-rest-days"}
    for label in ("capital_raising", "campus_promotion"):
        basis = set(load_labels().basis(label))
        assert basis <= {clause for clause, labels, _ in offered if label in labels.split()}


def test_others_see_who_holds_it_and_until_when(case: Case, signed_in: SignedIn) -> None:
    make_user("wang")
    claimed(case, "wang")

    html = html_of(signed_in(Role.REVIEWER), case)

    assert "wang 正在研判" in html
    assert 'name="conclusion"' not in html


def test_claim_that_ran_out_says_so_and_can_be_taken_again(case: Case, signed_in: SignedIn) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)
    Case.objects.filter(pk=case.pk).update(lease_until=now())

    assert "您的领取已到时" in html_of(client, case)


def test_proposal_is_confirmed_by_another_supervisor_only(case: Case, signed_in: SignedIn) -> None:
    own = signed_in(Role.SUPERVISOR, name="own")
    other = signed_in(Role.SUPERVISOR, name="other")
    put_in_state(case, State.PROPOSED, by=User.objects.get(username="own"))

    assert "复核通过" in html_of(other, case)
    mine = html_of(own, case)
    assert "复核通过" not in mine
    assert "可以撤回修改" in mine
    assert "等复核员复核" in html_of(signed_in(Role.REVIEWER), case)


def test_confirmed_case_tells_that_nothing_is_left_to_do(case: Case, signed_in: SignedIn) -> None:
    put_in_state(case, State.CONFIRMED, by=make_user("li"))

    html = html_of(signed_in(Role.REVIEWER), case)

    assert "结论已生效" in html
    assert "涉嫌违规" in html


def test_case_without_findings_says_so(signed_in: SignedIn) -> None:
    html = html_of(signed_in(Role.REVIEWER), make_case(make_ad("正文", "标题")))

    assert "没有逐条依据" in html
    assert "没有可引用的条款" in html


def test_page_asks_for_few_rows_however_many_placements(
    case: Case, signed_in: SignedIn, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)
    for number in range(30):
        ad = make_ad(f"同一内容 {number}", region=HOHHOT)
        CaseAd.objects.create(case=case, ad=ad, version=ad.version, assessment=ad.assessment)
    look(User.objects.get(username="reviewer"), case.pk, now=NOW)

    with django_assert_max_num_queries(30):
        html = html_of(client, case)

    assert html.count("末次出现") > 30


def test_page_never_shows_none(signed_in: SignedIn) -> None:
    ad = make_ad("正文", "")
    ad.version.capture.evidence_file = None  # type: ignore[union-attr]
    ad.version.capture.robots_allowed = None  # type: ignore[union-attr]
    ad.version.capture.save()  # type: ignore[union-attr]

    html = html_of(signed_in(Role.REVIEWER), make_case(ad))

    assert "<bdi>（无标题）</bdi>" in html
    assert not re.search(r">[^<]*\b(None|null|undefined|nan)\b[^<]*<", html)
