"""Whether this installation is well, and what to do where it is not: for `reviews doctor` and the page System."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from reviews.clock import utc_now
from reviews.config import Settings
from reviews.errors import ReviewsError, StorageBusy, StorageFull, StorageReadOnly
from reviews.i18n import N_, fill
from reviews.storage import Storage, open_storage, pushes, rotation, sources, workers

BEAT_TOO_OLD = timedelta(minutes=2)
BACKUP_TOO_OLD = timedelta(days=2)
PYTHON = N_("Python {version}")
DATABASE = N_("database: {fault}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: ok, warning or problem; what was found and what to do, as message ids with values for their places."""

    level: str
    what: str
    way_out: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was found, in English."""
        return fill(self.what, dict(self.values))


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check of this installation, in the order in which one would mend it."""
    storage = open_storage(settings.database_url)
    try:
        yield from examine_with(settings, storage)
    finally:
        storage.close()


def examine_with(settings: Settings, storage: Storage) -> Iterator[Finding]:
    """As `examine`, over an open storage."""
    yield from _python()
    yield from _settings(settings)
    yield from _folder(settings)
    yield from _mail(settings)
    try:
        storage.check()
    except ReviewsError as error:
        yield Finding(
            "problem", DATABASE, N_("“reviews init” sets it up, “reviews serve” upgrades it"), {"fault": error.message}
        )
        return
    yield Finding("ok", N_("database: {where}, schema current"), values={"where": storage.describe()})
    for check in (_may_write, _worker, _sources):
        yield from check(storage)
    yield from _backups(settings)


def examine_page(settings: Settings, url: str) -> Iterator[Finding]:
    """What is wrong with the widget on somebody's page: is the snippet there, and does the page's policy let it in?"""
    from reviews.fetcher import Fetcher, FetchPolicy
    from reviews.publish.embed_check import read_website
    from reviews.sandbox import Sandbox

    fetcher = Fetcher(FetchPolicy.from_settings(settings))
    try:
        with Sandbox() as sandbox:
            found = read_website(fetcher, sandbox, url, settings.base_url)
    except ReviewsError as error:
        yield Finding(
            "problem", N_("{url} could not be read: {fault}"), N_("is the address right, and public?"),
            {"url": url, "fault": error.message},
        )  # fmt: skip
        return
    for fault in found:
        yield Finding(fault.level, fault.what, fault.way_out)


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    # html.parser of older releases hangs on hostile input (CVE-2025-6069); we parse with lxml, libraries may not.
    if sys.version_info < (3, 11, 14):
        way_out = N_("3.11.14 or newer closes known faults in its HTML parser")
        yield Finding("warning", PYTHON, way_out, {"version": version})
    else:
        yield Finding("ok", PYTHON, values={"version": version})


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.secret_keys:
        yield Finding("ok", N_("secret key is set"))
    else:
        yield Finding("problem", N_("no secret key"), N_("set REVIEWS_SECRET_KEYS; “reviews init” writes one"))
    url = {"url": settings.base_url}
    local = "127.0.0.1" in settings.base_url or "localhost" in settings.base_url
    if not settings.is_https and not local:
        yield Finding("warning", N_("base_url {url} is not https"), N_("browsers block it on https pages"), url)
    else:
        yield Finding("ok", N_("base_url {url}"), values=url)
    if settings.allow_private_nets:
        nets = ", ".join(settings.allow_private_nets)
        yield Finding(
            "warning",
            N_("the fetcher may reach private networks: {nets}"),
            N_("unset allow_private_nets"),
            {"nets": nets},
        )
    if not settings.contact:
        yield Finding("warning", N_("contact is not set"), N_("set it, so that the sites we read can reach you"))


def _folder(settings: Settings) -> Iterator[Finding]:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = shutil.disk_usage(settings.data_dir).free
    except OSError as error:
        values = {"folder": settings.data_dir, "fault": error.strerror}
        yield Finding("problem", N_("data_dir {folder}: {fault}"), N_("make it writable"), values)
        return
    level = "ok" if free > 500_000_000 else "warning"
    values = {"folder": settings.data_dir, "free": f"{free // 1_000_000:,}"}
    yield Finding(level, N_("data_dir {folder}: {free} MB free"), values=values)


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_host:
        host = f"{settings.smtp_host}:{settings.smtp_port}"
        yield Finding("ok", N_("mail goes through {host}"), values={"host": host})
    else:
        yield Finding(
            "warning", N_("no mail server is set"), N_("set REVIEWS_SMTP_HOST, or nobody is told anything by mail")
        )


def _backups(settings: Settings) -> Iterator[Finding]:
    if not settings.daily_backups or settings.demo:
        yield Finding("ok", N_("no scheduled backups are asked for"))
        return
    found = rotation.find_backups(settings.backup_dir)
    if not found or utc_now() - found[0].made_at > BACKUP_TOO_OLD:
        yield Finding(
            "warning", N_("no scheduled backup of the last two days"), N_("is a worker running, is there room?")
        )
    else:
        values = {"n": len(found), "time": f"{found[0].made_at:%Y-%m-%d %H:%M}"}
        yield Finding("ok", N_("scheduled backups: {n}, the newest of {time} UTC"), values=values)


def _may_write(storage: Storage) -> Iterator[Finding]:
    try:
        with suppress(StorageBusy), storage.write():
            pass
    except (StorageFull, StorageReadOnly) as error:
        yield Finding("problem", DATABASE, N_("make room, or make it writable again"), {"fault": error.message})


def _worker(storage: Storage) -> Iterator[Finding]:
    with storage.read() as tx:
        beats = workers.find_workers(tx)
    newest = max((beat.beat_at for beat in beats), default=None)
    if newest is None or utc_now() - newest > BEAT_TOO_OLD:
        yield Finding("warning", N_("no worker is running"), N_("start “reviews serve” or “reviews worker”"))
    else:
        yield Finding("ok", N_("a worker is running"))


def _sources(storage: Storage) -> Iterator[Finding]:
    with storage.read() as tx:
        found, failing = sources.find_all_sources(tx), pushes.count_failing(tx)
    troubled = [source for source in found if source.failures or source.state in ("needs_person", "gone")]
    if troubled:
        labels = ", ".join(f"{source.label} [{source.public_id}]" for source in troubled[:10])
        values = {"n": len(troubled), "all": len(found), "labels": labels}
        yield Finding("warning", N_("{n} of {all} sources are in trouble: {labels}"), N_("see Sources"), values)
    else:
        yield Finding("ok", N_("{n} sources, none in trouble"), values={"n": len(found)})
    if failing:
        yield Finding("warning", f"notes of changes cannot be fetched for {failing} accounts (Pub/Sub)", "see Sources")
