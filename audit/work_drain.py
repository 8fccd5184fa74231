"""Keeps the index up to the rows while a worker works.

A search server that is slow or away must not keep the worker from its jobs, so each drain is a
thread of its own.
"""

import logging
import threading
import time
from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError, connection

from audit.drain import drain, waiting
from audit.errors import AuditError

log = logging.getLogger(__name__)

_PAUSE_AFTER_PROBLEM_SECONDS = 30.0


class Drainer:
    """At most one drain at a time, begun when rows wait."""

    def __init__(self) -> None:
        self.indexed = 0
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def poll(self) -> None:
        """Begin a drain when there is something to do and nothing against it."""
        if self.is_busy() or time.monotonic() < self._not_before:
            return
        if waiting().filter(next_try__lte=datetime.now(UTC)).exists():
            self._thread = threading.Thread(target=self._drain, name="drain", daemon=True)
            self._thread.start()

    def is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def close(self, *, seconds: float) -> None:
        """Wait for the drain that is under way."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _drain(self) -> None:
        try:
            report = drain()
            self.indexed += report.indexed + report.removed
            if report.problem:
                self._not_before = time.monotonic() + _PAUSE_AFTER_PROBLEM_SECONDS
        except (AuditError, DatabaseError, InterfaceError) as error:
            log.warning("Drain failed", extra={"error": str(error)})
            self._not_before = time.monotonic() + _PAUSE_AFTER_PROBLEM_SECONDS
        finally:
            connection.close()
