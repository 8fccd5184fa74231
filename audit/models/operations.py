"""Sites, their schedules, and the runs that come of them."""

from django.db import models


class SiteRow(models.Model):
    """A site as it runs; `declaration` is `Site.to_dict()`."""

    site_id = models.CharField(max_length=100, unique=True)
    title = models.TextField()
    region = models.CharField(max_length=12, blank=True, default="")
    declaration = models.JSONField()
    changed_at = models.DateTimeField()


class Schedule(models.Model):
    """When a site is crawled; cron in Beijing time."""

    site = models.OneToOneField(SiteRow, on_delete=models.PROTECT, related_name="schedule")
    cron = models.CharField(max_length=100)
    missed = models.CharField(max_length=10)
    overlap = models.CharField(max_length=10)


class DueRun(models.Model):
    """One moment at which a site was due, and how it ended."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="due_runs")
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, blank=True, default="")
    reason = models.TextField(blank=True, default="")

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
    """One crawl handed to a worker, which keeps it by its heartbeat."""

    site = models.ForeignKey(SiteRow, on_delete=models.PROTECT)
    due_run = models.ForeignKey(DueRun, on_delete=models.PROTECT, null=True)
    run_id = models.CharField(max_length=26)
    host = models.CharField(max_length=255)
    worker = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, default="waiting")
