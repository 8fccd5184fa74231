"""One try at an action on a case: its state and conditions, and the words of a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit.errors import PolicyError
from audit.models import Case, State, Tie, User
from audit.transitions import Action

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an action: who, what, on which case, at what moment."""

    user: User
    action: Action
    case: Case
    now: datetime

    def refuse(self, why: str, what_to_do: str, *, zh: str) -> PolicyError:
        who = f"{self.user.role} '{self.user.username}'"
        return PolicyError(
            f"Case {self.case.pk}: {who} may not {self.action.name} it: {why}. {what_to_do}",
            zh=f"案件 {self.case.pk} 不能{self.action.zh}：{zh}",
        )


def is_lease_live(case: Case, now: datetime) -> bool:
    return case.lease_until is not None and case.lease_until > now


def state_now(case: Case, now: datetime) -> State:
    """Return the state, counting a claim that has run out as the state it was claimed from."""
    if case.state == State.CLAIMED and not is_lease_live(case, now):
        return State(case.claimed_from or State.OPEN)
    return State(case.state)


def proposer(case: Case) -> User | None:
    """Return who made the latest proposal."""
    decision = case.decisions.filter(action="decide").order_by("-pk").first()
    return decision.user if decision else None


def is_tied(user: User, case: Case) -> bool:
    return Tie.objects.filter(user=user, case=case).exists()


def _check_untied(attempt: Attempt) -> None:
    if is_tied(attempt.user, attempt.case):
        raise attempt.refuse(
            "they declared a tie to it",
            "Another person must act.",
            zh="您已申报回避，请由其他人员办理。",
        )


def _check_free(attempt: Attempt) -> None:
    holder, until = attempt.case.claimed_by, attempt.case.lease_until
    if holder is None or until is None or until <= attempt.now or holder.pk == attempt.user.pk:
        return
    raise attempt.refuse(
        f"'{holder.username}' holds it until {until.astimezone(UTC):%H:%M:%S} UTC",
        "Take another case, or ask them to release it.",
        zh=f"{holder.username} 正在研判，{until.astimezone(BEIJING):%H:%M} 到时。"
        "请选其他案件，或请对方释放。",
    )


def _check_assignee(attempt: Attempt) -> None:
    assignee = attempt.case.assigned_to
    if assignee is not None and assignee.pk != attempt.user.pk:
        raise attempt.refuse(
            f"it is reserved for '{assignee.username}'",
            "Take another case, or ask a supervisor to assign it to you.",
            zh=f"已指派给 {assignee.username}。请选其他案件，或请复核员改派。",
        )


def _check_holder(attempt: Attempt) -> None:
    if attempt.case.claimed_by_id != attempt.user.pk:
        raise attempt.refuse(
            "somebody else holds it",
            "Claim a case before working on it.",
            zh="现由他人领取。请先领取案件再办理。",
        )


def _check_four_eyes(attempt: Attempt) -> None:
    first = proposer(attempt.case)
    if first is not None and first.pk == attempt.user.pk:
        raise attempt.refuse(
            "they proposed it themselves",
            "Another supervisor must do that.",
            zh="结论由您本人提出，须由另一位复核员复核。",
        )


def _check_proposer(attempt: Attempt) -> None:
    first = proposer(attempt.case)
    if first is None or first.pk != attempt.user.pk:
        raise attempt.refuse(
            "somebody else proposed it",
            "Ask them, or have a supervisor return it.",
            zh="结论由他人提出，只有提出人可以撤回。如有不妥，请复核员退回。",
        )


# Conditions that need only the case and the person; the rest are checked where their data is
# (`region` before anything else, `lease` with the state, the others in `audit.queue`).
_CHECKS: dict[str, Callable[[Attempt], None]] = {
    "untied": _check_untied,
    "free": _check_free,
    "assignee": _check_assignee,
    "holder": _check_holder,
    "four_eyes": _check_four_eyes,
    "proposer": _check_proposer,
}


def check_state(attempt: Attempt) -> None:
    """Check that the case is where the action begins.

    Raises:
        PolicyError: where it is instead, and what to do.
    """
    action, case = attempt.action, attempt.case
    state = state_now(case, attempt.now)
    if state in action.origins:
        return
    if case.state == State.CLAIMED and State.CLAIMED in action.origins:
        if case.claimed_by_id == attempt.user.pk:
            raise attempt.refuse(
                "their claim has run out",
                "Claim it again.",
                zh="领取已到时。请重新领取后再办理。",
            )
        raise attempt.refuse(
            "nobody holds it any more", "Claim it first.", zh="无人领取。请先领取再办理。"
        )
    wanted = " or ".join(action.origins)
    needs_claim = action.origins == (State.CLAIMED,)
    raise attempt.refuse(
        f"it is {state}, and that needs {wanted}",
        "Claim it first." if needs_claim else "Take another case.",
        zh=f"案件现在是“{state.label}”。{'请先领取。' if needs_claim else '请选其他案件。'}",
    )


def check_conditions(attempt: Attempt) -> None:
    """Check what the table asks for beyond role, region and state.

    Raises:
        PolicyError: what does not hold, and what to do.
    """
    for condition in attempt.action.conditions:
        check = _CHECKS.get(condition)
        if check is not None:
            check(attempt)
