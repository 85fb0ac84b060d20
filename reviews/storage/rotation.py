"""Scheduled backups: one a day, of which the last 7 and the last of each of 4 weeks are kept."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reviews.storage.engine import Storage
from reviews.storage.manifest import manifest_path

DAILY_KEPT = 7
WEEKLY_KEPT = 4
EVERY = timedelta(days=1)
_NAME = re.compile(r"daily-(\d{8}T\d{6})Z\.(sqlite|postgres)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """A scheduled backup that is complete: its manifest lies beside it."""

    path: Path
    made_at: datetime
    size: int


def find_backups(folder: Path) -> list[BackupFile]:
    """The scheduled backups in a folder, the newest first; one without a manifest was cut off and is left out."""
    found = []
    for path in folder.glob("daily-*") if folder.is_dir() else ():
        if (match := _NAME.fullmatch(path.name)) and manifest_path(path).exists():
            made_at = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            found.append(BackupFile(path=path, made_at=made_at, size=path.stat().st_size))
    return sorted(found, key=lambda each: each.made_at, reverse=True)


def choose_kept(moments: Sequence[datetime]) -> set[datetime]:
    """Of backups, which stay: the newest of the last days, and the newest of each of the last weeks (ISO 8601)."""
    newest_first = sorted(moments, reverse=True)
    days: dict[str, datetime] = {}
    weeks: dict[tuple[int, int], datetime] = {}
    for moment in newest_first:
        days.setdefault(f"{moment:%Y-%m-%d}", moment)
        weeks.setdefault(moment.isocalendar()[:2], moment)
    return set(list(days.values())[:DAILY_KEPT]) | set(list(weeks.values())[:WEEKLY_KEPT])


def back_up_daily(storage: Storage, folder: Path, now: datetime, *, skip_origins: Collection[str]) -> Path | None:
    """Make today's backup unless there is one, and let go what need not be kept; the new file, or None."""
    from reviews.storage.backup import backup  # both engines, of which a web process needs one

    known = find_backups(folder)
    if known and timedelta(0) <= now - known[0].made_at < EVERY:
        return None
    path = folder / f"daily-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z.{storage.dialect}"

    backup(storage, path, now, skip_origins=skip_origins)
    everything = find_backups(folder)
    kept = choose_kept([each.made_at for each in everything])
    for each in everything:
        if each.made_at not in kept:
            each.path.unlink(missing_ok=True)
            manifest_path(each.path).unlink(missing_ok=True)
    return path
