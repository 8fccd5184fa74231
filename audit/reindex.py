"""Fill a new index from the rows and put it in the place of the old one, while searches go on.

The drain's lease is held all along, so nothing else writes. What changes meanwhile waits in the
outbox, and the next drain brings it into the new index.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from audit import leases
from audit.documents import ads_to_index, document_of
from audit.drain import LEASE, LEASE_SECONDS, UNBUILDABLE, drain
from audit.errors import IndexEngineError
from audit.index.base import Engine, EngineStatus, ItemError, Versioned
from audit.index.select import opened_engine
from audit.models import DeadLetter
from audit.outbox import AD, ADS

log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 500

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class RebuildReport:
    """What one rebuild did; `dropped` names the indices that were removed."""

    index: str = ""
    documents: int = 0
    refused: int = 0
    dropped: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def create(*, using: Engine | None = None) -> EngineStatus:
    """Make the index unless it is there."""
    with opened_engine(using) as opened, _writing_lease():
        opened.create()
        return opened.status()


def rebuild(
    *,
    drop_previous: bool = False,
    on_progress: Progress | None = None,
    using: Engine | None = None,
) -> RebuildReport:
    """Build the index anew from the rows; then drain what changed meanwhile.

    Raises:
        IndexEngineError: the engine fails (the old index stays in use), or another process writes.
    """
    started = datetime.now(UTC)
    report = RebuildReport()
    with opened_engine(using) as opened:
        with _writing_lease() as holder:
            rows = _Rows(holder, on_progress)
            errors = [*opened.rebuild(rows.documents()), *rows.errors]
            _bury(errors)
            report.refused = len(errors)
            opened.refresh()
            if drop_previous:
                report.dropped = opened.drop_previous()
            status = opened.status()
            report.index, report.documents = status.current or "", status.docs or 0
        drain(using=opened)
    report.seconds = (datetime.now(UTC) - started).total_seconds()
    log.info("Index rebuilt", extra=report.to_dict())
    return report


@contextmanager
def _writing_lease() -> Iterator[str]:
    """Hold the right to write the index, or say who has it."""
    holder = leases.new_holder()
    if not leases.take(LEASE, holder, LEASE_SECONDS):
        raise IndexEngineError(
            f"index: {leases.holder_of(LEASE)} is writing it just now. Try again when it is done."
        )
    try:
        yield holder
    finally:
        leases.release(LEASE, holder)


class _Rows:
    """All documents, built row by row; renews the lease on the way and keeps what went wrong."""

    def __init__(self, holder: str, on_progress: Progress | None) -> None:
        self._holder = holder
        self._on_progress = on_progress
        self.errors: list[ItemError] = []

    def documents(self) -> Iterator[Versioned]:
        total = ads_to_index().count()
        done, last = 0, 0
        while True:
            batch = list(ads_to_index().filter(pk__gt=last).order_by("pk")[:_ROWS_AT_ONCE])
            if not batch:
                return
            if not leases.renew(LEASE, self._holder, LEASE_SECONDS):
                raise IndexEngineError("index: another process took over writing it. Try again.")
            for ad in batch:
                try:
                    yield ad.ad_id, ad.revision, document_of(ad)
                except UNBUILDABLE as error:
                    reason = f"document not built: {type(error).__name__}: {error}"
                    self.errors.append(ItemError(doc_id=ad.ad_id, reason=reason))
            last = batch[-1].pk
            done += len(batch)
            if self._on_progress is not None:
                self._on_progress(done, max(done, total))


def _bury(errors: list[ItemError]) -> None:
    """Keep what this rebuild refused; what an earlier index refused is settled by it."""
    DeadLetter.objects.filter(target_index=ADS).delete()
    DeadLetter.objects.bulk_create(
        DeadLetter(
            target_index=ADS,
            doc_type=AD,
            doc_id=error.doc_id,
            revision=0,
            error=error.reason,
            refused_at=datetime.now(UTC),
        )
        for error in errors
    )
