"""What an answer is made of: its facets as links that narrow it, and what narrows it already."""

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audit import regions
from audit.case_law import zh_of
from audit.search_words import FACET_NAMES, facet_word
from audit.views.search_form import SearchForm
from classifier.labels import load_labels

_LABEL_FACETS = frozenset({"offerings", "subjects", "disguises", "violations"})
# What a link to a contact's ads asks for; only a chip tells people what it is.
_CONTACT_TERM = re.compile("(?:联系|contact):[0-9a-f]{32}")
_DAYS = ("since", "until")
_SHOWN_AT_ONCE = 8
_MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value and how many hits have it; its link narrows the search, or widens it again."""

    words: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One facet, the most frequent values first; those from `folded_from` on show on demand."""

    name: str
    zh: str
    values: tuple[FacetValue, ...]
    folded_from: int = _SHOWN_AT_ONCE

    @property
    def folded(self) -> int:
        return max(0, len(self.values) - self.folded_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One condition of the search; its link takes it off."""

    words: str
    query: str


def facets(
    form: SearchForm, counts: Mapping[str, Mapping[str, int]], *, site_titles: Mapping[str, str]
) -> tuple[Facet, ...]:
    """Return the facets that have something to choose from."""
    made = []
    for name, zh in FACET_NAMES.items():
        values = dict(counts.get(name, {}))
        if name == "region":
            values = _with_wider_regions(values)
        if name == "month":
            values = dict(sorted(values.items(), reverse=True))
        shown = tuple(
            _value(form, name, value, count, site_titles)
            for value, count in list(values.items())[:_MOST]
        )
        if shown:
            made.append(Facet(name=name, zh=zh, values=shown))
    return tuple(made)


def _value(
    form: SearchForm, name: str, value: str, count: int, site_titles: Mapping[str, str]
) -> FacetValue:
    words = site_titles.get(value, value) if name == "site" else facet_word(name, value)
    change = _change(form, name, value)
    is_chosen = change is None
    query = form.query_string(**(_undone(form, name, value) if change is None else change))
    return FacetValue(words=words, count=count, query=query, is_chosen=is_chosen)


def _change(form: SearchForm, name: str, value: str) -> dict[str, object] | None:
    """Return what choosing a value changes in the search; None when it is chosen."""
    if name in _LABEL_FACETS:
        return None if value in form.label else {"label": (*form.label, value)}
    if name == "month":
        start, end = _days_of(value)
        days = max(form.since, start), min(form.until or end, end)
        return None if (form.since, form.until) == days else dict(zip(_DAYS, days, strict=True))
    if name == "host":
        term = f"网站:{value}"
        return None if term in form.q.split() else {"q": f"{form.q} {term}".strip()}
    return None if getattr(form, name) == value else {name: value}


def _undone(form: SearchForm, name: str, value: str) -> dict[str, object]:
    if name in _LABEL_FACETS:
        return {"label": tuple(label for label in form.label if label != value)}
    if name == "month":
        return dict.fromkeys(_DAYS, "")
    if name == "host":
        return {"q": _without(form.q, f"网站:{value}")}
    return {name: ""}


def _without(query: str, term: str) -> str:
    return " ".join(one for one in query.split() if one != term)


def _days_of(month: str) -> tuple[str, str]:
    year, number = (int(part) for part in month.split("-"))
    return f"{month}-01", f"{month}-{calendar.monthrange(year, number)[1]:02}"


def _with_wider_regions(counts: Mapping[str, int]) -> dict[str, int]:
    """Count for each region all that lies within, as the filter does, and add wider regions.

    A wider region that holds nothing beyond one of its parts is left out.
    """
    wider = {code[:length].ljust(6, "0") for code in counts for length in (2, 4) if len(code) >= 6}
    within = {
        code: sum(count for one, count in counts.items() if regions.covers([code], one))
        for code in {*counts, *wider}
    }
    kept = {
        code: count
        for code, count in within.items()
        if code in counts or all(within[one] < count for one in counts if _lies_in(one, code))
    }
    return dict(sorted(kept.items(), key=lambda item: (-item[1], item[0])))


def _lies_in(code: str, wider: str) -> bool:
    return code != wider and regions.covers([wider], code)


def chips(form: SearchForm, *, site_titles: Mapping[str, str]) -> tuple[Chip, ...]:
    """Return what narrows the search besides its words."""
    return tuple(Chip(words=words, query=query) for words, query in _chips(form, site_titles))


def _chips(form: SearchForm, site_titles: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for term in filter(_CONTACT_TERM.fullmatch, form.q.split()):
        yield "同一联系方式", form.query_string(q=_without(form.q, term))
    known = load_labels()
    for label in form.label:
        rest = tuple(one for one in form.label if one != label)
        axis = f"{FACET_NAMES[known.axis(label) + 's']}：" if label in known else ""
        yield axis + zh_of(label), form.query_string(label=rest)
    for name in ("region", "site", "status"):
        if value := getattr(form, name):
            words = site_titles.get(value, value) if name == "site" else facet_word(name, value)
            yield f"{FACET_NAMES[name]}：{words}", form.query_string(**{name: ""})
    if form.since:
        yield f"末次出现不早于 {form.since}", form.query_string(since="")
    if form.until:
        yield f"末次出现不晚于 {form.until}", form.query_string(until="")
    if form.review:
        yield "只看需研判", form.query_string(review=False)
