"""Signing in, signing out, choosing a new password."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from audit import policy
from audit.database import writing
from audit.sign_in_events import note
from audit.views.failures import Failure
from audit.views.pages import page, section, user_of


class SignIn(LoginView):
    template_name = "desk/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    http_method_names = ["post", "options"]


class NewPassword(PasswordChangeView):
    template_name = "desk/new_password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        with writing():
            form.user.must_change_password = False
            answer = super().form_valid(form)
            note("user.password", user_of(self.request))
        return answer


@section("home")
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first part of the desk that the role works in."""
    return redirect(policy.first_section(user_of(request)))


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    says = "密码连续输错，该账号在这台电脑上暂停登录 15 分钟。如忘记密码，请联系管理员重设。"
    failure = Failure(status=429, title="暂停登录", says=says)
    return page(request, "failure.html", failure, status=429)
