"""`reviews init`: the settings file."""

from pathlib import Path

from reviews.config import Settings, new_secret_key
from reviews.errors import ConfigError
from reviews.files import write_atomically

TEMPLATE = """\
# Settings of Clinic Reviews. Every line can also be given as an environment variable, REVIEWS_<NAME>, which wins.
# Keep this file to yourself: it holds the key that encrypts stored secrets.

base_url = "{base_url}"
secret_keys = ["{key}"]
data_dir = "var"
daily_backups = true

# database = "postgresql://reviews@localhost/reviews"   # unset: SQLite in data_dir
# contact = "web@your-clinic.example"                   # named to the sites that are read
# host = "127.0.0.1"
# port = 8000
"""


def write_settings_file(file: Path, *, base_url: str) -> None:
    """Write a settings file with a random key, readable by its owner alone.

    Raises ConfigError, and leaves no file, if there is one already or if its settings would be wrong.
    """
    if file.exists():
        raise ConfigError(f"{file} exists already; remove it first, or edit it")
    if '"' in base_url or "\\" in base_url or not base_url.isprintable():
        raise ConfigError(f"base_url: found {base_url!r}; expected an address such as https://reviews.example.org")
    text = TEMPLATE.format(base_url=base_url.rstrip("/"), key=new_secret_key())
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, text.encode(), mode=0o600)
    try:
        Settings.from_env(file=file)
    except ConfigError:
        file.unlink()
        raise
