"""Processes that are kept running, and stopped together."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from audit.errors import SuperviseError
from audit.supervise import MAX_STARTS_A_MINUTE, Supervised, supervise

WAIT_SECONDS = 20
# Says that it started, then waits to be told to end.
LASTING = "import sys,time; open(sys.argv[1], 'a').write('started\\n'); time.sleep(600)"


def lasting(name: str, file: Path) -> Supervised:
    command = [sys.executable, "-c", LASTING, str(file)]
    return Supervised(name=name, command=command, environ=os.environ)


def starts(file: Path, *, at_least: int) -> int:
    """Wait until the process has started so often; return how often it did."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        count = file.read_text().count("started") if file.exists() else 0
        if count >= at_least:
            return count
        time.sleep(0.05)
    raise AssertionError(f"{file.name} started fewer than {at_least} times")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_process_that_dies_is_started_again_and_all_stop_together(tmp_path: Path) -> None:
    stop = threading.Event()
    first, second = lasting("first", tmp_path / "first"), lasting("second", tmp_path / "second")

    def kill_once_then_stop() -> None:
        starts(tmp_path / "first", at_least=1)
        starts(tmp_path / "second", at_least=1)
        assert first.running is not None
        os.kill(first.running.pid, signal.SIGKILL)
        starts(tmp_path / "first", at_least=2)
        stop.set()

    helper = threading.Thread(target=kill_once_then_stop)
    helper.start()
    supervise([first, second], stop=stop)
    helper.join()

    assert starts(tmp_path / "second", at_least=1) == 1
    for process in (first, second):
        assert process.running is not None
        assert process.running.returncode == -signal.SIGTERM


def test_process_that_never_stays_up_stops_the_others(tmp_path: Path) -> None:
    good = lasting("good", tmp_path / "good")
    bad = Supervised(name="bad", command=[sys.executable, "-c", ""], environ=os.environ)

    with pytest.raises(SuperviseError, match=f"'bad' ended {MAX_STARTS_A_MINUTE} times"):
        supervise([good, bad], stop=threading.Event())

    assert good.running is not None
    assert good.running.returncode is not None


def test_children_die_with_their_supervisor(tmp_path: Path) -> None:
    script = f"""
import os, threading
from pathlib import Path
from tests.audit.test_supervise import lasting
from audit.supervise import supervise
child = lasting("child", Path({str(tmp_path / "child")!r}))
supervise([child], stop=threading.Event(), on_started=lambda: print(child.running.pid, flush=True))
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    starts(tmp_path / "child", at_least=1)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + WAIT_SECONDS
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)
