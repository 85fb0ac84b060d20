"""Figures of the machine in the text form of Prometheus (exposition format 0.0.4). Counts and ages, of nobody."""

from collections.abc import Iterator
from datetime import datetime

from reviews import __version__
from reviews.config import Settings
from reviews.errors import StorageError
from reviews.storage import Storage, deliveries, machine, rotation, sources, workers

Sample = tuple[str, float]


def render_metrics(storage: Storage, settings: Settings, now: datetime) -> str:
    """All figures; with the database away only that it is."""
    lines: list[str] = []
    for name, kind, text, samples in _metrics(storage, settings, now):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{labels} {value:g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _metrics(storage: Storage, settings: Settings, now: datetime) -> Iterator[tuple[str, str, str, list[Sample]]]:
    yield "reviews_info", "gauge", "Version of the program.", [(f'{{version="{__version__}"}}', 1)]
    try:
        with storage.read() as tx:
            queue = machine.read_queue(tx, now)
            counts = machine.count_rows(tx)
            states = {each.state: each.count for each in deliveries.count_states(tx)}
            beats = [each.beat_at for each in workers.find_workers(tx)]
            newest = sources.newest_success(tx)
        size = machine.measure_bytes(storage)
    except StorageError:
        yield "reviews_database_up", "gauge", "Whether the database answers.", [("", 0)]
        return
    yield "reviews_database_up", "gauge", "Whether the database answers.", [("", 1)]
    yield "reviews_database_bytes", "gauge", "Size of the database.", [("", size)]
    rows = [(f'{{kind="{kind}"}}', float(count)) for kind, count in sorted(counts.items())]
    yield "reviews_rows", "gauge", "Rows by kind.", rows
    yield "reviews_sources", "gauge", "Sources.", [("", queue.sources)]
    yield "reviews_sources_due", "gauge", "Sources that wait to be read.", [("", queue.due)]
    yield "reviews_sources_held", "gauge", "Sources that a worker reads now.", [("", queue.held)]
    yield "reviews_sources_troubled", "gauge", "Sources in trouble.", [("", queue.troubled)]
    yield "reviews_events_waiting", "gauge", "Events that no message was made of yet.", [("", queue.events)]
    messages = [(f'{{state="{name}"}}', float(states.get(name, 0))) for name in ("waiting", "sent", "dead", "dropped")]
    yield "reviews_messages", "gauge", "Messages of the last ninety days by state.", messages
    yield (
        "reviews_workers",
        "gauge",
        "Workers heard of in the last three minutes.",
        [("", sum(1 for beat in beats if (now - beat).total_seconds() <= 180))],
    )
    ages = {
        "reviews_worker_beat_age_seconds": ("Age of the newest sign of a worker.", max(beats, default=None)),
        "reviews_newest_success_age_seconds": ("Age of the newest source that was read well.", newest),
    }
    backups = rotation.find_backups(settings.backup_dir)
    ages["reviews_backup_age_seconds"] = (
        "Age of the newest scheduled backup.",
        backups[0].made_at if backups else None,
    )
    for name, (text, moment) in ages.items():
        if moment is not None:
            yield name, "gauge", text, [("", max(0.0, (now - moment).total_seconds()))]
