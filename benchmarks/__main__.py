"""Runs every benchmark, each in a process of its own; one JSON line a figure."""

import subprocess
import sys

ALL = (
    "start", "ingest", "platforms", "fleet", "serve", "sentiment", "reading", "imports", "page", "rules", "staff",
)  # fmt: skip


def main() -> int:
    chosen = sys.argv[1:] or ALL
    codes = [subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) for name in chosen]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
