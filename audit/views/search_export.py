"""The hits of a search as a table file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from audit import policy
from audit.ad_view import degree_zh
from audit.case_law import BEIJING, zh_of
from audit.models import User
from audit.region_names import region_zh
from audit.search import SearchPage
from audit.search import search as find
from audit.search_hits import SearchHit
from audit.search_words import status_word
from audit.views.csv_rows import csv_answer
from audit.views.pages import section, user_of
from audit.views.search_context import site_titles, visible_case_ids
from audit.views.search_form import SearchForm

MOST_HITS = 10_000
_HITS_AT_ONCE = 500
_HEADS = (
    "标题",
    "摘录",
    "机器判断",
    "风险",
    "标签",
    "案件",
    "案件状态",
    "站点",
    "地区",
    "末次出现（北京时间）",
    "地址",
    "广告编号",
)


@require_safe
@section("search")
def search_export(request: HttpRequest) -> HttpResponseBase:
    user, form = user_of(request), SearchForm.read(request.GET)
    form = replace(form, cursor="")
    first = _page(form, user)  # here, so that a search that cannot be made says so on a page
    name = f"search-{datetime.now(BEIJING):%Y%m%d-%H%M}.csv"
    return csv_answer(name, _HEADS, _rows(form, user, first))


def _page(form: SearchForm, user: User) -> SearchPage:
    return find(
        form.q,
        scope=policy.scope(user),
        limit=_HITS_AT_ONCE,
        cursor=form.cursor or None,
        with_facets=False,
        **form.arguments(),
    )


def _rows(form: SearchForm, user: User, page: SearchPage) -> Iterator[tuple[object, ...]]:
    sent = 0
    while True:
        titles = site_titles(hit.site_id for hit in page.hits)
        seen = visible_case_ids(user, page.hits)
        for hit in page.hits:
            yield _row(hit, titles, seen)
        sent += _HITS_AT_ONCE
        if page.cursor is None or sent >= MOST_HITS:
            return
        page = _page(replace(form, cursor=page.cursor), user)


def _row(hit: SearchHit, titles: Mapping[str, str], seen: set[int]) -> tuple[object, ...]:
    return (
        hit.title,
        str(hit.snippet),
        f"{degree_zh(hit.risk)}涉嫌" if hit.needs_review else "未见需研判",
        round(hit.risk, 2),
        "、".join(zh_of(label) for label in hit.labels),
        hit.case_id if hit.case_id in seen else "",
        status_word(hit.status),
        titles.get(hit.site_id, hit.site_id),
        region_zh(hit.region),
        f"{hit.last_seen.astimezone(BEIJING):%Y-%m-%d %H:%M}",
        hit.url,
        hit.ad_id,
    )
