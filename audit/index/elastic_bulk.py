"""Send documents to Elasticsearch in bounded requests, one in flight at a time.

The next chunk is read from the caller only when the last one was taken, and a server that says
"too many" is given time: that is the back-pressure.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from audit.errors import IndexEngineError
from audit.index.base import ItemError, Progress
from audit.index.elastic_errors import blocked, cause_of

CHUNK_DOCUMENTS = 500
# The server's own limit for a request is 100 MB; its manual advises tens of megabytes at most.
CHUNK_BYTES = 8 * 2**20
TRIES = 6
FIRST_WAIT_SECONDS = 0.25
_TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One line (or two) of a bulk request."""

    doc_id: str
    lines: tuple[bytes, ...]


def index_action(doc_id: str, version: int, document: Mapping[str, Any]) -> Action:
    head = {"index": {"_id": doc_id, "version": version, "version_type": "external"}}
    return Action(doc_id=doc_id, lines=(_line(head), _line(document)))


def delete_action(doc_id: str, version: int) -> Action:
    head = {"delete": {"_id": doc_id, "version": version, "version_type": "external_gte"}}
    return Action(doc_id=doc_id, lines=(_line(head),))


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def send(
    client: Elasticsearch,
    index: str,
    actions: Iterable[Action],
    *,
    where: str,
    is_alias: bool,
    on_progress: Progress | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> list[ItemError]:
    """Send all actions; return those refused for good, and those that a later run may try.

    Raises:
        IndexEngineError: the index is blocked for writing.
        ApiError, TransportError: the server does not answer, or refuses the whole request.
    """
    errors: list[ItemError] = []
    done = 0
    for chunk in _chunks(actions):
        errors += _send_chunk(client, index, chunk, where=where, is_alias=is_alias, wait=wait)
        done += len(chunk)
        if on_progress is not None:
            on_progress(done)
    return errors


def _chunks(actions: Iterable[Action]) -> Iterator[list[Action]]:
    chunk: list[Action] = []
    size = 0
    for action in actions:
        weight = sum(len(line) + 1 for line in action.lines)
        if chunk and (len(chunk) == CHUNK_DOCUMENTS or size + weight > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += weight
    if chunk:
        yield chunk


def _send_chunk(
    client: Elasticsearch,
    index: str,
    chunk: list[Action],
    *,
    where: str,
    is_alias: bool,
    wait: Callable[[float], None],
) -> list[ItemError]:
    refused: list[ItemError] = []
    pending = chunk
    for attempt in range(TRIES):
        if attempt:
            wait(_pause(attempt))
        try:
            answer = client.bulk(
                index=index, operations=_operations(pending), require_alias=is_alias
            )
        except ApiError as error:
            if error.status_code in _TRY_AGAIN and attempt < TRIES - 1:
                continue
            raise
        again: list[tuple[Action, str]] = []
        for action, item in zip(pending, answer["items"], strict=True):
            result = next(iter(item.values()))
            outcome = _read(action, result, where)
            if outcome is not None and outcome.retry:
                again.append((action, outcome.reason))
            elif outcome is not None:
                refused.append(outcome)
        if not again:
            return refused
        pending = [action for action, _ in again]
        reasons = {action.doc_id: reason for action, reason in again}
    return refused + [
        ItemError(doc_id=action.doc_id, reason=reasons[action.doc_id], retry=True)
        for action in pending
    ]


def _operations(actions: Iterable[Action]) -> Any:
    """Return the lines; the client sends bytes as they are, though its types name mappings only."""
    return [line for action in actions for line in action.lines]


def _pause(attempt: int) -> float:
    """Wait twice as long each time, half of it by chance, so that writers do not march in step."""
    longest: float = FIRST_WAIT_SECONDS * 2**attempt
    return longest / 2 + random.random() * longest / 2  # noqa: S311 - no secret depends on it


def _read(action: Action, result: Mapping[str, Any], where: str) -> ItemError | None:
    status = int(result["status"])
    if status < 300 or status == 409:  # 409: what is there is as new, or newer
        return None
    if status == 404 and "error" not in result:  # deleting what is not there
        return None
    kind, reason = cause_of(result)
    if kind == "cluster_block_exception":
        raise IndexEngineError(f"search server {where}: storing: {blocked(reason)}")
    if kind == "index_not_found_exception":
        raise IndexEngineError(
            f"search server {where}: storing: the index is not there. "
            f"Run 'jianwei index create', then 'jianwei index rebuild'."
        )
    return ItemError(
        doc_id=action.doc_id, reason=f"{status} {kind}: {reason}", retry=status in _TRY_AGAIN
    )
