"""Runs every test as `make test` does: first what needs no browser, then what does.

The last line is `N passed, N failed`; a skipped test counts as failed, because nothing may be skipped silently.
"""

import re
import subprocess
import sys

PARTS = (
    ("-n", "2", "--dist", "worksteal", "-m", "not browser"),
    ("-n", "2", "--dist", "worksteal", "-m", "browser"),
)


def main() -> int:
    passed = failed = 0
    for part in PARTS:
        command = [sys.executable, "-m", "pytest", "-q", "-rs", *part, *sys.argv[1:]]
        print("$", "pytest", *part, flush=True)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        last = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line if re.search(r"\d+ (passed|failed|error|skipped)", line) else last
        code = process.wait()
        found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", last)}
        passed += found.get("passed", 0)
        bad = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0) + found.get("skipped", 0)
        failed += bad if bad or code in (0, 5) else 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
