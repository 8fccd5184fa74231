"""Facts: what the text states, in one normal form, quoted from the original."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.facts import facts
from classifier.names import is_credit_code
from classifier.normalise import normalise
from classifier.records import FactKind
from tests.classifier.stated import found, values, with_units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小学三年级", ["primary", "primary-3"]),
        ("初二、高三", ["junior-2", "senior-3"]),
        ("新初一衔接", ["junior-1"]),
        ("初Ⅲ 高② 初1", ["junior-3", "senior-2", "junior-1"]),
        ("七年级", ["junior-1"]),
        ("初一至初三", ["junior-1", "junior-2", "junior-3"]),
        ("初三到高一", ["junior-3", "senior-1"]),
        ("4—6年级", ["primary-4", "primary-5", "primary-6"]),
        ("三四年级", ["primary-3", "primary-4"]),
        ("小六数学", ["primary-6"]),
        ("五升六", ["primary-6"]),
        ("小升初", ["primary-6"]),
        ("中考冲刺", ["junior-3"]),
        ("K12 G5", ["k12", "primary-5"]),
        ("G7-G9", ["junior-1", "junior-2", "junior-3"]),
        ("幼儿园大班", ["preschool", "preschool"]),
        ("大班课", []),
        ("提高一点", []),
        ("最高一档", []),
        ("当初一家人", []),
        ("高一层次", ["senior-1"]),
        ("3年J", ["primary-3"]),
    ],
)
def test_grades_have_one_name(text: str, expected: list[str]) -> None:
    assert values(text, "grade") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3-6岁", ["3-6"]), ("三到六岁", ["3-6"]), ("3岁至6岁", ["3-6"]), ("5岁半", ["5.5"]),
        ("满6周岁", ["6"]), ("4.5岁", ["4.5"]), ("岁月", []),
    ],
)  # fmt: skip
def test_ages_are_in_years(text: str, expected: list[str]) -> None:
    assert with_units(text, "age") == [(value, "year") for value in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大语文", ["chinese"]),
        ("数理化", ["chemistry", "math", "physics"]),
        ("竖学和yuwen 小学", ["math", "chinese"]),
        ("KET考前班", ["foreign_language"]),
        ("market", []),
        ("文化课", ["all_subjects"]),
    ],
)
def test_subjects_are_ids_of_the_taxonomy(text: str, expected: list[str]) -> None:
    assert sorted(values(text, "subject")) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("学费9800元/年", [("9800", "per_year")]),
        ("一次性收费一万二千元", [("12000", "total")]),
        ("学费一万二", [("12000", "total")]),
        ("原价1.98万", [("19800", "total")]),
        ("￥3，980 60课时", [("3980", "total")]),
        ("180元/课时", [("180", "per_lesson")]),
        ("每节课200元", [("200", "per_lesson")]),
        ("300一小时", [("300", "per_lesson")]),
        ("200-300元/小时", [("200", "per_lesson"), ("300", "per_lesson")]),
        ("3980/期", [("3980", "per_term")]),
        ("一学期3600元", [("3600", "per_term")]),
        ("学费每学期4800", [("4800", "per_term")]),
        ("月费1200元", [("1200", "per_month")]),
        ("一学年 19,800元", [("19800", "per_year")]),
        ("三万八元", [("38000", "total")]),
        ("交2000送1000", [("2000", "total")]),
        ("5000美元", []),
        ("在一块儿玩", []),
        ("一次性", []),
        ("学费2025年公布", []),
    ],
)
def test_prices_are_in_yuan_with_what_they_pay_for(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert with_units(text, "price") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60课时", [("60", "lesson")]),
        ("全年96节", [("96", "lesson")]),
        ("四十八次课", [("48", "lesson")]),
        ("买60课时送20课时", [("60", "lesson"), ("20", "lesson")]),
        ("每周2次", [("2", "per_week")]),
        ("一周六次", [("6", "per_week")]),
        ("学制3个月", [("3", "month")]),
        ("一次性缴一年学费", [("12", "month")]),
        ("收一学期费用", [("1", "term")]),
        ("第3节课", []),
        ("180元/节", []),
        ("本页浏览2106次", []),
        ("一年级", []),
        ("一年一度", []),
        ("两年教龄", []),
        ("5节车厢", []),
    ],
)
def test_amounts_of_lessons_and_time(text: str, expected: list[tuple[str, str]]) -> None:
    assert with_units(text, "lessons") == expected


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("在职教师和一线名师", "teacher", ["in_service", "famous"]),
        ("北美外教授课", "teacher", ["offshore", "foreign"]),
        ("退休教师", "teacher", ["retired"]),
        ("锦绣嘉园小区", "venue", ["flat"]),
        ("写字楼", "venue", ["office"]),
        ("地址私发", "venue", ["private"]),
        ("腾讯会议", "venue", ["online"]),
        ("由高老师主讲", "person", ["高老师"]),
        ("联系人：赵女士", "person", ["赵女士"]),
        ("李晓梅老师", "person", ["李晓梅老师"]),
        ("欧阳老师", "person", ["欧阳老师"]),
        ("语文老师", "person", []),
        ("班主任老师", "person", []),
        ("提高老师水平", "person", []),
        ("启林教育", "institution", ["启林教育"]),
        (
            "呼和浩特市启林教育培训学校有限公司",
            "institution",
            ["呼和浩特市启林教育培训学校有限公司"],
        ),
        ("欢迎来到新城区第二中学", "institution", ["新城区第二中学"]),
        ("校外培训机构", "institution", []),
        ("劳动教育", "institution", []),
        ("代码91350100M000100Y43", "institution", ["uscc:91350100M000100Y43"]),
        ("代码91350100M000100Y44", "institution", []),
        ("教民115010070000111号", "institution", ["licence:115010070000111"]),
    ],
)
def test_people_places_and_institutions(text: str, kind: FactKind, expected: list[str]) -> None:
    assert sorted(values(text, kind)) == sorted(expected)


def test_a_credit_code_of_another_length_is_refused() -> None:
    assert is_credit_code("91350100m000100y43")
    assert not is_credit_code("91350100m000100y4")
    assert not is_credit_code("91350100i000100y43")


def test_a_fact_quotes_the_original() -> None:
    (fact,) = found("时间：晚７点—９点，教竖学", "clock")[1:]
    assert fact.span.text == "晚７点—９点"
    (fact,) = found("时间：晚７点，教竖学，补习", "subject")
    assert (fact.value, fact.span.text) == ("math", "竖学")


PIECES = st.sampled_from(
    [
        "学费",
        "9800",
        "元",
        "/年",
        "一万二",
        "60",
        "课时",
        "每周",
        "周六",
        "、",
        "日",
        "19:00",
        "—",
        "21:30",
        "晚",
        "九点半",
        "初",
        "二",
        "高",
        "三",
        "年级",
        "3-6岁",
        "138",
        "0471",
        "1234",
        "一三八零",
        "加薇",
        "abc123",
        "QQ",
        "张",
        "老师",
        "启林",
        "教育",
        "有限公司",
        "2025",
        "年",
        "7",
        "月",
        "3",
        "日",
        "￥",
        ",",
        "万",
        "千",
        "千万",
        "半",
        "个月",
        "学期",
        "(",
        ")",
        "岁",
        "升",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=16).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_gives_facts_that_quote_it(raw: str) -> None:
    for fact in facts(normalise(raw)):
        assert raw[fact.span.start : fact.span.end] == fact.span.text
        assert fact.span.text
        assert fact.value


@pytest.mark.parametrize(
    "piece",
    ["1", "一", "数学", "a", "1元", "1点", "13", "周六", "学费", "张老师", "学校", "初一", "a.b@"],
)
def test_a_megabyte_without_a_blank_is_read_in_linear_time(piece: str) -> None:
    n = normalise(piece * (1_000_000 // len(piece)))
    start = time.process_time()
    facts(n)
    assert time.process_time() - start < 10
