"""Rows that are written once and never changed."""

from typing import Any, NoReturn

from django.db import models

from audit.errors import StoreError


class AppendOnly(models.Model):
    """Refuses to save a row again or to delete it; history is corrected by a further row."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise StoreError(
                f"{type(self).__name__} {self.pk}: rows of this table are never changed."
                " Append a further one."
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StoreError(f"{type(self).__name__} {self.pk}: rows of this table are never deleted.")
