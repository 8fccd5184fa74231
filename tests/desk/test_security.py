"""What holds for every address of the desk, found by walking the URL conf."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audit.models import Event, Role
from tests.audit.builders import HOHHOT, make_user
from tests.desk.walk import DOORS, Html, Route, is_ours, routes, without_token
from tests.desk.world import EVIL, make_world, nowhere

SignedIn = Callable[..., Client]
World = dict[str, object]
FOREIGN = "110108"
INSIDE = [route for route in routes() if route.name not in DOORS]
WITH_IDS = [route for route in INSIDE if route.parameters]
HOSTILE_QUERIES = (
    "%00", "%ED%A0%80", "%FF%FE", "-1", "9" * 30, "1e400", "x" * 10_000, quote(EVIL),
    "..%2F..%2Fetc%2Fpasswd", "2026-99-99", "%EF%BC%91", "",
)  # fmt: skip
# What a template shows when nobody thought of the empty case.
LEAKS = ("None", "null", "undefined", "NaN", "{{", "{%")
FORM_NAMES = {"next", "reason", "purpose", "conclusion", "region", "user", "ad", "due_at"}


def by_name(route: Route) -> str:
    return route.name


def is_html(answer: HttpResponse) -> bool:
    return answer.headers.get("Content-Type", "").startswith("text/html")


def acts_of_people() -> QuerySet[Event]:
    """Return the events of what anybody did after signing in."""
    return Event.objects.exclude(actor="system").exclude(action="user.sign_in")


def content(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def worlds(db: None) -> tuple[World, World]:
    """Return what lies in the people's own region, and the same in another one."""
    proposer = make_user("someone", Role.REVIEWER, HOHHOT)
    stranger = make_user("stranger", Role.REVIEWER, FOREIGN)
    return (
        make_world(HOHHOT, name="own", proposer=proposer, tried_by=Role.ADMINISTRATOR),
        make_world(FOREIGN, name="foreign", proposer=stranger, tried_by="stranger"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", INSIDE, ids=by_name)
def test_stranger_gets_the_door_and_nothing_else(route: Route, method: str) -> None:
    answer = getattr(Client(), method)(route.url(nowhere()))

    if answer.status_code != 405:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("sign_in"))


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes(), ids=by_name)
def test_other_methods_are_refused(route: Route) -> None:
    for method in ("put", "patch", "delete", "options", "trace"):
        assert getattr(Client(), method)(route.url(nowhere())).status_code == 405, method


@pytest.mark.parametrize("route", routes(), ids=by_name)
def test_post_without_token_is_refused(route: Route, signed_in: SignedIn) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(Role.SUPERVISOR).cookies

    assert client.post(route.url(nowhere())).status_code == 403


@pytest.mark.parametrize("route", WITH_IDS, ids=by_name)
def test_foreign_id_answers_as_one_that_does_not_exist(
    route: Route, worlds: tuple[World, World], signed_in: SignedIn
) -> None:
    for role in Role.values:
        client = signed_in(role)
        for ask in (client.get, client.post):
            foreign, absent = ask(route.url(worlds[1])), ask(route.url(nowhere()))

            assert foreign.status_code == absent.status_code, role
            assert foreign.status_code in {403, 404, 405}, role
            assert without_token(foreign) == without_token(absent), role


@pytest.mark.parametrize("route", INSIDE, ids=by_name)
def test_page_is_passive_private_and_leaves_no_trace(
    route: Route, worlds: tuple[World, World], signed_in: SignedIn
) -> None:
    for role in Role.values:
        answer = signed_in(role).get(route.url(worlds[0]))

        assert answer.status_code in {200, 302, 403, 405}, role
        check_headers(answer)
        if answer.status_code == 200 and is_html(answer):
            page = Html(answer)
            assert page.active() == [], role
            assert [url for url in page.targets() if not is_ours(url)] == [], role
            words = page.words()
            assert [word for word in LEAKS if word in words] == [], role
    assert not acts_of_people().exists()


def check_headers(answer: HttpResponse) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("route", INSIDE, ids=by_name)
def test_hostile_parameters_are_answered(
    route: Route, worlds: tuple[World, World], signed_in: SignedIn
) -> None:
    url = route.url(worlds[0])
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        client = signed_in(role)
        answer = client.get(url)
        names = sorted(Html(answer).asks()) if is_html(answer) else []
        for name in names:
            for value in HOSTILE_QUERIES:
                again = client.get(f"{url}?{quote(name)}={value}&{quote(name)}={value}")
                assert again.status_code < 500, f"{name}={value[:40]}"
                assert b"<script>alert" not in content(again), f"{name}={value[:40]}"
        if names:
            return


@pytest.mark.parametrize("route", INSIDE, ids=by_name)
def test_hostile_forms_are_answered(
    route: Route, worlds: tuple[World, World], signed_in: SignedIn
) -> None:
    url = route.url(worlds[0])
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        client = signed_in(role)
        page = client.get(url)
        names = FORM_NAMES | (Html(page).asks() if is_html(page) else set())
        for value in ("\0", "\ud800", "-1", "9" * 30, "x" * 10_000, EVIL, ""):
            sent = quote(value, errors="surrogatepass")
            body = "&".join(f"{quote(name)}={sent}" for name in names)
            answer = client.post(url, body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, f"{role} {value[:20]!r}"


@pytest.mark.parametrize("route", routes(), ids=by_name)
def test_no_address_leads_to_another_host(
    route: Route, worlds: tuple[World, World], signed_in: SignedIn
) -> None:
    names = ("next", "back", "url", "to", "return", "redirect")
    client = signed_in(Role.SUPERVISOR)
    for target in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"):
        values = dict.fromkeys(names, target)
        url = f"{route.url(worlds[0])}?{urlencode(values)}"
        for answer in (client.get(url), client.post(url, values)):
            assert is_ours(answer.headers.get("Location", ""))
