"""The list of sites: schedule, health and yield of each, those that need somebody first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit import policy, regions
from audit.alarms import Health, SiteHealth, sites_overview
from audit.ledger_words import RUN_OUTCOMES_ZH
from audit.models import Schedule, SiteRow, SiteYield, User
from audit.region_names import region_zh
from audit.site_words import HEALTHS, KINDS_ZH, HealthWord, cron_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLine:
    """One site in the list; `last` is what its last run gave."""

    site_id: str
    title: str
    kind_zh: str
    region: str
    region_zh: str
    schedule_zh: str
    is_enabled: bool
    health: SiteHealth
    word: HealthWord
    last: SiteYield | None
    last_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFilter:
    """What to list; an empty field means all. `text` is looked for in name, id and addresses."""

    health: str = ""
    region: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteList:
    """The wanted sites, and how many of all there are in each state."""

    lines: Sequence[SiteLine]
    counts: dict[Health, int]
    total: int
    regions: Sequence[tuple[str, str]]
    kinds: Sequence[str]


def list_sites(user: User, wanted: SiteFilter, now: datetime) -> SiteList:
    """List the sites of the user's regions, alarms first, then by title."""
    rows = {row.site_id: row for row in policy.visible_sites(user).select_related("schedule")}
    healths = {one.site_id: one for one in sites_overview(now) if one.site_id in rows}
    lasts = _last_yields(list(healths.values()))
    counts = dict.fromkeys(HEALTHS, 0)
    for health in healths.values():
        counts[health.state] += 1
    order, codes = list(HEALTHS), {row.region for row in rows.values()} - {""}
    lines = [
        _line(rows[name], health, lasts.get(name))
        for name, health in healths.items()
        if _is_wanted(rows[name], health, wanted)
    ]
    lines.sort(key=lambda line: (order.index(line.health.state), line.title, line.site_id))
    return SiteList(
        lines=lines,
        counts={name: count for name, count in counts.items() if count},
        total=len(rows),
        regions=[(code, region_zh(code)) for code in sorted(codes)],
        kinds=sorted({kind_of(row) for row in rows.values()}),
    )


def kind_of(row: SiteRow) -> str:
    """Return the declared kind; an outdated declaration may have none."""
    return str(row.declaration.get("kind") or "website")


def schedule_of(row: SiteRow) -> Schedule | None:
    """Return the site's schedule; None when it has none."""
    schedule: Schedule | None = getattr(row, "schedule", None)
    return schedule


def schedule_zh(schedule: Schedule | None) -> str:
    """Say when the site is crawled."""
    if schedule is None:
        return "没有计划"
    words = cron_zh(schedule.cron)
    return words if schedule.enabled else f"{words}（已暂停）"


def _last_yields(healths: Sequence[SiteHealth]) -> dict[str, SiteYield]:
    runs = {health.last_run_id for health in healths if health.last_run_id}
    last_of = {(health.last_run_id, health.site_id) for health in healths}
    rows = SiteYield.objects.filter(run_id__in=runs)
    return {row.site_id: row for row in rows if (row.run_id, row.site_id) in last_of}


def _is_wanted(row: SiteRow, health: SiteHealth, wanted: SiteFilter) -> bool:
    if wanted.health and not _fits(health, wanted.health):
        return False
    if wanted.region and not regions.covers([wanted.region], row.region):
        return False
    if wanted.kind and kind_of(row) != wanted.kind:
        return False
    named = " ".join([row.title, row.site_id, *row.declaration["start_urls"]])
    return wanted.text.casefold() in named.casefold()


def _fits(health: SiteHealth, wanted: str) -> bool:
    return HEALTHS[health.state].is_alarm if wanted == "alarm" else health.state == wanted


def _line(row: SiteRow, health: SiteHealth, last: SiteYield | None) -> SiteLine:
    schedule = schedule_of(row)
    return SiteLine(
        site_id=row.site_id,
        title=row.title,
        kind_zh=KINDS_ZH.get(kind_of(row), kind_of(row)),
        region=row.region,
        region_zh=region_zh(row.region),
        schedule_zh=schedule_zh(schedule),
        is_enabled=schedule is not None and schedule.enabled,
        health=health,
        word=HEALTHS[health.state],
        last=last,
        last_zh=RUN_OUTCOMES_ZH.get(last.outcome, last.outcome) if last else "",
    )
