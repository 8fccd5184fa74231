"""The list of `jianwei work` processes: who is there, and what each is at."""

from datetime import datetime, timedelta

from audit.database import writing
from audit.holder import is_dead
from audit.models import Worker

# A worker beats every few seconds; one that has not for this long is gone or stuck.
SILENT_AFTER = timedelta(seconds=60)


def workers_alive(now: datetime) -> list[Worker]:
    """Return the workers that were heard of lately and are not known to be dead."""
    heard = Worker.objects.filter(heartbeat__gt=now - SILENT_AFTER).order_by("started_at", "name")
    return [worker for worker in heard if not is_dead(worker.name)]


def beat(name: str, *, started_at: datetime, now: datetime, doing: str) -> None:
    """Say that a worker is there and what it does; its row is made on the first beat."""
    with writing():
        Worker.objects.update_or_create(
            name=name,
            defaults={
                "host": name.partition("/")[0],
                "started_at": started_at,
                "heartbeat": now,
                "doing": doing,
            },
        )


def leave(name: str) -> None:
    """Take a worker off the list, and with it those known to be dead."""
    with writing():
        gone = [row.name for row in Worker.objects.all() if row.name == name or is_dead(row.name)]
        Worker.objects.filter(name__in=gone).delete()
