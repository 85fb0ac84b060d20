"""A small fork server: imports the program once, then forks a child per order, which works and may be killed.

Orders and answers are JSON lines on standard input and output. No connection is open when it forks.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path


def work(order: dict) -> None:
    from reviews import failpoint, i18n, logs, rules
    from reviews.collect import Context, importing
    from reviews.config import Settings
    from reviews.files import OnDisk
    from reviews.sandbox import Sandbox
    from reviews.storage import open_storage
    from reviews.worker import collect_due
    from tests.crash import mutants
    from tests.sources.doors import loopback_fetcher

    logs.setup("CRITICAL")
    now = datetime.fromisoformat(order["now"])
    settings = Settings(data_dir=Path(order["folder"]), secret_keys=("k" * 40,))
    if order.get("mutant"):
        mutants.apply(order["mutant"])
    storage = open_storage(order["database"])
    with Sandbox(processes=1) as sandbox:
        context = Context(
            storage=storage,
            settings=settings,
            fetcher=loopback_fetcher(),
            sandbox=sandbox,
            scorer=SCORER,
            book=rules.load(),
            catalogue=i18n.load(),
            clock=lambda: now,
        )
        failpoint.arm(order.get("failpoint", ""))
        if "imported" in order:
            importing.import_file(
                context,
                group_id=order["group_id"],
                source_id=order["source_id"],
                body=OnDisk(Path(order["imported"])),
                file_name="table.csv",
            )
            return
        for _ in collect_due(context):
            pass
    storage.close()


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            sys.stdin.close()
            code = 1
            try:
                work(order)
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        answer = {"killed": os.WIFSIGNALED(status), "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    from reviews import sentiment
    from reviews.worker import collect_due as _warm  # noqa: F401 - imported before the first fork

    SCORER = sentiment.load()
    main()
