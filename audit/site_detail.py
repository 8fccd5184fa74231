"""One site: its declaration, its due moments, its crawls and what they gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from audit import policy
from audit.alarms import SiteHealth, site_health
from audit.ledger_words import RUN_OUTCOMES_ZH
from audit.models import DueRun, Job, Schedule, SiteRow, SiteYield, User
from audit.region_names import region_zh
from audit.site_view import kind_of, schedule_of, schedule_zh
from audit.site_words import HEALTHS, KINDS_ZH, HealthWord
from crawler.errors import SiteError
from crawler.site import SITE_ID, Site

SHOWN = 20
_BAR_HEIGHT = 48
_BAR_STEP = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldBar:
    """One run's yield as a bar; positions are those of the drawing."""

    given: SiteYield
    outcome_zh: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldBars:
    """The latest yields, oldest first, and the size of their drawing."""

    bars: Sequence[YieldBar]
    width: int
    height: int = _BAR_HEIGHT
    bar_width: int = _BAR_STEP - 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDetail:
    """A site as its page shows it; `site` is None when its declaration is outdated."""

    row: SiteRow
    site: Site | None
    kind_zh: str
    region_zh: str
    health: SiteHealth
    word: HealthWord
    schedule: Schedule | None
    schedule_zh: str
    due_runs: Sequence[DueRun]
    jobs: Sequence[Job]
    active: Sequence[Job]
    yields: YieldBars
    file_text: str


def find_site(user: User, site_id: str) -> SiteRow:
    """Return a site of the user's regions.

    Raises:
        NoSuchObjectError: there is none, or it is of another region.
    """
    rows = policy.visible_sites(user).select_related("schedule")
    row = rows.filter(site_id=site_id).first() if SITE_ID.fullmatch(site_id) else None
    if row is None:
        raise policy.no_such_site(user, site_id)
    return row


def read_site(row: SiteRow, now: datetime) -> SiteDetail:
    """Bring together what the page of a site shows; lists are cut to the newest."""
    schedule, health = schedule_of(row), site_health(row, now)
    due = DueRun.objects.filter(schedule__site=row).order_by("-due_at")[:SHOWN]
    jobs = Job.objects.filter(site=row)
    active = jobs.filter(state__in=[Job.State.WAITING, Job.State.RUNNING]).order_by("state", "pk")
    return SiteDetail(
        row=row,
        site=_site(row),
        kind_zh=KINDS_ZH.get(kind_of(row), kind_of(row)),
        region_zh=region_zh(row.region),
        health=health,
        word=HEALTHS[health.state],
        schedule=schedule,
        schedule_zh=schedule_zh(schedule),
        due_runs=list(due),
        jobs=list(jobs.order_by("-pk")[:SHOWN]),
        active=list(active),
        yields=_bars(row.site_id),
        file_text=site_file(row),
    )


def site_file(row: SiteRow) -> str:
    """Return the declaration as a site file, without what is default; its name is the site id."""
    default = Site(site_id=row.site_id, title="", start_urls=(), allowed_domains=()).to_dict()
    values = _but_defaults(row.declaration, default)
    text: str = yaml.safe_dump(
        values, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100
    )
    return text


def _but_defaults(values: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in values.items():
        usual = default.get(name)
        if isinstance(value, dict) and isinstance(usual, dict):
            value = _but_defaults(value, usual) or usual
        if value != usual:
            kept[name] = value
    return kept


def _site(row: SiteRow) -> Site | None:
    try:
        return Site.from_dict(row.declaration)
    except SiteError:  # written by another version; the file text still shows it
        return None


def _bars(site_id: str) -> YieldBars:
    latest = SiteYield.objects.filter(site_id=site_id).order_by("-ended_at", "-pk")[:SHOWN]
    rows = list(latest)[::-1]
    most = max((row.ads for row in rows), default=0) or 1
    bars = []
    for place, row in enumerate(rows):
        height = max(1, round(row.ads / most * _BAR_HEIGHT))
        bars.append(
            YieldBar(
                given=row,
                outcome_zh=RUN_OUTCOMES_ZH.get(row.outcome, row.outcome),
                x=place * _BAR_STEP,
                y=_BAR_HEIGHT - height,
                height=height,
            )
        )
    return YieldBars(bars=bars, width=max(1, len(rows)) * _BAR_STEP)
