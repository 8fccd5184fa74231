"""What the pages of a case and of an ad show of the ad, typed for their templates.

Simple rows (facts, evidence, placements, decisions, events) stay the plain values of
`audit.ad_view` and `audit.case_view`, whose keys are a contract.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.urls import reverse

from audit.ad_view import AXES_ZH, ShownAd, degree_zh
from audit.case_passages import Layout, Quote, Run, Words, lay_out, line_of, words_of
from audit.displayable import displayable, displayable_values
from audit.keys import contact_hash
from audit.personal import contact_spans

_SHOWN_QUOTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLink:
    """A quote under a finding; `part` is where the text shows it, 0 for the title."""

    text: str
    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCard:
    """One finding; `more` counts the quotes that are marked in the text but not repeated."""

    number: int
    reason: str
    decoded: str
    degree_zh: str
    score: float
    origin: str
    is_rule: bool
    quotes: tuple[QuoteLink, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCard:
    """The findings of one label, with the clauses that they rest on."""

    label: str
    label_zh: str
    axis: str
    axis_zh: str
    degree_zh: str
    score: float
    findings: tuple[FindingCard, ...]
    clauses: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactGroup:
    """The facts of one kind, each wording once."""

    kind_zh: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLink:
    """A search that finds related ads."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdContext:
    """One ad: `ad`, `evidence`, `versions`… are values of `ad_view`, fit to be shown.

    `axes` are the axes that have findings, for the legend.
    """

    ad: Mapping[str, Any]
    title: tuple[Run, ...]
    words: Words
    axes: tuple[tuple[str, str], ...]
    labels: tuple[LabelCard, ...]
    clauses: Sequence[Mapping[str, Any]]
    against: Sequence[Mapping[str, Any]]
    missing: Sequence[str]
    dimensions: Sequence[Mapping[str, Any]]
    facts: tuple[FactGroup, ...]
    evidence: Mapping[str, Any]
    versions: Sequence[Mapping[str, Any]]
    machine: Mapping[str, str]
    related: tuple[SearchLink, ...]
    is_judged: bool
    personal_opened: bool
    has_personal: bool


def ad_context(shown: ShownAd, values: Mapping[str, Any], *, part: int | None) -> AdContext:
    """Build the context from an ad and its `ad_view` values.

    Args:
        part: which part of a long text; None: the one where the first finding is.
    """
    view: Mapping[str, Any] = displayable_values(dict(values))
    findings = view["findings"]
    layout = lay_out(view["ad"]["text"], shown.version.blocks)
    if part is None:
        part = _first_part(findings, layout)
    words = words_of(
        view["ad"]["text"],
        layout,
        part=part,
        quotes=_quotes(findings, "text"),
        decodings=_in_field(view["decodings"], "text"),
    )
    title = line_of(
        view["ad"]["title"],
        quotes=_quotes(findings, "title"),
        decodings=_in_field(view["decodings"], "title"),
    )
    quoted = {finding["axis"] for finding in findings}
    return AdContext(
        ad=view["ad"],
        title=title,
        words=words,
        axes=tuple((axis, zh) for axis, zh in AXES_ZH.items() if axis in quoted),
        labels=_labels(findings, view["clauses"], layout),
        clauses=view["clauses"],
        against=view["against"],
        missing=view["missing"],
        dimensions=view["dimensions"],
        facts=_facts(view["facts"]),
        evidence=view["evidence"],
        versions=view["versions"],
        machine=view["machine"],
        related=_related(shown),
        is_judged=shown.opinion is not None,
        personal_opened=shown.mask.opened,
        has_personal=shown.mask.hides_something,
    )


def _in_field(spans: Iterable[Mapping[str, Any]], field: str) -> list[Mapping[str, Any]]:
    return [span for span in spans if span["field"] == field]


def _quotes(findings: Iterable[Mapping[str, Any]], field: str) -> list[Quote]:
    return [
        Quote(number=finding["number"], axis=finding["axis"], start=span["start"], end=span["end"])
        for finding in findings
        for span in _in_field(finding["spans"], field)
    ]


def _first_part(findings: Iterable[Mapping[str, Any]], layout: Layout) -> int:
    starts = [quote.start for quote in _quotes(findings, "text")]
    return layout.part_of(min(starts)) if starts else 1


def _labels(
    findings: Iterable[Mapping[str, Any]], clauses: Iterable[Mapping[str, Any]], layout: Layout
) -> tuple[LabelCard, ...]:
    by_id = {clause["id"]: clause for clause in clauses}
    order = list(AXES_ZH)
    cards = []
    ranked = sorted(findings, key=lambda found: (order.index(found["axis"]), found["label"]))
    for label, group in groupby(ranked, key=lambda found: found["label"]):
        found = sorted(group, key=lambda item: item["number"])
        score = max(item["score"] for item in found)
        basis = dict.fromkeys(clause for item in found for clause in item["basis"])
        cards.append(
            LabelCard(
                label=label,
                label_zh=found[0]["label_zh"],
                axis=found[0]["axis"],
                axis_zh=found[0]["axis_zh"],
                degree_zh=degree_zh(score),
                score=score,
                findings=tuple(_finding(item, layout) for item in found),
                clauses=tuple(by_id[clause] for clause in basis if clause in by_id),
            )
        )
    return tuple(sorted(cards, key=lambda card: (order.index(card.axis), -card.score)))


def _finding(found: Mapping[str, Any], layout: Layout) -> FindingCard:
    quotes = [
        QuoteLink(
            text=span["text"],
            part=0 if span["field"] == "title" else layout.part_of(span["start"]),
        )
        for span in found["spans"]
    ]
    unique = tuple({quote.text: quote for quote in reversed(quotes)}.values())[::-1]
    return FindingCard(
        number=found["number"],
        reason=found["reason"],
        decoded=found["decoded"] or "",
        degree_zh=found["degree_zh"],
        score=found["score"],
        origin=found["origin"],
        is_rule=found["origin"].startswith("rule:"),
        quotes=unique[:_SHOWN_QUOTES],
        more=max(0, len(unique) - _SHOWN_QUOTES),
    )


def _facts(facts: Iterable[Mapping[str, Any]]) -> tuple[FactGroup, ...]:
    by_kind: dict[str, list[str]] = {}
    for fact in facts:
        by_kind.setdefault(fact["kind_zh"], []).append(fact["quote"])
    return tuple(
        FactGroup(kind_zh=kind, quotes=tuple(dict.fromkeys(quotes)))
        for kind, quotes in by_kind.items()
    )


def _related(shown: ShownAd) -> tuple[SearchLink, ...]:
    """Return searches for the same host and the same contacts; no contact stands in them."""
    host = urlsplit(shown.ad.url).netloc.rpartition("@")[2]
    links = []
    if host:
        links.append(_search(f"同一网站 {displayable(host)}", f"host:{host}"))
    contacts = contact_spans(shown.version, shown.opinion)
    for value, quote in {item.value: item.span.text for item in contacts}.items():
        masked = f"{quote[:3]}{'*' * (len(quote) - 3)}" if len(quote) > 3 else "***"
        links.append(
            _search(f"同一联系方式 {displayable(masked)}", f"contact:{contact_hash(value)}")
        )
    return tuple(links)


def _search(text: str, query: str) -> SearchLink:
    return SearchLink(text=text, url=f"{reverse('search')}?{urlencode({'q': query})}")
