"""The fixed words of the workflow: roles, states, conclusions, notes. Needs no database."""

from django.db import models


class Role(models.TextChoices):
    REVIEWER = "reviewer", "审核员"
    SUPERVISOR = "supervisor", "复核员"
    INVESTIGATOR = "investigator", "调查员"
    AUDITOR = "auditor", "审计员"
    ADMINISTRATOR = "administrator", "管理员"


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


class Note(models.TextChoices):
    """What happened to a case's ads that a person should know before acting on it."""

    CHANGED = "changed", "研判后内容有变"
    MORE = "more", "研判后又见新发布"
    NOTHING_LEFT = "nothing_left", "现有内容已不再涉嫌"
