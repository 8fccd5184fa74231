"""The table of actions on a case, read from transitions.yml and checked while loading."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from audit.choices import Conclusion, Role, State
from audit.errors import ConfigError

TABLE = Path(__file__).with_name("transitions.yml")

DISMISSALS = frozenset({Conclusion.NO_VIOLATION, Conclusion.OUT_OF_SCOPE, Conclusion.UNCLEAR})
_WHEN = frozenset({"", "at_or_above_confirm_risk", "sampled"})
_ACTION_KEYS = {"zh", "help", "who", "from", "to", "conditions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One row of the table."""

    name: str
    zh: str
    help: str
    who: tuple[Role, ...]
    origins: tuple[State, ...]
    targets: tuple[State, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a conclusion takes the case; `when` is empty for "always"."""

    conclusion: str
    when: str
    to: State
    why: str

    def fits(self, conclusion: str, *, is_risky: bool, is_sampled: bool) -> bool:
        if self.conclusion == "dismissal":
            if conclusion not in DISMISSALS:
                return False
        elif self.conclusion != conclusion:
            return False
        return {"": True, "at_or_above_confirm_risk": is_risky, "sampled": is_sampled}[self.when]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """The whole table."""

    actions: dict[str, Action]
    conditions: dict[str, str]
    outcomes: tuple[Outcome, ...]

    def outcome(self, conclusion: str, *, is_risky: bool, is_sampled: bool) -> Outcome:
        """Return the first outcome that fits.

        Raises:
            ConfigError: the table has none.
        """
        for outcome in self.outcomes:
            if outcome.fits(conclusion, is_risky=is_risky, is_sampled=is_sampled):
                return outcome
        raise ConfigError(f"{TABLE.name}: no outcome for conclusion '{conclusion}'. Add one.")


def _members(kind: Any, values: Any, where: str) -> tuple[Any, ...]:
    known = [member.value for member in kind]
    wrong = [value for value in values if value not in known]
    if wrong:
        raise ConfigError(f"{where}: expected some of {', '.join(known)}. Got {wrong[0]!r}.")
    return tuple(kind(value) for value in values)


def _action(name: str, row: dict[str, Any], conditions: dict[str, str], file: str) -> Action:
    where = f"{file}, action '{name}'"
    if set(row) != _ACTION_KEYS:
        odd = sorted(set(row) ^ _ACTION_KEYS)
        raise ConfigError(f"{where}: missing or unknown key '{odd[0]}'.")
    for condition in row["conditions"]:
        if condition not in conditions:
            raise ConfigError(f"{where}: condition '{condition}' is not explained below.")
    return Action(
        name=name,
        zh=row["zh"],
        help=row["help"],
        who=_members(Role, row["who"], where),
        origins=_members(State, row["from"], where),
        targets=_members(State, row["to"], where),
        conditions=tuple(row["conditions"]),
    )


def _outcome(row: dict[str, Any], file: str) -> Outcome:
    where = f"{file}, outcome {row}"
    conclusion, when = row["conclusion"], row.get("when", "")
    if conclusion != "dismissal":
        _members(Conclusion, [conclusion], where)
    if when not in _WHEN:
        raise ConfigError(f"{where}: unknown 'when'.")
    (target,) = _members(State, [row["to"]], where)
    return Outcome(conclusion=conclusion, when=when, to=target, why=row["why"])


def read_transitions(path: Path) -> Transitions:
    """Read a table.

    Raises:
        ConfigError: file, entry and what is wrong with it.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        conditions = dict(table["conditions"])
        return Transitions(
            actions={
                name: _action(name, row, conditions, path.name)
                for name, row in table["actions"].items()
            },
            conditions=conditions,
            outcomes=tuple(_outcome(row, path.name) for row in table["outcomes"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: not a table of transitions ({error!r}).") from error


@cache
def load_transitions() -> Transitions:
    """Return the package's table, read once."""
    return read_transitions(TABLE)
