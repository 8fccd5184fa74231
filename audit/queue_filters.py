"""What a person asks of the queue: one tab and filters, the same in a URL and on a command line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import TextChoices

from audit import regions
from audit.choices import State
from audit.errors import QueryError
from classifier.labels import load_labels
from classifier.records import Axis

# The value of `region` that means the cases without one.
NO_REGION = "none"
_MAX_CHARS = 100


class Tab(TextChoices):
    """The parts of the queue; `all` leaves out what is confirmed or closed."""

    MINE = "mine", "我的"
    UNCLAIMED = "unclaimed", "待领取"
    PROPOSED = "proposed", "待复核"
    RETURNED = "returned", "已退回"
    DUE = "due", "到期"
    ALL = "all", "全部"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """Filters that narrow the queue together; empty ones do nothing.

    `tabs` are names of `Tab` (several on a command line, one at the desk); `state` replaces "all
    but confirmed and closed"; `region` is a code with everything under it, or `NO_REGION`; `label`
    and `disguise` are labels that the machine gives; `host` takes its subdomains along;
    `institution` is part of a publisher's name or host; `title` is part of a case's title.

    Raises:
        QueryError: an unknown tab, state or label, something that is no region code or no age.
    """

    tabs: tuple[str, ...] = ()
    state: str = ""
    region: str = ""
    label: str = ""
    disguise: str = ""
    host: str = ""
    institution: str = ""
    min_age_days: float = 0
    title: str = ""

    def __post_init__(self) -> None:
        for tab in self.tabs:
            _check_one_of("Tab", tab, Tab.values)
        if self.state:
            _check_one_of("State", self.state, State.values)
        if self.region and self.region != NO_REGION and not regions.is_code(self.region):
            raise QueryError(
                f"Region filter '{self.region}': expected a code of 6 digits such as 150100.",
                zh="地区条件应为六位地区代码，例如 150100。",
            )
        _check_label(self.label)
        _check_label(self.disguise, "disguise")

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "QueueFilters":
        """Read the parameters of a page's address; others are left alone.

        Raises:
            QueryError: a value that no filter takes.
        """
        values: dict[str, Any] = {
            name: query.get(name, "").strip().replace("\0", "")[:_MAX_CHARS] for name in _TEXTS
        }
        tab = query.get("tab", "")
        return cls(tabs=(tab,) if tab else (), min_age_days=_days(query.get("age", "")), **values)

    @property
    def tab(self) -> str:
        return self.tabs[0] if self.tabs else ""

    def on(self, tab: str) -> "QueueFilters":
        """Return the same filters on another tab."""
        return replace(self, tabs=(tab,))

    def without(self, name: str) -> "QueueFilters":
        """Return the same filters but for one, which does nothing then."""
        nothing: dict[str, Any] = {name: 0 if name == "min_age_days" else ""}
        return replace(self, **nothing)

    def to_query(self) -> dict[str, str]:
        """Return the parameters that give these filters again, without the empty ones."""
        values = {"tab": self.tab} | {name: getattr(self, name) for name in _TEXTS}
        values["age"] = f"{self.min_age_days:g}" if self.min_age_days else ""
        return {name: value for name, value in values.items() if value}

    @property
    def query(self) -> str:
        """The query string of an address with these filters, with its question mark."""
        values = self.to_query()
        return f"?{urlencode(values)}" if values else ""


_TEXTS = ("state", "region", "label", "disguise", "host", "institution", "title")


def _check_one_of(what: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise QueryError(
            f"{what} '{value}': expected one of {', '.join(known)}.",
            zh="筛选条件里的栏目或状态不存在，请重新选择。",
        )


def _check_label(name: str, axis: Axis | None = None) -> None:
    if not name:
        return
    known = load_labels()
    if name not in known or (axis is not None and known.axis(name) != axis):
        raise QueryError(
            f"Label filter '{name}': no such {axis or 'label'}."
            f" Known: {', '.join(known.by_axis(axis) if axis else known.ids)}.",
            zh="筛选条件里的标签不存在，请重新选择。",
        )


def _days(text: str) -> float:
    if not text:
        return 0
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days <= 36500:
        raise QueryError(
            f"Age filter '{text}': expected a number of days.",
            zh="“发现已有”条件应为天数。",
        )
    return days
