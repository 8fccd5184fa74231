"""Signs people out who have done nothing for a while."""

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from audit import config

_KEY = "last_seen"
# The session is written once in this time at most, not at every request.
_WRITE_EVERY_SECONDS = 60


class IdleMiddleware:
    """Ends the session after `idle_minutes` without a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            last = request.session.get(_KEY, now)
            if now - last > config.get("idle_minutes") * 60:
                logout(request)
            elif (
                now - last > _WRITE_EVERY_SECONDS or _KEY not in request.session
            ) and not _asks_by_itself(request):
                request.session[_KEY] = now
        return self.get_response(request)


def _asks_by_itself(request: HttpRequest) -> bool:
    """Tell whether the page asked (progress, clock), which keeps nobody signed in."""
    return request.headers.get("X-Jianwei-Poll") is not None
