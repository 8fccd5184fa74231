"""Read clock times, days of the week, holidays and dates."""

import re
from collections.abc import Iterator

from classifier.numerals import number
from classifier.regions import matches_near
from classifier.stated import Stated

HAN_HOUR = r"二十[一二三四]?|十[一二三四五六七八九]?|[一两二三四五六七八九]"
PERIOD = r"(?:凌晨|清晨|早上|早晨|早|上午|中午|午间|下午|午后|傍晚|晚上|晚间|晚|夜间|夜里|夜|am|pm)"
HOUR = rf"(?:(?<![\d.])[01]?\d|2[0-4]|{HAN_HOUR})"
COLON = r"(?P<h{0}>(?<![\d.:])(?:[01]?\d|2[0-4])):(?P<m{0}>[0-5]\d)(?![\d:])"
# 时 begins or ends many words (时间, 及时) that tell no hour.
NO_HOUR = "(?![候间段代常刻光区长节期机尚限效值事])"
MINUTES = "半|整|钟|[一三]刻|[0-5]?\\d分?|[一二三四五]?十[一二三四五六七八九]?分?|过"
SPOKEN = rf"(?P<s{{0}}>(?<![\d.]){HOUR})(?:点|时{NO_HOUR})(?P<t{{0}}>{MINUTES})?"
BARE = r"(?P<b{0}>(?<![\d.:])(?:[01]?\d|2[0-4])(?![\d.:]))"


def _time(place: int, *, bare: bool = False) -> str:
    forms = [COLON.format(place), SPOKEN.format(place)] + ([BARE.format(place)] if bare else [])
    return rf"(?:(?P<p{place}>{PERIOD})\s?)?(?:{'|'.join(forms)})"


RANGE_SIGN = r"\s?(?:-|~|至|到|——)+\s?"
# The first hour of a range may lack its own unit (7-9点); the second may not.
CLOCK = (
    rf"(?=[\d凌清早上中午下傍晚夜ap一二两三四五六七八九十])"
    rf"{_time(1, bare=True)}(?:{RANGE_SIGN}{_time(2)})?"
)
# The hour at which a page was published is no hour of a lesson.
STAMP = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:日)?[t\s]{1,3}\d{1,2}:\d{2}(?::\d{2})?(?!\s?[-~至到])"
)
CLOCK_SIGNS = re.compile("[:点时]")
CLOCK_REACH = 24
# 一点, 两点 and 三点 count arguments and places more often than hours.
VAGUE = frozenset("一两二三")
NOON = 720
AFTERNOON = ("下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜间", "夜里", "夜", "pm")


def clocks(text: str) -> Iterator[Stated]:
    """Find clock times as HH:MM with the unit start, end or point."""
    if ":" not in text and "点" not in text and "时" not in text:
        return
    stamps = [match.span() for match in STAMP.finditer(text)]
    stamp = 0
    near = matches_near(CLOCK, text, CLOCK_SIGNS, before=CLOCK_REACH, after=CLOCK_REACH)
    for match in near:
        while stamp < len(stamps) and stamps[stamp][1] <= match.start():
            stamp += 1
        if stamp < len(stamps) and stamps[stamp][0] < match.end():
            continue
        yield from _clock_facts(match)


def _clock_facts(match: re.Match[str]) -> Iterator[Stated]:
    start = _minutes(match, 1, match["p1"])
    if start is None:
        return
    if not (match["h2"] or match["s2"]):
        is_vague = match["b1"] or (match["s1"] in VAGUE and not (match["p1"] or match["t1"]))
        if not is_vague:
            yield Stated("clock", _clock(start), match.start(), match.end(), "point")
        return
    end = _minutes(match, 2, match["p2"] or match["p1"])
    if end is None:
        return
    if match["p1"] is None and match["p2"] and start < NOON and start + NOON < end:
        start += NOON
    yield Stated("clock", _clock(start), match.start(), match.end(), "start")
    yield Stated("clock", _clock(end), match.start(), match.end(), "end")


def _minutes(match: re.Match[str], place: int, period: str | None) -> int | None:
    groups = match.groupdict()
    if groups.get(f"h{place}"):
        hours, minutes = int(groups[f"h{place}"]), int(groups[f"m{place}"])
    elif groups.get(f"b{place}"):
        hours, minutes = int(groups[f"b{place}"]), 0
    elif groups.get(f"s{place}"):
        hours, minutes = int(number(groups[f"s{place}"]) or 0), _spoken(groups.get(f"t{place}"))
    else:
        return None
    if period in AFTERNOON and 1 <= hours < 12:
        hours += 12
    if period in ("中午", "午间") and hours < 3:
        hours += 12
    return hours * 60 + minutes if hours <= 24 else None


def _spoken(text: str | None) -> int:
    if not text or text in ("整", "钟", "过"):
        return 0
    fixed = {"半": 30, "一刻": 15, "三刻": 45}.get(text)
    return fixed if fixed is not None else min(59, int(number(text.rstrip("分")) or 0))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


DAY = "一二三四五六日天"
DAYS_OF_WEEK = (
    rf"(?<![一二两三四五六七八九十\d])(?P<word>周|星期|礼拜)(?P<days>[{DAY}1-7](?![个节次课天届])"
    rf"(?:[、,/和及与至到\-~]{{0,2}}(?:周|星期|礼拜)?[{DAY}](?![一二三四五六七八九十个节次届]))*)"
)
FEASTS = "国庆|五一|元旦|清明|端午|中秋|春节|十一|劳动节"
FREE = r"假|期间|班|集训|营|特训|长假|课|小长假|\d天|[三五七]天"
NAMED_DAYS = re.compile(
    r"(?=[双周礼寒暑法节假小黄国五元清端中春十劳工平])"
    r"(?:(?P<weekend>双休日?|周末|周六日|周六周日|礼拜天)|(?P<winter_vacation>寒假|寒暑假|寒春)"
    r"|(?P<summer_vacation>暑假|暑期|暑秋|暑托)"
    rf"|(?P<holiday>法定节假日|节假日|假期|小长假|黄金周|(?:{FEASTS})(?={FREE}))"
    r"|(?P<weekday>工作日|平日|周中|周内))"
)
DAY_SIGNS = re.compile("周|星期|礼拜")
ORDER = {day: place for place, day in enumerate("一二三四五六日")} | {"天": 6, "7": 6}


def days(text: str) -> Iterator[Stated]:
    """Find days: saturday, sunday, weekend, holiday, winter_vacation, summer_vacation, weekday."""
    named = matches_near(DAYS_OF_WEEK, text, DAY_SIGNS, before=1, after=30)
    for match in named:
        numbers = _days(match["days"])
        for value in dict.fromkeys(_day_name(day) for day in numbers):
            yield Stated("weekday", value, match.start(), match.end())
    for match in NAMED_DAYS.finditer(text):
        yield Stated("weekday", str(match.lastgroup), match.start(), match.end())
        if match[0] == "寒暑假":
            yield Stated("weekday", "summer_vacation", match.start(), match.end())


def _days(text: str) -> list[int]:
    found: list[int] = []
    is_range = False
    for character in text:
        if character in "至到-~":
            is_range = True
        elif character in ORDER or character.isdigit():
            day = ORDER[character] if character in ORDER else int(character) - 1
            found += range(found[-1] + 1, day) if is_range and found else ()
            found.append(day)
            is_range = False
    return found


def _day_name(day: int) -> str:
    return {5: "saturday", 6: "sunday"}.get(day, "weekday")


FULL_DATE = re.compile(
    r"(20(?<!\d20)[0-3]\d)\s?[年./-]\s?(1[0-2]|0?[1-9])\s?[月./-]\s?(3[01]|[12]\d|0?[1-9])(?!\d)[日号]?"
)
MONTH_DAY = r"(?<![\d年./])(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])(?:日|号|(?=\s?[-~至到]))"
MONTH_SIGNS = re.compile("月")
YEAR_MONTH = re.compile(r"(20(?<!\d20)[0-3]\d)年\s?(1[0-2]|0?[1-9])月(?!\s?\d)")


def dates(text: str) -> Iterator[Stated]:
    """Find dates as YYYY-MM-DD, MM-DD or YYYY-MM."""
    for match in FULL_DATE.finditer(text):
        value = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
        yield Stated("date", value, match.start(), match.end())
    for match in matches_near(MONTH_DAY, text, MONTH_SIGNS, before=3, after=6):
        yield Stated("date", f"{int(match[1]):02d}-{int(match[2]):02d}", match.start(), match.end())
    for match in YEAR_MONTH.finditer(text):
        yield Stated("date", f"{match[1]}-{int(match[2]):02d}", match.start(), match.end())
