"""Read prices (in yuan, with what they pay for) and amounts of lessons or time."""

import re
from collections.abc import Iterator

from classifier.numerals import ARABIC, HAN, HAN_NUMBER, number, plain
from classifier.regions import matches_near
from classifier.stated import Stated

AMOUNT = (
    rf"(?:(?:{ARABIC})(?:\s?[万千kw](?:\d{{1,4}}|[一二三四五六七八九])?(?![a-z]))?|{HAN_NUMBER})"
)
YUAN = r"(?:元|块钱|(?<!一)块(?!儿)|rmb|人民币)"
TO = r"\s?(?:元)?\s?[-~至到]\s?"
CUE = (
    r"(?:学费|费用|收费|价格|课时费|报名费|资料费|培训费|辅导费|原价|现价|优惠价|团购价|到手价|特价|拼团价|"
    r"会员价|套餐价|全款|定金|订金|预付款?|一次性(?:缴|交|付|收|付清|交清|缴清)|交(?!通|流|大|往|给|到)|缴|只要|仅需|仅收|低至|售价)"
)
MARKED = rf"[¥]\s?(?P<amount>{AMOUNT})(?:\s?[-~至到]\s?[¥]?(?P<high>{AMOUNT}))?{YUAN}?"
NAMED = rf"(?:(?P<low>{AMOUNT}){TO})?(?P<amount>{AMOUNT})\s?{YUAN}"
RATE = (
    rf"(?<![\d:.-])(?P<amount>{ARABIC})"
    r"(?=\s?[/一每]\s?(?:1|一|每)?\s?个?"
    r"(?:年(?!级)|学年|学期|季|期|月|节|次(?!性)|课时|小时|h(?![a-z])|堂|人|科))"
)
CUED = (
    rf"{CUE}[::]?\s?(?:为|是|仅|只|只要|仅需|仅收|低至|共|约|了|一共|起)?\s?(?:(?:每|一)个?(?:学期|学年|年|月|期|季度?|节课?|课时))?(?P<amount>{AMOUNT})"
    r"(?!\s?(?:年|月|日|号|节|课时|人|位|名|次|天|个|小时|分|%|折|期|家|科|种|项|\d|-\d{2}|-\d{2}|:\d))"
)
PATTERNS = (
    (MARKED, re.compile("¥")),
    (NAMED, re.compile(YUAN)),
    (RATE, re.compile(r"/|[一每](?=个?(?:小时|节|次|课时|月|学|年|期|堂|人|科|季))")),
    (CUED, re.compile(CUE)),
)
AMOUNT_REACH = 30
LEAST_CUED = 30
MOST_YUAN = 10_000_000

ONE = r"\s?(?:/|每|一|1)\s?(?:1|一)?\s?个?"
LESSON = r"(?:课时|节课?|次(?!性)课?|小时|堂课?)"
NEAR = r"[^\d,。;\n]{0,6}$"
AFTER = (
    (re.compile(rf"(?:{ONE})?(?:{LESSON}|h(?![a-z])|讲|[46]0分钟|45分钟)"), "per_lesson"),
    (re.compile(rf"{ONE}月"), "per_month"),
    (re.compile(rf"{ONE}(?:学期|季度?|期)"), "per_term"),
    (re.compile(rf"{ONE}学?年"), "per_year"),
    (re.compile(rf"{ONE}天"), "per_day"),
)
BEFORE = (
    (re.compile(rf"(?:[每一1]个?{LESSON}|课时费|时薪|课酬){NEAR}"), "per_lesson"),
    (re.compile(rf"(?:每个?月|一个月|月费|包月|按月){NEAR}"), "per_month"),
    (re.compile(rf"(?:[每一整]个?(?:学期|季度|期)|学期[费课]?|半年){NEAR}"), "per_term"),
    (re.compile(rf"(?:[每一全整]学?年|年费|年卡|包年){NEAR}"), "per_year"),
)
UNIT_REACH = 14


def prices(text: str) -> Iterator[Stated]:
    """Find prices; the unit is per_lesson, per_month, per_term, per_year, per_day or total."""
    taken = bytearray(len(text))
    for pattern, signs in PATTERNS:
        near = matches_near(pattern, text, signs, before=AMOUNT_REACH, after=AMOUNT_REACH)
        for match in near:
            if taken.find(1, match.start(), match.end()) != -1:
                continue
            found = list(_amounts(match, text, is_cued=pattern is CUED))
            if found:
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                yield from found


def _amounts(match: re.Match[str], text: str, *, is_cued: bool) -> Iterator[Stated]:
    first = match.start("low" if match.groupdict().get("low") else "amount")
    unit = _unit(text, first, match.end())
    for name in ("low", "amount", "high"):
        if name not in match.re.groupindex or match[name] is None:
            continue
        value = number(match[name])
        if value is None or value > MOST_YUAN or (is_cued and value < LEAST_CUED):
            continue
        start = match.start(name) if name == "low" else match.start()
        yield Stated("price", plain(value), start, match.end(), unit)


def _unit(text: str, start: int, end: int) -> str:
    for pattern, unit in AFTER:
        if pattern.match(text, end, end + UNIT_REACH):
            return unit
    before = text[max(0, start - UNIT_REACH) : start]
    for pattern, unit in BEFORE:
        if pattern.search(before):
            return unit
    return "total"


COUNT = rf"(?:(?:{ARABIC})|{HAN_NUMBER})"
LESSONS = (
    rf"(?=[/每一周第\d{HAN}])(?P<prefix>(?:每周|一周|每星期|每月|每天|每日|周|第|每|/)\s?)?(?P<count>{COUNT})\s?(?:个)?"
    r"(?:课时(?!费)|节课|节(?!车|约|能|日|假|目|省|气|奏|点|水|选)|堂课?|次课|讲(?!座|师|义|解|话|述|台|授|堂|练|评|得|究|清|明|过|到)"
    r"|次(?!性|方|数|元|日|年|品|序|于|要|机)|小时(?:课|的课|课程))"
)
LESSON_SIGNS = re.compile("课时|[节堂讲次]|小时")
COUNTED_ELSEWHERE = re.compile(
    r"(?:浏览|点击|阅读|访问|下载|播放|查看|热度|人气|获奖|第|举办|获得)[^\n]{0,4}$"
)
PER_TIME = {"每周": "per_week", "一周": "per_week", "每星期": "per_week", "周": "per_week",
            "每月": "per_month", "每天": "per_day", "每日": "per_day"}  # fmt: skip
MONTHS = rf"(?<![年/\-.])(?P<count>{COUNT}|半)\s?个月(?!大|龄|前|后|以前|以后)"
YEARS = (
    r"(?P<count>全|整|(?<![\d一二三四五六七八九])(?:[一两二三123]))(?:个)?(?:学)?年"
    r"(?!级|度|前|后|来|轻|龄|纪|代|以|的?经|教龄|多|内|间|老|一度|\d|[一二三四五六七八九十])"
)
TERMS = r"(?P<count>[一两二三1-3]|半|整)个?学期(?!末|初|中)"
SPAN_SIGNS = re.compile("月|年|学期")
# A bare 一年 mostly dates something; beside these words it says how long is paid or taught for.
PAID = re.compile("[费缴交付元卡课班包¥价]")
PAID_REACH = 8
MOST_LESSONS = 2000
MOST_MONTHS = 36


def amounts(text: str) -> Iterator[Stated]:
    """Find counts of lessons (unit lesson, or per_week, per_month, per_day) and spans of time.

    A span has the unit month (a year counts twelve) or term.
    """
    near = matches_near(LESSONS, text, LESSON_SIGNS, before=AMOUNT_REACH, after=2)
    for match in near:
        value = number(match["count"])
        prefix = (match["prefix"] or "").strip()
        before = text[max(0, match.start() - 8) : match.start()]
        is_other = prefix in ("第", "/", "每") or bool(COUNTED_ELSEWHERE.search(before))
        is_vague = value == 1 and prefix == ""
        if value is not None and 0 < value <= MOST_LESSONS and not (is_other or is_vague):
            unit = PER_TIME.get(prefix, "lesson")
            yield Stated("lessons", plain(value), match.start(), match.end(), unit)
    for pattern, unit, factor in ((MONTHS, "month", 1), (YEARS, "month", 12), (TERMS, "term", 1)):
        for match in matches_near(pattern, text, SPAN_SIGNS, before=12, after=6):
            value = {"半": 0.5, "全": 1.0, "整": 1.0}.get(match["count"], number(match["count"]))
            around = text[max(0, match.start() - PAID_REACH) : match.end() + PAID_REACH]
            is_paid = factor == 1 or PAID.search(around)
            if value is not None and 0 < value * factor <= MOST_MONTHS and is_paid:
                yield Stated("lessons", plain(value * factor), match.start(), match.end(), unit)
