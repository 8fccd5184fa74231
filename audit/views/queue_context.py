"""What the page of the queue shows, typed for its template."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from audit.choices import State
from audit.models import Case, User
from audit.queue_counts import regions_of_cases, tab_counts
from audit.queue_filters import NO_REGION, QueueFilters, Tab
from audit.queue_listing import is_claimable, listing
from audit.queue_rows import QueueRow, queue_rows
from audit.region_names import region_zh
from audit.transitions import load_transitions
from classifier.labels import load_labels
from classifier.records import Axis

ROWS = 40
_AXES_ZH: tuple[tuple[Axis, str], ...] = (
    ("offering", "培训性质"),
    ("violation", "违规情形"),
    ("subject", "学科"),
)
_AGES_DAYS = (1, 3, 7, 14, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of the last act; `kind` is good, warn or bad. `undo` is the case to withdraw."""

    kind: str
    says: str
    case_id: int | None = None
    undo: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTab:
    zh: str
    count: int
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    zh: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionGroup:
    zh: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the filters offer."""

    regions: tuple[Option, ...]
    labels: tuple[OptionGroup, ...]
    disguises: tuple[Option, ...]
    states: tuple[Option, ...]
    ages: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter that is set; `query` is the list without it."""

    words: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Context of `queue.html`; `first` to `last` of `total` are shown.

    `next_zh` is the word on the button that opens the next case; empty for who only looks on.
    """

    tabs: tuple[QueueTab, ...]
    filters: QueueFilters
    query: str
    choices: Choices
    chips: tuple[Chip, ...]
    rows: tuple[QueueRow, ...]
    total: int
    first: int
    last: int
    first_page: str
    next_page: str
    unfiltered: str
    empty_says: str
    notice: Notice | None
    next_zh: str
    may_assign: bool
    now: datetime


def queue_page(
    user: User, filters: QueueFilters, *, after: str, notice: Notice | None, now: datetime
) -> QueuePage:
    """Build the page of the queue under the filters."""
    found = listing(user, filters, limit=ROWS, after=after, now=now)
    claimable = _claimable(user, found.cases, now) if _may(user, "claim") else set()
    return QueuePage(
        tabs=_tabs(user, filters, now),
        filters=filters,
        query=filters.query,
        choices=_choices(user, filters),
        chips=tuple(_chips(filters)),
        rows=queue_rows(found.cases, user, claimable=claimable, now=now),
        total=found.total,
        first=found.start + 1,
        last=found.start + len(found.cases),
        first_page=filters.query if after else "",
        next_page=_with(filters, after=found.cursor) if found.cursor else "",
        unfiltered=QueueFilters().on(filters.tab or Tab.ALL).query,
        empty_says=_EMPTY[Tab(filters.tab or Tab.ALL)],
        notice=notice,
        next_zh=_next_words(user, filters),
        may_assign=_may(user, "assign"),
        now=now,
    )


def _may(user: User, action: str) -> bool:
    return user.role in load_transitions().actions[action].who


def _next_words(user: User, filters: QueueFilters) -> str:
    if filters.tab == Tab.PROPOSED:
        return "复核下一件" if _may(user, "confirm") else ""
    return "领取下一件" if _may(user, "claim") else ""


_EMPTY = {
    Tab.MINE: "您手上没有案件。按 n 领取下一件，或到“待领取”里挑选。",
    Tab.UNCLAIMED: "没有待领取的案件。新的涉嫌广告在巡查和机器判断之后自动进入这里。",
    Tab.PROPOSED: "没有等待复核的结论。审核员提交须复核的结论后会出现在这里。",
    Tab.RETURNED: "没有被退回的案件。复核员退回的结论会出现在这里，由审核员重新研判。",
    Tab.DUE: "没有到期的案件。“需补充证据”的案件到了补证期限会出现在这里。",
    Tab.ALL: "没有在办案件。新的涉嫌广告在巡查和机器判断之后自动进入队列。",
}


def _claimable(user: User, cases: Iterable[Case], now: datetime) -> set[int]:
    keys = [case.pk for case in cases]
    free = Case.objects.filter(is_claimable(user, now), pk__in=keys)
    return set(free.values_list("pk", flat=True))


def _with(filters: QueueFilters, **more: str) -> str:
    return f"?{urlencode(filters.to_query() | more)}"


def _tabs(user: User, filters: QueueFilters, now: datetime) -> tuple[QueueTab, ...]:
    counts = tab_counts(user, filters, now)
    return tuple(
        QueueTab(
            zh=str(tab.label),
            count=counts[tab],
            query=filters.on(tab).query,
            is_current=tab == filters.tab,
        )
        for tab in Tab
    )


def _choices(user: User, filters: QueueFilters) -> Choices:
    known = load_labels()
    regions = [(code or NO_REGION, region_words(code)) for code in regions_of_cases(user)]
    if filters.region and filters.region not in dict(regions):
        regions.append((filters.region, region_words(filters.region)))
    return Choices(
        regions=_options(regions, filters.region),
        labels=tuple(
            OptionGroup(
                zh=zh,
                options=_options(
                    ((name, known.zh(name)) for name in known.by_axis(axis)), filters.label
                ),
            )
            for axis, zh in _AXES_ZH
        ),
        disguises=_options(
            ((name, known.zh(name)) for name in known.by_axis("disguise")), filters.disguise
        ),
        states=_options(((state.value, str(state.label)) for state in State), filters.state),
        ages=_options(
            ((str(days), f"{days} 天以上") for days in _AGES_DAYS), f"{filters.min_age_days:g}"
        ),
    )


def region_words(code: str) -> str:
    """Return a region's name with its code."""
    if code in {"", NO_REGION}:
        return "地区未定"
    name = region_zh(code)
    return code if name == code else f"{name}（{code}）"


def _options(pairs: Iterable[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    return tuple(Option(value=value, zh=zh, is_chosen=value == chosen) for value, zh in pairs)


def _chips(filters: QueueFilters) -> Iterable[Chip]:
    known = load_labels()
    words = {
        "title": f"标题含“{filters.title}”",
        "institution": f"机构或网站含“{filters.institution}”",
        "host": f"网站 {filters.host}",
        "region": region_words(filters.region),
        "label": known.zh(filters.label) if filters.label else "",
        "disguise": known.zh(filters.disguise) if filters.disguise else "",
        "state": str(State(filters.state).label) if filters.state else "",
    }
    for name, says in words.items():
        if getattr(filters, name):
            yield Chip(words=says, query=filters.without(name).query)
    if filters.min_age_days:
        says = f"发现已有 {filters.min_age_days:g} 天以上"
        yield Chip(words=says, query=filters.without("min_age_days").query)
