"""How the pages of runs and sites write durations and sizes."""

from django import template

register = template.Library()


@register.filter
def took(seconds: int | None) -> str:
    """Write a duration as 45 秒, 3 分 12 秒 or 2 小时 5 分; nothing as a dash."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return f"{seconds} 秒"
    if seconds < 3600:
        return f"{seconds // 60} 分 {seconds % 60} 秒"
    return f"{seconds // 3600} 小时 {seconds % 3600 // 60} 分"


@register.filter
def size(count: int) -> str:
    """Write a number of bytes as KB, MB or GB."""
    for unit, factor in (("GB", 2**30), ("MB", 2**20)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{max(1, count // 1024)} KB"
