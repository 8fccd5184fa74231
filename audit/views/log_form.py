"""A listing of the log as its address says it."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from audit.errors import QueryError
from audit.event_listing import EventFilters
from audit.views.typed import day, texts

_FIELDS = ("actor", "action", "object_type", "object_id", "since", "until", "before")
_MAX_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LogForm:
    """What was typed and chosen, as text."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @classmethod
    def read(cls, values: QueryDict) -> "LogForm":
        return cls(**texts(values, *_FIELDS))

    @property
    def is_narrowed(self) -> bool:
        return replace(self, before="") != LogForm()

    def query_string(self, **changes: Any) -> str:
        """Return the address's query with some fields changed; from the newest unless told."""
        changed = replace(self, **{"before": "", **changes})
        pairs = [(name, getattr(changed, name)) for name in _FIELDS]
        return f"?{urlencode([pair for pair in pairs if pair[1]])}"

    def filters(self) -> EventFilters:
        """Return what to list.

        Raises:
            QueryError: a day is none, or `before` no number.
        """
        before = self.before
        if before and not (before.isascii() and before.isdigit() and int(before) <= _MAX_SEQ):
            raise QueryError(
                f"before: expected the number of an event, got '{before}'.",
                zh="这个翻页位置已失效，请回到最新一页。",
            )
        return EventFilters(
            actor=self.actor,
            action=self.action,
            object_type=self.object_type,
            object_id=self.object_id,
            since=day(self.since),
            until=day(self.until),
            before=int(before) if before else None,
        )
