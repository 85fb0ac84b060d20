"""`reviews demo`: everything at once, on this machine alone, with three invented clinics and their website."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reviews import logs, rules
from reviews.clock import utc_now
from reviews.collect import open_context
from reviews.commands.apply import apply_file
from reviews.commands.demo_platforms import stand_ins
from reviews.commands.serve import REVIEWS, Child, Supervisor, check_port
from reviews.config import Settings, child_environment, find_folder, new_secret_key
from reviews.errors import StorageError
from reviews.files import write_atomically
from reviews.storage import clinics, groups, machine, open_storage
from reviews.web.setup import issue_link

READY = "Ready"
REMOVED = "The demo data was removed here and is not put back. In another folder it begins anew: reviews demo"
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
        logs.setup(settings.log_level)
        site_url = f"http://127.0.0.1:{port + 1}"
        is_there, link = prepare(settings, folder, examples, site_url)
        addresses = (
            f"  The example clinics' website:  {site_url}/",
            f"  The service and staff side:    {settings.base_url}/",
            f"  Set-up link (one hour, once):  {link}" if link else "  There is an owner already:     log in there",
            "Ctrl+C stops everything.",
        )
        say("Reviews are being collected; it takes half a minute." if is_there else REMOVED)
        for line in addresses:
            say(line)
        platforms = Child(name="platforms", command=(*REVIEWS, "demo-platforms", site_url), once=True)
        teller = _Teller(settings, platforms, lambda count: _say_ready(say, count, addresses))
        try:
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
                    platforms,
                    Child(name="web", command=(*REVIEWS, "serve", "--no-worker", "--quiet")),
                    Child(name="worker", command=(*REVIEWS, "worker")),
                ],
                each_turn=teller.look if is_there else None,
            ).run()
        finally:
            teller.close()


def _say_ready(say: Callable[[str], None], count: int, addresses: Sequence[str]) -> None:
    say(f"\n{READY}: {count} reviews are collected.")
    for line in addresses:
        say(line)


class _Teller:
    """Says once that everything is collected, whose figures are made, and nothing is due."""

    def __init__(self, settings: Settings, platforms: Child, tell: Callable[[int], None]) -> None:
        self._storage = open_storage(settings.database_url)
        self._platforms = platforms
        self._tell = tell
        self._has_told = False

    def look(self) -> None:
        """Look, unless it has been told."""
        if self._has_told or not self._platforms.is_done:
            return
        try:
            with self._storage.read() as tx:
                queue = machine.read_queue(tx, utc_now())
                is_done = not queue.due and not queue.held and not clinics.find_stale_clinics(tx, 1)
                count = machine.count_rows(tx)["reviews"]
        except StorageError:
            return  # the next look is in half a second
        if is_done:
            self._has_told = True
            self._tell(count)

    def close(self) -> None:
        """Close the database."""
        self._storage.close()


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """The settings of a demo in this folder, as the environment of its processes; a given database is kept."""
    key_file = folder / "demo-key"
    if not key_file.exists():
        write_atomically(key_file, new_secret_key().encode(), mode=0o600)
    environment = child_environment(
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
    # The addresses stay on the screen; `REVIEWS_LOG_LEVEL=INFO make run` shows each event.
    environment.setdefault("REVIEWS_LOG_LEVEL", "ERROR")
    return environment


def prepare(settings: Settings, folder: Path, examples: Path, site_url: str) -> tuple[bool, str | None]:
    """Make the database and declare the demo's clinics, unless people have removed them here.

    Whether they are there; and the set-up link, or None where there is an owner.
    """
    storage = open_storage(settings.database_url)
    try:
        storage.migrate(utc_now(), settings.backup_dir, skip_origins=frozenset(rules.load().retentions()))
        with storage.read() as tx:
            held = groups.find_groups(tx)
        is_there = not held or any(group.is_demo for group in held)
        if is_there:
            declared = (examples / "demo.toml").read_text(encoding="utf-8")
            file = folder / "demo.toml"
            write_atomically(file, declared.replace(SITE_PLACE, site_url).encode())
            with open_context(settings, storage) as context:
                apply_file(context, file)
        return is_there, issue_link(storage, settings, utc_now())
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
