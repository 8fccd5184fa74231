"""The sites that a person may see, by name; those of other regions are never named."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit import policy
from audit.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteName:
    """A site in a list; `is_known` tells whether it has a page that the person may open."""

    site_id: str
    title: str
    is_known: bool = True


class SiteNames:
    """Names sites for one person."""

    def __init__(self, user: User) -> None:
        self.titles = dict(policy.visible_sites(user).values_list("site_id", "title"))
        self._sees_all = "" in policy.scope(user)

    def of(self, site_ids: Iterable[str]) -> tuple[SiteName, ...]:
        """Name the sites, leaving out those of other regions."""
        return tuple(
            SiteName(site_id=one, title=self.titles.get(one, one), is_known=one in self.titles)
            for one in site_ids
            if self._sees_all or one in self.titles
        )
