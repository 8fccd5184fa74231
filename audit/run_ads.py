"""What came of a run: the ads that it saw, and which of them were new, changed or gone.

As in `audit.yields`, a start page is no ad, unless the site is a plain list of addresses.
"""

from collections.abc import Sequence
from typing import Literal, get_args

from django.db.models import QuerySet

from audit.models import Ad, AdVersion, CaptureRow
from audit.run_detail import RunDetail
from audit.sightings import GONE_STATUSES
from crawler.identity import PAGE_PART, page_ad_id

What = Literal["seen", "flagged", "new", "changed", "gone"]

WHAT_ZH: dict[What, str] = {
    "seen": "见到的广告",
    "flagged": "需要研判",
    "new": "首次见到",
    "changed": "内容有变",
    "gone": "页面已撤下",
}


def ads_of(run: RunDetail, what: What, *, site: str = "") -> QuerySet[Ad]:
    """Return the ads of a run's sites, or one of them, that it saw or found to be gone."""
    files = [file.pk for file in run.evidence]
    sites = [one.site_id for one in run.sites if site in ("", one.site_id)]
    captures = CaptureRow.objects.filter(evidence_file__in=files)
    if what == "gone":
        return Ad.objects.filter(ad_id__in=_gone(captures), site_id__in=sites, live=False)
    seen = Ad.objects.filter(
        pk__in=captures.filter(sightings__site_id__in=sites).values("sightings__ad")
    ).exclude(part=PAGE_PART, url__in=run.start_urls)
    match what:
        case "flagged":
            return seen.filter(assessment__needs_review=True)
        case "new":
            return seen.filter(first_seen__gte=run.started_at)
        case "changed":
            versions = AdVersion.objects.filter(capture__in=captures)
            return seen.filter(pk__in=versions.values("ad"), first_seen__lt=run.started_at)
        case _:
            return seen


def count_ads(run: RunDetail) -> dict[What, int]:
    """Return how many ads each list has."""
    return {what: ads_of(run, what).count() for what in get_args(What)}


def _gone(captures: QuerySet[CaptureRow]) -> Sequence[str]:
    urls = captures.filter(http_status__in=GONE_STATUSES).values_list("url", flat=True)
    return [page_ad_id(url) for url in urls]
