"""Whose acts a person may read in the event log."""

from django.db.models import QuerySet

from audit.choices import Role
from audit.errors import PolicyError
from audit.models import Event, User

_OVERSEERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


def sees_all(user: User) -> bool:
    """Tell whether the person reads everybody's acts, and may check the chain."""
    return user.is_active and user.role in _OVERSEERS


def visible_events(user: User) -> QuerySet[Event]:
    """Return everybody's acts for those who oversee, a person's own for everyone else."""
    if sees_all(user):
        return Event.objects.all()
    return Event.objects.filter(actor=user.username) if user.is_active else Event.objects.none()


def check_may_verify(user: User) -> None:
    """Check that the person may have the chain recomputed.

    Raises:
        PolicyError: they may not.
    """
    if not sees_all(user):
        raise PolicyError(
            f"{user.role} '{user.username}' may not verify the event log. Ask an auditor.",
            zh="校验日志由审计员或管理员进行。",
        )
