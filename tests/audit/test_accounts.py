"""Making users."""

from collections.abc import Callable
from functools import partial

import pytest

from audit.accounts import create_user, find_user, reset_password, set_active
from audit.errors import PolicyError, StoreError
from audit.models import Event, Role, User

pytestmark = pytest.mark.django_db


def test_password_is_random_and_only_its_hash_is_kept() -> None:
    first = create_user("wang", role=Role.REVIEWER, region="150100", grants=["150200"])
    second = create_user("li", role=Role.SUPERVISOR)

    assert first != second
    assert len(first) >= 16
    user = find_user("wang")
    assert user.check_password(first)
    assert first not in user.password
    assert (user.role, user.region, user.grants) == ("reviewer", "150100", ["150200"])


def test_adding_leaves_an_event_without_the_password() -> None:
    create_user("wang", role=Role.REVIEWER, password="a-long-password", actor="root")

    event = Event.objects.get()
    assert (event.actor, event.action) == ("root", "user.add")
    assert "a-long-password" not in str(event.details)
    assert find_user("wang").check_password("a-long-password")


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("wang", {"role": "boss"}, "Role 'boss': expected one of reviewer"),
        ("wang", {"region": "1501"}, "Region '1501': expected a code of 6 digits"),
        ("wang", {"grants": ["呼市"]}, "Region '呼市': expected a code"),
        ("wang", {"password": "short"}, "has 5 characters, at least 10"),
        ("wang li", {}, "without blanks"),
        ("x" * 151, {}, "151 characters, at most 150"),
        ("LI", {}, "User 'LI' exists already"),
    ],
)
def test_bad_values_are_refused(name: str, values: dict[str, object], says: str) -> None:
    create_user("li", role=Role.SUPERVISOR)

    with pytest.raises(PolicyError, match=says):
        create_user(name, **{"role": "reviewer", **values})  # type: ignore[arg-type]
    assert User.objects.count() == 1


def test_unknown_and_inactive_users_get_the_same_words() -> None:
    create_user("wang", role=Role.REVIEWER)
    User.objects.update(is_active=False)

    for name in ("wang", "nobody"):
        with pytest.raises(StoreError, match=f"User '{name}': no such user"):
            find_user(name)


def test_reset_password_replaces_the_old_one() -> None:
    create_user("wang", role=Role.REVIEWER, password="a-long-password")

    fresh = reset_password("wang", actor="root")

    user = find_user("wang")
    assert user.check_password(fresh)
    assert not user.check_password("a-long-password")
    event = Event.objects.order_by("-seq").first()
    assert event is not None
    assert (event.actor, event.action) == ("root", "user.password")
    assert fresh not in str(event.details)


def test_account_is_switched_off_and_on_with_one_event_each() -> None:
    create_user("wang", role=Role.REVIEWER)

    for active in (False, False, True, True):
        set_active("wang", active=active)

    actions = list(Event.objects.order_by("seq").values_list("action", flat=True))
    assert actions == ["user.add", "user.off", "user.on"]


@pytest.mark.parametrize("act", [reset_password, partial(set_active, active=False)])
def test_acts_on_unknown_users_are_refused(act: Callable[[str], object]) -> None:
    with pytest.raises(StoreError, match="User 'nobody': no such user"):
        act("nobody")
