"""Finds the sites that an operator names: added ones, then a folder, then the bundled ones."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.cli.setup import open_database
from audit.errors import StoreError
from crawler.canonical import host_port
from crawler.errors import CrawlerError, SiteError
from crawler.site import Site, load_site, load_sites, site_for_url

BUNDLED = Path(load_sites.__code__.co_filename).parent / "sites"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What the database has to say before a crawl; `problem` when it has nothing to say.

    Declarations are read when they are asked for: one that is outdated harms no other site.
    """

    declarations: dict[str, dict[str, Any]] = field(default_factory=dict)
    event_head: str = ""
    problem: str = ""


def open_rows(*, required: bool) -> Rows:
    """Read the added sites and the head of the event log.

    Raises:
        StoreError: the database does not answer, when it is required; else `problem` says so.
    """
    try:
        open_database(create=required)
    except StoreError as error:
        if required:
            raise
        return Rows(problem=str(error))
    from audit.events import head
    from audit.models import SiteRow

    rows = SiteRow.objects.order_by("site_id")
    return Rows(
        declarations={row.site_id: dict(row.declaration) for row in rows}, event_head=head()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Looks sites up by id and keeps what should be said about it."""

    rows: Rows
    folder: Path | None = None
    warnings: list[str] = field(default_factory=list)

    def find(self, names: Sequence[str], *, all_of_folder: bool) -> list[Site]:
        """Return the named sites; without names those of the folder, when `all_of_folder`.

        Raises:
            SiteError: no such site (with the nearest name), or a file that is wrong.
        """
        if not names and self.folder is not None and all_of_folder:
            names = list(load_sites(self.folder))
            if not names:
                raise SiteError(f"{self.folder}: no site files (*.yml) here.")
        return [self._one(name) for name in dict.fromkeys(names)]

    def _one(self, name: str) -> Site:
        folders = [folder for folder in (self.folder, BUNDLED) if folder is not None]
        path = next((folder / f"{name}.yml" for folder in folders if _has(folder, name)), None)
        declaration = self.rows.declarations.get(name)
        if declaration is None:
            if path is None:
                raise SiteError(self._unknown(name, folders))
            return load_site(path)
        row = Site.from_dict(declaration)
        if path is not None and path.parent == self.folder and load_site(path) != row:
            self.warnings.append(
                f"{name}: the added site differs from {path} and is the one in use. "
                f"Run 'jianwei site add {path}' to take the file."
            )
        return row

    def _unknown(self, name: str, folders: list[Path]) -> str:
        known = sorted(
            {*self.rows.declarations, *(path.stem for one in folders for path in one.glob("*.yml"))}
        )
        close = difflib.get_close_matches(name, known, n=1)
        advice = f"Did you mean '{close[0]}'?" if close else "Run 'jianwei site list'."
        unread = f" The added sites could not be read: {self.rows.problem}"
        return f"unknown site '{name}'. {advice}{unread if self.rows.problem else ''}"


def sites_for_urls(urls: Sequence[str]) -> list[Site]:
    """Return a site for each host and port among URLs that were typed.

    Raises:
        SiteError: not http(s).
    """
    by_place: dict[tuple[str, int], list[str]] = {}
    for url in urls:
        try:
            by_place.setdefault(host_port(url), []).append(url)
        except CrawlerError as error:
            raise SiteError(f"--url {error}") from error
    return [site_for_url(group) for group in by_place.values()]


def _has(folder: Path, name: str) -> bool:
    return Path(name).name == name and (folder / f"{name}.yml").is_file()
