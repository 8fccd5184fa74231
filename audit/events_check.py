"""Does the event log's chain still hold? Recomputed from its start, in one go or in pieces."""

from dataclasses import dataclass
from typing import Literal

from audit.events import HASHED, START, digest, head_row
from audit.models import Event

_ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place where the chain does not hold; what comes after it proves nothing."""

    seq: int
    kind: Literal["missing", "unchained", "changed", "cut"]
    other: int = 0

    def __str__(self) -> str:
        return {
            "missing": f"Event {self.seq}: missing (the next one found is {self.other}).",
            "unchained": (
                f"Event {self.seq}: does not follow event {self.seq - 1} (its prev_hash differs)."
            ),
            "changed": f"Event {self.seq}: was changed (its content does not give its hash).",
            "cut": f"Event {self.seq}: missing at the end (the head says {self.other} events).",
        }[self.kind]

    @property
    def zh(self) -> str:
        return {
            "missing": f"第 {self.seq} 条记录缺失（其后是第 {self.other} 条）",
            "unchained": f"第 {self.seq} 条记录与前一条不相接",
            "changed": f"第 {self.seq} 条记录被改动过",
            "cut": f"第 {self.seq} 条起的记录缺失（应有 {self.other} 条）",
        }[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How far the chain was recomputed: the last good event, and what broke it or that it ended."""

    seq: int = 0
    hash: str = START
    broken: Break | None = None
    is_done: bool = False


def check_on(done: Checked, *, limit: int | None = None) -> Checked:
    """Recompute the chain from where it was checked, at most `limit` events further."""
    seq, previous = done.seq, done.hash
    rows = Event.objects.filter(seq__gt=seq).order_by("seq").values(*HASHED, "hash")
    for values in rows[:limit].iterator(chunk_size=_ROWS_AT_ONCE):
        kept = values.pop("hash")
        broken = _broken(seq, previous, values, kept)
        if broken is not None:
            return Checked(seq=seq, hash=previous, broken=broken, is_done=True)
        seq, previous = values["seq"], kept
    if limit is not None and seq == done.seq + limit:
        return Checked(seq=seq, hash=previous)
    return Checked(seq=seq, hash=previous, broken=_cut(seq, previous), is_done=True)


def _broken(seq: int, previous: str, values: dict[str, object], kept: str) -> Break | None:
    found = int(str(values["seq"]))
    if found != seq + 1:
        return Break(seq=seq + 1, kind="missing", other=found)
    if values["prev_hash"] != previous:
        return Break(seq=found, kind="unchained")
    return None if digest(values) == kept else Break(seq=found, kind="changed")


def _cut(seq: int, previous: str) -> Break | None:
    """Compare the end with the head; events may have come in since the last one was read."""
    head = head_row()
    end = Event.objects.filter(seq=head.seq).values_list("hash", flat=True).first() or START
    if (head.seq, head.hash) == (seq, previous) or (head.seq > seq and end == head.hash):
        return None
    return Break(seq=seq + 1, kind="cut", other=head.seq)


def verify_chain() -> list[str]:
    """Recompute the chain from its start; return nothing when it holds, else one line."""
    broken = check_on(Checked()).broken
    return [str(broken)] if broken else []
