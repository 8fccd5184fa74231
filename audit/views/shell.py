"""The frame around every page: who is signed in, where they can go, what does not work just now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest
from django.urls import reverse

from audit import policy
from audit.models import Outbox, Role, User
from audit.region_names import region_zh
from audit.watch_view import head_line


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One part of the desk in the head of the page."""

    name: str
    zh: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What `base.html` shows besides the page.

    `waiting` counts changes not searchable yet; `alarm` is for those who watch over the crawls.
    """

    nav: tuple[NavItem, ...]
    user_name: str
    role_zh: str
    region: str
    waiting: int
    alarm: str


def shell(request: HttpRequest) -> dict[str, Shell | None]:
    """Return the frame for a signed-in person; None for anybody else."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": None}
    current = getattr(request, "desk_section", "")
    nav = tuple(
        NavItem(
            name=part.name, zh=part.zh, url=reverse(part.url_name), is_current=part.name == current
        )
        for part in policy.sections_of(user)
        if part.in_nav
    )
    return {
        "shell": Shell(
            nav=nav,
            user_name=user.username,
            role_zh=str(Role(user.role).label),
            region=region_zh(user.region) if user.region else "全部地区",
            waiting=Outbox.objects.count(),
            alarm=head_line(datetime.now(UTC)) if _watches(nav) else "",
        )
    }


def _watches(nav: tuple[NavItem, ...]) -> bool:
    return any(item.name == "sites" for item in nav)
