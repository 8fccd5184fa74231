"""Deciding from a page: the decision counts only for what that page showed."""

from collections.abc import Sequence
from datetime import date, datetime

from audit import policy
from audit.case_ads import placements
from audit.case_label_spans import LabelSpans
from audit.errors import PolicyError
from audit.models import Decision, User
from audit.queue import decide
from audit.queue_conclusions import by_axis
from audit.queue_rows import end_of_day


def decide_as_shown(
    user: User,
    case_id: int,
    *,
    opinion: int,
    conclusion: str,
    labels: Sequence[str],
    label_spans: LabelSpans,
    clauses: Sequence[str],
    reason: str,
    due: date | None,
    now: datetime,
) -> Decision:
    """Conclude a case whose leading ad was shown with that machine opinion.

    The store asks whether the holder saw the newest state; they may have seen it in one window and
    send the form of another, so the form names what it showed.

    Raises:
        PolicyError: the page showed something else, or the store refuses.
    """
    rows = placements(policy.find_case(user, case_id))
    if not conclusion:
        raise PolicyError(f"Case {case_id}: no conclusion chosen.", zh="请先选择研判结论。")
    if not reason.strip():
        raise PolicyError(f"Case {case_id}: no reason given.", zh="请填写研判理由。")
    if due is not None and end_of_day(due) <= now:
        raise PolicyError(f"Case {case_id}: due {due} is past.", zh="补充证据的期限应在今天之后。")
    if not rows or rows[0].ad.assessment_id != opinion:
        raise PolicyError(
            f"Case {case_id}: its ad or the machine's opinion changed since the page was opened.",
            zh="您打开页面以后，广告内容或机器判断有变。下面是最新内容，请重新核对后再提交。",
        )
    return decide(
        user,
        case_id,
        conclusion=conclusion,
        labels=by_axis(labels),
        label_spans=label_spans,
        clauses=clauses,
        reason=reason,
        due_at=end_of_day(due) if due is not None else None,
        now=now,
    )
