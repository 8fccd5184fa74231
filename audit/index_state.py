"""How the index stands: what the engine says, and how far it is behind the rows."""

from typing import Any

from audit.documents import ads_to_index
from audit.drain import waiting
from audit.index.base import Engine
from audit.index.mapping import load_mapping
from audit.index.select import opened_engine
from audit.models import DeadLetter
from audit.outbox import ADS

REFUSED_SHOWN = 5


def index_state(*, using: Engine | None = None) -> dict[str, Any]:
    """Return the engine's state with the outbox's; `problem` is empty when searches work.

    Raises:
        IndexEngineError: the engine does not answer.
    """
    with opened_engine(using) as opened:
        status = opened.status()
    oldest = waiting().order_by("next_try").first()
    refused = DeadLetter.objects.filter(target_index=ADS)
    return {
        "engine": status.engine,
        "where": status.where,
        "alias": status.alias,
        "current": status.current,
        "version": status.version,
        "analysis_version": status.analysis_version,
        "docs": status.docs,
        "previous": list(status.previous),
        "problem": status.problem,
        "ads": ads_to_index().count(),
        "waiting": waiting().count(),
        "waiting_since": oldest.next_try.isoformat() if oldest else None,
        "dead_letters": refused.count(),
        "refused": [
            {"doc_id": one.doc_id, "error": one.error}
            for one in refused.order_by("-refused_at")[:REFUSED_SHOWN]
        ],
    }


def needs_rebuild(*, using: Engine | None = None) -> bool:
    """Tell whether there is no index, or one of another mapping or analysis."""
    mapping = load_mapping("ads")
    with opened_engine(using) as opened:
        status = opened.status()
    found = (status.version, status.analysis_version)
    return found != (mapping.version, mapping.analysis_version)
