"""Contacts are found and normalised, also where they are hidden."""

import pytest

from tests.classifier.stated import values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话：13804711234", ["phone:13804711234"]),
        ("一三八零四七一一二三四", ["phone:13804711234"]),
        ("1 3 8-0471-1234", ["phone:13804711234"]),
        ("138★0471★1234", ["phone:13804711234"]),
        ("①③⑧０４７１１２３４", ["phone:13804711234"]),
        ("138o47ll234", ["phone:13804711234"]),
        ("+86 138 0471 1234", ["phone:13804711234"]),
        ("13804711234/13904711234", ["phone:13804711234", "phone:13904711234"]),
        ("0471-6901234", ["phone:04716901234"]),
        ("(0471)690 1234", ["phone:04716901234"]),
        ("400-820-1234", ["phone:4008201234"]),
        ("咨询电话：6901234", ["phone:6901234"]),
        ("微信：abc_12345", ["wechat:abc_12345"]),
        ("加薇abc12345", ["wechat:abc12345"]),
        ("V：zhang-2020", ["wechat:zhang-2020"]),
        ("扣扣：123456", ["qq:123456"]),
        ("a.b@qq.com", ["mail:a.b@qq.com"]),
        ("订单2025110112345678", []),
        ("身份证150102199001011234", []),
        ("12345678901", []),
        ("2025-11-25", []),
        ("1380000111", []),
    ],
)
def test_contacts_are_normalised(text: str, expected: list[str]) -> None:
    assert values(text, "contact") == expected
