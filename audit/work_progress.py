"""How far a run is, read from its growing ledger without reading any line twice."""

import json
from pathlib import Path

from crawler.errors import RunError
from crawler.ledger import LEDGER_FILE, OUTCOMES

# Of a ledger that was long when we first saw it, this much is read at a time.
_MAX_BYTES = 8 * 1024 * 1024


class RunProgress:
    """Counts a run's ledger by outcome; the last line of a URL is the one that counts."""

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / LEDGER_FILE
        self._offset = 0
        self._outcomes: dict[str, str] = {}

    def read(self) -> dict[str, int]:
        """Take in what was added; return found, fetched, unchanged, skipped, failed.

        Raises:
            RunError: a line that is not one of a ledger.
        """
        if self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                self._take(file.read(_MAX_BYTES))
        counts = dict.fromkeys(("found", *OUTCOMES), 0)
        for outcome in self._outcomes.values():
            counts[outcome] += 1
            counts["found"] += 1
        return counts

    def _take(self, added: bytes) -> None:
        whole = added[: added.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                entry = json.loads(line)
                self._outcomes[entry["url"]] = entry["outcome"]
            except (ValueError, KeyError, TypeError) as error:
                raise RunError(f"{self._path}: not a ledger's line ({error}).") from error
        self._offset += len(whole)
