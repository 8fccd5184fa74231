"""The parts of the desk, and which roles open them; `audit.policy` checks it."""

from dataclasses import dataclass

from audit.choices import Role
from audit.transitions import load_transitions

_EVERYONE = frozenset(Role)
_OVERSIGHT = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part; `url_name` is its first page."""

    name: str
    zh: str
    url_name: str
    who: frozenset[Role]
    in_nav: bool = True


def sections() -> tuple[Section, ...]:
    """Return the parts in the order of the page's head."""
    casework = frozenset(load_transitions().actions["show"].who)
    return (
        Section(name="queue", zh="队列", url_name="queue", who=casework),
        Section(name="search", zh="检索", url_name="search", who=casework),
        Section(name="runs", zh="运行", url_name="runs", who=_OVERSIGHT),
        Section(name="sites", zh="站点", url_name="sites", who=_OVERSIGHT),
        Section(name="log", zh="日志", url_name="log", who=_EVERYONE),
        Section(name="home", zh="首页", url_name="home", who=_EVERYONE, in_nav=False),
    )
