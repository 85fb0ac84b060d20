"""Starts the real server for the tests of raw requests: ``python -m tests.web.raw_server FOLDER PORT``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from reviews.config import Settings
from reviews.storage import open_storage
from reviews.web import server


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    settings = Settings(
        data_dir=folder,
        base_url=f"http://127.0.0.1:{port}",
        port=port,
        secret_keys=("a secret for tests " * 2,),
        web_processes=1,
        web_threads=4,
    )
    storage = open_storage(settings.database_url)
    storage.migrate(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    storage.close()
    server.SILENT_SECONDS = 1
    server.run_server(settings)


if __name__ == "__main__":
    main()
