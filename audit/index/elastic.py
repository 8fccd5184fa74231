"""The engine for many machines: Elasticsearch 8.19 or 9.x, stock server, no plugin.

Asks nothing of `GET /` and of no feature beyond the core server. Physical indices are named
`<prefix>ads-v<version>-<moment>`; `<prefix>ads` is the alias that everything else uses.
"""

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from audit.errors import IndexEngineError
from audit.index.base import (
    NOT_CREATED_ZH,
    OTHER_VERSION_ZH,
    EngineStatus,
    ItemError,
    Progress,
    SearchRequest,
    SearchResult,
    Versioned,
)
from audit.index.elastic_bulk import delete_action, index_action, send
from audit.index.elastic_errors import explained
from audit.index.elastic_search import search
from audit.index.mapping import IndexMapping, timestamp_of

log = logging.getLogger(__name__)


class ElasticEngine:
    """One alias on one server or cluster."""

    def __init__(
        self, client: Elasticsearch, mapping: IndexMapping, *, prefix: str, timeout_seconds: float
    ) -> None:
        self._client = client
        self._mapping = mapping
        self._prefix = prefix
        self._alias = f"{prefix}{mapping.name}"
        self._timeout_seconds = timeout_seconds
        self._is_checked = False
        nodes = client.transport.node_pool.all()
        self._where = ", ".join(node.base_url for node in nodes)

    def create(self) -> None:
        with self._explained("creating the index"):
            if self._current() is None:
                self._make({self._alias: {"is_write_index": True}})

    def status(self) -> EngineStatus:
        version = analysis = None
        docs: int | None = 0
        problem = ""
        with self._explained("asking its state"):
            current = self._current()
            previous = tuple(self._others(current))
            if current is not None:
                meta = self._meta(current)
                version, analysis = int(meta["version"]), str(meta["analysis_version"])
                problem = self._mapping.difference(meta, current)
        if current is not None:
            try:
                with self._explained("counting"):
                    docs = self._count(current)
            except IndexEngineError as error:
                docs, problem = None, str(error)
        return EngineStatus(
            engine="elasticsearch",
            where=self._where,
            alias=self._alias,
            current=current,
            version=version,
            analysis_version=analysis,
            docs=docs,
            previous=previous,
            problem=problem,
        )

    def upsert(self, documents: Iterable[Versioned]) -> list[ItemError]:
        self._check()
        actions = (index_action(*document) for document in documents)
        with self._explained("storing"):
            return send(self._client, self._alias, actions, where=self._where, is_alias=True)

    def delete(self, versions: Iterable[tuple[str, int]]) -> list[ItemError]:
        self._check()
        actions = (delete_action(*version) for version in versions)
        with self._explained("removing"):
            return send(self._client, self._alias, actions, where=self._where, is_alias=True)

    def refresh(self) -> None:
        with self._explained("refreshing"):
            self._client.indices.refresh(index=self._alias)

    def search(self, request: SearchRequest) -> SearchResult:
        self._check()
        with self._explained("searching"):
            return search(self._client, self._alias, request)

    def rebuild(
        self, documents: Iterable[Versioned], *, on_progress: Progress | None = None
    ) -> list[ItemError]:
        with self._explained("rebuilding"):
            current = self._current()
            self._drop_unfinished(current)
            physical = self._make({})
            self._client.indices.put_settings(index=physical, settings={"refresh_interval": "-1"})
            actions = (index_action(*document) for document in documents)
            errors = send(
                self._client,
                physical,
                actions,
                where=self._where,
                is_alias=False,
                on_progress=on_progress,
            )
            if busy := next((error for error in errors if error.retry), None):
                raise IndexEngineError(
                    f"search server {self._where}: rebuilding: it stayed too busy "
                    f"({busy.reason}). The old index stays in use; try again later."
                )
            interval = self._mapping.body["settings"]["index"]["refresh_interval"]
            self._client.indices.put_settings(
                index=physical, settings={"refresh_interval": interval}
            )
            self._client.indices.refresh(index=physical)
            self._flip(current, physical)
        return errors

    def drop_previous(self) -> tuple[str, ...]:
        with self._explained("dropping the previous index"):
            dropped = tuple(self._others(self._current()))
            for name in dropped:
                self._client.indices.delete(index=name)
        return dropped

    def close(self) -> None:
        self._client.close()

    def _explained(self, doing: str) -> AbstractContextManager[None]:
        return explained(self._where, doing, timeout_seconds=self._timeout_seconds)

    def _check(self) -> None:
        """Refuse an index of another version; asked once, a flip to ours keeps it true."""
        if self._is_checked:
            return
        with self._explained("asking its mapping"):
            current = self._current()
            if current is None:
                raise IndexEngineError(
                    f"search server {self._where}: index '{self._alias}' is not created yet. "
                    f"Run 'jianwei index create'.",
                    zh=NOT_CREATED_ZH,
                )
            difference = self._mapping.difference(self._meta(current), current)
        if difference:
            raise IndexEngineError(difference, zh=OTHER_VERSION_ZH)
        self._is_checked = True

    def _current(self) -> str | None:
        try:
            answer = self._client.indices.get_alias(name=self._alias)
        except NotFoundError:
            self._refuse_plain_index()
            return None
        names = sorted(answer.body)
        if len(names) != 1:
            raise IndexEngineError(
                f"search server {self._where}: alias '{self._alias}' expected one index behind "
                f"it, got {', '.join(names)}. Take the alias off the wrong ones."
            )
        return str(names[0])

    def _count(self, physical: str) -> int:
        """Count the documents by a search that refuses to answer in part."""
        answer = self._client.search(
            index=physical, size=0, track_total_hits=True, allow_partial_search_results=False
        )
        return int(answer["hits"]["total"]["value"])

    def _refuse_plain_index(self) -> None:
        if self._client.indices.exists(index=self._alias):
            raise IndexEngineError(
                f"search server {self._where}: '{self._alias}' expected to be our alias, got an "
                f"index of that name. Delete it, or choose another setting 'index_prefix'."
            )

    def _meta(self, physical: str) -> dict[str, Any]:
        mappings = self._client.indices.get_mapping(index=physical)[physical]["mappings"]
        meta: dict[str, Any] | None = mappings.get("_meta")
        if meta is None or "analysis_version" not in meta:
            raise IndexEngineError(
                f"search server {self._where}: index '{physical}' is not one of ours (no _meta). "
                f"Choose another setting 'index_prefix'."
            )
        return meta

    def _make(self, aliases: dict[str, Any]) -> str:
        physical = self._mapping.physical_name(self._prefix)
        try:
            self._client.indices.create(
                index=physical,
                settings=self._mapping.body["settings"],
                mappings=self._mapping.body["mappings"],
                aliases=aliases,
            )
        except BadRequestError as error:
            if error.error != "invalid_alias_name_exception":
                raise
            raise IndexEngineError(
                f"search server {self._where}: setting 'index_prefix' makes a name that it "
                f"refuses ({self._alias}). Use lower case letters, digits and hyphens."
            ) from error
        return physical

    def _flip(self, current: str | None, physical: str) -> None:
        actions: list[dict[str, Any]] = []
        if current is not None:
            actions.append({"remove": {"index": current, "alias": self._alias}})
        actions.append({"add": {"index": physical, "alias": self._alias, "is_write_index": True}})
        self._client.indices.update_aliases(actions=actions)
        self._is_checked = True
        log.info("Index taken into use", extra={"index": physical})

    def _others(self, current: str | None) -> list[str]:
        pattern = f"{self._alias}-v*-*"
        found = self._client.indices.get(index=pattern, features="aliases")
        return sorted(name for name in found.body if name != current)

    def _drop_unfinished(self, current: str | None) -> None:
        """Remove what a killed rebuild left: indices made later than the one in use."""
        for name in self._others(current):
            if current is None or timestamp_of(name) > timestamp_of(current):
                self._client.indices.delete(index=name)
                log.info("Unfinished index removed", extra={"index": name})
