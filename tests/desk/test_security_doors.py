"""Sessions, hosts, static files, faults and settings: what guards the desk beside its pages."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from audit.keys import secret_key
from audit.models import Role
from audit.views import sign_in as sign_in_views
from tests.audit.builders import make_user
from tests.desk.test_sign_in import PASSWORD

SignedIn = Callable[..., Client]


@pytest.fixture
def reviewer(db: None) -> None:
    user = make_user("shenhe", Role.REVIEWER)
    user.set_password(PASSWORD)
    user.save()


def enter(client: Client) -> None:
    answer = client.post(reverse("sign_in"), {"username": "shenhe", "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.usefixtures("reviewer")
def test_signing_in_changes_session_and_token() -> None:
    client = Client()
    client.get(reverse("sign_in"))
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before, token = session.session_key, client.cookies["jianwei_csrf"].value

    enter(client)

    assert client.cookies["jianwei_session"].value != before
    assert client.cookies["jianwei_csrf"].value != token


@pytest.mark.usefixtures("reviewer")
def test_signed_out_session_opens_nothing() -> None:
    client, thief = Client(), Client()
    enter(client)
    thief.cookies["jianwei_session"] = client.cookies["jianwei_session"].value
    assert thief.get(reverse("log")).status_code == 200

    client.post(reverse("sign_out"))

    assert thief.get(reverse("log")).status_code == 302


@pytest.mark.usefixtures("reviewer")
def test_new_password_ends_the_other_sessions() -> None:
    client, other = Client(), Client()
    enter(client)
    enter(other)

    new = "另一个足够长的密码-2026"
    client.post(
        reverse("new_password"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert client.get(reverse("log")).status_code == 200
    assert other.get(reverse("log")).status_code == 302


@pytest.mark.usefixtures("reviewer")
def test_cookies_are_out_of_reach_of_scripts_and_other_sites() -> None:
    client = Client()
    client.get(reverse("sign_in"))
    enter(client)

    for name, same_site in (("jianwei_session", "Lax"), ("jianwei_csrf", "Strict")):
        assert client.cookies[name]["httponly"] is True
        assert client.cookies[name]["samesite"] == same_site


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "127.0.0.1:80@evil.example"},
        {"host": ""},
    ],
)
def test_foreign_host_is_refused(headers: dict[str, str], db: None) -> None:
    answer = Client().get(reverse("sign_in"), headers=headers)

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_forwarded_host_is_not_believed(db: None) -> None:
    answer = Client().get(reverse("log"), headers={"x-forwarded-host": "evil.example"})

    assert "evil.example" not in answer.headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        "../audit/keys.py", "..%2f..%2fkeys.py", "%2e%2e/%2e%2e/keys.py", "/etc/passwd",
        "desk/../../django_settings.py", "desk/%00base.css", "desk\\..\\..\\keys.py", "desk/", "",
    ],
)  # fmt: skip
def test_static_files_are_those_of_the_desk_only(path: str, db: None) -> None:
    answer = Client().get(f"/static/{path}")

    assert answer.status_code in {400, 404}


def test_static_file_has_a_type_and_is_not_guessed(db: None) -> None:
    answer = Client().get("/static/desk/keys.js")
    answer.close()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_fault_tells_no_secrets(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(user: object) -> str:
        raise RuntimeError("the password is in /etc/secret")

    monkeypatch.setattr(sign_in_views.policy, "first_section", fail)
    client = signed_in(Role.REVIEWER)
    client.raise_request_exception = False

    answer = client.get(reverse("home"))

    words = answer.content.decode()
    assert answer.status_code == 500
    assert "系统故障" in words
    assert not any(
        leak in words for leak in ("secret", "RuntimeError", "Traceback", "/work", ".py")
    )


def wrong(address: str, *, times: int = 1) -> int:
    """Try a wrong password from an address behind a proxy; return the last status."""
    values = {"username": "shenhe", "password": "falsch-falsch-falsch"}
    for _ in range(times):
        answer = Client().post(
            reverse("sign_in"), values, headers={"x-forwarded-for": f"9.9.9.9, {address}"}
        )
    return answer.status_code


@pytest.mark.usefixtures("reviewer")
def test_behind_a_proxy_the_door_closes_for_one_computer_only(settings: LazySettings) -> None:
    settings.IS_PUBLIC = True

    assert wrong("10.0.0.1", times=5) == 429
    assert wrong("10.0.0.2") == 200


@pytest.mark.usefixtures("reviewer")
def test_without_a_proxy_nobody_gets_new_tries_by_a_header() -> None:
    wrong("10.0.0.1", times=4)

    assert wrong("10.0.0.2") == 429


def check_deploy(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "JIANWEI_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "audit.django_settings",
        **settings,
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_deployment_check_is_clean(data: Path) -> None:
    secret_key()

    done = check_deploy(data, JIANWEI_DESK_HOSTS="desk.example.gov.cn")

    assert done.returncode == 0, done.stderr


def test_deployment_check_can_fail(data: Path) -> None:
    done = check_deploy(data, JIANWEI_SECRET_KEY="short")

    assert done.returncode == 1
    assert "security.W009" in done.stderr
