"""The private addresses that the operator permits to be crawled (setting `permitted_addresses`)."""

from audit import config
from audit.errors import ConfigError
from crawler.errors import CrawlerError
from crawler.netguard import permissions_for


def permitted_addresses() -> frozenset[tuple[str, int]]:
    """Return the permitted (host, port) pairs.

    Raises:
        ConfigError: an entry that is not a private address with its port. A name is none: whoever
            owns it could point it anywhere.
    """
    listed = str(config.get("permitted_addresses")).split(",")
    return frozenset(_pair(entry.strip()) for entry in listed if entry.strip())


def _pair(entry: str) -> tuple[str, int]:
    try:
        pairs = permissions_for([f"http://{entry}/"])
    except CrawlerError:
        pairs = frozenset()
    for host, port in pairs:
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if shown == entry.lower():  # and nothing else, such as a path or a user
            return host, port
    raise ConfigError(
        f"setting 'permitted_addresses' expected private addresses such as 10.0.0.5:8080 or "
        f"[fd00::1]:80, comma separated, got {entry!r}."
    )
