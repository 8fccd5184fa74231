"""The listed events as a table file."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from audit.case_law import BEIJING
from audit.event_listing import listed_events
from audit.event_words import action_zh, actor_zh, details_zh, object_zh
from audit.logs import mask_contacts
from audit.models import Event
from audit.views.csv_rows import csv_answer
from audit.views.log_form import LogForm
from audit.views.pages import section, user_of

MOST_EVENTS = 100_000
_HEADS = (
    "序号",
    "时间（北京时间）",
    "人员",
    "操作",
    "对象",
    "对象编号",
    "用途",
    "详情",
    "校验值",
)


@require_safe
@section("log")
def log_export(request: HttpRequest) -> HttpResponseBase:
    form = LogForm.read(request.GET)
    events = listed_events(user_of(request), form.filters())
    return csv_answer("log.csv", _HEADS, _rows(events.iterator(chunk_size=2000)))


def _rows(events: Iterable[Event]) -> Iterator[tuple[object, ...]]:
    for event in islice(events, MOST_EVENTS):
        yield (
            event.seq,
            f"{event.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            actor_zh(event.actor),
            action_zh(event.action),
            object_zh(event.object_type),
            event.object_id,
            mask_contacts(event.purpose),
            "；".join(f"{zh}：{says}" for zh, says in details_zh(event.details)),
            event.hash,
        )
