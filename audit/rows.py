"""Change many existing rows with few statements."""

from collections.abc import Iterable, Sequence

from django.db.models import Model

_BATCH = 500


def update_all(rows: Iterable[Model], fields: Sequence[str]) -> None:
    """Write these fields of existing rows, in the caller's transaction.

    An upsert is several times quicker than the CASE expressions of `bulk_update`.
    """
    rows = list(rows)
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=fields,
        )
