"""The page of one ad, flagged or not, in a case or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from audit.ad_access import find_ad
from audit.ad_view import ShownAd, ad_view, degree_zh, judged, unjudged
from audit.case_versions import version_diff
from audit.documents import case_of
from audit.errors import NoSuchObjectError
from audit.models import Ad, Case
from audit.views.ad_context import AdContext, ad_context
from audit.views.pages import page, section, user_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AdPage:
    """Context of `ad.html`; `degree_zh` is empty when the machine sees nothing to look at."""

    ad: AdContext
    case: Case | None
    needs_review: bool
    risk: float
    degree_zh: str


@section("search")
@require_GET
def ad(request: HttpRequest, ad_id: str) -> HttpResponse:
    """Show an ad of the person's regions."""
    row = find_ad(user_of(request), ad_id)
    shown = _shown(row)
    part = request.GET.get("part", "")
    values: Mapping[str, Any] = ad_view(shown)
    place = case_of(row)
    opinion = shown.opinion
    context = AdPage(
        ad=ad_context(
            shown, values, part=int(part) if part.isdecimal() and len(part) < 8 else None
        ),
        case=place.case if place is not None else None,
        needs_review=opinion is not None and opinion.needs_review,
        risk=round(opinion.risk, 3) if opinion else 0.0,
        degree_zh=degree_zh(opinion.risk) if opinion and opinion.needs_review else "",
    )
    return page(request, "ad.html", context)


@section("search")
@require_GET
def diff(request: HttpRequest, ad_id: str, version_id: int) -> HttpResponse:
    """Show how another version of the ad differs; a part of the page."""
    row = find_ad(user_of(request), ad_id)
    return page(request, "case_diff.html", version_diff(_shown(row), version_id))


def _shown(row: Ad) -> ShownAd:
    """Show the version that the machine judged, else the current one."""
    if row.assessment is not None:
        return judged(row, row.assessment)
    if row.version is None:
        raise NoSuchObjectError(
            f"Ad {row.ad_id}: it has no words yet. Run 'jianwei ingest'.",
            zh="这条广告还没有可显示的内容。",
        )
    return unjudged(row, row.version)
