"""The queue: its page, its rows as a table file, and the next case of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.models import User
from audit.queue_counts import first_tab
from audit.queue_filters import QueueFilters, Tab
from audit.queue_listing import Listing, listing
from audit.queue_next import claim_next_for, next_case
from audit.queue_rows import queue_rows
from audit.templatetags.desk import beijing
from audit.views.case import asked_by
from audit.views.csv_rows import csv_answer
from audit.views.pages import page, section, user_of
from audit.views.queue_context import Notice, queue_page

_ROWS_AT_ONCE = 500
_HEADS = (
    "案件",
    "优先",
    "标题",
    "标签",
    "地区",
    "地区代码",
    "发布处数",
    "状态",
    "结论",
    "提示",
    "领取人",
    "领取到时（北京时间）",
    "指派给",
    "补证期限（北京时间）",
    "发现时间（北京时间）",
)
# What `did` in an address says happened to the case that it names.
_DID = {
    "release": "案件 {} 已释放，回到队列。",
    "assign": "案件 {} 已指派。",
    "tie": "已登记您对案件 {} 的回避，该案由其他人员办理。",
}


@section("queue")
@require_safe
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """Show the queue; without a tab in the address, the one where the person's work begins."""
    filters = QueueFilters.from_query(request.GET)
    if not filters.tab:
        tab = first_tab(user_of(request), filters, datetime.now(UTC))
        query = request.GET.copy()
        query["tab"] = tab.value
        return redirect(f"{reverse('queue')}?{query.urlencode()}")
    return render_queue(request, _notice(request))


def render_queue(
    request: HttpRequest, notice: Notice | None = None, *, status: int = 200
) -> HttpResponse:
    """Render the queue that the address names, with what became of the last act."""
    filters = QueueFilters.from_query(request.GET)
    if not filters.tab:
        filters = filters.on(Tab.ALL)
    context = queue_page(
        user_of(request),
        filters,
        after=request.GET.get("after", ""),
        notice=notice,
        now=datetime.now(UTC),
    )
    return page(request, "queue.html", context, status=status)


def queue_address(filters: QueueFilters, **more: object) -> str:
    """Return the address of the list under the filters."""
    values = filters.to_query() | {name: str(value) for name, value in more.items()}
    return f"{reverse('queue')}?{urlencode(values)}"


def case_address(case_id: int, filters: QueueFilters) -> str:
    """Return the address of a case, beside the list under the filters."""
    return f"{reverse('case', args=[case_id])}{filters.query}"


@section("queue")
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """Open the next proposal, or claim the most urgent free case and open it."""
    user, now = user_of(request), datetime.now(UTC)
    filters = QueueFilters.from_query(request.GET)
    if filters.tab == Tab.PROPOSED:
        case_id = next_case(user, filters, now)
    else:
        case = claim_next_for(user, filters, now)
        case_id = case.pk if case else None
    if case_id is None:
        return redirect(queue_address(filters, did="none"))
    return redirect(case_address(case_id, filters))


def _notice(request: HttpRequest) -> Notice | None:
    """Say what became of the act that led here."""
    did, case_id = request.GET.get("did", ""), request.GET.get("case", "")
    if did == "none":
        return Notice(kind="warn", says="当前条件下没有下一件可办。请放宽筛选条件，或稍后再来。")
    if did in _DID and case_id.isdecimal() and len(case_id) < 19:
        return Notice(kind="good", says=_DID[did].format(int(case_id)), case_id=int(case_id))
    done = asked_by(request).done
    if done is None:
        return None
    undo = done.case_id if done.may_withdraw else None
    return Notice(kind="good", says=done.says, case_id=done.case_id, undo=undo)


@require_safe
@section("queue")
def queue_export(request: HttpRequest) -> HttpResponseBase:
    """Send all rows of the list as a table file."""
    user, now = user_of(request), datetime.now(UTC)
    filters = QueueFilters.from_query(request.GET)
    first = listing(user, filters, limit=_ROWS_AT_ONCE, now=now)
    return csv_answer(f"queue-{now:%Y%m%d-%H%M}.csv", _HEADS, _rows(user, filters, first, now))


def _rows(
    user: User, filters: QueueFilters, found: Listing, now: datetime
) -> Iterator[tuple[object, ...]]:
    while True:
        for row in queue_rows(found.cases, user, claimable=set(), now=now):
            yield (
                row.case_id,
                row.score,
                row.title,
                "、".join(tag.zh for tag in row.tags),
                row.region_zh,
                row.region,
                row.placements,
                row.state_zh,
                row.conclusion_zh,
                row.note_zh,
                row.holder,
                beijing(row.held_until) if row.held_until else "",
                row.assigned_to,
                beijing(row.due_at) if row.due_at else "",
                beijing(row.opened_at),
            )
        if not found.cursor:
            return
        found = listing(user, filters, limit=_ROWS_AT_ONCE, after=found.cursor, now=now)
