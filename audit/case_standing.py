"""What a person may do with a case at this moment and, when it is nothing, why and who can."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from audit import policy
from audit.errors import PolicyError
from audit.models import Case, Role, State, User
from audit.transitions import load_transitions

BEIJING = ZoneInfo("Asia/Shanghai")

Act = Literal["decide", "claim", "review", "withdraw", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The one thing that the page offers, and the sentence beside it."""

    act: Act
    says: str


def standing(user: User, case: Case, *, now: datetime) -> Standing:
    """Say what the person may do with a case that they see."""
    state = policy.state_now(case, now)
    if state == State.CLAIMED:
        return _claimed(user, case)
    if state in {State.OPEN, State.RETURNED}:
        return _free(user, case, now=now)
    if state == State.PROPOSED:
        return _proposed(user, case, now=now)
    return Standing(act="none", says=f"案件{state.label}，结论已生效，不能再改。")


def may(user: User, action: str, case: Case, *, now: datetime) -> bool:
    """Tell whether the policy allows an action at this moment."""
    try:
        policy.allowed(user, action, case, now=now)
    except PolicyError:
        return False
    return True


def _claimed(user: User, case: Case) -> Standing:
    if case.claimed_by_id == user.pk:
        return Standing(act="decide", says="由您研判。到时未提交，案件退回队列，草稿仍会保留。")
    holder = case.claimed_by.username if case.claimed_by else "他人"
    until = f"{case.lease_until.astimezone(BEIJING):%H:%M}" if case.lease_until else ""
    return Standing(
        act="none",
        says=f"{holder} 正在研判，{until} 到时。您可以先看，等对方释放或到时后再领取。",
    )


def _free(user: User, case: Case, *, now: datetime) -> Standing:
    try:
        policy.allowed(user, "claim", case, now=now)
    except PolicyError as error:
        return Standing(act="none", says=_why_not(user, error))
    if case.claimed_by_id == user.pk:
        return Standing(act="claim", says="您的领取已到时。重新领取后可继续研判，草稿仍在。")
    return Standing(act="claim", says="领取后即可研判，领取期间他人不能改动。")


def _why_not(user: User, error: PolicyError) -> str:
    if user.role not in load_transitions().actions["claim"].who:
        role = Role(user.role).label
        return f"{role}可以查看，不能研判。需要研判请告知审核员或复核员。"
    return error.zh or "您现在不能领取这个案件，请选其他案件，或请复核员指派。"


def _proposed(user: User, case: Case, *, now: datetime) -> Standing:
    proposer = policy.proposer(case)
    if proposer is not None and proposer.pk == user.pk:
        return Standing(act="withdraw", says="您已提交，在等另一位复核员复核。复核前可以撤回修改。")
    if may(user, "confirm", case, now=now):
        return Standing(
            act="review", says="请对照原文复核这个结论：同意则复核通过，否则写明理由退回。"
        )
    return Standing(act="none", says="结论在等复核员复核，您现在可以查看。")
