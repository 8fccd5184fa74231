"""Read phones, WeChat and QQ accounts and mail addresses, also where they are hidden."""

import re
from collections.abc import Iterator

from classifier.numerals import DIGITS
from classifier.stated import Stated

DIGIT = "[0-9零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖ol]"
MOBILE = re.compile(
    rf"(?<![0-9a-z])(?:\+?\(?86\)?[\s-]{{0,2}})?(?P<number>[1一幺壹l](?:[^\S\n]|[-·.*★☆_/()~|✦❤]){{0,2}}[3-9三四五六七八九叁肆伍陆柒捌玖]"
    rf"(?:(?:[^\S\n]|[-·.*★☆_/()~|✦❤]){{0,2}}{DIGIT}){{9}})(?![0-9])"
)
MOBILE_SIGNS = re.compile(
    r"[1一幺壹l](?:[^\S\n]|[-·.*★☆_/()~|✦❤]){0,2}[3-9三四五六七八九叁肆伍陆柒捌玖]"
)
# 13 to 19 with the second digits in use (numbering plan of the ministry of industry, 2026).
MOBILE_VALUE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
LANDLINE = re.compile(
    r"(?P<area>0(?<![\d-]0)(?:10|2\d|[3-9]\d{2}))\)?[\s-]{0,2}(?P<number>[2-8]\d{6,7}|[2-8]\d{2,3}[\s-]\d{4})(?![\d])"
)
SERVICE = re.compile(r"(?P<number>[48](?<![\d-][48])00[\s-]?\d{3,4}[\s-]?\d{3,4})(?![\d])")
LOCAL = re.compile(r"(?:电话|热线|tel|座机|咨询|致电)[::]?\s?(?P<number>[2-8]\d{6,7})(?![\d])")
WECHAT = re.compile(
    r"微信(?!公众|小程序|扫|支付|群)(?:号码?|id|账号)?(?:同号|同步)?[\s::=(【]{0,3}(?:是|为|加)?\s?"
    r"(?P<account>[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9})(?![a-z0-9_-])"
)
QQ = re.compile(
    r"qq(?<![a-z]qq)(?:号码?|群号?|群)?[\s::=]{0,3}(?:是|为)?\s?(?P<account>[1-9]\d{4,10})(?!\d)"
)
MAIL = re.compile(
    r"(?<![a-z0-9._-])[a-z0-9][a-z0-9._+-]{0,40}@[a-z0-9][a-z0-9-]{0,40}(?:\.[a-z]{2,8}){1,3}"
)
SERVICE_DIGITS = 10
VALUES = {"o": "0", "l": "1"} | {han: str(value) for han, value in DIGITS.items()}


def contacts(text: str) -> Iterator[Stated]:
    """Find contacts; values are `phone:…`, `wechat:…`, `qq:…` and `mail:…` without blanks."""
    yield from _mobiles(text)
    for match in LANDLINE.finditer(text):
        value = match["area"] + _digits(match["number"])
        yield Stated("contact", f"phone:{value}", match.start(), match.end())
    for match in SERVICE.finditer(text):
        value = _digits(match["number"])
        if len(value) == SERVICE_DIGITS:
            yield Stated("contact", f"phone:{value}", match.start(), match.end())
    for match in LOCAL.finditer(text):
        yield Stated("contact", f"phone:{match['number']}", match.start("number"), match.end())
    for pattern, kind in ((WECHAT, "wechat"), (QQ, "qq")):
        for match in pattern.finditer(text):
            yield Stated(
                "contact", f"{kind}:{match['account']}", match.start("account"), match.end()
            )
    if "@" in text:
        for match in MAIL.finditer(text):
            yield Stated("contact", f"mail:{match[0]}", match.start(), match.end())


def _mobiles(text: str) -> Iterator[Stated]:
    end = 0
    for sign in MOBILE_SIGNS.finditer(text):
        if sign.start() < end:
            continue
        match = MOBILE.match(text, sign.start())
        if match:
            value = _digits(match["number"])
            if MOBILE_VALUE.fullmatch(value):
                end = match.end()
                yield Stated("contact", f"phone:{value}", match.start("number"), end)


def _digits(text: str) -> str:
    plain = (VALUES.get(character, character) for character in text)
    return "".join(character for character in plain if character.isascii() and character.isdigit())
