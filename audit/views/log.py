"""The event log: who did what. Reading it writes nothing; checking its chain is an act itself."""

from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from audit.errors import QueryError
from audit.event_listing import listed_events
from audit.event_scope import check_may_verify
from audit.events import append, head_row
from audit.events_check import Checked, check_on
from audit.models import User
from audit.views.log_context import VERIFIED, ChainState, log_context
from audit.views.log_form import LogForm
from audit.views.pages import page, section, user_of

PAGE_EVENTS = 50
# About a second of work (measured: 200,000 events take 7 s), so that a request stays short.
CHECKED_AT_ONCE = 20_000
_SALT = "audit.log.verify"
_MAX_AGE_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """Context of `log_check.html`."""

    chain: ChainState


@require_safe
@section("log")
def log(request: HttpRequest) -> HttpResponse:
    user, form = user_of(request), LogForm.read(request.GET)
    try:
        found = list(listed_events(user, form.filters())[: PAGE_EVENTS + 1])
    except QueryError as error:
        return page(request, "log.html", log_context(form, user, problem=error.zh), status=400)
    events = found[:PAGE_EVENTS]
    is_last = len(found) <= PAGE_EVENTS
    older = "" if is_last else form.query_string(before=str(events[-1].seq))
    return page(request, "log.html", log_context(form, user, events, older=older))


@require_POST
@section("log")
def log_verify(request: HttpRequest) -> HttpResponse:
    """Recompute the next stretch of the chain; the page asks on until it is done."""
    user = user_of(request)
    check_may_verify(user)
    done = check_on(_so_far(request.POST.get("so_far", "")), limit=CHECKED_AT_ONCE)
    if done.is_done:
        _note(user, done)
        is_asked_by_page = getattr(request, "htmx", False)
        return HttpResponseClientRedirect(reverse("log")) if is_asked_by_page else redirect("log")
    values = {"seq": done.seq, "hash": done.hash}
    chain = ChainState(
        total=head_row().seq, checked=done.seq, so_far=signing.dumps(values, salt=_SALT)
    )
    return page(request, "log_check.html", CheckContext(chain=chain))


def _so_far(token: str) -> Checked:
    """Return how far the check was, as we signed it; from the start without a token."""
    if not token:
        return Checked()
    try:
        return Checked(**signing.loads(token, salt=_SALT, max_age=_MAX_AGE_SECONDS))
    except signing.BadSignature as error:
        raise QueryError(
            "so_far: not signed by this desk, or too old. Start the check again.",
            zh="校验中断太久，请回到日志重新校验。",
        ) from error


def _note(user: User, done: Checked) -> None:
    broken = {"broken": done.broken.zh} if done.broken else {}
    append(
        actor=user.username,
        action=VERIFIED,
        object_type="log",
        object_id="events",
        details={"checked": done.seq, "hash": done.hash, "holds": done.broken is None, **broken},
    )
