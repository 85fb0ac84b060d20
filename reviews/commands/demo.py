"""`reviews demo`: everything at once, on this machine alone, with three invented clinics and their website."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reviews import rules
from reviews.clock import utc_now
from reviews.collect import open_context
from reviews.commands.apply import apply_file
from reviews.commands.demo_platforms import stand_ins
from reviews.commands.serve import REVIEWS, Child, Supervisor, check_port
from reviews.config import Settings, child_environment, find_folder, new_secret_key
from reviews.files import write_atomically
from reviews.storage import open_storage
from reviews.web.setup import issue_link

SITE_PLACE = "http://127.0.0.1:8001"
"""The example website's address as it stands in examples/demo.toml."""


def run_demo(data_dir: Path | None, port: int, say: Callable[[str], None], website: Path | None = None) -> None:
    """Serve the demo until SIGTERM or SIGINT; with a folder the data stays, and a second run goes on with it.

    `website` is a changed copy of the folder examples/ to serve instead.
    """
    for number in (port, port + 1):
        check_port("127.0.0.1", number, "give another: make run PORT=9000")
    examples = (website or find_folder("examples")).resolve()
    with _folder(data_dir) as folder:
        environment = demo_environment(folder, port)
        settings = Settings.from_env(environment)
        site_url = f"http://127.0.0.1:{port + 1}"
        link = prepare(settings, folder, examples, site_url)
        say(f"The example clinics' website:  {site_url}/")
        say(f"The service and staff side:    {settings.base_url}/")
        if link:
            say(f"Set-up link (one hour, once):  {link}")
        else:
            say("There is an owner already:     log in on the staff side")
        say("Reviews are being collected; within a minute the website shows them. Ctrl+C stops everything.")
        Supervisor(
            environment=environment,
            children=[
                Child(
                    name="site",
                    command=(
                        *(sys.executable, str(examples / "site.py")),
                        *("--port", str(port + 1), "--service", settings.base_url),
                    ),
                ),
                Child(name="platforms", command=(*REVIEWS, "demo-platforms", site_url), once=True),
                Child(name="web", command=(*REVIEWS, "serve", "--no-worker", "--quiet")),
                Child(name="worker", command=(*REVIEWS, "worker")),
            ],
        ).run()


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """The settings of a demo in this folder, as the environment of its processes; a given database is kept."""
    key_file = folder / "demo-key"
    if not key_file.exists():
        write_atomically(key_file, new_secret_key().encode(), mode=0o600)
    return child_environment(
        data_dir=str(folder),
        base_url=f"http://127.0.0.1:{port}",
        port=str(port),
        host="127.0.0.1",
        secret_keys=key_file.read_text(encoding="utf-8").strip(),
        # The example website is on loopback: the only reason why this setting exists.
        allow_private_nets="127.0.0.0/8",
        allow_ports=str(port + 1),
        demo="1",
        demo_stand_ins=",".join(stand_ins(f"http://127.0.0.1:{port + 1}")),
        config=str(folder / "no-reviews.toml"),
    )


def prepare(settings: Settings, folder: Path, examples: Path, site_url: str) -> str | None:
    """Make the database and declare the demo's clinics; the set-up link, or None where there is an owner."""
    storage = open_storage(settings.database_url)
    try:
        storage.migrate(utc_now(), settings.backup_dir, skip_origins=frozenset(rules.load().retentions()))
        declared = (examples / "demo.toml").read_text(encoding="utf-8")
        file = folder / "demo.toml"
        write_atomically(file, declared.replace(SITE_PLACE, site_url).encode())
        with open_context(settings, storage) as context:
            apply_file(context, file)
        return issue_link(storage, settings, utc_now())
    finally:
        storage.close()


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        data_dir.mkdir(parents=True, exist_ok=True)
        yield data_dir.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="clinic-reviews-") as name:
        yield Path(name)
