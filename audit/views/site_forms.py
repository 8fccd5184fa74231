"""What is typed into the forms of a site: read as it is, refused with a sentence that helps."""

from collections.abc import Mapping
from dataclasses import dataclass

from audit.errors import ScheduleError
from audit.models import Schedule
from audit.schedule import MAX_JITTER_SECONDS
from audit.site_words import PRESETS, cron_zh
from audit.views.typed import texts

CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTyped:
    """The schedule form; `preset` is a cron expression or `custom`, then `own_cron` counts."""

    preset: str = PRESETS[0]
    own_cron: str = ""
    missed: str = Schedule.Missed.RUN_ONCE
    overlap: str = Schedule.Overlap.SKIP
    jitter_minutes: str = "10"
    enabled: bool = True

    @property
    def cron(self) -> str:
        return self.own_cron if self.preset == CUSTOM else self.preset

    def jitter_seconds(self) -> int:
        """Return the jitter in seconds.

        Raises:
            ScheduleError: not a whole number of minutes.
        """
        if self.jitter_minutes.isdecimal() and len(self.jitter_minutes) < 6:
            return int(self.jitter_minutes) * 60
        raise ScheduleError(
            f"Schedule: jitter expected whole minutes, got {self.jitter_minutes[:20]!r}.",
            zh=f"随机延后须为 0 至 {MAX_JITTER_SECONDS // 60} 的整数（分钟），请修改后再保存。",
        )

    @property
    def presets(self) -> list[tuple[str, str]]:
        return [(cron, cron_zh(cron)) for cron in PRESETS]

    @property
    def missed_choices(self) -> list[tuple[str, str]]:
        return [(str(value), str(zh)) for value, zh in Schedule.Missed.choices]

    @property
    def overlap_choices(self) -> list[tuple[str, str]]:
        return [(str(value), str(zh)) for value, zh in Schedule.Overlap.choices]


def schedule_typed(schedule: Schedule | None) -> ScheduleTyped:
    """Return the form as it stands for a site."""
    if schedule is None:
        return ScheduleTyped()
    is_preset = schedule.cron in PRESETS
    return ScheduleTyped(
        preset=schedule.cron if is_preset else CUSTOM,
        own_cron="" if is_preset else schedule.cron,
        missed=schedule.missed,
        overlap=schedule.overlap,
        jitter_minutes=str(schedule.jitter_seconds // 60),
        enabled=schedule.enabled,
    )


def read_schedule(posted: Mapping[str, str]) -> ScheduleTyped:
    """Read the form as it was sent."""
    values = texts(posted, "preset", "own_cron", "missed", "overlap", "jitter_minutes")
    return ScheduleTyped(**values, enabled=posted.get("enabled") == "on")
