"""What is not being watched right now."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from audit.views.pages import page, section, user_of
from audit.watch_view import watch as look


@section("sites")
@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """Show what needs somebody; the context is `Watch`."""
    return page(request, "watch.html", look(user_of(request), datetime.now(UTC)))
