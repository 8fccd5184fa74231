"""Errors of the crawler. Each message says where, what, expected and got, and what to do."""


class CrawlerError(Exception):
    """Root of every error that the crawler raises."""


class SiteError(CrawlerError):
    """A site declaration is wrong; raised by `crawler.site`, stops before anything is fetched."""


class ExtractError(CrawlerError):
    """A page does not have what its site declaration promises; the page is skipped and counted."""


class EvidenceError(CrawlerError):
    """Saved evidence is missing, cut or changed; readers stop at the named place."""


class BlockedAddressError(CrawlerError):
    """netguard refused an address; the request fails and is counted."""


class OverCapError(CrawlerError):
    """A body is larger than the cap; the page is skipped, the run goes on."""


class RunError(CrawlerError):
    """A run cannot start or go on: no contact, another process on it, other sites, no such run."""
