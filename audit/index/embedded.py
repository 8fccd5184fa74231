"""The engine without a server: tantivy in the data folder.

`<folder>/<physical>/` holds one index with the mapping that it was made of, and
`<folder>/<alias>.alias` names the one in use. A commit is atomic and durable, so a killed writer
leaves whole batches only. One process writes at a time; any number may read.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from audit.errors import IndexEngineError
from audit.index import embedded_schema
from audit.index.base import (
    NOT_CREATED_ZH,
    OTHER_VERSION_ZH,
    EngineStatus,
    ItemError,
    Progress,
    SearchRequest,
    SearchResult,
    Versioned,
    in_batches,
)
from audit.index.embedded_search import search
from audit.index.mapping import IndexMapping, timestamp_of

log = logging.getLogger(__name__)

BATCH = 1_000
# One indexing thread: its segments stay few and large, and a crawl on the other core keeps going.
WRITER_THREADS = 1
WRITER_BYTES = 128_000_000
META_FILE = "mapping.json"


@dataclass(slots=True, kw_only=True)
class _Opened:
    """An index in use; `searcher` sees `commit`, an identity of its newest state."""

    physical: str
    index: Any
    difference: str
    searcher: Any = None
    commit: tuple[int, int] = (0, 0)


class EmbeddedEngine:
    """One index in one folder. Open it after a fork, never before."""

    def __init__(self, folder: Path, mapping: IndexMapping, *, prefix: str = "") -> None:
        self._folder = folder
        self._mapping = mapping
        self._prefix = prefix
        self._alias = f"{prefix}{mapping.name}"
        self._opened: _Opened | None = None

    def create(self) -> None:
        if self._current() is None:
            self._flip(self._make())

    def status(self) -> EngineStatus:
        current = self._current()
        version = analysis = None
        docs: int | None = 0
        problem = ""
        if current is not None:
            try:
                meta = self._meta(current)
                version, analysis = int(meta["version"]), str(meta["analysis_version"])
                docs = self._open(check=False).index.searcher().num_docs
                problem = self._mapping.difference(meta, current)
            except IndexEngineError as error:
                docs, problem = None, str(error)
        return EngineStatus(
            engine="embedded",
            where=str(self._folder),
            alias=self._alias,
            current=current,
            version=version,
            analysis_version=analysis,
            docs=docs,
            previous=tuple(self._others(current)),
            problem=problem,
        )

    def upsert(self, documents: Iterable[Versioned]) -> list[ItemError]:
        opened = self._open()
        with self._writing(opened.index) as writer:
            return self._fill(opened.index, writer, documents)

    def delete(self, versions: Iterable[tuple[str, int]]) -> list[ItemError]:
        opened = self._open()
        with self._writing(opened.index) as writer:
            searcher = opened.index.searcher()
            offered = dict(versions)
            stored = embedded_schema.stored_versions(searcher, opened.index.schema, offered)
            for doc_id, version in stored.items():
                if version <= offered[doc_id]:
                    writer.delete_documents_by_term(embedded_schema.ID_FIELD, doc_id)
            writer.commit()
        return []

    def refresh(self) -> None:
        self._open().index.reload()

    def search(self, request: SearchRequest) -> SearchResult:
        try:
            return search(self.open_searcher(), self._open().index.schema, request)
        except (ValueError, OSError) as error:
            raise self._failed("search", error) from error

    def open_searcher(self) -> Any:
        """Return tantivy's searcher on the newest commit, whoever made it."""
        opened = self._open()
        file = (self._folder / opened.physical / "meta.json").stat()
        commit = (file.st_ino, file.st_mtime_ns)  # a commit puts a new file in its place
        if opened.searcher is None or commit != opened.commit:
            opened.index.reload()
            opened.searcher, opened.commit = opened.index.searcher(), commit
        return opened.searcher

    def rebuild(
        self, documents: Iterable[Versioned], *, on_progress: Progress | None = None
    ) -> list[ItemError]:
        self._drop_unfinished()
        physical = self._make()
        index = self._open_physical(physical)
        with self._writing(index) as writer:
            errors = self._fill(index, writer, documents, is_new=True, on_progress=on_progress)
        self._flip(physical)
        return errors

    def drop_previous(self) -> tuple[str, ...]:
        dropped = tuple(self._others(self._current()))
        for name in dropped:
            shutil.rmtree(self._folder / name)
        return dropped

    def close(self) -> None:
        self._opened = None

    def _fill(
        self,
        index: Any,
        writer: Any,
        documents: Iterable[Versioned],
        *,
        is_new: bool = False,
        on_progress: Progress | None = None,
    ) -> list[ItemError]:
        """Write documents; into a new index without asking for what it has."""
        errors: list[ItemError] = []
        done = 0
        for batch in in_batches(documents, BATCH):
            stored: dict[str, int] = {}
            if not is_new:
                index.reload()
                ids = [doc_id for doc_id, _, _ in batch]
                stored = embedded_schema.stored_versions(index.searcher(), index.schema, ids)
            for doc_id, version, document in batch:
                fault = self._mapping.fault(document)
                if fault is not None:
                    errors.append(ItemError(doc_id=doc_id, reason=fault))
                    continue
                before = stored.get(doc_id, 0)
                if version <= before:
                    continue
                if before:
                    writer.delete_documents_by_term(embedded_schema.ID_FIELD, doc_id)
                writer.add_document(
                    embedded_schema.to_tantivy(document, self._mapping, version=version)
                )
                stored[doc_id] = version
            writer.commit()
            done += len(batch)
            if on_progress is not None:
                on_progress(done)
        index.reload()
        return errors

    @contextmanager
    def _writing(self, index: Any) -> Iterator[Any]:
        try:
            writer = index.writer(WRITER_BYTES, WRITER_THREADS)
        except ValueError as error:
            raise IndexEngineError(
                f"index {self._folder}: another process is writing it ({error}). "
                f"The rows wait in the outbox; try again when it is done."
            ) from error
        try:
            yield writer
        except (ValueError, OSError) as error:
            raise self._failed("write", error) from error
        finally:
            writer.wait_merging_threads()
        index.reload()

    def _failed(self, doing: str, error: Exception) -> IndexEngineError:
        return IndexEngineError(
            f"index {self._folder}: {doing} failed ({' '.join(str(error).split())}). Check the "
            f"disk; if the files are damaged run 'jianwei index rebuild', rows are not affected."
        )

    def _alias_file(self) -> Path:
        return self._folder / f"{self._alias}.alias"

    def _current(self) -> str | None:
        try:
            return self._alias_file().read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("reading the alias", error) from error

    def _open(self, *, check: bool = True) -> _Opened:
        current = self._current()
        if current is None:
            raise IndexEngineError(
                f"index {self._folder}: not created yet. Run 'jianwei index create'.",
                zh=NOT_CREATED_ZH,
            )
        if self._opened is None or self._opened.physical != current:
            self._opened = _Opened(
                physical=current,
                index=self._open_physical(current),
                difference=self._mapping.difference(self._meta(current), current),
            )
        if check and self._opened.difference:
            raise IndexEngineError(self._opened.difference, zh=OTHER_VERSION_ZH)
        return self._opened

    def _open_physical(self, physical: str) -> Any:
        try:
            index = tantivy.Index.open(str(self._folder / physical))
            index.config_reader(reload_policy="manual")
        except (ValueError, OSError) as error:
            raise self._failed("opening", error) from error
        embedded_schema.register_tokenizer(index)
        return index

    def _meta(self, physical: str) -> dict[str, Any]:
        path = self._folder / physical / META_FILE
        try:
            meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["mappings"]["_meta"]
        except (OSError, ValueError, KeyError) as error:
            raise self._failed("reading its mapping", error) from error
        return meta

    def _make(self) -> str:
        physical = self._mapping.physical_name(self._prefix)
        folder = self._folder / physical
        try:
            folder.mkdir(parents=True)
            tantivy.Index(embedded_schema.build(self._mapping), path=str(folder))
            body = json.dumps(self._mapping.body, ensure_ascii=False)
            (folder / META_FILE).write_text(body, encoding="utf-8")
        except (ValueError, OSError) as error:
            raise self._failed("creating", error) from error
        return physical

    def _flip(self, physical: str) -> None:
        file = self._alias_file()
        draft = file.with_suffix(f".{os.getpid()}.draft")
        try:
            with draft.open("w", encoding="utf-8") as output:
                output.write(physical)
                output.flush()
                os.fsync(output.fileno())
            draft.replace(file)
        except OSError as error:
            raise self._failed("switching the alias", error) from error
        log.info("Index taken into use", extra={"index": physical})

    def _others(self, current: str | None) -> list[str]:
        if not self._folder.is_dir():
            return []
        names = self._folder.glob(f"{self._alias}-v*-*")
        return sorted(path.name for path in names if path.is_dir() and path.name != current)

    def _drop_unfinished(self) -> None:
        """Remove what a killed rebuild left: indices made later than the one in use."""
        current = self._current()
        for name in self._others(current):
            if current is None or timestamp_of(name) > timestamp_of(current):
                shutil.rmtree(self._folder / name)
                log.info("Unfinished index removed", extra={"index": name})
