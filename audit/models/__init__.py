from audit.choices import Conclusion, Note, Role, State
from audit.models.ads import Ad, AdVersion, AssessmentRow, CaptureRow, EvidenceFile, Sighting
from audit.models.cases import (
    Actor,
    ActorLink,
    Case,
    CaseAd,
    CaseFingerprint,
    CaseLabel,
    Decision,
    Recheck,
    Referral,
)
from audit.models.events import ChainHead, DeadLetter, Event, Lease, Outbox
from audit.models.operations import DueRun, Job, Run, Schedule, SiteRow, SiteYield, Worker
from audit.models.people import Tie, User

__all__ = [
    "Actor",
    "ActorLink",
    "Ad",
    "AdVersion",
    "AssessmentRow",
    "CaptureRow",
    "Case",
    "CaseAd",
    "CaseFingerprint",
    "CaseLabel",
    "ChainHead",
    "Conclusion",
    "DeadLetter",
    "Decision",
    "DueRun",
    "Event",
    "EvidenceFile",
    "Job",
    "Lease",
    "Note",
    "Outbox",
    "Recheck",
    "Referral",
    "Role",
    "Run",
    "Schedule",
    "Sighting",
    "SiteRow",
    "SiteYield",
    "State",
    "Tie",
    "User",
    "Worker",
]
