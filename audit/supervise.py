"""Keeps a few processes running until somebody says stop; they die with this one."""

import ctypes
import logging
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from audit.errors import SuperviseError

log = logging.getLogger(__name__)

# A process that ends this often within a minute will not come right by itself.
MAX_STARTS_A_MINUTE = 5
_POLL_SECONDS = 0.5
_STOP_SECONDS = 30
_PR_SET_PDEATHSIG = 1


def dying_with_parent() -> Callable[[], None]:
    """Return what a child calls first to get SIGTERM when the parent dies (Linux; prctl(2))."""
    libc = ctypes.CDLL(None)  # loaded before the fork: little is safe between fork and exec

    def call() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return call


@dataclass(slots=True)
class Supervised:
    """One process to be kept running; its output goes where this process's goes."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    running: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=deque)

    def start(self) -> None:
        """Start it.

        Raises:
            SuperviseError: it has ended too often lately.
        """
        now = time.monotonic()
        while self.starts and now - self.starts[0] > 60:
            self.starts.popleft()
        if len(self.starts) >= MAX_STARTS_A_MINUTE:
            raise SuperviseError(
                f"'{self.name}' ended {len(self.starts)} times within a minute. Its last lines"
                " are above and in the log folder of the data folder."
            )
        self.starts.append(now)
        self.running = subprocess.Popen(  # noqa: S603 - our own commands
            list(self.command),
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )

    def has_ended(self) -> bool:
        return self.running is None or self.running.poll() is not None


def supervise(
    processes: Sequence[Supervised],
    *,
    stop: threading.Event,
    on_started: Callable[[], None] | None = None,
) -> None:
    """Start the processes and start each again that ends, until `stop` is set.

    Raises:
        SuperviseError: one of them does not stay up; the others were stopped.
    """
    try:
        for process in processes:
            process.start()
        if on_started is not None:
            on_started()
        while not stop.wait(_POLL_SECONDS):
            for process in processes:
                if process.has_ended():
                    log.warning("Process ended, starting it again", extra={"what": process.name})
                    process.start()
    finally:
        _stop_all(processes)


def _stop_all(processes: Sequence[Supervised]) -> None:
    """Ask all to end, and end those that do not."""
    running = [process.running for process in processes if process.running is not None]
    for child in running:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for child in running:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def stop_on_signals(stop: threading.Event) -> None:
    """Set `stop` when SIGINT or SIGTERM comes; main thread only."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
