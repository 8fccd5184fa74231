"""Checks what a person concludes, and tells where a conclusion takes the case."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from audit import config
from audit.errors import PolicyError
from audit.models import AssessmentRow, Case, Conclusion
from audit.transitions import Outcome, load_transitions
from classifier.errors import DataError
from classifier.labels import load_labels
from classifier.law import load_law
from classifier.records import Axis

# One dismissal in so many gets a second look.
SAMPLE_ONE_IN = 10
AXES: dict[str, Axis] = {
    "offerings": "offering",
    "subjects": "subject",
    "disguises": "disguise",
    "violations": "violation",
}

_NO_LABEL = "更正的标签不存在，或不属于这一类。请重新选择。"


def is_sampled(case_id: int) -> bool:
    """Tell whether a dismissal of this case is drawn for a second look; always the same."""
    digest = hashlib.sha256(f"dismissal:{case_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % SAMPLE_ONE_IN == 0


def outcome_of(case: Case, conclusion: str) -> Outcome:
    """Tell where the conclusion takes the case, and why."""
    return load_transitions().outcome(
        conclusion,
        is_risky=case.risk >= config.get("confirm_risk"),
        is_sampled=is_sampled(case.pk),
    )


def check_conclusion(case_id: int, conclusion: str, reason: str) -> None:
    """Check that the conclusion exists and has a reason.

    Raises:
        PolicyError: it does not.
    """
    if conclusion not in Conclusion.values:
        raise PolicyError(
            f"Case {case_id}: conclusion '{conclusion}' does not exist;"
            f" expected one of {', '.join(Conclusion.values)}.",
            zh="没有这种结论，请从五种结论中选择。",
        )
    if not reason.strip():
        raise PolicyError(
            f"Case {case_id}: a reason is needed. Say in one sentence why.",
            zh="请填写研判理由，一句话说明依据即可。",
        )


def checked_labels(
    case_id: int, labels: Mapping[str, Iterable[str]] | None, opinion: AssessmentRow
) -> dict[str, list[str]]:
    """Return the person's labels by axis; the machine's where they corrected nothing.

    Raises:
        PolicyError: an unknown axis or label, or a label on another axis.
    """
    if labels is None:
        return {axis: list(opinion.payload[axis]) for axis in AXES}
    known = load_labels()
    checked: dict[str, list[str]] = {axis: [] for axis in AXES}
    for axis, names in labels.items():
        if axis not in AXES:
            raise PolicyError(
                f"Case {case_id}: labels expected by {', '.join(AXES)}. Got '{axis}'.",
                zh=_NO_LABEL,
            )
        for name in dict.fromkeys(names):
            try:
                actual = known.axis(name)
            except DataError as error:
                raise PolicyError(f"Case {case_id}: {error}", zh=_NO_LABEL) from error
            if actual != AXES[axis]:
                raise PolicyError(
                    f"Case {case_id}: '{name}' is no {AXES[axis]}, it is {actual}.", zh=_NO_LABEL
                )
            checked[axis].append(name)
    return checked


def by_axis(names: Iterable[str]) -> dict[str, list[str]]:
    """Sort label names into their axes.

    Raises:
        PolicyError: an unknown label.
    """
    known = load_labels()
    plural = {axis: name for name, axis in AXES.items()}
    sorted_names: dict[str, list[str]] = {axis: [] for axis in AXES}
    for name in names:
        try:
            sorted_names[plural[known.axis(name)]].append(name)
        except DataError as error:
            raise PolicyError(str(error), zh=_NO_LABEL) from error
    return sorted_names


def checked_clauses(
    case_id: int,
    clauses: Sequence[str] | None,
    *,
    conclusion: str,
    labels: Mapping[str, Iterable[str]],
    opinion: AssessmentRow,
) -> list[str]:
    """Return the clauses cited; for a suspected violation, when none is given, the usual ones.

    These are the clauses of the machine's findings for these labels, else the labels' own.

    Raises:
        PolicyError: an unknown clause, or a suspected violation without any.
    """
    cited = list(dict.fromkeys(clauses or ()))
    if conclusion == Conclusion.VIOLATION and not cited:
        cited = _usual_clauses(labels, opinion)
    law = load_law()
    for clause in cited:
        if clause not in law:
            raise PolicyError(
                f"Case {case_id}: clause '{clause}' does not exist."
                " 'jianwei queue show' lists those that apply.",
                zh="引用的条款不存在。请从列出的条款中选择。",
            )
    if conclusion == Conclusion.VIOLATION and not cited:
        raise PolicyError(
            f"Case {case_id}: a suspected violation needs a clause. Name one.",
            zh="结论为涉嫌违规时，须至少引用一条依据。",
        )
    return cited


def _usual_clauses(labels: Mapping[str, Iterable[str]], opinion: AssessmentRow) -> list[str]:
    wanted = [name for names in labels.values() for name in names]
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for finding in opinion.payload["findings"]:
        if finding["label"] in found:
            found[finding["label"]] += finding["basis"]
    known = load_labels()
    by_label = (found[name] or known.basis(name) for name in wanted)
    return list(dict.fromkeys(clause for basis in by_label for clause in basis))
