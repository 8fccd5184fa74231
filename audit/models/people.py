"""Who works here: users with one role and a region scope."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from audit.choices import Role


class User(AbstractUser):
    """A person. `region` is a GB/T 2260 code ("" = everywhere); `grants` are further codes.

    Whoever was given a password must choose one of their own before anything else.
    """

    role = models.CharField(max_length=16, choices=Role.choices)
    region = models.CharField(max_length=12, blank=True, default="")
    grants = models.JSONField(default=list)
    must_change_password = models.BooleanField(default=False)


class Tie(models.Model):
    """A person's declared tie to a case; the store refuses them any action on it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="ties")
    case = models.ForeignKey("audit.Case", on_delete=models.PROTECT, related_name="ties")
    note = models.TextField(blank=True, default="")
    declared_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="tie_once")]
