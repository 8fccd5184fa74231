"""What was seen and what the machine thinks of it. All derived from evidence."""

from django.db import models

from audit.models.append_only import AppendOnly


class EvidenceFile(models.Model):
    """One closed WARC; `next_offset` is the cursor of ingest, committed with its batch."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        DAMAGED = "damaged"

    sha256 = models.CharField(max_length=64, unique=True)
    path = models.TextField(help_text="relative to the evidence folder")
    size = models.BigIntegerField()
    origin = models.CharField(max_length=8, help_text="crawl or import")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    next_offset = models.BigIntegerField(default=0)
    lease_holder = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    noted_at = models.DateTimeField()


class CaptureRow(models.Model):
    """One saved response (`crawler.records.Capture`), the evidence facts of every sighting."""

    capture_id = models.CharField(max_length=64, unique=True)
    evidence_file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, null=True)
    url = models.TextField()
    final_url = models.TextField()
    fetched_at = models.DateTimeField(db_index=True)
    http_status = models.IntegerField()
    content_type = models.TextField(blank=True, default="")
    payload_digest = models.CharField(max_length=80)
    warc_offset = models.BigIntegerField()
    purpose = models.CharField(max_length=8)
    site_id = models.CharField(max_length=100, blank=True, default="")
    run_id = models.CharField(max_length=26, blank=True, default="")
    robots_allowed = models.BooleanField(null=True)
    robots_rule = models.TextField(blank=True, default="")
    screenshot_digest = models.CharField(max_length=80, blank=True, default="")


class Ad(models.Model):
    """One ad's identity and present state. The primary key is the ad sequence of sort keys."""

    ad_id = models.CharField(max_length=64, unique=True)
    url = models.TextField()
    host = models.CharField(max_length=255, db_index=True)
    part = models.TextField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="posters")
    placement_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="placements"
    )
    site_id = models.CharField(max_length=100, db_index=True)
    region = models.CharField(max_length=12, blank=True, default="", db_index=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    live = models.BooleanField(default=True)
    revision = models.BigIntegerField(default=1)
    version = models.ForeignKey(
        "audit.AdVersion", on_delete=models.PROTECT, null=True, related_name="+"
    )
    assessment = models.ForeignKey(
        "audit.AssessmentRow", on_delete=models.PROTECT, null=True, related_name="+"
    )
    needs_assessment = models.BooleanField(default=True, db_index=True)


class AdVersion(models.Model):
    """One wording of an ad; `blocks`, `links` and `images` are lists of the records' dicts."""

    ad = models.ForeignKey(Ad, on_delete=models.PROTECT, related_name="versions")
    capture = models.ForeignKey(CaptureRow, on_delete=models.PROTECT)
    text_digest = models.CharField(max_length=64, help_text="sha256 of title, newline, text")
    title = models.TextField(blank=True)
    text = models.TextField()
    blocks = models.JSONField(default=list)
    links = models.JSONField(default=list)
    images = models.JSONField(default=list)
    publisher = models.TextField(blank=True, default="")
    published_on = models.CharField(max_length=10, blank=True, default="")
    fetched_at = models.DateTimeField()
    extractor_version = models.CharField(max_length=20, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ad", "capture", "extractor_version"], name="ad_version_once"
            )
        ]


class Sighting(models.Model):
    """One ad seen in one capture, under one site."""

    ad = models.ForeignKey(Ad, on_delete=models.PROTECT, related_name="sightings")
    capture = models.ForeignKey(CaptureRow, on_delete=models.PROTECT, related_name="sightings")
    site_id = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ad", "capture"], name="sighting_once")]


class AssessmentRow(AppendOnly):
    """One machine opinion of one version; append-only. `payload` is `Assessment.to_dict()`."""

    version = models.ForeignKey(AdVersion, on_delete=models.PROTECT, related_name="assessments")
    context_digest = models.CharField(max_length=64, blank=True, default="")
    as_of = models.DateField()
    needs_review = models.BooleanField(db_index=True)
    risk = models.FloatField()
    fingerprint = models.CharField(max_length=16, db_index=True)
    rules_version = models.CharField(max_length=64)
    law_version = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    payload = models.JSONField()
    assessed_at = models.DateTimeField()
