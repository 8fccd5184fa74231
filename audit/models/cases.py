"""Cases, what people decided about them, and where they went."""

from django.db import models

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


class State(models.TextChoices):
    OPEN = "open", "待领取"
    CLAIMED = "claimed", "研判中"
    PROPOSED = "proposed", "待复核"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已复核"
    CLOSED = "closed", "已办结"


class Conclusion(models.TextChoices):
    VIOLATION = "violation", "涉嫌违规"
    NO_VIOLATION = "no_violation", "未见违规"
    OUT_OF_SCOPE = "out_of_scope", "不属监管范围"
    UNCLEAR = "unclear", "无法判断"
    NEEDS_EVIDENCE = "needs_evidence", "需补充证据"


class Case(models.Model):
    """Near-duplicate ads of one offer, in one place of the workflow."""

    fingerprint = models.CharField(max_length=16, db_index=True)
    title = models.TextField(blank=True)
    region = models.CharField(max_length=12, blank=True, default="", db_index=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.OPEN, db_index=True
    )
    conclusion = models.CharField(
        max_length=16, choices=Conclusion.choices, blank=True, default=""
    )
    priority = models.FloatField(default=0, db_index=True)
    priority_parts = models.JSONField(default=dict)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="claims")
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class CaseAd(models.Model):
    """One placement of a case's offer; `pulled_out` when a person took it out again."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_ads")
    ad = models.OneToOneField("audit.Ad", on_delete=models.PROTECT, related_name="case_ad")
    pulled_out = models.BooleanField(default=False)


class Decision(models.Model):
    """What one person concluded or did, with the version and opinion they saw; append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=16)
    conclusion = models.CharField(
        max_length=16, choices=Conclusion.choices, blank=True, default=""
    )
    labels = models.JSONField(default=dict)
    clauses = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")
    version = models.ForeignKey("audit.AdVersion", on_delete=models.PROTECT)
    assessment = models.ForeignKey("audit.AssessmentRow", on_delete=models.PROTECT)
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
