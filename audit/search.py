"""Search the ads: the question checked, the engine asked, the answer told from the rows.

Engines return which ads, in which order. Titles, snippets and highlights come from the rows, so
that they fall on the original characters whatever the engine, and contacts stay hidden.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, get_args

from audit.documents import BEIJING, NO_CASE, case_of
from audit.errors import QueryError
from audit.highlight import Highlight, Snippet, highlights, snippet
from audit.index.base import Clause, Engine, SearchRequest, Sort
from audit.index.select import opened_engine
from audit.keys import contact_hash
from audit.logs import mask_contacts
from audit.masking import Mask
from audit.models import Ad, AdVersion, AssessmentRow, State
from audit.personal import ContactSpan, contact_spans, hide, is_judged, spans_in
from audit.query import clauses
from audit.regions import prefix
from audit.sort_keys import time_key
from classifier.labels import load_labels
from classifier.normalise import normalise
from classifier.records import Decoding
from classifier.strict_yaml import nearest

STATUSES = (*State.values, NO_CASE)
MAX_LIMIT = 10_000
_LABEL_FIELDS = {
    "offering": "assessment.offerings",
    "subject": "assessment.subjects",
    "disguise": "assessment.disguises",
    "violation": "assessment.violations",
}
_LABEL_KEYS = ("offerings", "subjects", "disguises", "violations")
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A disguised wording that the search found, and the plain word that it stands for."""

    field: str
    start: int
    end: int
    text: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One ad found. `highlights` are spans of the ad's text; shown contacts are marks."""

    ad_id: str
    url: str
    title: str
    snippet: Snippet
    highlights: tuple[Highlight, ...]
    labels: tuple[str, ...]
    needs_review: bool
    risk: float
    status: str
    decoded: tuple[Decoded, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "snippet": str(self.snippet)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of an answer; `cursor` asks for the next one, None when this is the last."""

    total: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, Mapping[str, int]]
    cursor: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "hits": [hit.to_dict() for hit in self.hits],
            "facets": {name: dict(counts) for name, counts in self.facets.items()},
            "cursor": self.cursor,
        }


def search(
    query: str,
    *,
    labels: Sequence[str] = (),
    site: str | None = None,
    region: str | None = None,
    since: date | None = None,
    until: date | None = None,
    status: str | None = None,
    sort: str = "relevance",
    limit: int = 20,
    cursor: str | None = None,
    using: Engine | None = None,
) -> SearchPage:
    """Find ads. An empty query means all; dates are days in Beijing on which the ad was last seen.

    Labels of one axis widen each other, labels of different axes narrow.

    Raises:
        QueryError: the query or a filter cannot be understood.
        IndexEngineError: the engine does not answer, or its index is missing or old.
    """
    request = SearchRequest(
        clauses=clauses(query),
        filters=_filters(labels=labels, site=site, region=region, status=status),
        since_key=None if since is None else time_key(_midnight(since)),
        until_key=None if until is None else time_key(_midnight(until + timedelta(days=1))),
        sort=_sort(sort),
        limit=_limit(limit),
        cursor=cursor,
    )
    if since is not None and until is not None and since > until:
        raise QueryError(f"dates: expected since ≤ until, got {since} and {until}.")
    with opened_engine(using) as opened:
        result = opened.search(request)
    return SearchPage(
        total=result.total,
        hits=tuple(_hits(result.sequences, request.clauses)),
        facets=result.facets,
        cursor=result.cursor,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BEIJING)


def _sort(sort: str) -> Sort:
    for known in get_args(Sort):
        if sort == known:
            return known  # type: ignore[no-any-return]
    raise QueryError(f"sort: expected one of {', '.join(get_args(Sort))}, got '{sort}'.")


def _limit(limit: int) -> int:
    if not 0 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit: expected 0 to {MAX_LIMIT}, got {limit}.")
    return limit


def _filters(
    *, labels: Sequence[str], site: str | None, region: str | None, status: str | None
) -> dict[str, tuple[str, ...]]:
    filters: dict[str, tuple[str, ...]] = {}
    known = load_labels()
    for label in labels:
        if label not in known:
            raise QueryError(f"label '{label}' is unknown.{nearest(label, known.ids)}")
        field = _LABEL_FIELDS[known.axis(label)]
        filters[field] = (*filters.get(field, ()), label)
    if site is not None:
        filters["ad.site_id"] = (site,)
    if region is not None:
        if not (region.isascii() and region.isdigit() and 2 <= len(region) <= 12):
            raise QueryError(f"region: expected a code such as 150100, got '{region}'.")
        filters["ad.region_path"] = (prefix(region),)
    if status is not None:
        if status not in STATUSES:
            raise QueryError(
                f"status: expected one of {', '.join(STATUSES)}, got '{status}'."
                f"{nearest(status, STATUSES)}"
            )
        filters["case.status"] = (status,)
    return filters


def _hits(sequences: Sequence[int], asked: Sequence[Clause]) -> Iterable[SearchHit]:
    """Tell the hits in the engine's order; an ad whose row went since is left out."""
    wanted = [clause for clause in asked if not clause.excluded]
    for start in range(0, len(sequences), _ROWS_AT_ONCE):
        part = sequences[start : start + _ROWS_AT_ONCE]
        rows = Ad.objects.filter(pk__in=part, version__isnull=False)
        rows = rows.select_related("version", "assessment", "case_ad__case")
        ads = {ad.pk: ad for ad in rows.defer("version__links", "version__images")}
        for sequence in part:
            ad = ads.get(sequence)
            if ad is not None and ad.version is not None:
                yield _hit(ad, ad.version, wanted)


def _hit(ad: Ad, version: AdVersion, wanted: Sequence[Clause]) -> SearchHit:
    opinion = ad.assessment
    payload = opinion.payload if opinion else {}
    contacts = contact_spans(version, opinion)
    shown = _shown(version, opinion, contacts)
    spans, decoded = _found(version, shown, contacts, wanted)
    if spans:
        around = spans[0].start
    else:
        around = _telling_offset(payload if is_judged(opinion, version) else {}, version.blocks)
    case = case_of(ad)
    return SearchHit(
        ad_id=ad.ad_id,
        url=ad.url,
        title=shown["title"],
        snippet=snippet(shown["text"], around=around),
        highlights=spans,
        labels=tuple(label for key in _LABEL_KEYS for label in payload.get(key, ())),
        needs_review=opinion.needs_review if opinion else False,
        risk=opinion.risk if opinion else 0.0,
        status=case.case.state if case else NO_CASE,
        decoded=decoded,
    )


def _shown(
    version: AdVersion, opinion: AssessmentRow | None, contacts: Sequence[ContactSpan]
) -> dict[str, str]:
    """Return title and text as they may be shown, character for character."""
    if is_judged(opinion, version):
        opinion.version = version
        mask = Mask(opinion)
        return {"title": mask.title, "text": mask.text}
    return {
        "title": mask_contacts(hide(version.title, spans_in("title", contacts))),
        "text": mask_contacts(hide(version.text, spans_in("text", contacts))),
    }


def _found(
    version: AdVersion,
    shown: Mapping[str, str],
    contacts: Sequence[ContactSpan],
    wanted: Sequence[Clause],
) -> tuple[tuple[Highlight, ...], tuple[Decoded, ...]]:
    """Find what was asked for in text and title; only the text has highlights."""
    if not wanted:
        return (), ()
    terms = [clause.term.text for clause in wanted]
    hashes = {value for clause in wanted for value in clause.contacts}
    named = [one for one in contacts if hashes and contact_hash(one.value) in hashes]
    in_title = highlights(normalise(version.title), terms, masked=spans_in("title", contacts))
    in_text = highlights(
        normalise(version.text),
        terms,
        masked=spans_in("text", contacts),
        contacts=spans_in("text", named),
    )
    decoded = [_decoded(one, "title", shown["title"]) for one in in_title.decodings]
    decoded += [_decoded(one, "text", shown["text"]) for one in in_text.decodings]
    return in_text.spans, tuple(decoded)


def _decoded(decoding: Decoding, field: str, shown: str) -> Decoded:
    start, end = decoding.span.start, decoding.span.end
    return Decoded(field=field, start=start, end=end, text=shown[start:end], plain=decoding.plain)


def _telling_offset(payload: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> int:
    """Return where a snippet says most when no word was asked for: what was found, or the body."""
    for finding in payload.get("findings", ()):
        for span in finding["spans"]:
            if span.get("field", "text") == "text":
                return int(span["start"])
    return next((int(block["start"]) for block in blocks if block.get("main", True)), 0)
