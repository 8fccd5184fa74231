"""When a cron expression is due, in Beijing time. Pure: no rows, no clock.

Due moments lie on whole minutes. Beijing has had no summer time since 1991, so local times are
counted without a zone and given theirs at the end.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

from audit.errors import ScheduleError

BEIJING = ZoneInfo("Asia/Shanghai")
# Numbers, lists, ranges and steps; no names and none of croniter's own marks (L, #, ?, R, H, @).
_CRON = re.compile(r"(?:[\d*/,\-]+ ){4}[\d*/,\-]+")
_EXAMPLE = "30 2 * * 1-5"


def read_cron(text: str) -> str:
    """Return the expression with single blanks.

    Raises:
        ScheduleError: not five fields of numbers, or a moment that never comes.
    """
    cron = " ".join(text.split())
    if not _CRON.fullmatch(cron):
        raise ScheduleError(
            f"Schedule: 'cron' expected five fields such as \"{_EXAMPLE}\", got {text[:60]!r}.",
            zh=f"抓取时间须为五段数字，例如 {_EXAMPLE}（周一至周五 2:30），请修改后再保存。",
        )
    try:
        next_moment(cron, datetime(2026, 1, 1, tzinfo=UTC))
    except (CroniterError, ValueError) as error:
        raise ScheduleError(
            f"Schedule: 'cron' expected a moment that comes, got '{cron}' ({error})."
            f' Write it like "{_EXAMPLE}".',
            zh=f"抓取时间“{cron}”中有超出范围的数字或不存在的日期，请修改后再保存。",
        ) from error
    return cron


def next_moment(cron: str, after: datetime) -> datetime:
    """Return the first due moment later than `after`, in UTC."""
    return _next(cron, _local_minute(after))


@lru_cache(maxsize=8192)  # pages ask for the same schedules again and again
def _next(cron: str, local_minute: datetime) -> datetime:
    return _aware(croniter(cron, local_minute).get_next(datetime))


def moments_between(
    cron: str, start: datetime, end: datetime, *, limit: int | None = None
) -> list[datetime]:
    """Return the due moments in (start, end] in order; of more than `limit` the latest ones."""
    found: list[datetime] = []
    # Going back from a moment leaves it out, and every due moment is a whole minute.
    backwards = croniter(cron, _local_minute(end) + timedelta(seconds=1))
    while limit is None or len(found) < limit:
        moment = _aware(backwards.get_prev(datetime))
        if moment <= start:
            break
        found.append(moment)
    return found[::-1]


def jitter(site_id: str, due_at: datetime, jitter_seconds: int) -> timedelta:
    """Return how long after its moment a site starts: the same for the same site and moment."""
    digest = hashlib.sha256(f"{site_id} {due_at.astimezone(UTC).isoformat()}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % (jitter_seconds + 1))


def _local_minute(moment: datetime) -> datetime:
    return moment.astimezone(BEIJING).replace(tzinfo=None, second=0, microsecond=0)


def _aware(local: datetime) -> datetime:
    return local.replace(tzinfo=BEIJING).astimezone(UTC)
