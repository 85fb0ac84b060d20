"""One line per event, no personal data: JSON lines on stderr.

A caller names an event and gives *fields*, never a sentence::

    log = logs.get_logger(__name__)
    log.info("run_closed", source=source.public_id, outcome="ok", new=3)

Only the field names in `FIELDS` and `ID_FIELDS` are written. There is no field for a review's text, an author, a name
or a mail address, so none can slip in; what was left out is named under ``dropped``. Values that look like secrets are
replaced, queries of URLs are cut, and everything outside printable ASCII is escaped: one event is always one line.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from reviews import clock
from reviews.errors import ReviewsError

FIELDS = frozenset(
    """
    group_id clinic_id source_id run_id review_id person_id widget_id upload_id connection_id event_id public_id
    kind origin outcome state trigger purpose action object_kind reason setting dialect engine database status
    method path route url host port origin_url etag content_type seconds ms wait_seconds retry_after_seconds
    lease_seconds cpu_seconds interval_minutes deadline_seconds bytes rows pages count total seen new changed
    unchanged rejected missing returned skipped failures attempt attempts limit pending sent dead removed purged
    child code worker owner fence process
    processes threads version versions scorer migration signal exit_code next_due_at
    due_at since until started_at networks ports folder line function size
    """.split()  # noqa: SIM905 - a list of ninety quoted words reads worse
)
ID_FIELDS = frozenset(("group", "clinic", "source", "run", "review", "person", "widget", "upload", "connection"))
"""Fields that take a number or a public id and nothing else, since a name would fit in as easily."""
MAX_VALUE_LENGTH = 1000
REDACTED = "[redacted]"

_SECRET_KEY = re.compile(
    r"token|password|passwd|secret|authorization|cookie|credential|api_?key|session", re.IGNORECASE
)
# Each pattern starts at a boundary or at a fixed text and repeats one class only, so none can explode.
_SECRET_VALUES = (
    re.compile(r"(?i)\b(?:bearer|basic|token)\s+[^\s\"',;]+"),
    re.compile(r"\bgAAAA[A-Za-z0-9_\-=]+"),
    re.compile(r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-.]+"),
    re.compile(r"\b(?:rv_live|sk_live|whsec|ghp)_[A-Za-z0-9]+"),
    re.compile(
        r"(?i)\b(?:[a-z0-9_\-]{0,32})(?:token|password|passwd|secret|cookie|api_?key)[\"']?\s{0,3}[=:]\s{0,3}[^\s,;&]+"
    ),
)
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9_\-=])[A-Za-z0-9_\-=]{32,}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9_\-]{1,40}")
_USERINFO = re.compile(r"://[^\s/@\"']{1,200}@")
_QUERY = re.compile(r"\?[^\s\"'<>]*")
_PAIR = re.compile(r"\?[\w%.\-\[\]]{1,64}=[^\s\"'<>]*")
_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,8}")


def redact(text: str) -> str:
    """`text` without secrets, mail addresses and queries of URLs, at most `MAX_VALUE_LENGTH` characters."""
    cut = text[:MAX_VALUE_LENGTH]
    cut = _USERINFO.sub("://[redacted]@", cut)
    cut = (_QUERY if "://" in cut or cut.startswith("/") else _PAIR).sub("?[cut]", cut)
    for pattern in _SECRET_VALUES:
        cut = pattern.sub(REDACTED, cut)
    cut = _LONG_RUN.sub(_judge_long_run, cut)
    cut = _MAIL.sub("[mail]", cut)
    return cut if len(text) <= MAX_VALUE_LENGTH else cut + "…"


def _judge_long_run(match: re.Match[str]) -> str:
    run = match.group()
    if _UUID.fullmatch(run) or not (re.search(r"\d", run) and re.search(r"[A-Za-z]", run)):
        return run
    return REDACTED


class Log:
    """Writes events of one module; each method takes a constant event name and fields of `FIELDS`."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, /, **fields: object) -> None:
        """An event that only a developer asks for."""
        self._write(logging.DEBUG, event, None, fields)

    def info(self, event: str, /, **fields: object) -> None:
        """An event of ordinary life."""
        self._write(logging.INFO, event, None, fields)

    def warning(self, event: str, /, *, error: BaseException | None = None, **fields: object) -> None:
        """An event that somebody should look at some day; `error` is described without its data."""
        self._write(logging.WARNING, event, error, fields)

    def error(self, event: str, /, *, error: BaseException | None = None, **fields: object) -> None:
        """An event that somebody should look at now; `error` is described without its data."""
        self._write(logging.ERROR, event, error, fields)

    def exception(self, event: str, /, **fields: object) -> None:
        """Like `error`, with the error that is being handled."""
        self._write(logging.ERROR, event, sys.exception(), fields)

    def _write(self, level: int, event: str, error: BaseException | None, fields: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, extra={"event": event, "fields": fields, "error": error})


def get_logger(name: str) -> Log:
    """The log of one module; pass `__name__`."""
    return Log(logging.getLogger(name))


class JsonLines(logging.Formatter):
    """Formats any record of the standard library as one line of ASCII JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": clock.to_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        event = getattr(record, "event", None)
        if event is None:
            # A library's record: its text is not ours to trust, so it is redacted like a value.
            line["message"] = redact(_message_of(record))
            error = record.exc_info[1] if record.exc_info else None
        else:
            line["event"] = redact(str(event))
            line.update(clean_fields(getattr(record, "fields", {})))
            error = getattr(record, "error", None)
        if error is not None:
            line["error"] = describe_error(error)
        return json.dumps(line, ensure_ascii=True, allow_nan=False)


def clean_fields(fields: dict[str, object]) -> dict[str, object]:
    """The fields that may be written, redacted; names of the others under ``dropped``."""
    clean: dict[str, object] = {}
    dropped = []
    for name, value in fields.items():
        if _SECRET_KEY.search(name):
            clean[name[:64]] = REDACTED
        elif name in FIELDS:
            clean[name] = _clean_value(value)
        elif name in ID_FIELDS and (value is None or _ID.fullmatch(str(value))):
            clean[name] = value if isinstance(value, int) else None if value is None else str(value)
        else:
            dropped.append(name[:64])
    if dropped:
        clean["dropped"] = sorted(dropped)
    return clean


def _clean_value(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 6) if value - value == 0 else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean_value(item) for item in list(value)[:20]]
    if isinstance(value, dict):
        return clean_fields({str(name): item for name, item in list(value.items())[:20]})
    return redact(str(value))


def describe_error(error: BaseException) -> dict[str, object]:
    """Type, place and causes of an error.

    Only our own errors keep their message: those are written for the operator. Messages of other errors may quote the
    data that caused them.
    """
    described: dict[str, object] = {"type": type(error).__name__}
    if isinstance(error, ReviewsError):
        described["message"] = redact(error.message)
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    described["at"] = [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames]
    causes: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(causes) < 4:
        causes.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    if causes:
        described["causes"] = causes
    return described


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def setup(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the log of this process to stderr (or `stream`), from `level` up; a second call replaces the first.

    Raises ValueError for an unknown level.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers[:] = [handler]
    logging.captureWarnings(True)
    # At its ordinary level urllib3 writes every address with its query.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
