"""The parts of a case's priority in words; `audit.priority` says how each is made."""

from dataclasses import dataclass
from datetime import datetime

from audit.ad_view import degree_zh
from audit.models import Case
from audit.priority import recency_at

PARTS_ZH = {
    "certainty": "把握",
    "severity": "情节",
    "spread": "扩散",
    "repeat": "屡次",
    "recency": "新近",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityPart:
    """One factor: its name, what it says of this case, and its value from 0.00 to 1.00."""

    zh: str
    says: str
    value: str


def priority_parts(case: Case, now: datetime) -> tuple[PriorityPart, ...]:
    """Return the five factors of the case's priority at a moment."""
    parts = case.priority_parts
    if not parts:
        return ()
    certainty, severity, spread, repeat = (
        float(parts[name]) for name in ("certainty", "severity", "spread", "repeat")
    )
    last_seen = datetime.fromisoformat(parts["last_seen"])
    days = max((now - last_seen).days, 0)
    says = {
        "certainty": (certainty, f"机器判断{degree_zh(certainty)}"),
        "severity": (severity, _severity(severity)),
        "spread": (spread, "多处发布" if spread > 0.5 else "单处发布"),
        "repeat": (repeat, _repeat(repeat)),
        "recency": (recency_at(last_seen, now), f"{days} 天前仍在" if days else "今天仍在"),
    }
    return tuple(
        PriorityPart(zh=PARTS_ZH[name], says=words, value=f"{value:.2f}")
        for name, (value, words) in says.items()
    )


def _severity(value: float) -> str:
    if value >= 0.8:
        return "违规情形多，或有隐形变异"
    return "有违规情形或隐形变异" if value > 0.4 else "未见具体违规情形"


def _repeat(value: float) -> str:
    if value >= 1:
        return "同一主体或网站已多次查实"
    return "同一主体或网站曾查实一次" if value > 0.5 else "此前没有查实"
