"""What holds for every page whatever its view does: reading and sending only, kept in no cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

_METHODS = ("GET", "HEAD", "POST")


class PrivateMiddleware:
    """Refuses other methods, and keeps pages from the disk of a computer that others use, too.

    Static files are answered before it and may be kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        answer = self.get_response(request)
        answer["Cache-Control"] = "private, no-store"
        return answer
