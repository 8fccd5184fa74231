"""Sites in Chinese: kinds, states of health, and schedules in words."""

import re
from dataclasses import dataclass

from audit.alarms import Health

KINDS_ZH = {
    "website": "网站",
    "weixin": "公众号",
    "listing": "分类信息",
    "jobboard": "招聘网站",
    "feed": "订阅源",
    "urllist": "网址清单",
}
PRESETS = ("30 2 * * *", "30 2 * * 1-5", "0 6,18 * * *", "0 */4 * * *", "30 2 * * 1", "30 2 1 * *")
_DAYS = "日一二三四五六日"
_TIMES = re.compile(r"\d+(?:,\d+)*")


@dataclass(frozen=True, slots=True)
class HealthWord:
    """A state's name and colour; `is_alarm` tells whether somebody must look."""

    zh: str
    tone: str
    is_alarm: bool


# In the order of urgency.
HEALTHS: dict[Health, HealthWord] = {
    "failing": HealthWord("抓取失败", "bad", is_alarm=True),
    "silent_zero": HealthWord("产出不足", "bad", is_alarm=True),
    "overdue": HealthWord("逾期未抓取", "bad", is_alarm=True),
    "fewer": HealthWord("明显减少", "warn", is_alarm=True),
    "never_run": HealthWord("从未抓取", "warn", is_alarm=True),
    "unscheduled": HealthWord("没有计划", "warn", is_alarm=True),
    "paused": HealthWord("已暂停", "warn", is_alarm=True),
    "running": HealthWord("正在抓取", "good", is_alarm=False),
    "ok": HealthWord("正常", "good", is_alarm=False),
}


def cron_zh(cron: str) -> str:
    """Say a schedule in words; one that is too peculiar stands as it is."""
    minute, hour, day, month, weekday = cron.split()
    days, times = _days_zh(day, month, weekday), _times_zh(minute, hour)
    if not days or not times:
        return f"按计划式 {cron}"
    is_within_the_day = times.startswith("每")
    if is_within_the_day:
        return times if days == "每天" else f"{days}，{times}"
    return f"{days} {times}"


def _times_zh(minute: str, hour: str) -> str:
    if hour == "*" and (step := _step(minute)):
        return f"每 {step} 分钟"
    if not minute.isdigit():
        return "每分钟" if (minute, hour) == ("*", "*") else ""
    if hour == "*":
        return f"每小时的第 {int(minute)} 分"
    if step := _step(hour):
        return f"每 {step} 小时" + (f"的第 {int(minute)} 分" if int(minute) else "")
    if _TIMES.fullmatch(hour):
        return "、".join(f"{int(one):02}:{int(minute):02}" for one in hour.split(","))
    return ""


def _step(field: str) -> int:
    return int(field[2:]) if field.startswith("*/") and field[2:].isdigit() else 0


def _days_zh(day: str, month: str, weekday: str) -> str:
    if month != "*" or (day != "*" and weekday != "*"):
        return ""
    if day == weekday == "*":
        return "每天"
    if weekday == "*":
        return f"每月 {day.replace(',', '、')} 日" if _TIMES.fullmatch(day) else ""
    parts = [_weekdays_zh(part) for part in weekday.split(",")]
    return f"每周{'、'.join(parts)}" if all(parts) else ""


def _weekdays_zh(part: str) -> str:
    if re.fullmatch("[0-7]", part):
        return _DAYS[int(part)]
    if re.fullmatch("[0-7]-[0-7]", part):
        return f"{_DAYS[int(part[0])]}至周{_DAYS[int(part[2])]}"
    return ""
