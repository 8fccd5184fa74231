"""What a person concludes about a case: decide, confirm, return. Then on to the next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from audit.case_decision import decide_as_shown
from audit.case_view import show_case
from audit.errors import NoSuchObjectError, PolicyError
from audit.models import Decision
from audit.queue import confirm, return_
from audit.queue_filters import QueueFilters, Tab
from audit.queue_next import go_on
from audit.views.case import asked_by, render_case
from audit.views.case_context import Review
from audit.views.case_form import Sent, form_again, read_form
from audit.views.pages import section, user_of

_REFUSED = "该案件现在的状态不允许这样操作。请核对上方的状态后再试。"


@section("queue")
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """Conclude the case; when that fails the page comes back with all that was typed."""
    now = datetime.now(UTC)
    sent = read_form(request.POST)
    try:
        decide_as_shown(
            user_of(request),
            case_id,
            opinion=sent.opinion,
            conclusion=sent.conclusion,
            labels=sent.labels,
            label_spans=sent.label_spans,
            clauses=sent.clauses,
            reason=sent.reason,
            due=sent.due,
            now=now,
        )
    except NoSuchObjectError:
        raise
    except PolicyError as error:
        return _decide_again(request, case_id, sent, error, now=now)
    filters = QueueFilters.from_query(request.GET)
    return _onwards(request, case_id, filters, goes_on=sent.goes_on, now=now)


@section("queue")
@require_POST
def confirm_proposal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Confirm what another person proposed."""
    return _review(request, case_id, confirm)


@section("queue")
@require_POST
def return_proposal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Send a proposal back with a reason."""
    return _review(request, case_id, return_)


def _review(request: HttpRequest, case_id: int, act: Callable[..., Decision]) -> HttpResponse:
    now = datetime.now(UTC)
    reason = request.POST.get("reason", "").replace("\0", "")
    try:
        act(user_of(request), case_id, reason=reason, now=now)
    except NoSuchObjectError:
        raise
    except PolicyError as error:
        review = Review(reason=reason, problem=error.zh or _REFUSED)
        shown = show_case(user_of(request), case_id, now=now)
        asked = replace(asked_by(request), review=review)
        return render_case(request, shown, asked, now=now, status=409)
    filters = QueueFilters.from_query(request.GET).on(Tab.PROPOSED)
    goes_on = request.POST.get("then") != "stay"
    return _onwards(request, case_id, filters, goes_on=goes_on, now=now)


def _decide_again(
    request: HttpRequest, case_id: int, sent: Sent, error: PolicyError, *, now: datetime
) -> HttpResponse:
    shown = show_case(user_of(request), case_id, now=now)
    opinion = shown.lead.opinion
    form = form_again(
        sent,
        shown.lead.payload,
        opinion=opinion.pk if opinion else 0,
        version=shown.lead.version.pk,
        problem=error.zh or _REFUSED,
    )
    asked = replace(asked_by(request), form=form)
    return render_case(request, shown, asked, now=now, status=409)


def _onwards(
    request: HttpRequest, case_id: int, filters: QueueFilters, *, goes_on: bool, now: datetime
) -> HttpResponse:
    """Redirect to the next case, to this one, or to the list when nothing is left."""
    target: int | None = case_id
    if goes_on:
        target = go_on(user_of(request), filters, now)
    query = urlencode({**filters.to_query(), "done": str(case_id)})
    address = reverse("queue") if target is None else reverse("case", args=[target])
    return redirect(f"{address}?{query}")
