"""Note that an ad's index entry is behind its rows.

Call these in the transaction that changes the ad, its opinion or its case: the change and the
work that it leaves for `audit.drain` are then kept or lost together.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import F

from audit.models import Ad, Outbox

ADS = "ads"
AD = "ad"
# SQLite takes at most 250,000 values in one statement; one row has six.
_BATCH = 1000


def enqueue_ad(ad: Ad) -> None:
    """Raise the ad's revision (also on the instance) and leave a row for the index."""
    enqueue_ads([ad])


def enqueue_ads(ads: Iterable[Ad]) -> None:
    """Do as `enqueue_ad` for many ads with few statements."""
    _enqueue(list(ads), removed=False)


def enqueue_removal(ad: Ad) -> None:
    """Leave a tombstone: the ad goes out of the index, and no older state brings it back."""
    _enqueue([ad], removed=True)


def _enqueue(ads: list[Ad], *, removed: bool) -> None:
    now = datetime.now(UTC)
    for start in range(0, len(ads), _BATCH):
        batch = ads[start : start + _BATCH]
        keys = [ad.pk for ad in batch]
        Ad.objects.filter(pk__in=keys).update(revision=F("revision") + 1)
        revisions = dict(Ad.objects.filter(pk__in=keys).values_list("pk", "revision"))
        for ad in batch:
            ad.revision = revisions[ad.pk]
        rows = {
            ad.ad_id: Outbox(
                target_index=ADS,
                doc_type=AD,
                doc_id=ad.ad_id,
                revision=ad.revision,
                removed=removed,
                next_try=now,
            )
            for ad in batch
        }
        Outbox.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["target_index", "doc_id"],
            update_fields=["doc_type", "revision", "removed", "attempts", "next_try", "error"],
        )
