"""The name under which this process holds leases, and whether a holder on this machine is dead.

A name is `<host>/<pid>/<start>`; the start time (clock ticks since boot, /proc/<pid>/stat field
22) keeps a reused pid from passing for the dead process.
"""

import os
import socket
from pathlib import Path


def _start_ticks(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return stat.rsplit(")", 1)[1].split()[19]


def this_process() -> str:
    """Return this process's holder name, at most 64 characters."""
    pid = os.getpid()
    return f"{socket.gethostname()[:32]}/{pid}/{_start_ticks(pid) or 0}"


def is_dead(holder: str) -> bool:
    """Tell whether the holder was a process of this machine that no longer runs."""
    host, _, rest = holder.partition("/")
    pid, _, start = rest.partition("/")
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return False
    return _start_ticks(int(pid)) != start
