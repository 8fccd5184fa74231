"""Named rights that one process holds until a moment, kept in the database.

Every change is one conditional statement whose row count decides. Call these outside a
transaction: a lease that is not committed binds nobody.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from audit.holder import is_dead, this_process
from audit.models import Lease

_MAX_HOLDER_CHARS = 64
_POLL_SECONDS = 0.2


def take(name: str, holder: str, seconds: float) -> bool:
    """Take the lease for `holder`; False when somebody else holds it.

    It is free when nobody has it, it ran out, `holder` has it already, or the process that has it
    was one of this machine and died.
    """
    now = datetime.now(UTC)
    until = now + timedelta(seconds=seconds)
    row = Lease.objects.filter(name=name).first()
    if row is None:
        try:
            with transaction.atomic():
                Lease.objects.create(name=name, holder=holder, until=until)
        except IntegrityError:
            return False
        return True
    free = Q(until__lte=now) | Q(holder=holder)
    if is_dead(_process(row.holder)):
        free |= Q(holder=row.holder)
    return Lease.objects.filter(free, name=name).update(holder=holder, until=until) == 1


def renew(name: str, holder: str, seconds: float) -> bool:
    """Prolong a lease that `holder` still holds; False when it has run out or passed on."""
    now = datetime.now(UTC)
    mine = Lease.objects.filter(name=name, holder=holder, until__gt=now)
    return mine.update(until=now + timedelta(seconds=seconds)) == 1


def release(name: str, holder: str) -> bool:
    """Give the lease up; False when it was not `holder`'s any more."""
    deleted, _ = Lease.objects.filter(name=name, holder=holder).delete()
    return deleted == 1


def holder_of(name: str) -> str:
    """Return who holds the lease now, or an empty string."""
    live = Lease.objects.filter(name=name, until__gt=datetime.now(UTC)).first()
    return live.holder if live else ""


def new_holder() -> str:
    """Return a holder name for one block of work of this process (threads differ)."""
    return f"{this_process()}#{uuid4().hex[:6]}"[-_MAX_HOLDER_CHARS:]


def _process(holder: str) -> str:
    return holder.partition("#")[0]


@contextmanager
def hold(name: str, seconds: float, *, wait_seconds: float = 0) -> Iterator[bool]:
    """Hold the lease for the block when it is free within `wait_seconds`, then give it up.

    Yields:
        Whether it was taken. Work that may outlast `seconds` renews it or stops.
    """
    holder = new_holder()
    deadline = time.monotonic() + wait_seconds
    while not (taken := take(name, holder, seconds)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    try:
        yield taken
    finally:
        if taken:
            release(name, holder)
