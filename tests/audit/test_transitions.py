"""The table of transitions: strict, whole, and the same as what design promises."""

from pathlib import Path

import pytest

from audit.choices import Conclusion, State
from audit.errors import ConfigError
from audit.transitions import DISMISSALS, TABLE, load_transitions, read_transitions

GOOD = TABLE.read_text(encoding="utf-8")


def test_every_conclusion_has_an_outcome_whatever_the_case() -> None:
    table = load_transitions()

    for conclusion in Conclusion.values:
        for risky in (False, True):
            for sampled in (False, True):
                outcome = table.outcome(conclusion, is_risky=risky, is_sampled=sampled)
                assert outcome.to in table.actions["decide"].targets
                assert outcome.why


def test_a_suspected_violation_and_a_risky_dismissal_never_stand_at_once() -> None:
    table = load_transitions()

    for conclusion in [Conclusion.VIOLATION, *DISMISSALS]:
        outcome = table.outcome(conclusion, is_risky=True, is_sampled=False)
        assert outcome.to == State.PROPOSED


def test_what_changes_a_case_asks_for_region_and_tie() -> None:
    for name, action in load_transitions().actions.items():
        assert "region" in action.conditions, name
        if action.targets and name != "release":
            assert "untied" in action.conditions, name


@pytest.mark.parametrize("name", ["confirm", "return"])
def test_the_second_person_is_another(name: str) -> None:
    assert "four_eyes" in load_transitions().actions[name].conditions


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("who: [supervisor]", "who: [boss]", "expected some of reviewer.*Got 'boss'"),
        ("to: [confirmed]", "to: [done]", "Got 'done'"),
        ("four_eyes, unchanged]", "six_eyes]", "condition 'six_eyes' is not explained"),
        ("zh: 领取", "cn: 领取", "missing or unknown key"),
        ("when: sampled", "when: raining", "unknown 'when'"),
        ("conclusion: violation", "conclusion: guilty", "Got 'guilty'"),
        ("actions:", "acts:", "not a table of transitions"),
    ],
    ids=["role", "state", "condition", "key", "when", "conclusion", "table"],
)
def test_a_wrong_table_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    file = tmp_path / "transitions.yml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ConfigError, match=says):
        read_transitions(file)


def test_a_table_without_an_outcome_says_which(tmp_path: Path) -> None:
    file = tmp_path / "transitions.yml"
    lines = [line for line in GOOD.splitlines() if "conclusion: needs_evidence" not in line]
    file.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(ConfigError, match="no outcome for conclusion 'needs_evidence'"):
        read_transitions(file).outcome("needs_evidence", is_risky=False, is_sampled=False)
