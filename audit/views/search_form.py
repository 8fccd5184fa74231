"""A search as its address says it, so that an address reproduces a search."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from audit.views.typed import day, text, texts

PAGE_HITS = 20
_FIELDS = ("q", "region", "site", "status", "since", "until", "sort", "cursor")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForm:
    """What was typed and chosen, as text; `label` may hold several."""

    q: str = ""
    label: tuple[str, ...] = ()
    region: str = ""
    site: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    review: bool = False
    sort: str = "relevance"
    cursor: str = ""

    @classmethod
    def read(cls, values: QueryDict) -> "SearchForm":
        given = {name: value for name, value in texts(values, *_FIELDS).items() if value}
        labels = tuple(dict.fromkeys(text(label) for label in values.getlist("label") if label))
        return cls(label=labels, review=bool(values.get("review")), **given)

    @property
    def is_narrowed(self) -> bool:
        """Tell whether anything but the order and the place in it was asked for."""
        return replace(self, sort="relevance", cursor="") != SearchForm()

    def query_string(self, **changes: Any) -> str:
        """Return the address's query with some fields changed; from the first page unless told."""
        changed = replace(self, **{"cursor": "", **changes})
        pairs = [(name, getattr(changed, name)) for name in _FIELDS]
        query = [(name, value) for name, value in pairs if value and value != _UNSAID[name]]
        query += [("label", label) for label in changed.label]
        if changed.review:
            query.append(("review", "1"))
        return f"?{urlencode(query)}"

    def arguments(self) -> Mapping[str, Any]:
        """Return the arguments of `audit.search.search`, but for scope, limit and query.

        Raises:
            QueryError: a date is none.
        """
        return {
            "all_labels": self.label,
            "region": self.region or None,
            "site": self.site or None,
            "status": self.status or None,
            "since": day(self.since),
            "until": day(self.until),
            "needs_review": self.review,
            "sort": self.sort,
        }


_UNSAID = {name: getattr(SearchForm(), name) for name in _FIELDS}
