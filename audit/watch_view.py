"""What is not being watched right now, and what of the system itself does not work."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import config, policy
from audit.alarms import SiteHealth, sites_overview
from audit.errors import IndexEngineError
from audit.health import LOW_SPACE_BYTES
from audit.index_state import index_state
from audit.models import DeadLetter, EvidenceFile, Job, Outbox, Schedule, User, Worker
from audit.site_words import HEALTHS, HealthWord
from audit.workers import workers_alive

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One site that somebody must look at."""

    health: SiteHealth
    word: HealthWord


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLine:
    """How the search index stands; `problem` is empty when searches work."""

    problem: str = ""
    engine: str = ""
    documents: int = 0
    ads: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Room on the disk of the data folder, in GiB."""

    free_gib: float
    total_gib: float
    is_low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Everything that the page shows; lists are cut to the newest, counts are whole."""

    alarms: Sequence[Alarm]
    workers: Sequence[Worker]
    is_worker_missing: bool
    waiting_jobs: int
    index: IndexLine
    refused: Sequence[DeadLetter]
    refused_count: int
    damaged: Sequence[EvidenceFile]
    damaged_count: int
    disk: Disk


def watch(user: User, now: datetime) -> Watch:
    """Look at everything; sites only those of the user's regions."""
    refused = DeadLetter.objects.order_by("-refused_at", "-pk")
    damaged = EvidenceFile.objects.filter(status=EvidenceFile.Status.DAMAGED).order_by("-pk")
    workers = workers_alive(now)
    return Watch(
        alarms=alarms(user, now),
        workers=workers,
        is_worker_missing=not workers and _is_work_due(),
        waiting_jobs=policy.visible_jobs(user).filter(state=Job.State.WAITING).count(),
        index=_index(),
        refused=list(refused[:_SHOWN]),
        refused_count=refused.count(),
        damaged=list(damaged[:_SHOWN]),
        damaged_count=damaged.count(),
        disk=_disk(),
    )


def alarms(user: User, now: datetime) -> list[Alarm]:
    """Return the sites that somebody must look at, most urgent first."""
    visible = set(policy.visible_sites(user).values_list("site_id", flat=True))
    found = [
        Alarm(health=health, word=HEALTHS[health.state])
        for health in sites_overview(now)
        if health.site_id in visible and HEALTHS[health.state].is_alarm
    ]
    order = list(HEALTHS)
    return sorted(found, key=lambda alarm: order.index(alarm.health.state))


def head_line(now: datetime) -> str:
    """Return what every page should say above all, or an empty string; cheap."""
    if _is_work_due() and not workers_alive(now):
        return "没有工作进程，到期的抓取不会开始"
    if EvidenceFile.objects.filter(status=EvidenceFile.Status.DAMAGED).exists():
        return "有存证文件损坏"
    if DeadLetter.objects.exists():
        return "有内容未能进入检索"
    return ""


def _is_work_due() -> bool:
    """Tell whether anything needs a worker at all."""
    waiting = Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])
    return waiting.exists() or Schedule.objects.filter(enabled=True).exists()


def _index() -> IndexLine:
    try:
        state: dict[str, Any] = index_state()
    except IndexEngineError as error:
        return IndexLine(problem=str(error), waiting=Outbox.objects.count())
    since = state["waiting_since"]
    return IndexLine(
        problem=state["problem"],
        engine=state["engine"],
        documents=state["docs"],
        ads=state["ads"],
        waiting=state["waiting"],
        waiting_since=datetime.fromisoformat(since) if since else None,
    )


def _disk() -> Disk:
    usage = shutil.disk_usage(config.data_folder())
    return Disk(
        free_gib=usage.free / 2**30,
        total_gib=usage.total / 2**30,
        is_low=usage.free < LOW_SPACE_BYTES,
    )
