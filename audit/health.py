"""What `jianwei doctor` looks at: folders, database, index, workers, model, evidence, events."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from audit import config
from audit.errors import AuditError

HealthState = Literal["ok", "warning", "failed"]
LOW_SPACE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at, its state, and what to know or do about it."""

    name: str
    state: HealthState
    says: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(*, deep: bool) -> Iterator[Check]:
    """Look at everything in turn; a failed check does not keep the others from being made."""
    checks: list[Callable[[], Check]] = [_folder, _contact, _model, _database, _index, _workers]
    if deep:
        checks += [_events, _evidence]
    for check in checks:
        try:
            yield check()
        except Exception as error:  # each check reports its own failure; the others still run
            name = check.__name__.strip("_")
            yield Check(name=name, state="failed", says=_one_line(error))


def _one_line(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return " ".join(text.split())[:300]


def _folder() -> Check:
    folder = config.data_folder()
    if not folder.is_dir():
        says = f"{folder} does not exist yet; 'jianwei migrate' or the first crawl makes it."
        return Check(name="data folder", state="warning", says=says)
    if not os.access(folder, os.W_OK):
        says = f"{folder} cannot be written. Change its owner or set JIANWEI_DATA."
        return Check(name="data folder", state="failed", says=says)
    free = shutil.disk_usage(folder).free
    state: HealthState = "ok" if free > LOW_SPACE_BYTES else "warning"
    return Check(name="data folder", state=state, says=f"{folder}, {free / 2**30:.1f} GiB free")


def _contact() -> Check:
    contact = config.get("contact")
    if contact:
        return Check(name="contact", state="ok", says="the crawler tells site owners " + contact)
    says = "empty: crawls of public sites are refused. Set JIANWEI_CONTACT."
    return Check(name="contact", state="warning", says=says)


def _model() -> Check:
    from classifier.assess import Classifier

    classifier = Classifier.load()
    says = (
        f"rules {classifier.rules_version}, law {classifier.law_version}, "
        f"model {classifier.model_version}"
    )
    return Check(name="classifier", state="ok", says=says)


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    import django

    django.setup()


def _database() -> Check:
    _django()
    from django.db import connection

    from audit.database import ensure_ready
    from audit.models import Ad, Case, DeadLetter, Outbox

    ensure_ready(create=False)
    says = (
        f"{connection.vendor}: {Ad.objects.count()} ads, {Case.objects.count()} cases, "
        f"{Outbox.objects.count()} waiting for the index, "
        f"{DeadLetter.objects.count()} refused by it"
    )
    refused = DeadLetter.objects.exists()
    return Check(name="database", state="warning" if refused else "ok", says=says)


def _index() -> Check:
    _django()
    from audit.index.select import engine

    status = engine().status()
    return Check(name="index", state="ok", says=str(status))


def _workers() -> Check:
    _django()
    from audit.models import Schedule
    from audit.workers import workers_alive

    alive = workers_alive(datetime.now(UTC))
    if alive:
        says = f"{len(alive)} at work ({', '.join(worker.name for worker in alive)})"
        return Check(name="workers", state="ok", says=says)
    scheduled = Schedule.objects.filter(enabled=True).count()
    says = f"none; {scheduled} sites have a schedule. 'jianwei work' starts one."
    return Check(name="workers", state="warning" if scheduled else "ok", says=says)


def _events() -> Check:
    _django()
    from audit.events_check import verify_chain

    broken = verify_chain()
    if broken:
        return Check(name="event chain", state="failed", says=broken[0])
    return Check(name="event chain", state="ok", says="unbroken")


def _evidence() -> Check:
    from crawler.evidence.verify import verify

    report = verify(config.data_folder() / "evidence")
    if report.damages:
        raise AuditError(str(report.damages[0]))
    says = f"{report.files} files, {report.records} records, every digest holds"
    return Check(name="evidence", state="ok", says=says)
