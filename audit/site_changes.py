"""Adding sites and replacing their declarations: one row, its schedule and an event, together."""

from datetime import datetime

from audit.database import writing
from audit.events import append
from audit.models import SiteRow
from audit.schedule import take_declared
from crawler.site import Site


def add_site(site: Site, *, by: str, now: datetime) -> bool:
    """Add a site or replace its declaration; tell whether it is new.

    A declaration without a schedule leaves the one that the site has.

    Raises:
        ScheduleError: the declared schedule names no moment that comes.
    """
    with writing():
        row, is_new = SiteRow.objects.update_or_create(
            site_id=site.site_id,
            defaults={
                "title": site.title,
                "region": site.region,
                "declaration": site.to_dict(),
                "changed_at": now,
            },
        )
        append(
            actor=by,
            action="site_added" if is_new else "site_replaced",
            object_type="site",
            object_id=site.site_id,
        )
        take_declared(row, site, by=by, now=now)
    return is_new
