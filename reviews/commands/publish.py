"""`reviews publish DIR`: everything public as files."""

from pathlib import Path

from reviews import i18n, rules
from reviews.clock import utc_now
from reviews.config import Settings
from reviews.publish.folder import Published, publish_folder
from reviews.storage import Storage
from reviews.web.hot import static_bodies


def publish_to(storage: Storage, settings: Settings, folder: Path) -> Published:
    """Publish into a folder; raises ConfigError, StorageError, OSError."""
    return publish_folder(storage, settings, rules.load(), i18n.load(), static_bodies(), folder, utc_now())
