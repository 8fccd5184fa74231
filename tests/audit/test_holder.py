import os
import subprocess
import sys

from audit.holder import is_dead, this_process


def test_this_process_is_alive_and_fits_the_column() -> None:
    assert not is_dead(this_process())
    assert len(this_process()) <= 64


def test_ended_process_is_dead() -> None:
    script = "from audit.holder import this_process; print(this_process())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert is_dead(done.stdout.strip())


def test_reused_pid_is_dead() -> None:
    host = this_process().split("/")[0]

    assert is_dead(f"{host}/{os.getpid()}/1")


def test_holder_of_another_machine_is_left_alone() -> None:
    assert not is_dead("elsewhere/1/1")
