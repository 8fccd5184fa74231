"""The log of who did what: append-only, each line chained to the one before by its hash.

The head row is locked in the transaction that appends, so writers queue up and the chain never
forks. Values are made plain first: no floats and no NUL, which a database may give back changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from audit.errors import StoreError
from audit.models import ChainHead, Event

HASHED = (
    "seq",
    "at",
    "actor",
    "action",
    "object_type",
    "object_id",
    "purpose",
    "details",
    "prev_hash",
)
START = "0" * 64
_HEAD = "events"
_CANONICAL = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event before it has a place in the chain."""

    actor: str
    action: str
    object_type: str
    object_id: str
    purpose: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def _clean_text(text: str) -> str:
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")


def _plain(value: Any) -> Any:
    """Return what comes back the same from any database's JSON column."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_clean_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    raise StoreError(
        f"Event details expected text, numbers, lists or mappings, got {type(value).__name__}."
    )


def canonical(values: Mapping[str, Any]) -> bytes:
    """Return the one JSON form that is hashed: sorted keys, no blanks, UTF-8."""
    return _CANONICAL.encode(values).encode("utf-8")


def digest(values: Mapping[str, Any]) -> str:
    """Return the hash over an event's fields, `HASHED`."""
    at = values["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(canonical({**values, "at": at})).hexdigest()


def lock_head() -> ChainHead:
    """Lock the chain's head until the transaction ends; only inside one."""
    head = ChainHead.objects.select_for_update().filter(name=_HEAD).first()
    if head is None:
        ChainHead.objects.bulk_create([ChainHead(name=_HEAD)], ignore_conflicts=True)
        head = ChainHead.objects.select_for_update().get(name=_HEAD)
    return head


def append_all(entries: Iterable[Entry]) -> list[Event]:
    """Append several events in order, inside the caller's transaction or one of its own."""
    with transaction.atomic():
        head = lock_head()
        seq, previous = head.seq, head.hash
        now = datetime.now(UTC)
        events = []
        for entry in entries:
            seq += 1
            event = Event(
                seq=seq,
                at=now,
                actor=_clean_text(entry.actor),
                action=_clean_text(entry.action),
                object_type=_clean_text(entry.object_type),
                object_id=_clean_text(entry.object_id),
                purpose=_clean_text(entry.purpose),
                details=_plain(entry.details),
                prev_hash=previous,
            )
            event.hash = previous = digest({name: getattr(event, name) for name in HASHED})
            events.append(event)
        if events:
            Event.objects.bulk_create(events, batch_size=500)
            ChainHead.objects.filter(name=_HEAD).update(seq=seq, hash=previous)
    return events


def append(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    purpose: str = "",
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event, inside the caller's transaction or one of its own."""
    entry = Entry(
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        purpose=purpose,
        details=details or {},
    )
    return append_all([entry])[0]


def head_row() -> ChainHead:
    """Return the chain's head as it is now, not locked and perhaps not saved."""
    return ChainHead.objects.filter(name=_HEAD).first() or ChainHead(name=_HEAD)


def head() -> str:
    """Return the hash of the last event; 64 zeros when there is none."""
    return head_row().hash
