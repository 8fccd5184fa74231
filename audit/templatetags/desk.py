"""How the desk's templates write times, numbers and labels."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.case_law import zh_of
from audit.region_names import region_zh

register = template.Library()
BEIJING = ZoneInfo("Asia/Shanghai")
_STEPS = ((60, 1, "刚刚"), (3600, 60, " 分钟"), (86400, 3600, " 小时"), (30 * 86400, 86400, " 天"))


def _moment(value: datetime | str | None) -> datetime | None:
    if not value:
        return None
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _exact(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}（北京时间）"


@register.filter
def beijing(value: datetime | str | None) -> str:
    """Write a moment (aware, or ISO text) as 2026-11-25 14:03（北京时间）; nothing as a dash."""
    moment = _moment(value)
    return _exact(moment) if moment else "—"


@register.filter
def ago(value: datetime | str | None) -> SafeString | str:
    """Write how long ago (or in how long) a moment is; the exact time shows on hover."""
    moment = _moment(value)
    if moment is None:
        return "—"
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        _exact(moment),
        _distance(seconds) or f"{moment.astimezone(BEIJING):%Y-%m-%d}",
    )


def _distance(seconds: float) -> str:
    side = "前" if seconds >= 0 else "后"
    for limit, unit, words in _STEPS:
        if abs(seconds) < limit:
            return words if unit == 1 else f"{int(abs(seconds) // unit)}{words}{side}"
    return ""


@register.filter
def label_zh(label: str) -> str:
    """Return a label's Chinese name."""
    return zh_of(label)


@register.filter
def region_name(code: str) -> str:
    """Return a region's name; its code when it has none, 未定 without a code."""
    return region_zh(code)


@register.filter
def percent(value: float | None) -> str:
    """Write a share of one as 82%; nothing as a dash."""
    return "—" if value is None else f"{value:.0%}"


@register.simple_tag(takes_context=True)
def query_with(context: template.RequestContext, **changes: object) -> str:
    """Return the page's query string with some parameters replaced; None or "" drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
