"""Taking an ad out of a case to which it does not belong."""

from datetime import datetime

from django.db.models import Q

from audit import policy
from audit.case_moves import move
from audit.case_summary import refresh
from audit.database import writing
from audit.errors import PolicyError
from audit.models import Case, CaseAd, CaseFingerprint, State, User
from audit.own_case import open_own_case


def pull_out(user: User, case_id: int, ad_id: str, *, now: datetime) -> Case | None:
    """Take an ad, with its posters and cards, out of a case that the user holds.

    When one of them is flagged they open a case of their own, which is returned. Otherwise they
    stay in the case as pulled out and count for nothing until they are flagged; None is returned.

    Raises:
        PolicyError: the user may not, the ad is not in the case, or nothing would be left in it.
    """
    with writing():
        case = policy.find_case(user, case_id)
        policy.allowed(user, "pull_out", case, now=now)
        rows = list(
            case.case_ads.filter(pulled_out=False)
            .select_related("ad__assessment", "ad__version")
            .order_by("pk")
        )
        leaving = _family(rows, case, ad_id)
        opened = None
        if any(_is_flagged(row) for row in leaving):
            opened = open_own_case(leaving, actor=user.username, now=now)
        else:
            CaseAd.objects.filter(pk__in=[row.pk for row in leaving]).update(pulled_out=True)
        _forget_wordings(case, leaving, staying=[row for row in rows if row not in leaving])
        refresh([case.pk, opened.pk] if opened else [case.pk])
        move(
            user,
            "pull_out",
            case,
            Q(state=State.CLAIMED, claimed_by=user, lease_until__gt=now),
            details={
                "ads": [row.ad.ad_id for row in leaving],
                "opened": opened.pk if opened else None,
            },
            changed_at=now,
        )
    return opened


def _family(rows: list[CaseAd], case: Case, ad_id: str) -> list[CaseAd]:
    """Return the rows of the ad and of the posters and cards that belong to it."""
    wanted = next((row.ad for row in rows if row.ad.ad_id == ad_id), None)
    if wanted is None:
        raise PolicyError(
            f"Case {case.pk}: ad '{ad_id[:80]}' is not in it. 'jianwei queue show {case.pk}' lists"
            " its placements.",
            zh="这条广告不在案件里，可能刚被移出。请刷新后查看。",
        )
    family = [
        row for row in rows if wanted.pk in {row.ad.pk, row.ad.parent_id, row.ad.placement_of_id}
    ]
    if len(family) == len(rows):
        raise PolicyError(
            f"Case {case.pk}: nothing else would be left in it. Decide on the case as it is.",
            zh="案件里没有其他广告，不能移出。请直接对案件作出结论。",
        )
    return family


def _is_flagged(row: CaseAd) -> bool:
    return row.ad.assessment is not None and row.ad.assessment.needs_review


def _forget_wordings(case: Case, leaving: list[CaseAd], *, staying: list[CaseAd]) -> None:
    """Let near-duplicates of what left no longer find the case, unless something like it stays."""
    gone, kept = (
        {row.ad.assessment.fingerprint for row in rows if row.ad.assessment is not None}
        for rows in (leaving, staying)
    )
    CaseFingerprint.objects.filter(case=case, value__in=gone - kept).delete()
