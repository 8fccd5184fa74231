"""An event in the log whenever somebody signs in or out."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out

from audit import events


def note(action: str, user: AbstractBaseUser) -> None:
    """Append an event about a person's own account."""
    events.append(
        actor=user.get_username(), action=action, object_type="user", object_id=str(user.pk)
    )


def _signed_in(sender: object, user: AbstractBaseUser, **kwargs: Any) -> None:
    note("user.sign_in", user)


def _signed_out(sender: object, user: AbstractBaseUser | None, **kwargs: Any) -> None:
    if user is not None:
        note("user.sign_out", user)


def connect() -> None:
    """Listen to Django's signals; called once when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="jianwei.sign_in")
    user_logged_out.connect(_signed_out, dispatch_uid="jianwei.sign_out")
