"""Near copies of one ad have near fingerprints; other ads have far ones."""

import pytest

from classifier.fingerprint import distance, fingerprint
from classifier.normalise import normalise

AD = (
    "暑期数学思维小班\n面向三至六年级，资深教师主讲，每班八人\n课程按教材同步，讲练结合，课后答疑到人\n"
    "每周二、四晚上开课，一期十六次，报名从速\n电话：13800000000 张老师\n"
    "地址：海东路锦绣嘉园\n关于我们\n联系方式\n版权所有"
)
OTHERS = (
    "少儿街舞周末班招生\n四到十二岁零基础可学，专业舞室，带把杆和监控\n一季度十二次，考级自愿\n欢迎到店体验",
    "县教育局关于做好暑假安全工作的通知\n各学校要开好家长会，提醒学生不到河边游泳，注意交通安全\n请各校认真落实",
    "本店出售二手钢琴，音色好，送货上门，保修三年，可以分期，欢迎来店试弹，周末不休息",
    "初中物理一对一上门，大学物理系研究生，带过三届毕业班，擅长力学和电学，时间灵活，可以试讲",
)


def of(text: str) -> str:
    return fingerprint(normalise(text).decoded)


@pytest.mark.parametrize(
    "copy",
    [
        AD.replace("13800000000", "13911112222"),
        AD.replace("暑期", "暑期2026-07-05"),
        "\n".join([*AD.split("\n")[:-3], "版权所有", "关于我们", "联系方式"]),
        AD.replace("数学", "數　學"),
        AD.replace("数学", "竖学"),
        AD.replace("，", " "),
        AD.upper(),
    ],
    ids=["phone", "date", "footer", "script", "disguise", "marks", "case"],
)
def test_a_copy_with_small_changes_is_near(copy: str) -> None:
    assert distance(of(AD), of(copy)) <= 3


@pytest.mark.parametrize("other", OTHERS)
def test_another_ad_is_far(other: str) -> None:
    assert distance(of(AD), of(other)) > 12


def test_a_fingerprint_never_changes_between_machines() -> None:
    assert fingerprint("暑期数学小班招生") == "7486fc36a072026a"
    assert fingerprint("") == fingerprint("2026-07-05 13800000000") == "0" * 16


def test_distance_counts_bits() -> None:
    assert distance("0" * 16, "f" * 16) == 64
    assert distance("0" * 15 + "1", "0" * 15 + "3") == 1
