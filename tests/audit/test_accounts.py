"""Making users."""

import pytest

from audit.accounts import create_user, find_user
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
