"""What a case keeps of its ads for the queue: title, risk, labels, priority."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from audit.masking import masked_line
from audit.models import Ad, Case, CaseAd, CaseLabel, Conclusion, SiteRow, State
from audit.priority import priority

_CHUNK = 500
_TITLE_CHARS = 60
_PAYLOAD = "ad__assessment__payload__"
# On these kinds of sites many advertisers publish, so a site's record is not its advertiser's.
_SHARED_SITES = frozenset({"listing", "jobboard", "weixin", "feed", "urllist"})


@dataclass(slots=True)
class _Row:
    site_id: str
    last_seen: datetime
    risk: float
    is_flagged: bool
    is_page: bool
    ad: int
    labels: dict[str, list[str]]


@dataclass(slots=True)
class _Facts:
    rows: list[_Row] = field(default_factory=list)

    @property
    def counted(self) -> list[_Row]:
        """The flagged ads, or all of them when none is flagged any more."""
        return [row for row in self.rows if row.is_flagged] or self.rows

    def labels(self, *axes: str) -> set[str]:
        return {
            label
            for row in self.rows
            if row.is_flagged
            for axis in axes
            for label in row.labels[axis]
        }

    @property
    def leading_ad(self) -> int:
        return min(
            self.rows, key=lambda row: (not row.is_flagged, not row.is_page, -row.risk, row.ad)
        ).ad


def refresh(case_ids: Collection[int]) -> None:
    """Recompute the kept values of these cases from their present ads."""
    keys = sorted(case_ids)
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        facts = _facts(chunk)
        cases = {case.pk: case for case in Case.objects.filter(pk__in=facts)}
        titles = _titles([fact.leading_ad for fact in facts.values()])
        repeats = _repeats(cases, facts)
        for pk, case in cases.items():
            case.title = titles.get(facts[pk].leading_ad, "")
            _set_priority(case, facts[pk], repeats.get(pk, 0))
        Case.objects.bulk_create(
            cases.values(),
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["title", "risk", "priority", "priority_parts"],
        )
        _write_labels(cases.values(), facts)


def _facts(case_ids: list[int]) -> dict[int, _Facts]:
    found: defaultdict[int, _Facts] = defaultdict(_Facts)
    rows = CaseAd.objects.filter(
        case_id__in=case_ids, pulled_out=False, ad__assessment__isnull=False
    ).values_list(
        "case_id",
        "ad__site_id",
        "ad__last_seen",
        "ad__assessment__risk",
        "ad__assessment__needs_review",
        "ad__parent_id",
        "ad__placement_of_id",
        "ad_id",
        f"{_PAYLOAD}offerings",
        f"{_PAYLOAD}subjects",
        f"{_PAYLOAD}disguises",
        f"{_PAYLOAD}violations",
    )
    for case, site, seen, risk, flagged, parent, page, ad, *axes in rows:
        names = ("offerings", "subjects", "disguises", "violations")
        found[case].rows.append(
            _Row(
                site_id=site,
                last_seen=seen,
                risk=risk,
                is_flagged=flagged,
                is_page=parent is None and page is None,
                ad=ad,
                labels=dict(zip(names, axes, strict=True)),
            )
        )
    return dict(found)


def _titles(ad_ids: list[int]) -> dict[int, str]:
    ads = Ad.objects.filter(pk__in=ad_ids).select_related("assessment__version")
    ads = ads.defer(*(f"assessment__version__{field}" for field in ("blocks", "links", "images")))
    return {
        ad.pk: masked_line(ad.assessment, max_chars=_TITLE_CHARS)
        for ad in ads
        if ad.assessment is not None
    }


def _set_priority(case: Case, facts: _Facts, repeats: int) -> None:
    counted = facts.counted
    result = priority(
        risk=max(row.risk for row in counted),
        violations=len(facts.labels("violations")),
        disguises=len(facts.labels("disguises")),
        placements=len(counted),
        sites=len({row.site_id for row in counted}),
        repeats=repeats,
        last_seen=max(row.last_seen for row in counted),
    )
    case.risk = max(row.risk for row in counted)
    case.priority, case.priority_parts = result.key, result.parts


def _repeats(cases: dict[int, Case], facts: dict[int, _Facts]) -> dict[int, int]:
    """Count, per case, other confirmed violations of its actor or of its ads' own sites."""
    sites = {row.site_id for fact in facts.values() for row in fact.rows}
    shared = {
        row.site_id
        for row in SiteRow.objects.filter(site_id__in=sites)
        if row.declaration.get("kind") in _SHARED_SITES
    }
    confirmed = Case.objects.filter(
        state__in=[State.CONFIRMED, State.CLOSED], conclusion=Conclusion.VIOLATION
    )
    by_site: defaultdict[str, set[int]] = defaultdict(set)
    own_sites = confirmed.filter(case_ads__ad__site_id__in=sites - shared)
    for site, pk in own_sites.values_list("case_ads__ad__site_id", "pk").distinct():
        by_site[site].add(pk)
    by_actor: defaultdict[int, set[int]] = defaultdict(set)
    actors = {case.actor_id for case in cases.values() if case.actor_id is not None}
    for actor, pk in confirmed.filter(actor_id__in=actors).values_list("actor_id", "pk"):
        by_actor[actor or 0].add(pk)
    counts = {}
    for pk, fact in facts.items():
        others = set(by_actor.get(cases[pk].actor_id or 0, ()))
        for row in fact.rows:
            others |= by_site.get(row.site_id, set())
        counts[pk] = len(others - {pk})
    return counts


def _write_labels(cases: Collection[Case], facts: dict[int, _Facts]) -> None:
    axes = ("offerings", "subjects", "disguises", "violations")
    wanted = {(case.pk, label) for case in cases for label in facts[case.pk].labels(*axes)}
    present = {
        (row.case_id, row.label): row.pk
        for row in CaseLabel.objects.filter(case_id__in=[case.pk for case in cases])
    }
    CaseLabel.objects.filter(
        pk__in=[pk for key, pk in present.items() if key not in wanted]
    ).delete()
    CaseLabel.objects.bulk_create(
        [CaseLabel(case_id=pk, label=label) for pk, label in sorted(wanted - set(present))],
        batch_size=_CHUNK,
    )
