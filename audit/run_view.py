"""Runs that have ended, as people read them: newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from audit.ledger_words import RUN_OUTCOMES_ZH
from audit.models import Run, SiteYield, User
from audit.site_names import SiteName, SiteNames

PAGE_RUNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run in the list; `ads` and `flagged` are None until its evidence has been read."""

    run_id: str
    sites: tuple[SiteName, ...]
    started_at: datetime
    seconds: int | None
    outcome: str
    outcome_zh: str
    totals: Mapping[str, int]
    ads: int | None
    flagged: int | None
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What to list; `before` is the run that the page comes after, `but_not` is shown as live."""

    site: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: str = ""
    but_not: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One page of runs; `next_before` is empty on the last one."""

    lines: Sequence[RunLine]
    next_before: str = ""


def list_runs(user: User, wanted: RunFilter) -> RunPage:
    """List the runs that crawled any site of the user's regions."""
    names = SiteNames(user)
    found: list[Run] = []
    for run in _runs(wanted, names):
        found.append(run)
        if len(found) > PAGE_RUNS:
            break
    shown = found[:PAGE_RUNS]
    given = _yields([run.run_id for run in shown], names)
    lines = [_line(run, names, given.get(run.run_id)) for run in shown]
    return RunPage(lines=lines, next_before=shown[-1].run_id if len(found) > PAGE_RUNS else "")


def _runs(wanted: RunFilter, names: SiteNames) -> Iterator[Run]:
    rows = Run.objects.order_by("-started_at", "-pk")
    if wanted.site:
        rows = of_site(rows, wanted.site)
    if wanted.outcome:
        rows = rows.filter(outcome=wanted.outcome)
    if wanted.since is not None:
        rows = rows.filter(started_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(started_at__lt=wanted.until)
    last = Run.objects.filter(run_id=wanted.before).first() if wanted.before else None
    if last is not None:
        earlier = Q(started_at=last.started_at, pk__lt=last.pk)
        rows = rows.filter(Q(started_at__lt=last.started_at) | earlier)
    for run in rows.iterator(chunk_size=PAGE_RUNS * 2):
        if run.run_id not in wanted.but_not and names.of(run.site_ids):
            yield run


def of_site(rows: QuerySet[Run], site_id: str) -> QuerySet[Run]:
    """Narrow to the runs that crawled a site; the same on every database."""
    as_text = Cast("site_ids", TextField())
    return rows.annotate(site_names=as_text).filter(site_names__contains=f'"{site_id}"')


def _yields(run_ids: Sequence[str], names: SiteNames) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for row in SiteYield.objects.filter(run_id__in=run_ids):
        if names.of([row.site_id]):
            ads, flagged = sums.get(row.run_id, (0, 0))
            sums[row.run_id] = (ads + row.ads, flagged + row.flagged)
    return sums


def totals_of_run(counts: Mapping[str, Any], sites: Sequence[SiteName]) -> dict[str, int]:
    """Sum a run's totals over the sites that are shown."""
    totals = dict.fromkeys(("found", "fetched", "unchanged", "skipped", "failed"), 0)
    for site in sites:
        for name, count in counts.get("sites", {}).get(site.site_id, {}).items():
            totals[name] += count
    return totals


def _line(run: Run, names: SiteNames, given: tuple[int, int] | None) -> RunLine:
    sites = names.of(run.site_ids)
    took = run.ended_at - run.started_at if run.ended_at else None
    ads, flagged = given or (None, None)
    return RunLine(
        run_id=run.run_id,
        sites=sites,
        started_at=run.started_at,
        seconds=int(took.total_seconds()) if took is not None else None,
        outcome=run.outcome,
        outcome_zh=RUN_OUTCOMES_ZH.get(run.outcome, run.outcome),
        totals=totals_of_run(run.counts, sites),
        ads=ads,
        flagged=flagged,
        warnings=len(run.warnings),
    )
