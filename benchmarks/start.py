"""What starting and resting cost: CPU and memory of the command line, the web process, the idle worker."""

import os
import tempfile
import time
from pathlib import Path

from benchmarks.common import (
    REVIEWS,
    children_cpu,
    figure,
    free_port,
    median,
    running,
    tree_cpu,
    tree_rss_mb,
    wait_for,
)

ROUNDS = 5
IDLE_SECONDS = 10.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = {
            **os.environ,
            "REVIEWS_DATA_DIR": folder,
            "REVIEWS_PORT": str(port),
            "REVIEWS_BASE_URL": f"http://127.0.0.1:{port}",
            "REVIEWS_SECRET_KEYS": "k" * 40,
            "REVIEWS_CONFIG": str(Path(folder) / "none.toml"),
            "REVIEWS_LOG_LEVEL": "ERROR",
        }
        cost = [children_cpu([*REVIEWS, "--help"], env=environment) for _ in range(ROUNDS)]
        figure("start.help.cpu", median(cost), "s", n=ROUNDS, workload="reviews --help; goal 0.15")
        ready = []
        for _ in range(ROUNDS):
            with running([*REVIEWS, "serve", "--no-worker"], env=environment) as process:
                wait_for(f"http://127.0.0.1:{port}/healthz")
                ready.append(tree_cpu(process.pid))
                memory = tree_rss_mb(process.pid)
        figure("start.web.cpu", median(ready), "s", n=ROUNDS, workload="until /healthz answers; goal 0.5")
        figure("start.web.memory", memory, "MB", n=1, workload="server and one web process, proportional; goal 60")
        with running([*REVIEWS, "worker"], env=environment) as process:
            time.sleep(5)
            before, began = tree_cpu(process.pid), time.monotonic()
            time.sleep(IDLE_SECONDS)
            share = (tree_cpu(process.pid) - before) / (time.monotonic() - began)
            figure("rest.worker.cpu", share * 100, "%", n=1, workload=f"idle for {IDLE_SECONDS:.0f} s; goal 0.2")
            figure("rest.worker.memory", tree_rss_mb(process.pid), "MB", n=1, workload="with its parsers; goal 80")


if __name__ == "__main__":
    main()
