"""Small ways to make rows for tests: users, ads with a version and a machine opinion, cases."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from audit.case_ads import placements, snapshot
from audit.casework import open_or_update_cases
from audit.models import (
    Ad,
    AdVersion,
    AssessmentRow,
    CaptureRow,
    Case,
    Conclusion,
    Decision,
    EvidenceFile,
    Role,
    Sighting,
    State,
    User,
)
from classifier.records import Assessment, Counterpoint, Decoding, Dimension, Fact, Finding, Span

NOW = datetime(2026, 11, 25, 6, 3, tzinfo=UTC)
HOHHOT = "150100"

_numbers = count(1)


def span_of(text: str, quote: str, *, field: str = "text") -> Span:
    start = text.index(quote)
    return Span(start=start, end=start + len(quote), text=quote, field=field)  # type: ignore[arg-type]


def make_finding(text: str, quote: str, label: str = "subject_tutoring", **values: Any) -> Finding:
    defaults: dict[str, Any] = {
        "label": label,
        "axis": "offering",
        "origin": "rule:test.rule",
        "score": 0.9,
        "spans": (span_of(text, quote),),
        "reason": "文中写明讲授学科内容",
        "basis": ("moe53-a17-unlicensed",),
    }
    return Finding(**{**defaults, **values})


def make_fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_assessment(text: str = "", **values: Any) -> Assessment:
    defaults: dict[str, Any] = {
        "text_digest": hashlib.sha256(text.encode()).hexdigest(),
        "context_digest": "",
        "offerings": ("subject_tutoring",),
        "subjects": ("math",),
        "disguises": (),
        "violations": (),
        "needs_review": True,
        "risk": 0.9,
        "dimensions": {
            "purpose": Dimension(state="met"),
            "content": Dimension(state="met"),
            "method": Dimension(state="unknown"),
            "evaluation": Dimension(state="unmet"),
        },
        "findings": (),
        "fingerprint": make_fingerprint(text),
        "rules_version": "rules-1",
        "law_version": "law-1",
        "model_version": "model-1",
    }
    return Assessment(**{**defaults, **values})


def make_user(name: str, role: str = Role.REVIEWER, region: str = HOHHOT, **values: Any) -> User:
    return User.objects.create(username=name, role=role, region=region, **values)


def make_capture(url: str, *, fetched_at: datetime = NOW, site_id: str = "town-a") -> CaptureRow:
    number = next(_numbers)
    file = EvidenceFile.objects.create(
        sha256=hashlib.sha256(f"file {number}".encode()).hexdigest(),
        path=f"crawl/run-{site_id}-{number}.warc.gz",
        size=1000,
        origin="crawl",
        status=EvidenceFile.Status.DONE,
        noted_at=fetched_at,
    )
    return CaptureRow.objects.create(
        capture_id=f"urn:uuid:{number:032d}",
        evidence_file=file,
        url=url,
        final_url=url,
        fetched_at=fetched_at,
        http_status=200,
        content_type="text/html",
        payload_digest="sha256:" + hashlib.sha256(url.encode()).hexdigest(),
        warc_offset=512,
        purpose="crawl",
        site_id=site_id,
        run_id="01JD0000000000000000000000",
        robots_allowed=True,
        robots_rule="allow: /",
    )


def add_version(ad: Ad, text: str, title: str = "", *, fetched_at: datetime = NOW) -> AdVersion:
    """Give the ad a further wording and make it the current one."""
    capture = make_capture(ad.url, fetched_at=fetched_at, site_id=ad.site_id)
    version = AdVersion.objects.create(
        ad=ad,
        capture=capture,
        text_digest=hashlib.sha256(f"{title}\n{text}".encode()).hexdigest(),
        title=title,
        text=text,
        fetched_at=fetched_at,
    )
    Sighting.objects.create(ad=ad, capture=capture, site_id=ad.site_id)
    ad.version, ad.last_seen = version, max(ad.last_seen, fetched_at)
    ad.save()
    return version


def judge(ad: Ad, assessment: Assessment, *, at: datetime = NOW) -> AssessmentRow:
    """Append a machine opinion of the ad's current version and make it the current one."""
    assert ad.version is not None
    row = AssessmentRow.objects.create(
        version=ad.version,
        as_of=date(2026, 11, 25),
        needs_review=assessment.needs_review,
        risk=assessment.risk,
        fingerprint=assessment.fingerprint,
        rules_version=assessment.rules_version,
        law_version=assessment.law_version,
        model_version=assessment.model_version,
        payload=assessment.to_dict(),
        assessed_at=at,
    )
    ad.assessment, ad.needs_assessment = row, False
    ad.save()
    return row


def make_ad(
    text: str = "初三数学一对一提分，周末上课。",
    title: str = "数学辅导",
    *,
    url: str = "",
    assessment: Assessment | None = None,
    site_id: str = "town-a",
    region: str = HOHHOT,
    seen: datetime = NOW,
    **values: Any,
) -> Ad:
    """Make an ad with one version and one machine opinion (flagged unless given another)."""
    url = url or f"https://{site_id}.example/{next(_numbers)}"
    part = values.pop("part", "page")
    ad = Ad.objects.create(
        ad_id=hashlib.sha256(f"{url}\n{part}".encode()).hexdigest(),
        url=url,
        host=urlsplit(url).hostname or "",
        part=part,
        site_id=site_id,
        region=region,
        first_seen=seen,
        last_seen=seen,
        **values,
    )
    add_version(ad, text, title, fetched_at=seen)
    judge(ad, assessment or make_assessment(text), at=seen)
    return ad


def make_case(*ads: Ad, now: datetime = NOW, **values: Any) -> Case:
    """Open the case of the given ads (of one new ad when none is given)."""
    chosen: Sequence[Ad] = ads or [make_ad(f"第 {next(_numbers)} 个班，初三数学提分。", **values)]
    open_or_update_cases(chosen, now=now)
    return Case.objects.get(case_ads__ad=chosen[0])


def put_in_state(
    case: Case, state: str, *, holder: User | None = None, by: User | None = None
) -> Case:
    """Put the case into a state as if `holder` had claimed it and `by` had proposed."""
    values: dict[str, Any] = {"state": state}
    if state == State.CLAIMED:
        rows = placements(case)
        values |= {
            "claimed_by": holder,
            "claimed_from": State.OPEN,
            "lease_until": NOW + timedelta(minutes=30),
            "seen": snapshot(rows),
        }
    if state in {State.PROPOSED, State.RETURNED, State.CONFIRMED, State.CLOSED}:
        rows = placements(case)
        assert by is not None
        Decision.objects.create(
            case=case,
            user=by,
            action="decide",
            conclusion=Conclusion.VIOLATION,
            labels={"offerings": ["subject_tutoring"]},
            clauses=["moe53-a17-unlicensed"],
            reason="讲授学科内容",
            version=rows[0].ad.version,
            assessment=rows[0].ad.assessment,
            seen=snapshot(rows),
            decided_at=NOW,
        )
        values["conclusion"] = "" if state == State.RETURNED else Conclusion.VIOLATION
    Case.objects.filter(pk=case.pk).update(**values)
    case.refresh_from_db()
    return case


def later(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


__all__ = [
    "HOHHOT",
    "NOW",
    "Counterpoint",
    "Decoding",
    "Fact",
    "add_version",
    "judge",
    "later",
    "make_ad",
    "make_assessment",
    "make_capture",
    "make_case",
    "make_finding",
    "make_fingerprint",
    "make_user",
    "put_in_state",
    "span_of",
]
