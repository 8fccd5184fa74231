"""Who may do what to which case: roles, regions, ties, leases and four eyes, checked once, here.

The store calls `allowed` inside the transaction that changes the case, so a screen or a command
that forgets to ask changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from audit import regions
from audit.errors import NoSuchObjectError, PolicyError
from audit.models import Case, Role, SiteRow, State, Tie, User
from audit.sections import Section, sections
from audit.transitions import Action, load_transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at an action: who, what, on which case, at what moment."""

    user: User
    action: Action
    case: Case
    now: datetime

    def refuse(self, why: str, what_to_do: str) -> PolicyError:
        who = f"{self.user.role} '{self.user.username}'"
        return PolicyError(
            f"Case {self.case.pk}: {who} may not {self.action.name} it: {why}. {what_to_do}"
        )


def scope(user: User) -> list[str]:
    """Return the user's region code and further grants; "" in it means everywhere."""
    return [user.region, *user.grants]


def is_top_supervisor(user: User) -> bool:
    """Tell whether the unassigned pool (cases without a region) is this user's."""
    return user.role == Role.SUPERVISOR and user.region == ""


def in_region(user: User, region: str) -> bool:
    """Tell whether a case of this region lies in the user's scope."""
    return is_top_supervisor(user) if region == "" else regions.covers(scope(user), region)


def visible_cases(user: User) -> QuerySet[Case]:
    """Return the cases that the user may look at, whatever their state."""
    if not user.is_active or user.role not in load_transitions().actions["show"].who:
        return Case.objects.none()
    codes = scope(user)
    wanted = Q(region__in=regions.zones_covered(codes))
    for code in codes:
        wanted |= Q(region__startswith=regions.prefix(code)) & ~Q(region="")
    if is_top_supervisor(user):
        wanted |= Q(region="")
    return Case.objects.filter(wanted)


def no_such_case(user: User, case_id: object) -> NoSuchObjectError:
    """Return the one answer for a case that does not exist and for one of another region."""
    return NoSuchObjectError(
        f"Case {case_id}: no such case for '{user.username}'."
        f" Run 'jianwei queue list --user {user.username}' to see yours.",
        zh="没有这个案件，或者它不在您的管辖范围内。",
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
        raise attempt.refuse("they declared a tie to it", "Another person must act.")


def _check_free(attempt: Attempt) -> None:
    holder, until = attempt.case.claimed_by, attempt.case.lease_until
    if holder is None or until is None or until <= attempt.now or holder.pk == attempt.user.pk:
        return
    raise attempt.refuse(
        f"'{holder.username}' holds it until {until.astimezone(UTC):%H:%M:%S} UTC",
        "Take another case, or ask them to release it.",
    )


def _check_assignee(attempt: Attempt) -> None:
    assignee = attempt.case.assigned_to
    if assignee is not None and assignee.pk != attempt.user.pk:
        raise attempt.refuse(
            f"it is reserved for '{assignee.username}'",
            "Take another case, or ask a supervisor to assign it to you.",
        )


def _check_holder(attempt: Attempt) -> None:
    if attempt.case.claimed_by_id != attempt.user.pk:
        raise attempt.refuse("somebody else holds it", "Claim a case before working on it.")


def _check_four_eyes(attempt: Attempt) -> None:
    first = proposer(attempt.case)
    if first is not None and first.pk == attempt.user.pk:
        raise attempt.refuse("they proposed it themselves", "Another supervisor must do that.")


# Conditions that need only the case and the person; the rest are checked where their data is
# (`region` before anything else, `lease` with the state, the others in `audit.queue`).
_CHECKS: dict[str, Callable[[Attempt], None]] = {
    "untied": _check_untied,
    "free": _check_free,
    "assignee": _check_assignee,
    "holder": _check_holder,
    "four_eyes": _check_four_eyes,
}


def _check_state(attempt: Attempt) -> None:
    action, case = attempt.action, attempt.case
    state = state_now(case, attempt.now)
    if state in action.origins:
        return
    if case.state == State.CLAIMED and State.CLAIMED in action.origins:
        if case.claimed_by_id == attempt.user.pk:
            raise attempt.refuse("their claim has run out", "Claim it again.")
        raise attempt.refuse("nobody holds it any more", "Claim it first.")
    wanted = " or ".join(action.origins)
    hint = "Claim it first." if action.origins == (State.CLAIMED,) else "Take another case."
    raise attempt.refuse(f"it is {state}, and that needs {wanted}", hint)


def allowed(user: User, action: str, case: Case, *, now: datetime | None = None) -> None:
    """Check role, region, ties, state, lease, reservation and four eyes.

    Raises:
        PolicyError: who may not do what, why, and what to do.
    """
    row = load_transitions().actions.get(action)
    if row is None:
        raise PolicyError(f"Action '{action}' does not exist. See 'jianwei queue --help'.")
    attempt = Attempt(user=user, action=row, case=case, now=now or datetime.now(UTC))
    if not in_region(user, case.region):
        raise no_such_case(user, case.pk)
    if not user.is_active:
        raise attempt.refuse("the account is switched off", "Ask an administrator.")
    if user.role not in row.who:
        raise attempt.refuse(
            f"that needs the role {' or '.join(row.who)}", "Ask somebody with that role."
        )
    _check_state(attempt)
    for condition in row.conditions:
        check = _CHECKS.get(condition)
        if check is not None:
            check(attempt)


def may_be_assigned(user: User, case: Case, region: str) -> None:
    """Check that a person can work on a case that is to be theirs, once it has that region.

    Raises:
        PolicyError: why not.
    """
    who = load_transitions().actions["claim"].who
    what = f"Case {case.pk}: it cannot be assigned to '{user.username}'"
    if not user.is_active or user.role not in who:
        raise PolicyError(f"{what}: that needs an active {' or '.join(who)}. Choose another.")
    if not region:
        raise PolicyError(f"{what}: the case has no region yet. Give one with '--region'.")
    if not in_region(user, region):
        raise PolicyError(f"{what}: their region does not cover {region}. Choose another.")
    if is_tied(user, case):
        raise PolicyError(f"{what}: they declared a tie to it. Choose another.")


def sections_of(user: User) -> list[Section]:
    """Return the parts of the desk that the user's role opens."""
    return [part for part in sections() if user.is_active and user.role in part.who]


def first_section(user: User) -> str:
    """Return the URL name of the part where the user's work begins."""
    if user.role == Role.ADMINISTRATOR:
        return "sites"
    if user.role == Role.AUDITOR:
        return "log"
    return "search" if user.role == Role.INVESTIGATOR else "queue"


def may_open(user: User, name: str) -> None:
    """Check that the user's role opens this part of the desk.

    Raises:
        PolicyError: it does not.
    """
    if not any(part.name == name for part in sections_of(user)):
        raise PolicyError(
            f"{user.role} '{user.username}' may not open '{name}'. Ask an administrator.",
            zh="您的角色不能打开这个页面。",
        )


def visible_sites(user: User) -> QuerySet[SiteRow]:
    """Return the sites of the user's regions; those without a region need a scope of everywhere."""
    codes = scope(user)
    if not user.is_active:
        return SiteRow.objects.none()
    if "" in codes:
        return SiteRow.objects.all()
    wanted = Q(region__in=regions.zones_covered(codes))
    for code in codes:
        wanted |= Q(region__startswith=regions.prefix(code))
    return SiteRow.objects.filter(wanted)


def no_such_site(user: User, site_id: str) -> NoSuchObjectError:
    """Return the one answer for a site that does not exist and for one of another region."""
    return NoSuchObjectError(
        f"Site '{site_id}': no such site for '{user.username}'. Run 'jianwei site list'.",
        zh="没有这个站点，或者它不在您的管辖范围内。",
    )


def may_change_sites(user: User, region: str) -> None:
    """Check that the user may add, crawl, stop and schedule sites of that region.

    Raises:
        PolicyError: another role, or a region outside the user's scope.
    """
    if not user.is_active or user.role != Role.ADMINISTRATOR:
        raise PolicyError(
            f"{user.role} '{user.username}' may not change sites. Ask an administrator.",
            zh="只有管理员可以添加、抓取和停止站点。",
        )
    codes = scope(user)
    if "" not in codes and not (region and regions.covers(codes, region)):
        raise PolicyError(
            f"Administrator '{user.username}' may not change sites of region '{region}'."
            " Ask one of that region.",
            zh="这个地区不在您的管辖范围内，请改填所辖地区的代码，或请上级管理员办理。",
        )
