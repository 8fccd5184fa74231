"""Whose region a case is: that of the actor behind its ads, else the ads' own."""

from collections.abc import Iterable

from audit.models import ActorLink, Ad, SiteRow

_CHUNK = 500


def competent_regions(ads: Iterable[Ad]) -> dict[int, str]:
    """Return each ad's competent region: its actor's, else its own, else its site's, else ""."""
    ads = list(ads)
    keys = [ad.pk for ad in ads]
    of_actor: dict[int, str] = {}
    for start in range(0, len(keys), _CHUNK):
        links = ActorLink.objects.filter(ad_id__in=keys[start : start + _CHUNK])
        for ad_id, region in links.exclude(actor__region="").values_list("ad_id", "actor__region"):
            of_actor.setdefault(ad_id, region)
    site_ids = {ad.site_id for ad in ads if not ad.region}
    of_site = dict(
        SiteRow.objects.filter(site_id__in=site_ids).values_list("site_id", "region")
        if site_ids
        else ()
    )
    return {ad.pk: of_actor.get(ad.pk) or ad.region or of_site.get(ad.site_id, "") for ad in ads}
