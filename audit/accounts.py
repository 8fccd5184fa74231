"""Making users: one role each, a region scope, and a password that is shown once."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError

from audit import events, regions
from audit.database import writing
from audit.errors import PolicyError, StoreError
from audit.models import Role, User

MIN_PASSWORD_CHARS = 10
_RANDOM_BYTES = 12


def _check_codes(codes: Sequence[str]) -> None:
    for code in codes:
        if not regions.is_code(code):
            raise PolicyError(
                f"Region '{code}': expected a code of 6 digits (9 or 12 for streets and villages)"
                " as text, such as 150100."
            )


def _check_name(name: str) -> None:
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError:
        raise PolicyError(
            f"User name {name!r}: use letters, digits and @ . + - _ only, without blanks."
        ) from None
    if len(name) > 150:
        raise PolicyError(f"User name has {len(name)} characters, at most 150 are possible.")
    if User.objects.filter(username__iexact=name).exists():
        raise PolicyError(f"User '{name}' exists already. Choose another name.")


def create_user(
    name: str,
    *,
    role: str,
    region: str = "",
    grants: Sequence[str] = (),
    password: str | None = None,
    must_change: bool = True,
    actor: str = "system",
) -> str:
    """Make a user and return the password: the one given, or a random one to be shown once.

    Args:
        must_change: whether they choose another password when they first sign in.

    Raises:
        PolicyError: name taken or malformed, unknown role or region, password too short.
    """
    if role not in Role.values:
        raise PolicyError(f"Role '{role}': expected one of {', '.join(Role.values)}.")
    _check_codes([*([region] if region else []), *grants])
    if password is not None and len(password) < MIN_PASSWORD_CHARS:
        raise PolicyError(
            f"The password has {len(password)} characters, at least {MIN_PASSWORD_CHARS} needed."
        )
    chosen = password if password is not None else secrets.token_urlsafe(_RANDOM_BYTES)
    with writing():
        _check_name(name)
        user = User(username=name, role=role, region=region, grants=list(grants))
        user.must_change_password = must_change
        user.date_joined = datetime.now(UTC)
        user.set_password(chosen)
        user.save()
        events.append(
            actor=actor,
            action="user.add",
            object_type="user",
            object_id=str(user.pk),
            details={"name": name, "role": role, "region": region, "grants": list(grants)},
        )
    return chosen


def reset_password(name: str, *, must_change: bool = True, actor: str = "system") -> str:
    """Give a user a new random password, to be shown once; their sessions end.

    Raises:
        StoreError: no such user.
    """
    chosen = secrets.token_urlsafe(_RANDOM_BYTES)
    with writing():
        user = find_user(name)
        user.set_password(chosen)
        user.must_change_password = must_change
        user.save(update_fields=["password", "must_change_password"])
        _note(user, "user.password", actor)
    return chosen


def set_active(name: str, *, active: bool, actor: str = "system") -> None:
    """Switch an account on or off; nobody's past acts go with it.

    Raises:
        StoreError: no such user.
    """
    with writing():
        changed = User.objects.filter(username=name, is_active=not active).first()
        if changed is None:
            if not User.objects.filter(username=name).exists():
                raise _no_such_user(name)
            return
        changed.is_active = active
        changed.save(update_fields=["is_active"])
        _note(changed, "user.on" if active else "user.off", actor)


def _note(user: User, action: str, actor: str) -> None:
    events.append(actor=actor, action=action, object_type="user", object_id=str(user.pk))


def _no_such_user(name: str) -> StoreError:
    return StoreError(
        f"User '{name}': no such user. 'jianwei user list' shows them;"
        " 'jianwei user add' makes one."
    )


def find_user(name: str) -> User:
    """Return the active user of that name.

    Raises:
        StoreError: there is none.
    """
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise _no_such_user(name)
    return user
