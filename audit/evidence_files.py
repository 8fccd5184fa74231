"""The list of closed evidence files in the database, each with the cursor of its ingest."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db.models import Q

from audit.holder import is_dead, this_process
from audit.models import EvidenceFile
from crawler.evidence.reader import closed_files, file_sha256

log = logging.getLogger(__name__)

LEASE_SECONDS = 120


def register_new_files(evidence_folder: Path) -> int:
    """Add a row for each closed file that has none; return how many were added."""
    known = set(EvidenceFile.objects.values_list("path", flat=True))
    added = 0
    for file in closed_files(evidence_folder):
        path = file.relative_to(evidence_folder).as_posix()
        if path in known:
            continue
        _, created = EvidenceFile.objects.get_or_create(
            sha256=file_sha256(file),
            defaults={
                "path": path,
                "size": file.stat().st_size,
                "origin": "import" if path.startswith("imported/") else "crawl",
                "noted_at": datetime.now(UTC),
            },
        )
        added += created
    return added


@contextmanager
def leased(row: EvidenceFile) -> Iterator[bool]:
    """Hold the file's lease for the block; yields False when a live process holds it."""
    holder = this_process()
    now = datetime.now(UTC)
    free = Q(lease_holder="") | Q(lease_until__lt=now)
    if row.lease_holder and is_dead(row.lease_holder):
        free |= Q(lease_holder=row.lease_holder)
    taken = EvidenceFile.objects.filter(free, pk=row.pk).update(
        lease_holder=holder, lease_until=now + timedelta(seconds=LEASE_SECONDS)
    )
    if not taken:
        log.info("Evidence file left to its holder", extra={"path": row.path})
        yield False
        return
    row.refresh_from_db()
    try:
        yield True
    finally:
        EvidenceFile.objects.filter(pk=row.pk, lease_holder=holder).update(
            lease_holder="", lease_until=None
        )
