"""What people do to a case with one press: claim, release, withdraw."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from audit.errors import NoSuchObjectError, PolicyError
from audit.queue import claim, release, withdraw
from audit.queue_filters import QueueFilters
from audit.views.pages import section, user_of
from audit.views.queue import case_address, queue_address, render_queue
from audit.views.queue_context import Notice

# When the store says nothing in Chinese.
REFUSED = "案件现在的状态不允许这样操作。请刷新后再试。"


@section("queue")
@require_POST
def claim_case(request: HttpRequest, case_id: int) -> HttpResponse:
    return _at_once(request, case_id, claim, lambda filters: case_address(case_id, filters))


@section("queue")
@require_POST
def withdraw_proposal(request: HttpRequest, case_id: int) -> HttpResponse:
    return _at_once(request, case_id, withdraw, lambda filters: case_address(case_id, filters))


@section("queue")
@require_POST
def release_case(request: HttpRequest, case_id: int) -> HttpResponse:
    def onwards(filters: QueueFilters) -> str:
        return queue_address(filters, did="release", case=case_id)

    return _at_once(request, case_id, release, onwards)


def _at_once(
    request: HttpRequest,
    case_id: int,
    act: Callable[..., Any],
    onwards: Callable[[QueueFilters], str],
) -> HttpResponse:
    """Act without asking; a refusal shows on the list from which the person can go on."""
    filters = QueueFilters.from_query(request.GET)
    try:
        act(user_of(request), case_id, now=datetime.now(UTC))
    except NoSuchObjectError:
        raise
    except PolicyError as error:
        notice = Notice(kind="bad", says=error.zh or REFUSED, case_id=case_id)
        return render_queue(request, notice, status=409)
    return redirect(onwards(filters))
