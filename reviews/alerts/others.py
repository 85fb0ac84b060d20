"""Messages to services that apprise knows, of which a few are chosen; the extra `channels` installs it.

apprise calls `requests` by itself. Here the plugins of the chosen services find a door in its place that leads every
request through the fetcher: the same checked addresses, no redirects, and nothing but POST. Plugins that run programs,
write files or speak other protocols are never made.
"""

import importlib.util
import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from reviews.alerts.messages import Line, Message
from reviews.alerts.retries import Verdict, judge
from reviews.errors import SourceError, SourceRequestError, SourceUnavailable
from reviews.fetcher import Fetcher
from reviews.i18n import N_

SCHEMAS = ("discord", "gchat", "gotifys", "jsons", "ntfys", "pover", "tgram")
PLAIN_SCHEMAS = ("gotify", "json", "ntfy")
"""Without TLS: only where the operator has allowed private networks."""
BODY_LENGTH = 1800
"""Of 2000 characters that Discord takes; the others take more."""
ANSWER_BYTES = 64_000
NAMES = frozenset({"codes", "exceptions", "RequestException", "ConnectionError", "Timeout"})

NOT_CHOSEN = N_("This service is not one of those that can be used: {schemas}.")
NOT_READABLE = N_("This address is not complete. Please compare it with the description of the service.")
NOT_INSTALLED = N_("The operator has not installed this kind of channel (extra “channels”).")


def check_address(url: str, *, allows_plain: bool) -> str:
    """What people recognise it by, a host or the service. Raises SourceRequestError for an address that cannot be."""
    plugin = _make(url, allows_plain=allows_plain)
    schema = url.partition("://")[0].lower()
    host = urlsplit(url).hostname or ""
    return host if schema in ("json", "jsons", "gotify", "gotifys") and host and plugin else schema


def send(fetcher: Fetcher, url: str, message: Message, *, seconds: float, allows_plain: bool) -> Verdict:
    """One attempt; what the service answered last."""
    try:
        plugin = _make(url, allows_plain=allows_plain)
    except SourceRequestError as error:
        return Verdict(outcome="failed", said=error.message)
    door = _Door(fetcher=fetcher, seconds=seconds)
    token = _door.set(door)
    try:
        is_taken = plugin.notify(title=quiet(message.subject), body=write_body(message), body_format="text")
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        # What a plugin says of its own fault may hold the address.
        return Verdict(outcome="failed", said=f"the plugin failed: {type(error).__name__}")
    finally:
        _door.reset(token)
    if door.fault is not None:
        return Verdict(outcome="failed", said=door.fault, is_down=door.is_down)
    if door.status is None or (not is_taken and door.status < 300):
        return Verdict(outcome="failed", said="the service did not take it")
    return judge("apprise", door.status, b"", door.retry_after_seconds)


# ---------------------------------------------------------------- text
def write_body(message: Message) -> str:
    """The message as plain text, in which words of others neither call people nor make links."""
    lines = [*message.lines]
    for section in message.sections:
        lines += [Line(text=""), Line(text=section.heading), *section.lines]
    text = "\n".join([quiet(message.heading), *map(_write_line, lines)])
    if len(text) > BODY_LENGTH:
        text = text[:BODY_LENGTH].rstrip() + " …"
    return f"{text}\n{_write_line(message.action)}" if message.action else text


def _write_line(line: Line) -> str:
    text = "\n".join(f"> {quiet(part)}" for part in line.text.splitlines()) if line.quote else quiet(line.text)
    return f"{text}: {line.url}" if line.url else text


def quiet(text: str) -> str:
    """Marks of markup, mentions and links kept from acting by an invisible word joiner."""
    for mark in ("*", "_", "~", "`", "://", "@", "www.", "<", "](", "||"):
        text = text.replace(mark, f"{mark[0]}\u2060{mark[1:]}")
    return text


# ---------------------------------------------------------------- apprise
def _make(url: str, *, allows_plain: bool) -> Any:
    """The plugin of an address of a chosen service, its way out led through our door."""
    schema = url.partition("://")[0].lower()
    chosen = SCHEMAS + (PLAIN_SCHEMAS if allows_plain else ())
    if "://" not in url or schema not in chosen:
        raise SourceRequestError("not a chosen service", NOT_CHOSEN, {"schemas": ", ".join(SCHEMAS)})
    if importlib.util.find_spec("apprise") is None:
        raise SourceRequestError("apprise is not installed", NOT_INSTALLED)
    import apprise

    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, plugin_paths=[])
    plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    module: Any = sys.modules[type(plugin).__module__]
    if plugin is None or not module.__name__.startswith("apprise.plugins."):
        raise SourceRequestError("the address is not complete", NOT_READABLE)
    if not isinstance(module.requests, _Requests):
        module.requests = _Requests(module.requests)
    return plugin


@dataclass(kw_only=True)
class _Door:
    """What one attempt may use, and what came of it."""

    fetcher: Fetcher
    seconds: float
    status: int | None = None
    fault: str | None = None
    is_down: bool = False
    retry_after_seconds: int | None = None


_door: ContextVar[_Door] = ContextVar("door")


class _Requests:
    """What a plugin finds under the name `requests`: its names for errors, and POST through the fetcher."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        if name not in NAMES:
            raise AttributeError(name)
        return getattr(self._real, name)

    def request(self, method: str, url: str, **options: Any) -> Any:
        """As `post`; other methods are refused."""
        if method.upper() != "POST":
            raise self._refused(_door.get(), f"{method[:10]} is not used")
        return self.post(url, **options)

    def post(
        self, url: str, *, data: Any = None, params: Any = None, headers: Mapping[str, Any] | None = None,
        auth: Any = None, files: Any = None, **_: Any,
    ) -> Any:  # fmt: skip
        """The answer, in the shape that plugins read."""
        door = _door.get()
        if files:
            raise self._refused(door, "no file is sent")
        sent = {str(name): str(value) for name, value in (headers or {}).items()}
        kind = next((value for name, value in sent.items() if name.lower() == "content-type"), "")
        if isinstance(data, Mapping):
            data, kind = urlencode(data), "application/x-www-form-urlencoded"
        if auth:
            sent["Authorization"] = "Basic " + b64encode(":".join(map(str, auth)).encode()).decode("ascii")
        own = {n: v for n, v in sent.items() if n.lower() not in ("content-type", "user-agent", "accept")}
        content = data if isinstance(data, bytes) else str(data or "").encode()
        try:
            answer = door.fetcher.post_bytes(
                f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url, content, kind,
                headers=own, accept="*/*", max_bytes=ANSWER_BYTES, deadline_seconds=door.seconds, min_pace_seconds=0.0,
                also_answer=tuple(range(200, 600)),
            )  # fmt: skip
        except SourceError as error:
            door.is_down = isinstance(error, SourceUnavailable)
            raise self._refused(door, error.message) from error
        door.status, door.retry_after_seconds = answer.status, answer.retry_after_seconds
        text = answer.body.decode("utf-8", "replace")
        return SimpleNamespace(
            status_code=answer.status, content=answer.body, text=text, headers=dict(answer.headers),
            json=lambda: json.loads(text), ok=answer.status < 400,
        )  # fmt: skip

    def _refused(self, door: _Door, why: str) -> Exception:
        door.fault = why
        found: Exception = self._real.RequestException(why)
        return found
