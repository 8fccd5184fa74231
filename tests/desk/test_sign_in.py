"""Signing in and out, throttling, idle time-out, and who opens which part of the desk."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event, Role, User
from audit.sections import sections
from tests.audit.builders import make_user

PASSWORD = "一个足够长的密码-2026"


@pytest.fixture
def reviewer(db: None) -> None:
    user = make_user("shenhe", Role.REVIEWER)
    user.set_password(PASSWORD)
    user.save()


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> int:
    values = {"username": "shenhe", "password": password, **more}
    return client.post(reverse("sign_in"), values).status_code


@pytest.mark.usefixtures("reviewer")
def test_sign_in_and_out_leave_events() -> None:
    client = Client()

    assert sign_in(client) == 302
    client.post(reverse("sign_out"))

    actions = list(Event.objects.order_by("seq").values_list("actor", "action"))
    assert actions == [("shenhe", "user.sign_in"), ("shenhe", "user.sign_out")]


@pytest.mark.usefixtures("reviewer")
def test_sixth_try_is_refused_even_with_the_right_password() -> None:
    client = Client()

    tries = [sign_in(client, "falsch-falsch-falsch") for _ in range(5)]

    assert tries == [200, 200, 200, 200, 429]
    assert sign_in(client) == 429
    assert Event.objects.count() == 0


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize("target", ["//evil.example.org/", "https://evil.example.org/", "\\\\evil"])
def test_sign_in_never_leads_to_another_host(target: str) -> None:
    client = Client()

    answer = client.post(
        reverse("sign_in"), {"username": "shenhe", "password": PASSWORD, "next": target}
    )

    assert answer.headers["Location"] == reverse("home")


@pytest.mark.usefixtures("reviewer")
def test_idle_person_is_signed_out() -> None:
    client = Client()
    sign_in(client)
    client.get(reverse("log"))
    session = client.session
    session["last_seen"] = session["last_seen"] - 3601
    session.save()

    answer = client.get(reverse("log"))

    assert answer.headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.usefixtures("reviewer")
def test_page_that_asks_by_itself_keeps_nobody_signed_in() -> None:
    client = Client()
    sign_in(client)
    client.get(reverse("log"))
    session = client.session
    session["last_seen"] = long_ago = session["last_seen"] - 600
    session.save()

    client.get(reverse("log"), headers={"X-Jianwei-Poll": "1"})

    assert client.session["last_seen"] == long_ago


@pytest.mark.parametrize("role", Role.values)
def test_roles_open_their_own_parts_only(role: str, signed_in: Callable[..., Client]) -> None:
    client = signed_in(role)

    refused = {
        part.name
        for part in sections()
        if client.get(reverse(part.url_name), follow=True).status_code == 403
    }

    assert refused == {part.name for part in sections() if role not in part.who}


@pytest.mark.parametrize("part", sections(), ids=lambda part: part.name)
def test_stranger_is_sent_to_the_door(part: object, db: None) -> None:
    answer = Client().get(reverse(part.url_name))  # type: ignore[attr-defined]

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("sign_in"))


def test_post_without_token_is_refused(signed_in: Callable[..., Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(Role.REVIEWER).cookies

    assert client.post(reverse("sign_out")).status_code == 403


@pytest.mark.usefixtures("reviewer")
def test_given_password_must_be_changed_first() -> None:
    User.objects.update(must_change_password=True)
    client = Client()
    sign_in(client)

    assert client.get(reverse("queue")).headers["Location"] == reverse("new_password")
    fresh = {"new_password1": "另一个足够长的密码-2026", "new_password2": "另一个足够长的密码-2026"}
    client.post(reverse("new_password"), {"old_password": PASSWORD, **fresh})

    assert client.get(reverse("queue"), follow=True).status_code == 200
    assert list(Event.objects.order_by("seq").values_list("action", flat=True)) == [
        "user.sign_in",
        "user.password",
    ]


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize("weak", ["shenhe", "password12", "短", "另一个足够长的"])
def test_weak_password_is_refused(weak: str) -> None:
    client = Client()
    sign_in(client)

    answer = client.post(
        reverse("new_password"),
        {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak},
    )

    assert answer.status_code == 200
    assert User.objects.get().check_password(PASSWORD)
