"""Hits told from the rows: title, snippet and highlights on the original characters, masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from audit.documents import NO_CASE, case_of
from audit.highlight import Highlight, Highlights, Snippet, highlights, snippet
from audit.index.base import Clause
from audit.keys import contact_hash
from audit.logs import mask_contacts
from audit.masking import Mask
from audit.models import Ad, AdVersion, AssessmentRow
from audit.personal import ContactSpan, contact_spans, hide, is_judged, spans_in
from classifier.normalise import normalise
from classifier.records import Decoding

_LABEL_KEYS = ("offerings", "subjects", "disguises", "violations")
_ROWS_AT_ONCE = 500
# Of a longer text only the beginning is looked through for highlights: 0.2 s a hit.
_MOST_CHARS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A disguised wording that the search found, and the plain word that it stands for."""

    field: str
    start: int
    end: int
    text: str
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HitContact:
    """A contact of the ad that can be searched for without being known."""

    kind: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """One ad found. `highlights` are spans of the ad's text; shown contacts are marks."""

    ad_id: str
    url: str
    title: str
    title_highlights: tuple[Highlight, ...]
    snippet: Snippet
    highlights: tuple[Highlight, ...]
    labels: tuple[str, ...]
    needs_review: bool
    risk: float
    status: str
    case_id: int | None
    host: str
    site_id: str
    region: str
    last_seen: datetime
    live: bool
    contacts: tuple[HitContact, ...] = ()
    decoded: tuple[Decoded, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        last_seen = self.last_seen.isoformat()
        return {**asdict(self), "snippet": str(self.snippet), "last_seen": last_seen}


def hits(sequences: Sequence[int], asked: Sequence[Clause]) -> Iterable[SearchHit]:
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
    in_title = _found("title", version.title, contacts, wanted)
    in_text = _found("text", version.text, contacts, wanted)
    around = _telling_offset(
        in_text.spans, payload if is_judged(opinion, version) else {}, version.blocks
    )
    place = case_of(ad)
    return SearchHit(
        ad_id=ad.ad_id,
        url=ad.url,
        title=shown["title"],
        title_highlights=in_title.spans,
        snippet=snippet(shown["text"], around=around),
        highlights=in_text.spans,
        labels=tuple(label for key in _LABEL_KEYS for label in payload.get(key, ())),
        needs_review=opinion.needs_review if opinion else False,
        risk=opinion.risk if opinion else 0.0,
        status=place.case.state if place else NO_CASE,
        case_id=place.case.pk if place else None,
        host=ad.host,
        site_id=ad.site_id,
        region=ad.region,
        last_seen=ad.last_seen,
        live=ad.live,
        contacts=_contacts(contacts),
        decoded=(
            *(_decoded(one, "title", shown["title"]) for one in in_title.decodings),
            *(_decoded(one, "text", shown["text"]) for one in in_text.decodings),
        ),
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
    field: str, original: str, contacts: Sequence[ContactSpan], wanted: Sequence[Clause]
) -> Highlights:
    """Find what was asked for in the title or in the text."""
    terms = [clause.term.text for clause in wanted if clause.term is not None]
    hashes = {value for clause in wanted for value in clause.exact.get("ad.contacts", ())}
    if not terms and not hashes:
        return Highlights(spans=())
    named = [one for one in contacts if hashes and contact_hash(one.value) in hashes]
    return highlights(
        normalise(original[:_MOST_CHARS]),
        terms,
        masked=spans_in(field, contacts),
        contacts=spans_in(field, named),
    )


def _contacts(contacts: Sequence[ContactSpan]) -> tuple[HitContact, ...]:
    values = dict.fromkeys(contact.value for contact in contacts)
    return tuple(
        HitContact(kind=value.partition(":")[0], hash=contact_hash(value)) for value in values
    )


def _decoded(decoding: Decoding, field: str, shown: str) -> Decoded:
    start, end = decoding.span.start, decoding.span.end
    return Decoded(field=field, start=start, end=end, text=shown[start:end], plain=decoding.plain)


def _telling_offset(
    found: Sequence[Highlight], payload: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]
) -> int:
    """Return where a snippet says most: what was asked for, what was judged, or the body."""
    body = [block for block in blocks if block.get("main", True)]
    if found:
        inside = (one for one in found if any(_holds(block, one.start) for block in body))
        return next(inside, found[0]).start
    for finding in payload.get("findings", ()):
        for span in finding["spans"]:
            if span.get("field", "text") == "text":
                return int(span["start"])
    return int(body[0]["start"]) if body else 0


def _holds(block: Mapping[str, Any], offset: int) -> bool:
    return bool(block["start"] <= offset < block["end"])
