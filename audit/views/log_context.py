"""What the log page shows: events in words, and how the chain stands."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from audit import policy
from audit.event_scope import sees_all
from audit.event_words import OBJECTS, action_zh, actions, actor_zh, details_zh, object_zh
from audit.events import head_row
from audit.logs import mask_contacts
from audit.models import Event, User
from audit.views.log_form import LogForm

VERIFIED = "log.verify"
# Type of an object: the section whose role may open it, and the name of its page.
_PAGES = {"case": ("queue", "case"), "ad": ("search", "ad"), "site": ("sites", "site")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event in words; `raw` is all of its details, of which `details` are those with words."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    object_url: str
    purpose: str
    details: tuple[tuple[str, str], ...]
    raw: str
    raw_action: str
    hash: str
    same_actor: str
    same_object: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """How the chain stands; `so_far` continues a check under way, `checked` events into it."""

    total: int
    checked: int = 0
    at: datetime | None = None
    by: str = ""
    broken: str = ""
    so_far: str = ""

    @property
    def is_running(self) -> bool:
        return bool(self.so_far)

    @property
    def since_then(self) -> int:
        """How many events came after the last check; that check's own is one of them."""
        return self.total - self.checked


@dataclass(frozen=True, slots=True, kw_only=True)
class LogContext:
    """Context of `log.html`; `chain` is None for who reads only their own acts."""

    form: LogForm
    problem: str = ""
    chain: ChainState | None = None
    rows: tuple[EventRow, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    older: str = ""
    newest: str = ""
    export: str = ""


def log_context(
    form: LogForm, user: User, events: Iterable[Event] = (), *, older: str = "", problem: str = ""
) -> LogContext:
    everybody = sees_all(user)
    names = User.objects.order_by("username").values_list("username", flat=True)
    return LogContext(
        form=form,
        problem=problem,
        chain=chain_state() if everybody else None,
        rows=event_rows(events, user),
        actions=tuple(sorted(actions().items(), key=lambda item: item[0])),
        objects=tuple(OBJECTS.items()),
        people=tuple(names) if everybody else (),
        older=older,
        newest=form.query_string() if form.before else "",
        export=form.query_string(),
    )


def chain_state() -> ChainState:
    """Return what the last check found."""
    total = head_row().seq
    last = Event.objects.filter(action=VERIFIED).order_by("-seq").first()
    if last is None:
        return ChainState(total=total)
    return ChainState(
        total=total,
        checked=int(last.details.get("checked", 0)),
        at=last.at,
        by=last.actor,
        broken=str(last.details.get("broken", "")),
    )


def event_rows(events: Iterable[Event], user: User) -> tuple[EventRow, ...]:
    """Tell events in words, with links to what the person may open."""
    events = list(events)
    opened = {part.name for part in policy.sections_of(user)}
    keys = {one.object_id for one in events if one.object_type == "user"}
    wanted = [int(key) for key in keys if re.fullmatch("[0-9]{1,18}", key)]
    named = User.objects.filter(pk__in=wanted).values_list("pk", "username")
    names = {str(pk): name for pk, name in named}
    return tuple(_row(event, opened, names) for event in events)


def _row(event: Event, opened: set[str], names: Mapping[str, str]) -> EventRow:
    shown = names.get(event.object_id, event.object_id) if event.object_type == "user" else ""
    same = {"object_type": event.object_type, "object_id": event.object_id}
    return EventRow(
        seq=event.seq,
        at=event.at,
        actor=actor_zh(event.actor),
        action=action_zh(event.action),
        object=f"{object_zh(event.object_type)} {shown or event.object_id}",
        object_url=_page_of(event, opened),
        purpose=mask_contacts(event.purpose),
        details=tuple(details_zh(event.details)),
        raw=mask_contacts(json.dumps(event.details, ensure_ascii=False, indent=2)),
        raw_action=event.action,
        hash=event.hash,
        same_actor=LogForm(actor=event.actor).query_string(),
        same_object=LogForm(**same).query_string(),
    )


def _page_of(event: Event, opened: set[str]) -> str:
    part, name = _PAGES.get(event.object_type, ("", ""))
    if part not in opened:
        return ""
    try:
        return reverse(name, args=[event.object_id])
    except NoReverseMatch:
        return ""
