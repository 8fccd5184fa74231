"""Who may do what to which case: roles, regions, ties, leases and four eyes, checked once, here.

The store calls `allowed` inside the transaction that changes the case, so a screen or a command
that forgets to ask changes nothing.
"""

from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from audit import regions
from audit.attempts import (
    Attempt,
    check_conditions,
    check_state,
    is_lease_live,
    is_tied,
    proposer,
    state_now,
)
from audit.errors import NoSuchObjectError, PolicyError
from audit.models import Case, Job, Role, SiteRow, User
from audit.sections import Section, sections
from audit.transitions import load_transitions

# What callers ask of the policy stands here, wherever it is worked out.
__all__ = [
    "allowed",
    "find_case",
    "first_section",
    "in_region",
    "is_lease_live",
    "is_tied",
    "is_top_supervisor",
    "may_be_assigned",
    "may_change_sites",
    "may_open",
    "no_such_case",
    "no_such_site",
    "proposer",
    "scope",
    "sections_of",
    "state_now",
    "visible_cases",
    "visible_sites",
]


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


def find_case(user: User, case_id: int) -> Case:
    """Return a case that the user may see.

    Raises:
        PolicyError: there is none; the same words whether it does not exist or is not theirs.
    """
    is_possible = 0 < case_id < 2**63
    case = visible_cases(user).filter(pk=case_id).first() if is_possible else None
    if case is None:
        raise no_such_case(user, case_id)
    return case


def no_such_case(user: User, case_id: object) -> NoSuchObjectError:
    """Return the one answer for a case that does not exist and for one of another region."""
    return NoSuchObjectError(
        f"Case {case_id}: no such case for '{user.username}'."
        f" Run 'jianwei queue list --user {user.username}' to see yours.",
        zh="没有这个案件，或者它不在您的管辖范围内。",
    )


def allowed(user: User, action: str, case: Case, *, now: datetime | None = None) -> None:
    """Check role, region, ties, state, lease, reservation and four eyes.

    Raises:
        PolicyError: who may not do what, why, and what to do.
    """
    row = load_transitions().actions.get(action)
    if row is None:
        raise PolicyError(
            f"Action '{action}' does not exist. See 'jianwei queue --help'.",
            zh="没有这个操作。",
        )
    attempt = Attempt(user=user, action=row, case=case, now=now or datetime.now(UTC))
    if not in_region(user, case.region):
        raise no_such_case(user, case.pk)
    if not user.is_active:
        raise attempt.refuse(
            "the account is switched off", "Ask an administrator.", zh="账号已停用，请联系管理员。"
        )
    if user.role not in row.who:
        raise attempt.refuse(
            f"that needs the role {' or '.join(row.who)}",
            "Ask somebody with that role.",
            zh=f"需要{'或'.join(str(role.label) for role in row.who)}角色，请转请他们办理。",
        )
    check_state(attempt)
    check_conditions(attempt)


def may_be_assigned(user: User, case: Case, region: str) -> None:
    """Check that a person can work on a case that is to be theirs, once it has that region.

    Raises:
        PolicyError: why not.
    """
    who = load_transitions().actions["claim"].who
    what = f"Case {case.pk}: it cannot be assigned to '{user.username}'"
    cannot = f"案件 {case.pk} 不能指派给 {user.username}"
    if not user.is_active or user.role not in who:
        raise PolicyError(
            f"{what}: that needs an active {' or '.join(who)}. Choose another.",
            zh=f"{cannot}：对方不是在用的审核员或复核员。请另选一位。",
        )
    if not region:
        raise PolicyError(
            f"{what}: the case has no region yet. Give one with '--region'.",
            zh=f"{cannot}：案件还没有确定地区。请同时填写地区代码。",
        )
    if not in_region(user, region):
        raise PolicyError(
            f"{what}: their region does not cover {region}. Choose another.",
            zh=f"{cannot}：地区 {region} 不在对方的管辖范围内。请另选一位。",
        )
    if is_tied(user, case):
        raise PolicyError(
            f"{what}: they declared a tie to it. Choose another.",
            zh=f"{cannot}：对方已申报回避。请另选一位。",
        )


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


def visible_jobs(user: User) -> QuerySet[Job]:
    """Return the crawls of the sites that the user sees, and the trials that are their own.

    A trial's address is no site yet and has no region: others see it with a scope of everywhere.
    """
    if "" in scope(user):
        return Job.objects.all()
    own = Q(kind=Job.Kind.TRIAL, requested_by=user.username)
    return Job.objects.filter(own | Q(site__in=visible_sites(user)))


def no_such_site(user: User, site_id: str) -> NoSuchObjectError:
    """Return the one answer for a site that does not exist and for one of another region."""
    return NoSuchObjectError(
        f"Site '{site_id}': no such site for '{user.username}'. Run 'jianwei site list'.",
        zh="没有这个站点，或者它不在您的管辖范围内。",
    )


def may_administer_sites(user: User) -> None:
    """Check that the user may try, add, crawl, stop and schedule sites.

    Raises:
        PolicyError: another role.
    """
    if not user.is_active or user.role != Role.ADMINISTRATOR:
        raise PolicyError(
            f"{user.role} '{user.username}' may not change sites. Ask an administrator.",
            zh="只有管理员可以试抓、添加、抓取和停止站点。",
        )


def may_change_sites(user: User, region: str) -> None:
    """Check `may_administer_sites`, and that the region lies in the user's scope.

    Raises:
        PolicyError: another role, or a region of somebody else.
    """
    may_administer_sites(user)
    codes = scope(user)
    if "" not in codes and not (region and regions.covers(codes, region)):
        raise PolicyError(
            f"Administrator '{user.username}' may not change sites of region '{region}'."
            " Ask one of that region.",
            zh="这个地区不在您的管辖范围内，请改填所辖地区的代码，或请上级管理员办理。",
        )
