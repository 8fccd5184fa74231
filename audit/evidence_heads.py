"""Chain heads of the evidence in the event log, so that a chain cut at its end shows."""

from pathlib import Path

from audit.events import Entry, append_all
from audit.models import Event
from crawler.evidence.chain import heads

ACTION = "evidence.head"
_OBJECT_TYPE = "evidence_chain"


def noted_heads() -> dict[str, tuple[int, str]]:
    """Return by chain name the last head that an event names."""
    found: dict[str, tuple[int, str]] = {}
    events = Event.objects.filter(action=ACTION).order_by("seq")
    for name, details in events.values_list("object_id", "details"):
        found[name] = (int(details["seq"]), str(details["sha256"]))
    return found


def note_heads(evidence_folder: Path) -> int:
    """Write an event for each chain whose head is not the noted one; return how many."""
    noted = noted_heads()
    entries = [
        Entry(
            actor="system",
            action=ACTION,
            object_type=_OBJECT_TYPE,
            object_id=name,
            details={"seq": seq, "sha256": digest},
        )
        for name, (seq, digest) in sorted(heads(evidence_folder).items())
        if noted.get(name) != (seq, digest)
    ]
    append_all(entries)
    return len(entries)
