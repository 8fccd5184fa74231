"""Sites, their schedules, the runs that come of them, and the workers that do them."""

from django.db import models
from django.db.models import Q


class SiteRow(models.Model):
    """A site as it runs; `declaration` is `Site.to_dict()`."""

    site_id = models.CharField(max_length=100, unique=True)
    title = models.TextField()
    region = models.CharField(max_length=12, blank=True, default="")
    declaration = models.JSONField()
    changed_at = models.DateTimeField()


class Schedule(models.Model):
    """When a site is crawled; cron in Beijing time.

    No moment up to `since` counts. `checked_until` is the cursor: each due moment up to there has
    its row.
    """

    class Missed(models.TextChoices):
        RUN_ONCE = "run_once", "补抓一次"
        SKIP = "skip", "不补抓"
        RUN_ALL = "run_all", "逐次补抓"

    class Overlap(models.TextChoices):
        SKIP = "skip", "跳过"
        QUEUE = "queue", "排队"

    site = models.OneToOneField(SiteRow, on_delete=models.PROTECT, related_name="schedule")
    cron = models.CharField(max_length=100)
    missed = models.CharField(max_length=10, choices=Missed.choices)
    overlap = models.CharField(max_length=10, choices=Overlap.choices)
    jitter_seconds = models.IntegerField(default=0)
    enabled = models.BooleanField(default=True)
    since = models.DateTimeField()
    checked_until = models.DateTimeField()
    changed_by = models.CharField(max_length=150, blank=True, default="")


class DueRun(models.Model):
    """One moment at which a site was due, and how it ended; without an outcome it is under way.

    `reason` is a Chinese sentence for people.
    """

    class Outcome(models.TextChoices):
        RUN = "run", "已抓取"
        SKIPPED = "skipped", "已跳过"
        MISSED = "missed", "已错过"

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="due_runs")
    due_at = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=8, blank=True, default="", choices=Outcome.choices)
    reason = models.TextField(blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    run_id = models.CharField(max_length=26, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="due_run_once")]


class Run(models.Model):
    """One crawl as its ledger tells it; `counts` are totals by outcome and reason, per site."""

    run_id = models.CharField(max_length=26, unique=True)
    site_ids = models.JSONField(default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10)
    counts = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)


class Job(models.Model):
    """One crawl or one trial for a worker, which keeps it by its heartbeat.

    A crawl keeps its `run_id` whoever takes it over, so that it goes on where it was. `progress`
    has found, fetched, unchanged, skipped and failed; `error` is a Chinese sentence for people.
    A trial has a `url` and no site; its `result` is `Trial.to_dict()`.
    """

    class Kind(models.TextChoices):
        CRAWL = "crawl", "抓取"
        TRIAL = "trial", "试抓"

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"
        STOPPED = "stopped", "已停止"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CRAWL)
    site = models.ForeignKey(SiteRow, on_delete=models.PROTECT, null=True, related_name="jobs")
    url = models.TextField(blank=True, default="")
    due_run = models.OneToOneField(DueRun, on_delete=models.PROTECT, null=True, related_name="job")
    run_id = models.CharField(max_length=26, blank=True, default="", db_index=True)
    host = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    requested_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    worker = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    progress = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["state", "not_before"], name="job_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=Q(state="running"), name="site_crawled_once"
            )
        ]


class Worker(models.Model):
    """One `jianwei work` process; `doing` says in Chinese what it is at."""

    name = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    heartbeat = models.DateTimeField()
    doing = models.TextField(blank=True, default="")


class SiteYield(models.Model):
    """What one ended run of a site gave; revisits count as seen.

    `pages` were fetched or unchanged, `failed` pages were not had, `ads` leave out the start pages
    themselves (`audit.yields`), `flagged` are those of them that need review. `usual_ads` is the
    median of the runs before that gave any; null when none did.
    """

    run_id = models.CharField(max_length=26)
    site_id = models.CharField(max_length=100)
    outcome = models.CharField(max_length=10)
    ended_at = models.DateTimeField()
    pages = models.IntegerField()
    failed = models.IntegerField()
    ads = models.IntegerField()
    flagged = models.IntegerField()
    usual_ads = models.FloatField(null=True)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run_id", "site_id"], name="site_yield_once")
        ]
        indexes = [models.Index(fields=["site_id", "ended_at"], name="site_yield_latest")]
