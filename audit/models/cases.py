"""Cases, what people decided about them, and where they went."""

from django.db import models

from audit.choices import Conclusion, Note, State
from audit.models.append_only import AppendOnly
from audit.models.people import User


class Actor(models.Model):
    """Who stands behind ads: a firm or a person, with the identifiers that tie ads to it."""

    kind = models.CharField(max_length=16)
    name = models.TextField()
    credit_code = models.CharField(max_length=18, blank=True, default="")
    region = models.CharField(max_length=12, blank=True, default="")
    aliases = models.JSONField(default=list)
    identifiers = models.JSONField(default=list)


class ActorLink(models.Model):
    """Why an ad is tied to an actor."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="links")
    ad = models.ForeignKey("audit.Ad", on_delete=models.PROTECT, related_name="actor_links")
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "ad"], name="actor_link_once")]


class Case(models.Model):
    """Near-duplicate ads of one offer, in one place of the workflow.

    `claimed_from` is the state to which release or an expired lease returns the case; `seen` is
    what the holder was shown (`audit.case_ads.snapshot`); `priority` is a sort key that needs no
    refreshing (`audit.priority`); `risk` is the highest among its flagged ads.
    """

    fingerprint = models.CharField(max_length=16, db_index=True)
    title = models.TextField(blank=True)
    region = models.CharField(max_length=12, blank=True, default="", db_index=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.OPEN, db_index=True
    )
    conclusion = models.CharField(max_length=16, choices=Conclusion.choices, blank=True, default="")
    note = models.CharField(max_length=12, choices=Note.choices, blank=True, default="")
    risk = models.FloatField(default=0)
    priority = models.FloatField(default=0, db_index=True)
    priority_parts = models.JSONField(default=dict)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="claims")
    claimed_from = models.CharField(max_length=10, choices=State.choices, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    seen = models.JSONField(default=list)
    assigned_to = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="assignments"
    )
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class CaseAd(models.Model):
    """One placement of a case's offer; `pulled_out` when a person took it out again.

    `version` and `assessment` are those that the case has taken note of.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_ads")
    ad = models.OneToOneField("audit.Ad", on_delete=models.PROTECT, related_name="case_ad")
    version = models.ForeignKey(
        "audit.AdVersion", on_delete=models.PROTECT, null=True, related_name="+"
    )
    assessment = models.ForeignKey(
        "audit.AssessmentRow", on_delete=models.PROTECT, null=True, related_name="+"
    )
    pulled_out = models.BooleanField(default=False)


class CaseFingerprint(models.Model):
    """A wording of the case's offer, in four bands of 16 bits.

    Two fingerprints that differ in at most three bits agree in at least one band.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="fingerprints")
    value = models.CharField(max_length=16)
    band0 = models.IntegerField(db_index=True)
    band1 = models.IntegerField(db_index=True)
    band2 = models.IntegerField(db_index=True)
    band3 = models.IntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "value"], name="case_fingerprint_once")
        ]


class CaseLabel(models.Model):
    """One label that the machine gives to a flagged ad of the case; what the queue filters by."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="labels")
    label = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "label"], name="case_label_once")]


class Decision(AppendOnly):
    """What one person concluded or did, with the version and opinion they saw; append-only.

    `version` and `assessment` are the leading ad's; `seen` holds those of every placement.
    `label_spans` is where a person saw the labels that they marked by hand: label → list of
    `field`, `start`, `end` in that version.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=16)
    conclusion = models.CharField(max_length=16, choices=Conclusion.choices, blank=True, default="")
    labels = models.JSONField(default=dict)
    label_spans = models.JSONField(default=dict)
    clauses = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")
    version = models.ForeignKey("audit.AdVersion", on_delete=models.PROTECT)
    assessment = models.ForeignKey("audit.AssessmentRow", on_delete=models.PROTECT)
    seen = models.JSONField(default=list)
    decided_at = models.DateTimeField()


class Referral(models.Model):
    """A case sent to an authority on one track."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="referrals")
    track = models.CharField(max_length=10, help_text="education or market")
    authority = models.TextField()
    sent_at = models.DateTimeField()
    receipt = models.TextField(blank=True, default="")
    deadline = models.DateField(null=True)
    outcome = models.TextField(blank=True, default="")


class Recheck(models.Model):
    """A later look at a confirmed case's ads."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rechecks")
    due_on = models.DateField()
    capture = models.ForeignKey("audit.CaptureRow", on_delete=models.PROTECT, null=True)
    outcome = models.CharField(max_length=10, blank=True, default="")
