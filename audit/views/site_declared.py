"""The form that adds a site, and the declaration that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audit import regions
from audit.displayable import REPLACEMENT, displayable
from audit.due_times import read_cron
from audit.site_words import KINDS_ZH
from audit.views.site_forms import ScheduleTyped, read_schedule
from audit.views.typed import texts
from crawler.site import SITE_ID, Site

MAX_PAGES = 100_000
NO_SCHEDULE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTyped:
    """The form as typed; the addresses are the trial's and cannot be typed."""

    site_id: str
    title: str
    region: str = ""
    kind: str = "website"
    max_pages: str = "2000"
    schedule: ScheduleTyped = field(default_factory=ScheduleTyped)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return list(KINDS_ZH.items())

    def problems(self) -> dict[str, str]:
        """Return what must be changed before the site can be added, by field."""
        found = {}
        if not SITE_ID.fullmatch(self.site_id):
            found["site_id"] = "编号须以小写字母或数字开头，只用小写字母、数字、点、横线和下划线。"
        if not self.title:
            found["title"] = "请填写审核员认得的站点名称。"
        if self.region and not regions.is_code(self.region):
            found["region"] = "地区须为六位行政区划代码，例如 150100；不清楚时可以留空。"
        if self.kind not in KINDS_ZH:
            found["kind"] = "请从列表中选择类型。"
        if not (self.max_pages.isdecimal() and 1 <= int(self.max_pages) <= MAX_PAGES):
            found["max_pages"] = f"每次最多页数须为 1 至 {MAX_PAGES} 的整数。"
        return found


def suggested(suggestion: Mapping[str, Any]) -> SiteTyped:
    """Return the form as a trial fills it in."""
    title = displayable(suggestion["title"]).replace(REPLACEMENT, "").strip()
    return SiteTyped(site_id=suggestion["site_id"], title=title, kind=suggestion["kind"])


def read_site_form(posted: Mapping[str, str]) -> SiteTyped:
    """Read the form as it was sent."""
    values = texts(posted, "site_id", "title", "region", "kind", "max_pages")
    return SiteTyped(**values, schedule=read_schedule(posted))


def site_declared(typed: SiteTyped, suggestion: Mapping[str, Any]) -> Site:
    """Return the site that the form and the trial make together.

    Raises:
        ScheduleError: a schedule that names no moment that comes.
        SiteError: a declaration that the crawler refuses.
    """
    values: dict[str, Any] = {
        "site_id": typed.site_id,
        "title": typed.title,
        "kind": typed.kind,
        "region": typed.region,
        "start_urls": list(suggestion["start_urls"]),
        "allowed_domains": list(suggestion["allowed_domains"]),
        "pace": {"max_pages": int(typed.max_pages)},
    }
    schedule = typed.schedule
    if schedule.preset != NO_SCHEDULE:
        values["schedule"] = {
            "cron": read_cron(schedule.cron),
            "missed": schedule.missed,
            "overlap": schedule.overlap,
            "jitter_seconds": schedule.jitter_seconds(),
        }
    return Site.from_dict(values)
