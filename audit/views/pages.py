"""What every page of the desk has in common: who may open it, and how its context is typed."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from audit import policy
from audit.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def section(name: str) -> Callable[[View[P]], View[P]]:
    """Make a view need a signed-in person whose role may open this part of the desk."""

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        @login_required
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = user_of(request)
            if user.must_change_password:
                return redirect("new_password")
            policy.may_open(user, name)
            request.desk_section = name  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return checked

    return wrap


def user_of(request: HttpRequest) -> User:
    """Return the signed-in person; only behind `section` or `login_required`."""
    if not isinstance(request.user, User):
        raise TypeError("This view needs a signed-in user: decorate it with 'section'.")
    return request.user


def page(request: HttpRequest, template: str, context: Any, *, status: int = 200) -> HttpResponse:
    """Render a template of the desk; its context is one dataclass, in the template `page`."""
    return render(request, f"desk/{template}", {"page": context}, status=status)
