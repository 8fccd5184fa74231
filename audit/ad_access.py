"""Which ads a person may look at: those of their regions, as with cases."""

from django.db.models import QuerySet

from audit import policy
from audit.case_regions import competent_regions
from audit.documents import case_of
from audit.errors import NoSuchObjectError
from audit.models import Ad, User
from audit.transitions import load_transitions


def ads_to_show() -> QuerySet[Ad]:
    """Return ads with all rows that a page shows of one."""
    return Ad.objects.select_related(
        "version__capture__evidence_file",
        "assessment__version__capture__evidence_file",
        "parent__assessment__version",
    )


def find_ad(user: User, ad_id: str) -> Ad:
    """Return an ad that the user may see, with its version, opinion and case.

    An ad of a case lies where the case lies; any other where its actor, itself or its site does.

    Raises:
        NoSuchObjectError: there is none; the same words whether it does not exist or is not theirs.
    """
    ad = ads_to_show().select_related("case_ad__case").filter(ad_id=ad_id).first()
    if ad is None or not _sees(user, ad):
        raise NoSuchObjectError(
            f"Ad {ad_id[:80]}: no such ad for '{user.username}'. Search for it.",
            zh="没有这条广告，或者它不在您的管辖范围内。",
        )
    return ad


def _sees(user: User, ad: Ad) -> bool:
    if not user.is_active or user.role not in load_transitions().actions["show"].who:
        return False
    place = case_of(ad)
    region = place.case.region if place is not None else competent_regions([ad])[ad.pk]
    return policy.in_region(user, region)
