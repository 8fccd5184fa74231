"""The chained log of who did what, and the work that waits for the index."""

from django.db import models

from audit.models.append_only import AppendOnly


class Event(AppendOnly):
    """One line of the log; `hash` is over the canonical JSON of the other fields."""

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150, db_index=True)
    action = models.CharField(max_length=40, db_index=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    purpose = models.TextField(blank=True, default="")
    details = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id"], name="event_object")]


class ChainHead(models.Model):
    """The last event, locked while the next one is appended."""

    name = models.CharField(max_length=20, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)


class Outbox(models.Model):
    """One document whose index entry is behind its rows; the document is built when drained."""

    target_index = models.CharField(max_length=20)
    doc_type = models.CharField(max_length=20)
    doc_id = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    removed = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    next_try = models.DateTimeField(db_index=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target_index", "doc_id"], name="outbox_once")
        ]


class DeadLetter(models.Model):
    """One document that the engine refused, with its reason."""

    target_index = models.CharField(max_length=20)
    doc_type = models.CharField(max_length=20)
    doc_id = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    error = models.TextField()
    refused_at = models.DateTimeField()


class Lease(models.Model):
    """A named right that one process holds until a moment (`drain`, `ingest:<site>`)."""

    name = models.CharField(max_length=80, primary_key=True)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()
