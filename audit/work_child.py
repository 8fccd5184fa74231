"""Commands that a worker runs in processes of their own, which die with it.

`python -m audit.work_child PID ARGS…` is `jianwei ARGS…` that the kernel ends when the process PID,
its parent, is gone (Linux, prctl(2)); whoever takes the job over then finds nobody at it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
# A crawl that is asked to stop waits for the answers it is owed; then it is killed.
_STOP_SECONDS = 30
_MAX_OUTPUT_BYTES = 8 * 1024 * 1024


class Child:
    """One `jianwei` command in a process group of its own; its output is kept."""

    def __init__(self, *args: str) -> None:
        # The files live as long as this object: the command may end long after the call.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._kill_at: float | None = None
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "audit.work_child", str(os.getpid()), *args],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            start_new_session=True,
        )

    def poll(self) -> int | None:
        """Return the exit code once it has ended; kill it when it overstays a stop."""
        code = self._process.poll()
        if code is None and self._kill_at is not None and time.monotonic() > self._kill_at:
            self.kill()
        return code

    def stop(self) -> None:
        """Ask it to end; from the first time on it has `_STOP_SECONDS` left."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + _STOP_SECONDS
            self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it now, and wait for that."""
        self._send(signal.SIGKILL)
        self._process.wait()

    def output(self) -> str:
        self._output.seek(0)
        return self._output.read(_MAX_OUTPUT_BYTES).decode("utf-8", "replace")

    def last_words(self) -> str:
        """Return the last line that it wrote on stderr."""
        self._errors.seek(0)
        lines = self._errors.read(_MAX_OUTPUT_BYTES).decode("utf-8", "replace").splitlines()
        return lines[-1].removeprefix("jianwei: ") if lines else ""

    def close(self) -> None:
        self._output.close()
        self._errors.close()

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it ended just now
            os.killpg(self._process.pid, number)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends; end now if it has ended."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    from audit.cli.main import main

    main(sys.argv[2:])
