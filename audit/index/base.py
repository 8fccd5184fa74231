"""What both search engines offer. Engines know tokens, filters and keys, and no rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from audit.analysis import SearchTerm

Sort = Literal["relevance", "risk", "time"]
Document = Mapping[str, Any]
Versioned = tuple[str, int, Document]
Progress = Callable[[int], None]

SORT_FIELDS: Mapping[Sort, str] = {"time": "ad.time_key", "risk": "ad.risk_key"}
# Name of a facet: the field whose values it counts.
FACETS: Mapping[str, str] = {
    "offerings": "assessment.offerings",
    "subjects": "assessment.subjects",
    "disguises": "assessment.disguises",
    "violations": "assessment.violations",
    "region": "ad.region",
    "site": "ad.site_id",
    "host": "ad.host",
    "status": "case.status",
    "month": "ad.month",
}
# Buckets asked of an engine, so that counts are exact well beyond what is handed on.
FACET_BUCKETS = 5_000
FACET_VALUES = 1_000
TITLE_BOOST = 2.0
NOT_CREATED_ZH = "还没有检索索引。抓取入库后会自动建立，也可请管理员建立。"
OTHER_VERSION_ZH = "检索索引与系统版本不符，请管理员升级索引。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What must (or, excluded, must not) hold of an ad.

    The term is in its text, or one of the values that `exact` names is in that field.
    """

    term: SearchTerm | None = None
    exact: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """A search. Each filter is a field and the values of which one must be there.

    `since_key` (inclusive) and `until_key` (exclusive) bound `ad.time_key`. `cursor` is that of
    the result whose next page is wanted.
    """

    clauses: tuple[Clause, ...] = ()
    filters: Mapping[str, tuple[str | bool, ...]] = field(default_factory=dict)
    since_key: int | None = None
    until_key: int | None = None
    sort: Sort = "relevance"
    limit: int = 20
    cursor: str | None = None
    facets: tuple[str, ...] = tuple(FACETS)

    def ranking_words(self) -> tuple[str, ...]:
        """Return the words that order hits by relevance; without any, risk orders them."""
        wanted = [clause.term for clause in self.clauses if clause.term and not clause.excluded]
        return tuple(dict.fromkeys(word for term in wanted for word in term.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits as ad sequences with their sort values, in order; all counts are exact."""

    total: int
    sequences: tuple[int, ...]
    sort_values: tuple[float | int, ...]
    facets: Mapping[str, Mapping[str, int]]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemError:
    """A document that the engine did not take; `retry` when a later try may succeed."""

    doc_id: str
    reason: str
    retry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """What stands behind the alias; `current` is None before `create`, `docs` if not countable."""

    engine: str
    where: str
    alias: str
    current: str | None
    version: int | None
    analysis_version: str | None
    docs: int | None
    previous: tuple[str, ...] = ()
    problem: str = ""

    def __str__(self) -> str:
        behind = self.current or "not created yet"
        trouble = f"; {self.problem}" if self.problem else ""
        count = "?" if self.docs is None else self.docs
        return f"{self.engine} at {self.where}: {behind}, {count} documents{trouble}"


class Engine(Protocol):
    """One search engine.

    Every method raises IndexEngineError, one clear line, when the engine does not answer, refuses,
    or holds an index made by another version.
    """

    def create(self) -> None:
        """Make the index unless it is there."""

    def status(self) -> EngineStatus:
        """Tell what is there, without changing anything."""

    def upsert(self, documents: Iterable[Versioned]) -> list[ItemError]:
        """Store documents as (id, version, document); an older version never replaces a newer."""

    def delete(self, versions: Iterable[tuple[str, int]]) -> list[ItemError]:
        """Remove documents, unless a newer version than the one given is there."""

    def refresh(self) -> None:
        """Make everything stored so far visible to searches."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Find documents."""

    def rebuild(
        self, documents: Iterable[Versioned], *, on_progress: Progress | None = None
    ) -> list[ItemError]:
        """Fill a new index beside the current one, then put it behind the alias."""

    def drop_previous(self) -> tuple[str, ...]:
        """Remove the indices that are no longer behind the alias; return their names."""

    def close(self) -> None:
        """Let go of connections and files."""


def cut_facet(counts: Mapping[str, int]) -> dict[str, int]:
    """Order a facet by count, then value, and keep what is handed on; empty values go."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict([(value, count) for value, count in ordered if value][:FACET_VALUES])


def in_batches(items: Iterable[Any], size: int) -> Iterable[Sequence[Any]]:
    """Group items into lists of at most `size`, reading no further than the list in hand."""
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
