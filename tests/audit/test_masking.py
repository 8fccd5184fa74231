"""Personal data is hidden with marks of the same length, wherever it shows."""

import pytest

from audit.case_view import case_view
from audit.masking import Mask, masked_line
from audit.models import Ad
from classifier.records import Counterpoint, Decoding, Fact
from tests.audit.builders import (
    NOW,
    add_version,
    later,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    make_user,
    span_of,
)

pytestmark = pytest.mark.django_db

TEXT = "初三数学班。张小明同学提了30分，加微信 abc_12345 或电话 13800001234，找王老师。"
TITLE = "数学班 QQ 998877665"


@pytest.fixture
def ad() -> Ad:
    assessment = make_assessment(
        TEXT,
        findings=(
            make_finding(
                TEXT,
                "张小明同学提了30分",
                label="endorsement_claim",
                axis="violation",
                reason="以学员张小明同学的成绩作证明",
            ),
        ),
        against=(Counterpoint(reason="张小明是自愿的", spans=(span_of(TEXT, "张小明"),)),),
        missing=("电话 13800001234 未核实",),
        facts=(
            Fact(kind="person", value="张小明", span=span_of(TEXT, "张小明")),
            Fact(kind="teacher", value="王老师", span=span_of(TEXT, "王老师")),
            Fact(kind="contact", value="wechat:abc_12345", span=span_of(TEXT, "abc_12345")),
            Fact(
                kind="contact",
                value="qq:998877665",
                span=span_of(TITLE, "998877665", field="title"),
            ),
        ),
        decodings=(Decoding(span=span_of(TEXT, "abc_12345"), plain="abc_12345", method="contact"),),
    )
    return make_ad(TEXT, TITLE, assessment=assessment)


SECRETS = ("张小明", "abc_12345", "998877665", "00001234")


def test_nothing_personal_is_in_the_view(ad: Ad) -> None:
    view = case_view(make_user("wang"), make_case(ad).pk, now=NOW)

    for secret in SECRETS:
        assert secret not in str(view), secret
    assert "王老师" in view["ad"]["text"]


def test_marks_have_the_same_length_so_that_offsets_hold(ad: Ad) -> None:
    view = case_view(make_user("wang"), make_case(ad).pk, now=NOW)

    assert len(view["ad"]["text"]) == len(TEXT)
    assert len(view["ad"]["title"]) == len(TITLE)
    (finding,) = view["findings"]
    (span,) = finding["spans"]
    assert span["text"] == "***同学提了30分"
    assert view["ad"]["text"][span["start"] : span["end"]] == span["text"]
    assert finding["reason"] == "以学员***同学的成绩作证明"


def test_opened_view_shows_everything(ad: Ad) -> None:
    view = case_view(make_user("wang"), make_case(ad).pk, personal_purpose="联系核实", now=NOW)

    assert view["ad"]["text"] == TEXT
    assert view["ad"]["title"] == TITLE
    assert {"abc_12345", "998877665"} <= {fact["quote"] for fact in view["facts"]}


def test_the_list_shows_a_masked_title(ad: Ad) -> None:
    case = make_case(ad)

    assert "998877665" not in case.title
    assert ad.assessment is not None
    assert masked_line(ad.assessment, max_chars=60) == case.title


def test_a_missed_phone_is_hidden_by_its_pattern() -> None:
    ad = make_ad("咨询 139-1234-5678", "", assessment=make_assessment("x"))
    assert ad.assessment is not None

    assert "5678" not in Mask(ad.assessment).text


def test_unjudged_newer_version_is_told_and_the_judged_one_is_shown(ad: Ad) -> None:
    add_version(ad, "全新文字，李小红电话 13900005678", fetched_at=later(hours=1))

    view = case_view(make_user("wang"), make_case(ad).pk, now=NOW)

    assert view["ad"]["waits_for_opinion"]
    assert view["ad"]["text"].startswith("初三数学班。***")
    assert "李小红" not in str(view)
