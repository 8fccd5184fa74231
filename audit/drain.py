"""Bring the index up to the rows: the one place from which it is written.

An outbox row goes only when its document is safely in the index and the row did not move
meanwhile. A drain that is killed leaves its rows, and writing a document twice changes nothing.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit import leases
from audit.documents import ads_to_index, document_of
from audit.errors import AuditError, IndexEngineError
from audit.index.base import Engine, ItemError, Versioned
from audit.index.select import opened_engine
from audit.models import DeadLetter, Outbox
from audit.outbox import ADS
from classifier.errors import ClassifierError

log = logging.getLogger(__name__)

LEASE = "drain"
LEASE_SECONDS = 120
BATCH = 500
FIRST_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 3600
# What a damaged row may raise while its document is built.
UNBUILDABLE = (AuditError, ClassifierError, KeyError, TypeError, ValueError, AttributeError)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class DrainReport:
    """What one drain did. `problem` says why it stopped early; rows then wait in the outbox."""

    indexed: int = 0
    removed: int = 0
    refused: int = 0
    postponed: int = 0
    waiting: int = 0
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def drain(
    *, limit: int | None = None, on_progress: Progress | None = None, using: Engine | None = None
) -> DrainReport:
    """Write waiting documents to the index, at most `limit`, making the index if there is none.

    Never raises for the engine's sake: what it cannot take now stays and is reported.
    """
    report = DrainReport()
    holder = leases.new_holder()
    if not leases.take(LEASE, holder, LEASE_SECONDS):
        report.problem = "another process is writing the index; it takes these rows too"
        report.waiting = waiting().count()
        return report
    try:
        with opened_engine(using) as opened:
            _run(opened, report, holder, limit, on_progress)
    except IndexEngineError as error:
        report.problem = str(error)
        log.warning("Index not brought up to date", extra={"error": str(error)})
    finally:
        leases.release(LEASE, holder)
    report.waiting = waiting().count()
    log.info("Drain ended", extra=report.to_dict())
    return report


def waiting() -> QuerySet[Outbox]:
    return Outbox.objects.filter(target_index=ADS)


def _run(
    opened: Engine,
    report: DrainReport,
    holder: str,
    limit: int | None,
    on_progress: Progress | None,
) -> None:
    due = waiting().filter(next_try__lte=datetime.now(UTC))
    total = min(due.count(), limit) if limit is not None else due.count()
    if total == 0:
        return
    opened.create()
    done, last = 0, 0
    while done < total:
        rows = list(due.filter(pk__gt=last).order_by("pk")[: min(BATCH, total - done)])
        if not rows:
            break
        last = rows[-1].pk
        if not leases.renew(LEASE, holder, LEASE_SECONDS):
            raise IndexEngineError(
                f"lease '{LEASE}': another process has taken over writing the index."
            )
        _drain_batch(opened, rows, report)
        done += len(rows)
        if on_progress is not None:
            on_progress(done, total)
    opened.refresh()


def _drain_batch(opened: Engine, rows: Sequence[Outbox], report: DrainReport) -> None:
    wanted = [row.doc_id for row in rows if not row.removed]
    documents, errors = build(wanted)
    present = {document[0] for document in documents} | {error.doc_id for error in errors}
    gone = [(row.doc_id, row.revision) for row in rows if row.doc_id not in present]
    if documents:
        errors += opened.upsert(documents)
    if gone:
        errors += opened.delete(gone)
    _settle(rows, {error.doc_id: error for error in errors}, {one for one, _ in gone}, report)


def build(doc_ids: Sequence[str]) -> tuple[list[Versioned], list[ItemError]]:
    """Build the documents of these ads as they are now; a damaged row is an error, not the end."""
    documents: list[Versioned] = []
    errors: list[ItemError] = []
    for ad in ads_to_index().filter(ad_id__in=doc_ids):
        try:
            documents.append((ad.ad_id, ad.revision, document_of(ad)))
        except UNBUILDABLE as error:
            reason = f"document not built: {type(error).__name__}: {error}"
            errors.append(ItemError(doc_id=ad.ad_id, reason=reason))
    return documents, errors


def _settle(
    rows: Sequence[Outbox],
    errors: dict[str, ItemError],
    gone: set[str],
    report: DrainReport,
) -> None:
    """Take the finished rows away, unless they moved; postpone or bury the others."""
    now = datetime.now(UTC)
    finished = [row for row in rows if row.doc_id not in errors]
    refused = [row for row in rows if row.doc_id in errors and not errors[row.doc_id].retry]
    later = [row for row in rows if row.doc_id in errors and errors[row.doc_id].retry]
    with transaction.atomic():
        DeadLetter.objects.filter(
            target_index=ADS, doc_id__in=[row.doc_id for row in (*finished, *refused)]
        ).delete()
        DeadLetter.objects.bulk_create(
            DeadLetter(
                target_index=ADS,
                doc_type=row.doc_type,
                doc_id=row.doc_id,
                revision=row.revision,
                error=errors[row.doc_id].reason,
                refused_at=now,
            )
            for row in refused
        )
        for row in later:
            _still(row).update(
                attempts=row.attempts + 1,
                next_try=now + _pause(row.attempts),
                error=errors[row.doc_id].reason,
            )
        _delete_unmoved([*finished, *refused])
    for row in refused:
        log.warning(
            "Document refused by the index",
            extra={"doc_id": row.doc_id, "error": errors[row.doc_id].reason},
        )
    report.removed += sum(row.doc_id in gone for row in finished)
    report.indexed += sum(row.doc_id not in gone for row in finished)
    report.refused += len(refused)
    report.postponed += len(later)


def _still(row: Outbox) -> QuerySet[Outbox]:
    return Outbox.objects.filter(pk=row.pk, revision=row.revision)


def _delete_unmoved(rows: Sequence[Outbox]) -> None:
    """Delete the rows whose revision is still the one that was read; the caller's transaction."""
    read = {row.pk: row.revision for row in rows}
    present = Outbox.objects.select_for_update().filter(pk__in=read)
    unmoved = [pk for pk, now in present.values_list("pk", "revision") if read[pk] == now]
    Outbox.objects.filter(pk__in=unmoved).delete()


def _pause(attempts: int) -> timedelta:
    """Wait twice as long after each try, within a quarter by chance."""
    seconds = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(attempts, 12))
    return timedelta(seconds=seconds * (1 + random.random() / 4))  # noqa: S311 - not a secret
