"""Settings of an installation, from the environment and `reviews.toml`; the only reader of `os.environ`.

The environment wins over the file. All faults are reported at once, each with the setting's name, what was found and
what is expected.
"""

import base64
import hashlib
import ipaddress
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from reviews.errors import ConfigError

PREFIX = "REVIEWS_"
MIN_SECRET_LENGTH = 32
PLACEHOLDERS = ("change-me", "changeme", "change_me", "your-secret", "replace-me", "example-key")
SMTP_SECURITY = ("starttls", "tls", "none")
NUMBERS = ("port", "trusted_hops", "lease_seconds", "worker_threads", "web_processes", "web_threads", "smtp_port")
LISTS = (
    "secret_keys", "allow_private_nets", "allow_ports", "demo_stand_ins", "oidc_hosts", "sign_on_domains",
    "proxy_user_from",
)  # fmt: skip
SECRETS = ("secret_keys", "smtp_password", "metrics_token")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Each field is read from `REVIEWS_<FIELD>` or from the same key of reviews.toml."""

    data_dir: Path = Path("var")
    """Folder for the SQLite database, snapshot copies, backups."""
    database: str = ""
    """`postgresql://…`, or the path of a SQLite file; empty: `<data_dir>/reviews.db`."""
    base_url: str = "http://127.0.0.1:8000"
    """Public address of this installation, without a slash at the end; snippets and links are made of it."""
    host: str = "127.0.0.1"
    port: int = 8000
    secret_keys: tuple[str, ...] = ()
    """At least 32 characters each, separated by commas; the first encrypts, all decrypt (rotation)."""
    allow_private_nets: tuple[str, ...] = ()
    """Networks (CIDR) that the fetcher may dial although they are not public. For the demo and for tests."""
    allow_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    """Ports that the fetcher may dial."""
    contact: str = ""
    """Address or page named in the User-Agent, so that a site's owner can reach you."""
    import_dir: Path | None = None
    """Folder that `csv_file` sources may read files from; unset: none."""
    trusted_hops: int = 0
    """How many proxies in front set X-Forwarded-For and X-Forwarded-Proto."""
    lease_seconds: int = 300
    worker_threads: int = 2
    web_processes: int = 1
    web_threads: int = 8
    smtp_host: str = ""
    """The mail server; empty: no mail is sent."""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    """``starttls``, ``tls``, or ``none`` for a server on the same machine."""
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    """The address that mails come from."""
    daily_backups: bool = False
    """Whether the worker makes a backup a day into `backup_dir`, of which 7 daily and 4 weekly ones are kept."""
    metrics_token: str = field(default="", repr=False)
    """Who sends it may read /metrics; empty: only requests from this machine itself."""
    oidc_issuer: str = ""
    """The identity provider (OpenID Connect) that people may log in through, as it names itself; empty: none."""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None
    """The file that holds the client's secret and nothing else; unset: a public client, by PKCE alone."""
    oidc_name: str = ""
    """What people call the provider, on the button of the login page."""
    oidc_hosts: tuple[str, ...] = ()
    """Hosts beside the issuer's that the provider keeps its addresses on."""
    sign_on_domains: tuple[str, ...] = ()
    """Mail domains whose people may log in through the provider or the proxy; empty: all."""
    sign_on_is_second_factor: bool = False
    """Whether the provider or the proxy has asked for a second factor, so that we do not ask again."""
    proxy_user_header: str = ""
    """The header in which a proxy names the e-mail address of who has logged in there; empty: none."""
    proxy_user_from: tuple[str, ...] = ()
    """Addresses and networks (CIDR) of the proxies that may send it."""
    heartbeat_url: str = ""
    """An address that the worker asks every minute, so that somebody else notices when it does not any more."""
    demo: bool = False
    demo_stand_ins: tuple[str, ...] = ()
    """Only in the demo: `https://api.example.org=http://127.0.0.1:8002/example`, for each platform that this machine
    plays."""
    log_level: str = "INFO"
    failpoint: str = ""
    """Only for crash tests: `name:count` kills the process at that pass."""

    @property
    def database_url(self) -> str:
        """`postgresql://…` or the path of a SQLite file."""
        return self.database or str(self.data_dir / "reviews.db")

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.database.startswith(("postgresql://", "postgres://"))

    @property
    def snapshot_dir(self) -> Path:
        """Where the copies of snapshots lie that serve when the database does not."""
        return self.data_dir / "snapshots"

    @property
    def backup_dir(self) -> Path:
        """Where backups before migrations are written."""
        return self.data_dir / "backups"

    @property
    def user_agent(self) -> str:
        """Who we say we are, to every site."""
        return f"ClinicReviews/0.1 (+{self.contact or self.base_url})"

    @property
    def is_https(self) -> bool:
        """Whether the public address is https, and so cookies are Secure."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, file: Path | None = None) -> "Settings":
        """Settings of this process; raises ConfigError that names every wrong setting."""
        environ = os.environ if environ is None else environ
        file = file or Path(environ.get(PREFIX + "CONFIG", "reviews.toml"))
        found: dict[str, object] = {}
        faults: list[str] = []
        if file.exists():
            try:
                found.update(tomllib.loads(file.read_text(encoding="utf-8")))
                faults += private_file_faults(file, found)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{file}: not valid TOML: {error}") from error
            except OSError as error:
                raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
        names = {each.name for each in fields(cls)}
        for unknown in sorted(set(found) - names):
            faults.append(f"{file}: unknown setting {unknown!r}; known are {', '.join(sorted(names))}")
            del found[unknown]
        for name in names:
            if (text := environ.get(PREFIX + name.upper())) is not None:
                found[name] = text
        values: dict[str, object] = {}
        for name, value in found.items():
            try:
                values[name] = _read(name, value)
            except ValueError as error:
                faults.append(f"{PREFIX}{name.upper()}: found {value!r}; expected {error}")
        settings = replace(cls(), **values)  # type: ignore[arg-type]
        faults += settings._faults()
        if faults:
            raise ConfigError("settings are wrong:\n  " + "\n  ".join(faults))
        return settings

    def _faults(self) -> list[str]:
        faults = []
        if not _is_site(self.base_url):
            faults.append(
                f"REVIEWS_BASE_URL: found {self.base_url!r}; expected an address such as https://reviews.example.org, "
                "without a slash at the end"
            )
        if "://" in self.database and not self.is_postgres and not self.database.startswith("sqlite:///"):
            kind = self.database.partition(":")[0]
            faults.append(f"REVIEWS_DATABASE: found {kind}://…; expected postgresql://… or the path of a file")
        if self.failpoint and urlsplit(self.base_url).hostname not in LOOPBACK:
            faults.append("REVIEWS_FAILPOINT: found a place to die at; expected nothing but on this machine alone")
        for key in self.secret_keys:
            if any(word in key.lower() for word in PLACEHOLDERS):
                faults.append(
                    "REVIEWS_SECRET_KEYS: found a placeholder; expected a random text, `reviews init` writes one"
                )
            if len(key) < MIN_SECRET_LENGTH:
                faults.append(
                    f"REVIEWS_SECRET_KEYS: found a key of {len(key)} characters; expected at least {MIN_SECRET_LENGTH}"
                )
        return faults + self._mail_faults() + self._demo_faults() + self._sign_on_faults()

    def _sign_on_faults(self) -> list[str]:
        faults = []
        if self.oidc_issuer:
            parts = urlsplit(self.oidc_issuer) if _is_site(self.oidc_issuer.rstrip("/")) else None
            is_safe = parts is not None and (parts.scheme == "https" or parts.hostname in LOOPBACK)
            if parts is None or not is_safe or parts.query or parts.fragment or parts.username is not None:
                faults.append(
                    f"REVIEWS_OIDC_ISSUER: found {self.oidc_issuer[:200]!r}; expected https://login.example.org"
                )
            if not self.oidc_client_id:
                faults.append("REVIEWS_OIDC_CLIENT_ID: found nothing; expected the id that the provider gave you")
            if self.oidc_secret_file is not None and not self.oidc_secret_file.is_file():
                faults.append(f"REVIEWS_OIDC_SECRET_FILE: found {str(self.oidc_secret_file)!r}; expected a file")
        if self.proxy_user_header and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{2,60}", self.proxy_user_header):
            faults.append(
                f"REVIEWS_PROXY_USER_HEADER: found {self.proxy_user_header[:80]!r}; expected X-Forwarded-Email"
            )
        if bool(self.proxy_user_header) != bool(self.proxy_user_from):
            faults.append(
                "REVIEWS_PROXY_USER_FROM: expected the addresses of the proxies, together with the header's name"
            )
        return faults

    def _demo_faults(self) -> list[str]:
        """No real installation takes another server for a platform, and no demo one that is not on this machine."""
        faults = []
        if self.demo_stand_ins and not self.demo:
            faults.append("REVIEWS_DEMO_STAND_INS: only for the demo; expected nothing")
        for text in self.demo_stand_ins:
            origin, _, address = text.partition("=")
            parts = urlsplit(address)
            is_here = _is_site(address) and parts.scheme == "http" and parts.hostname in LOOPBACK
            if not (is_here and _is_site(origin) and origin.startswith("https://")):
                faults.append(
                    f"REVIEWS_DEMO_STAND_INS: found {text[:80]!r}; expected https://api.example.org=http://127.0.0.1:…"
                )
        return faults

    def _mail_faults(self) -> list[str]:
        faults = []
        if self.smtp_security not in SMTP_SECURITY:
            faults.append(f"REVIEWS_SMTP_SECURITY: found {self.smtp_security!r}; expected {', '.join(SMTP_SECURITY)}")
        if self.smtp_host and ("@" not in self.smtp_from or not self.smtp_from.isprintable()):
            faults.append(
                f"REVIEWS_SMTP_FROM: found {self.smtp_from!r}; expected an address such as reviews@example.org"
            )
        if self.smtp_password and self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            faults.append("REVIEWS_SMTP_SECURITY: found 'none' with a password; expected starttls or tls")
        return faults

    def fernet_keys(self) -> tuple[bytes, ...]:
        """Keys for encrypting secrets at rest, derived from `secret_keys`; raises ConfigError when there is none."""
        if not self.secret_keys:
            raise ConfigError("REVIEWS_SECRET_KEYS: found nothing; expected a random text, `reviews init` writes one")
        return tuple(
            base64.urlsafe_b64encode(hashlib.sha256(b"clinic-reviews/fernet/1:" + key.encode()).digest())
            for key in self.secret_keys
        )


def private_file_faults(file: Path, found: Mapping[str, object]) -> list[str]:
    """A fault if a file with secrets in it can be read by everybody on this machine; raises OSError."""
    secrets_in_it = sorted(name for name in SECRETS if found.get(name))
    if os.name != "nt" and secrets_in_it and file.stat().st_mode & 0o006:
        return [f"{file}: holds {', '.join(secrets_in_it)} and can be read by everybody; expected chmod 600 {file}"]
    return []


def child_environment(**settings: str) -> dict[str, str]:
    """This process's environment with settings changed, for a process that it starts."""
    return {**os.environ, **{PREFIX + name.upper(): value for name, value in settings.items()}}


def new_secret_key() -> str:
    """A random key, fit for `secret_keys`."""
    return secrets.token_urlsafe(32)


def find_folder(name: str) -> Path:
    """The folder `templates` or `examples`, in a checkout or inside an installed package."""
    package = Path(__file__).parent
    installed = package / f"_{name}"
    return installed if installed.exists() else package.parent / name


def _is_site(address: str) -> bool:
    try:
        url = urlsplit(address)
        port_is_right = url.port is None or url.port > 0
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.hostname) and port_is_right and not address.endswith("/")


def _read(name: str, value: object) -> object:
    """One setting from its text or TOML value; raises ValueError that says what is expected."""
    if name in NUMBERS:
        return _read_number(
            value, 0 if name == "trusted_hops" else 1, 65535 if name in ("port", "smtp_port") else 1_000_000
        )
    if name in ("demo", "daily_backups", "sign_on_is_second_factor"):
        if str(value).lower() in ("1", "true", "yes"):
            return True
        if str(value).lower() in ("0", "false", "no", ""):
            return False
        raise ValueError("1 or 0")
    if name in ("import_dir", "oidc_secret_file"):
        return Path(str(value)) if str(value) else None
    if name == "data_dir":
        if not str(value):
            raise ValueError("a folder")
        return Path(str(value))
    if name == "log_level":
        if str(value).upper() not in LOG_LEVELS:
            raise ValueError(f"one of {', '.join(LOG_LEVELS)}")
        return str(value).upper()
    if name == "failpoint" and str(value) and not str(value).partition(":")[2].isdecimal():
        raise ValueError("name:count")
    if name in LISTS:
        parts = (
            tuple(value) if isinstance(value, list) else tuple(p.strip() for p in str(value).split(",") if p.strip())
        )
        if name == "allow_ports":
            return tuple(_read_number(part, 1, 65535) for part in parts)
        if name in ("allow_private_nets", "proxy_user_from"):
            for part in parts:
                ipaddress.ip_network(str(part))
        if name in ("oidc_hosts", "sign_on_domains"):
            return tuple(str(part).lower().removeprefix("@") for part in parts)
        return tuple(str(part) for part in parts)
    return str(value)


def _read_number(value: object, low: int, high: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError(f"a whole number from {low} to {high}") from None
    if not low <= number <= high:
        raise ValueError(f"a whole number from {low} to {high}")
    return number
