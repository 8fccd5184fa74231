"""Signals of a worker: stop, stop at once, and "a process of yours has ended"."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Any, Self

_STOPPING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Catches the signals for the block; `sleep` ends early when one comes. Main thread only."""

    def __init__(self) -> None:
        self._asked = 0
        self._before: dict[signal.Signals, Any] = {}

    @property
    def is_stopping(self) -> bool:
        return self._asked > 0

    @property
    def is_urgent(self) -> bool:
        return self._asked > 1

    def __enter__(self) -> Self:
        self._reads, self._writes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup_before = signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)
        for number in _STOPPING:
            self._before[number] = signal.signal(number, self._stop)
        # Without a handler the wake-up is not written.
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._reads)
        os.close(self._writes)

    def sleep(self, seconds: float) -> None:
        """Wait, at most until the next signal."""
        readable, _, _ = select.select([self._reads], [], [], seconds)
        if readable:
            os.read(self._reads, 512)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1
