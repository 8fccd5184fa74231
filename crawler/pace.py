"""How a site is asked: its pace, and who says that he asks."""

import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from crawler.errors import RunError
from crawler.site import Site

_HEADER_TEXT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def user_agent(contact: str, *, sites: list[Site]) -> str:
    """Return the honest User-Agent, which tells a site's owner whom to ask.

    Raises:
        RunError: no contact for a site that is not on this machine, or one that no header holds.
    """
    product = f"Jianwei/{_version()}"
    contact = contact.strip()
    if not contact:
        strangers = [site.site_id for site in sites if not site.is_loopback()]
        if strangers:
            raise RunError(
                f"{', '.join(strangers)}: no contact for the User-Agent. Set JIANWEI_CONTACT to an "
                f"e-mail or web address at which the site's owner can reach you."
            )
        return product
    if not _HEADER_TEXT.fullmatch(contact):
        raise RunError(
            f"JIANWEI_CONTACT expected an e-mail or web address in ASCII, got {contact!r}."
        )
    return f"{product} (+{contact})"


def pace_settings(site: Site, *, agent: str) -> dict[str, Any]:
    """Return the Scrapy settings of one site.

    As many requests are taken up as may be under way, so that caps and stops act at once. Without
    a delay (loopback only) AutoThrottle has nothing to stretch. Retries wait in proportion.
    """
    pace = site.pace
    return {
        "USER_AGENT": agent,
        "DOWNLOAD_DELAY": pace.delay_seconds,
        "CONCURRENT_REQUESTS": pace.concurrent,
        "CONCURRENT_REQUESTS_PER_DOMAIN": pace.concurrent,
        "AUTOTHROTTLE_ENABLED": pace.delay_seconds > 0,
        "AUTOTHROTTLE_START_DELAY": pace.delay_seconds,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(pace.concurrent),
        "RETRY_FIRST_WAIT_SECONDS": max(0.1, pace.delay_seconds),
    }


def _version() -> str:
    try:
        return version("jianwei")
    except PackageNotFoundError:  # run from a checkout
        return "0"
