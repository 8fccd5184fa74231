"""Progress on stderr: a live line for people at a terminal, one line per stage elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

import click

_REDRAW_SECONDS = 0.1


class ProgressLine:
    """Shows `stage done/total`; call it, and leave the block to end the line."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._is_live = sys.stderr.isatty()
        self._stage = ""
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_live and self._stage and not self._quiet:
            click.echo("\r\033[K", err=True, nl=False)

    def __call__(self, stage: str, done: int, total: int | None = None) -> None:
        if self._quiet:
            return
        is_new = stage != self._stage
        self._stage = stage
        if not self._is_live:
            if is_new:
                click.echo(f"… {stage}", err=True)
            return
        now = time.monotonic()
        if is_new or now - self._drawn_at > _REDRAW_SECONDS or done == total:
            self._drawn_at = now
            of_total = f"/{total}" if total is not None else ""
            click.echo(f"\r\033[K{stage} {done}{of_total}", err=True, nl=False)
