"""One run of one or more sites: its folder, its lock, its ledger, its warnings."""

import fcntl
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.canonical import VERSION as CANONICAL_VERSION
from crawler.errors import CrawlerError, RunError
from crawler.evidence.writer import EvidenceWriter
from crawler.ledger import (
    RUN_FILE,
    Entry,
    Ledger,
    LedgerWriter,
    RunHeader,
    RunOutcome,
    read_ledger,
    write_header,
)
from crawler.site import SITE_ID, Site

log = logging.getLogger(__name__)

LOCK_FILE = "lock"
_MAX_WARNINGS = 1000  # a run that warns more often repeats itself


def runs_folder(data_folder: Path) -> Path:
    return data_folder / "runs"


def evidence_folder(data_folder: Path) -> Path:
    return data_folder / "evidence"


def is_worked_on(run_folder: Path) -> bool:
    """Tell whether a process holds the run right now."""
    try:
        lock = os.open(run_folder / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


class Run:
    """An open run; it belongs to this process until it is closed.

    `is_resumed` tells whether the run was there before. After `abort` the run has an `error` and
    everybody who asked through `on_abort` has been told.
    """

    def __init__(
        self,
        *,
        data_folder: Path,
        run_id: str,
        sites: Sequence[Site],
        settings: dict[str, str],
    ) -> None:
        """Open or take up a run.

        Raises:
            RunError: bad run id, another process on the run, or a run of other sites.
        """
        if not SITE_ID.fullmatch(run_id.lower()):
            raise RunError(f"Run id expected letters, digits, '_', '-', '.', got {run_id!r}.")
        self.data_folder = data_folder
        self.evidence_folder = evidence_folder(data_folder)
        self.folder = runs_folder(data_folder) / run_id
        self.error: CrawlerError | None = None
        self._listeners: list[Callable[[], None]] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunError(
                f"{self.folder}: cannot be written ({error.strerror}). Check JIANWEI_DATA."
            ) from error
        try:
            self._take_lock()
            self.is_resumed = (self.folder / RUN_FILE).is_file()
            self.ledger = self._open_ledger(run_id, sites, settings)
            self._writer = LedgerWriter(self.folder)
        except BaseException:
            os.close(self._lock)
            raise

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(
                f"Run {self.folder.name}: another process is working on it. Wait until it ends, "
                f"or start a run of its own without --run."
            ) from error

    def _open_ledger(self, run_id: str, sites: Sequence[Site], settings: dict[str, str]) -> Ledger:
        if not self.is_resumed:
            ids = [site.site_id for site in sites]
            if len(set(ids)) != len(ids):
                raise RunError(f"Run {run_id}: a site is named twice ({', '.join(sorted(ids))}).")
            header = RunHeader(
                run_id=run_id, sites=tuple(sites), started_at=datetime.now(UTC), settings=settings
            )
            write_header(self.folder, header)
            return Ledger(header)
        ledger = read_ledger(self.folder)
        known = sorted(site.site_id for site in ledger.sites)
        asked = sorted(site.site_id for site in sites)
        if known != asked:
            raise RunError(
                f"Run {run_id}: expected the sites it was started with ({', '.join(known)}), "
                f"got {', '.join(asked)}. Leave the sites out to go on with it."
            )
        ledger.header = replace(ledger.header, outcome="running", ended_at=None)
        write_header(self.folder, ledger.header)
        return ledger

    @property
    def run_id(self) -> str:
        return self.folder.name

    def record(self, entry: Entry) -> None:
        """Keep how a URL ended, on disk first.

        Raises:
            RunError: the ledger cannot be written.
        """
        self._writer.append(entry)
        self.ledger.add(entry)

    def warn(self, message: str) -> None:
        """Keep a warning with the run, once."""
        header = self.ledger.header
        if message in header.warnings or len(header.warnings) >= _MAX_WARNINGS:
            return
        log.info("Run warning kept", extra={"run_id": self.run_id, "warning": message})
        self.ledger.header = replace(header, warnings=(*header.warnings, message))

    def on_abort(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def abort(self, error: CrawlerError) -> None:
        """Stop every site of the run: what follows could not be kept."""
        if self.error is not None:
            return
        self.error = error
        self.warn(str(error))
        for listener in self._listeners:
            listener()

    def close(self, outcome: RunOutcome) -> None:
        """Write the end of the run and let go of it.

        Raises:
            RunError: the file system refuses; the ledger up to here stands.
        """
        self.ledger.header = replace(
            self.ledger.header, outcome=outcome, ended_at=datetime.now(UTC)
        )
        try:
            self._writer.close()
            write_header(self.folder, self.ledger.header)
        except OSError as error:
            raise RunError(
                f"{self.folder}: the ledger cannot be closed ({error.strerror}). Free some space."
            ) from error
        finally:
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.close("failed")


def open_writer(
    run: Run, site: Site, *, operator: str, contact: str, event_head: str = ""
) -> EvidenceWriter:
    """Return the evidence writer of one site of a run."""
    return EvidenceWriter(
        run.evidence_folder / "crawl",
        run_id=run.run_id,
        site_id=site.site_id,
        operator=operator,
        contact=contact,
        event_head=event_head,
    )


def run_settings(
    agent: str, *, permitted: frozenset[tuple[str, int]] = frozenset()
) -> dict[str, str]:
    """Return what shaped a run, for `run.json`: versions, and what the operator permitted."""
    return {
        "user_agent": agent,
        "scrapy": version("scrapy"),
        "canonical": str(CANONICAL_VERSION),
        "permitted": " ".join(f"{host}:{port}" for host, port in sorted(permitted)),
    }
