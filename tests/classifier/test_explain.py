"""The explanation: quotes, reasons, law of the day, points against, what is not shown."""

from collections.abc import Callable
from datetime import date

import pytest

from classifier.assess import Classifier
from classifier.records import Assessment, Document

AD = (
    "初一数学同步培优班招生，名师小班精讲。\n"
    "每周六上午9:00-11:30上课，一学期学费6800元一次付清。\n"
    "入学先测评，签约保提分，不提分退费。去年有12人考入重点高中。报名电话13800000000"
)


@pytest.fixture
def assess(classifier_with: Callable[..., Classifier]) -> Callable[..., Assessment]:
    classifier = classifier_with()

    def run(text: str, *, title: str = "", as_of: date | None = None) -> Assessment:
        return classifier.assess(Document(text=text, title=title, as_of=as_of))

    return run


def test_every_finding_quotes_the_original(assess: Callable[..., Assessment]) -> None:
    assessment = assess(AD, title="新学期数学课程")
    assert assessment.needs_review
    for finding in assessment.findings:
        assert finding.spans
        for span in finding.spans:
            source = "新学期数学课程" if span.field == "title" else AD
            assert source[span.start : span.end] == span.text != ""


def test_reasons_are_chinese_and_never_say_unlawful(assess: Callable[..., Assessment]) -> None:
    for finding in assess(AD).findings:
        assert any("一" <= character <= "鿿" for character in finding.reason)
        assert "违法" not in finding.reason


def test_labels_and_findings_agree(assess: Callable[..., Assessment]) -> None:
    a = assess(AD)
    given = {*a.offerings, *a.subjects, *a.disguises, *a.violations}
    assert {finding.label for finding in a.findings} == given
    assert {"restricted_hours", "prepaid_fee", "guarantee_claim"} <= set(a.violations)


@pytest.mark.parametrize(
    ("as_of", "is_cited"),
    [(date(2023, 10, 14), False), (date(2023, 10, 15), True), (None, True)],
)
def test_basis_is_the_law_of_the_day(
    assess: Callable[..., Assessment], as_of: date | None, is_cited: bool
) -> None:
    (finding, *_) = assess(AD, as_of=as_of).findings
    assert ("moe53-a17-unlicensed" in finding.basis) is is_cited
    assert "npel-a64-unlicensed" in finding.basis


def test_ad_from_before_the_rules_cites_only_what_there_was(
    assess: Callable[..., Assessment],
) -> None:
    cited = {b for finding in assess(AD, as_of=date(2020, 1, 1)).findings for b in finding.basis}
    assert cited == {"npel-a64-unlicensed", "gov-2018-80-hours", "teacher-2015-5-paid"} & cited
    assert "npel-a64-unlicensed" in cited


def test_four_dimensions_quote_what_shows_them(assess: Callable[..., Assessment]) -> None:
    dimensions = assess(AD).dimensions
    assert set(dimensions) == {"purpose", "content", "method", "evaluation"}
    for dimension in dimensions.values():
        assert dimension.state == "met"
        assert all(AD[span.start : span.end] == span.text for span in dimension.spans)


def test_a_denial_is_told_where_nothing_shows_the_dimension(
    assess: Callable[..., Assessment],
) -> None:
    text = "少儿舞蹈班招生，5岁起报名，每期12次960元。馆里不打分，不教拼音。"
    assessment = assess(text)
    assert assessment.offerings == ("non_subject",)
    assert assessment.dimensions["evaluation"].state == "unmet"
    assert assessment.dimensions["content"].state == "unmet"
    assert assessment.dimensions["purpose"].state == "unknown"


def test_points_against_stand_beside_the_flag(assess: Callable[..., Assessment]) -> None:
    text = AD + "\n学费全部进监管账户，办学许可证号教民115010270000001号。2014年秋季班"
    reasons = [point.reason for point in assess(text).against]
    assert any("许可" in reason for reason in reasons)
    assert any("监管" in reason for reason in reasons)
    assert any("日期" in reason for reason in reasons)
    assert len(reasons) == len(set(reasons))


def test_another_reading_is_told_as_a_point_against(assess: Callable[..., Assessment]) -> None:
    text = AD + "\n" + "闲话。" * 200 + "\n来源：都市晚报 记者 王某"
    assert any(point.reason.startswith("另一种可能") for point in assess(text).against)


def test_what_is_not_shown_is_listed(assess: Callable[..., Assessment]) -> None:
    missing = assess("初一数学辅导班招生").missing
    assert {"未见收费标准", "未见上课时间", "未见授课人员", "未见办学许可"} <= set(missing)
    told = assess(AD).missing
    assert "未见收费标准" not in told
    assert "未见联系方式" not in told


def test_nothing_is_missing_where_nothing_is_offered(assess: Callable[..., Assessment]) -> None:
    assessment = assess("本报讯（记者 王某）市教育局通报三起案例，责令停办。")
    assert assessment.offerings == ("not_training",)
    assert assessment.missing == ()
    assert assessment.against == ()


def test_model_only_flag_still_quotes(classifier_with: Callable[..., Classifier]) -> None:
    scores = {"needs_review": 0.99, "subject_tutoring": 0.99}
    text = "这里的老师很好，孩子每个礼拜来两回，进门先坐下，该弄懂的弄懂了再走。"
    assessment = classifier_with(**scores).assess(Document(text=text))
    assert assessment.needs_review
    (finding,) = (f for f in assessment.findings if f.axis == "offering")
    assert finding.origin == "model:chosen-1"
    assert finding.spans
    assert "涉嫌" in finding.reason
    assert all(text[span.start : span.end] == span.text for span in finding.spans)


def test_disguised_word_is_decoded_in_the_finding(assess: Callable[..., Assessment]) -> None:
    assessment = assess("初一竖学补习班，英🦅也有，报名加薇，周六上课")
    coded = [finding for finding in assessment.findings if finding.label == "coded_wording"]
    assert coded
    assert "数学" in (coded[-1].decoded or "")
    assert "math" in assessment.subjects
