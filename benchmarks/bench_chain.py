"""The whole chain, fetch to index, against the naive stack: pages per CPU second, in turn.

Both read the same generated pages (see pages.py) from a server on another core. Ours is the real
command, `jianwei crawl --url … --json`, with everything on: robots, guard, evidence with digests
and chain, ledger, extraction, rows, judgement, cases, index. Our figure holds the CPU of starting
the command, on a database that has its tables; the naive stack is timed after it has loaded its
model. A side that does not read every page is refused. The ratio is the result; the default takes
under four minutes on a quiet machine. Usage: `bench_chain.py [PAGES] [ROUNDS]`.
"""

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
JIANWEI = [str(Path(sys.executable).parent / "jianwei")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str], core: int) -> list[str]:
    return ["taskset", "-c", str(core % (os.cpu_count() or 1)), *command]


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def per_second(side: str, fetched: int, cpu: float, *, pages: int) -> float:
    if fetched != pages + 1:  # the start page is one of them under another name
        raise SystemExit(f"{side}: expected {pages + 1} pages, got {fetched}. No figure.")
    return fetched / cpu


def run_naive(url: str, pages: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "naive_stack.py"), url, folder]
        done = subprocess.run(pinned(command, 1), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout.strip().splitlines()[-1])
    return per_second("naive", result["pages"], result["cpu"], pages=pages)


def run_ours(url: str, pages: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "JIANWEI_DATA": folder}
        subprocess.run([*JIANWEI, "migrate"], capture_output=True, check=True, env=environment)
        cpu = children_cpu()
        command = [*JIANWEI, "crawl", "--url", url, "--json"]
        done = subprocess.run(
            pinned(command, 1), capture_output=True, text=True, check=True, env=environment
        )
        cpu = children_cpu() - cpu
    return per_second("ours", json.loads(done.stdout)["fetched"], cpu, pages=pages)


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    port = free_port()
    server = subprocess.Popen(
        pinned([sys.executable, str(HERE / "pages.py"), str(port), str(pages)], 0)
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        naive, ours = [], []
        for number in range(rounds):
            naive.append(run_naive(url, pages))
            ours.append(run_ours(url, pages))
            print(f"round {number + 1}: naive {naive[-1]:.1f}, ours {ours[-1]:.1f} pages/CPU s")
    finally:
        server.terminate()
        server.wait()
    ratio = statistics.median(o / n for o, n in zip(ours, naive, strict=True))
    print(
        f"{pages} pages, {rounds} rounds, medians: naive {statistics.median(naive):.1f}, "
        f"ours {statistics.median(ours):.1f} pages per CPU second, ratio x{ratio:.2f}"
    )


if __name__ == "__main__":
    main()
