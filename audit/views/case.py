"""The page of one case: look at it, compare versions, open personal data for a purpose."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from audit import policy
from audit.case_versions import version_diff
from audit.case_view import ShownCase, show_case
from audit.models import Decision, User
from audit.queue_filters import QueueFilters
from audit.views.case_context import Asked, Done, case_page, done_with
from audit.views.pages import page, section, user_of


@section("queue")
@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case; its holder has then seen its newest state."""
    now = datetime.now(UTC)
    shown = show_case(user_of(request), case_id, now=now)
    return render_case(request, shown, asked_by(request), now=now)


@section("queue")
@require_GET
def diff(request: HttpRequest, case_id: int, version_id: int) -> HttpResponse:
    """Show how another version of the leading ad differs; a part of the page."""
    shown = show_case(user_of(request), case_id, now=datetime.now(UTC))
    return page(request, "case_diff.html", version_diff(shown.lead, version_id))


@section("queue")
@require_POST
def personal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the case once with its personal data; the purpose goes into the log."""
    now = datetime.now(UTC)
    purpose = request.POST.get("purpose", "")[:500]
    shown = show_case(user_of(request), case_id, personal_purpose=purpose, now=now)
    return render_case(request, shown, asked_by(request), now=now)


def asked_by(request: HttpRequest) -> Asked:
    """Read what the address asks of the page."""
    user = user_of(request)
    part, done = (request.GET.get(name, "") for name in ("part", "done"))
    return Asked(
        filters=QueueFilters.from_query(request.GET),
        part=int(part) if part.isdecimal() and len(part) < 8 else None,
        done=_done(user, int(done)) if done.isdecimal() and len(done) < 19 else None,
    )


def _done(user: User, case_id: int) -> Done | None:
    rows = Decision.objects.filter(
        user=user, case__in=policy.visible_cases(user).filter(pk=case_id)
    )
    return done_with(user, rows.select_related("case").order_by("-pk").first())


def render_case(
    request: HttpRequest, shown: ShownCase, asked: Asked, *, now: datetime, status: int = 200
) -> HttpResponse:
    return page(
        request, "case.html", case_page(user_of(request), shown, asked, now=now), status=status
    )
