"""Build an ad's index document from its current rows.

The dataclasses are the document's shape; `index_mappings/ads.json` has the same paths, and
`tests/audit/test_mappings.py` prints what to add when they differ.
"""

import logging
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from audit.analysis import MAX_CHARS, Tokens, analyse
from audit.keys import contact_hash
from audit.models import Ad, AssessmentRow, CaseAd
from audit.personal import contact_spans, spans_in
from audit.regions import load_zones
from audit.sort_keys import risk_key, time_key

log = logging.getLogger(__name__)

BEIJING = ZoneInfo("Asia/Shanghai")
NO_CASE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFields:
    ad_id: str
    sequence: int
    revision: int
    host: str
    host_path: tuple[str, ...]
    site_id: str
    publisher: str
    published_on: str
    region: str
    region_path: tuple[str, ...]
    first_seen: str
    last_seen: str
    month: str
    live: bool
    contacts: tuple[str, ...]
    title_words: str
    words: str
    grams: str
    grams_decoded: str
    time_key: int
    risk_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFields:
    label: str
    axis: str
    origin: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentFields:
    needs_review: bool = False
    risk: float = 0.0
    offerings: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    disguises: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    fingerprint: str = ""
    rules_version: str = ""
    law_version: str = ""
    model_version: str = ""
    findings: tuple[FindingFields, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFields:
    case_id: int | None = None
    status: str = NO_CASE
    conclusion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdDocument:
    ad: AdFields
    assessment: AssessmentFields
    case: CaseFields

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def region_path(region: str) -> tuple[str, ...]:
    """Return every scope prefix that covers the region, through its zones too."""
    codes = [region] if region else []
    while codes and (within := load_zones().get(codes[-1])) and within not in codes:
        codes.append(within)
    return tuple(sorted({code[:length] for code in codes for length in range(2, len(code) + 1)}))


def host_path(url: str) -> tuple[str, ...]:
    """Return the address's host, the same with the port if it names one, and the domains above."""
    address = urlsplit(url)
    host = address.hostname or ""
    is_number = ":" in host or host.replace(".", "").isdecimal()
    parts = [] if is_number else host.split(".")
    above = {".".join(parts[start:]) for start in range(1, len(parts) - 1)}
    return tuple(sorted({host, address.netloc.rpartition("@")[2].lower()} | above))


def build_ad_document(ad_id: str) -> dict[str, Any] | None:
    """Build the document of one ad; None when there is nothing (left) to index."""
    ad = ads_to_index().filter(ad_id=ad_id).first()
    return None if ad is None else document_of(ad)


def ads_to_index() -> Any:
    """Return the ads that belong in the index, with all rows that a document needs."""
    rows = Ad.objects.filter(version__isnull=False)
    rows = rows.select_related("version", "assessment", "case_ad__case")
    return rows.defer("version__links", "version__images", "version__blocks")


def document_of(ad: Ad) -> dict[str, Any]:
    """Build the document of an ad loaded by `ads_to_index`."""
    document = AdDocument(
        ad=_ad_fields(ad),
        assessment=_assessment_fields(ad.assessment),
        case=_case_fields(ad),
    )
    return document.to_dict()


def _ad_fields(ad: Ad) -> AdFields:
    version = ad.version
    if version is None:
        raise ValueError(f"ad {ad.ad_id}: no version to index")
    if len(version.text) > MAX_CHARS:
        log.warning(
            "Text indexed in part: too long",
            extra={"ad_id": ad.ad_id, "chars": len(version.text), "max_chars": MAX_CHARS},
        )
    contacts = contact_spans(version, ad.assessment)
    title = analyse(version.title, masked=spans_in("title", contacts))
    text = analyse(version.text, masked=spans_in("text", contacts))
    risk = ad.assessment.risk if ad.assessment else 0.0
    return AdFields(
        ad_id=ad.ad_id,
        sequence=ad.pk,
        revision=ad.revision,
        host=ad.host,
        host_path=host_path(ad.url),
        site_id=ad.site_id,
        publisher=version.publisher,
        published_on=version.published_on,
        region=ad.region,
        region_path=region_path(ad.region),
        first_seen=ad.first_seen.isoformat(),
        last_seen=ad.last_seen.isoformat(),
        month=ad.last_seen.astimezone(BEIJING).strftime("%Y-%m"),
        live=ad.live,
        contacts=tuple(sorted({contact_hash(contact.value) for contact in contacts})),
        title_words=title.words,
        words=text.words,
        **_grams(title, text),
        time_key=time_key(ad.last_seen, ad.pk),
        risk_key=risk_key(risk, ad.pk),
    )


def _grams(title: Tokens, text: Tokens) -> dict[str, str]:
    return {
        "grams": f"{title.grams} {text.grams}".strip(),
        "grams_decoded": f"{title.grams_decoded} {text.grams_decoded}".strip(),
    }


def _assessment_fields(row: AssessmentRow | None) -> AssessmentFields:
    if row is None:
        return AssessmentFields()
    payload = row.payload
    return AssessmentFields(
        needs_review=row.needs_review,
        risk=row.risk,
        offerings=tuple(payload["offerings"]),
        subjects=tuple(payload["subjects"]),
        disguises=tuple(payload["disguises"]),
        violations=tuple(payload["violations"]),
        fingerprint=row.fingerprint,
        rules_version=row.rules_version,
        law_version=row.law_version,
        model_version=row.model_version,
        findings=tuple(
            FindingFields(
                label=finding["label"],
                axis=finding["axis"],
                origin=finding["origin"],
                score=finding["score"],
            )
            for finding in payload["findings"]
        ),
    )


def case_of(ad: Ad) -> CaseAd | None:
    """Return the ad's place in a case, None when it has none or was pulled out."""
    place: CaseAd | None = getattr(ad, "case_ad", None)
    return None if place is None or place.pulled_out else place


def _case_fields(ad: Ad) -> CaseFields:
    place = case_of(ad)
    if place is None:
        return CaseFields()
    case = place.case
    return CaseFields(case_id=case.pk, status=case.state, conclusion=case.conclusion)
