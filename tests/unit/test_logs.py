"""The log: one event, one line, no secrets, no people."""

import ast
import io
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import logs
from reviews.errors import SourceBlocked, SourceChanged


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is written; the root logger is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.setup("debug", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def lines(stream: io.StringIO) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


Lines = Callable[[], list[dict[str, Any]]]


@pytest.mark.statement("A46", "T32")
def test_an_event_is_one_line_of_json_with_time_level_and_fields(lines: Lines):
    logs.get_logger("reviews.collect").info("run_closed", source="src_1", run=12, outcome="ok", new=3, seconds=0.25)
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "logger": "reviews.collect",
        "event": "run_closed",
        "source": "src_1",
        "run": 12,
        "outcome": "ok",
        "new": 3,
        "seconds": 0.25,
    }


FORGED = [
    'ok\n{"level":"error","event":"forged"}',
    "a\r\nb",
    "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
    "\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe",
    "\ud800 alone",
    "\x00",
    "%s %d {0.__class__}",
]


@pytest.mark.statement("T32", "A6")
@pytest.mark.parametrize("text", FORGED)
def test_no_value_can_start_a_line_or_speak_to_a_terminal(
    stream: io.StringIO, lines: Lines, text: str, monkeypatch: pytest.MonkeyPatch
):
    # pytest's own handler would keep the text for its report, which cannot be sent with a lone surrogate in it.
    ours = [handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, logs.JsonLines)]
    monkeypatch.setattr(logging.getLogger(), "handlers", ours)
    logs.get_logger("x").info("event", reason=text)
    logs.get_logger("x").info(text)
    logging.getLogger("library").warning(text)
    logging.getLogger("library").warning("said %s", text)
    output = stream.getvalue()
    assert output.count("\n") == len(output.splitlines()) == 4
    assert all(" " <= character <= "~" for character in output.replace("\n", ""))
    assert lines()[0]["reason"] == text


@pytest.mark.statement("T32")
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=5), st.text(max_size=40))
def test_any_fields_make_one_line(fields: dict[str, str], event: str):
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (event,), None)
    record.event, record.fields = event, fields
    line = logs.JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["level"] == "info"


@pytest.mark.statement("T32")
def test_only_listed_fields_are_written_so_that_no_person_can_slip_in(stream: io.StringIO, lines: Lines):
    logs.get_logger("x").info(
        "review_saved", review_id=7, text="My tooth", author="Ana B.", email="ana@example.org", title="T", body="B"
    )
    (line,) = lines()
    assert line["review_id"] == 7
    assert line["dropped"] == ["author", "body", "email", "text", "title"]
    assert "Ana" not in stream.getvalue()
    assert "tooth" not in stream.getvalue()


def test_a_field_for_an_id_takes_no_name(lines: Lines):
    logs.get_logger("x").info("seen", clinic="Willow Lane Dental", person="Ana", source="kX9_-a", run=None)
    assert lines()[0]["dropped"] == ["clinic"]
    assert (lines()[0]["source"], lines()[0]["run"]) == ("kX9_-a", None)


@pytest.mark.statement("T32")
def test_fields_named_like_secrets_are_replaced(stream: io.StringIO, lines: Lines):
    canaries = {
        name: f"canary-{place}"
        for place, name in enumerate(
            ["token", "refresh_token", "password", "client_secret", "Authorization", "Set-Cookie", "api_key", "session"]
        )
    }
    logs.get_logger("x").info("event", **canaries, kind="nested", state={"token": "canary-x", "text": "canary-y"})
    assert "canary" not in stream.getvalue()
    assert lines()[0]["token"] == "[redacted]"


SECRETS = [
    "Bearer abc.DEF-123",
    "authorization: Basic dXNlcjpwYXNz",
    "gAAAAABk1234567890abcdefghij-_=",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "rv_live_0123456789abcdefghijABCDEFGHIJ",
    "password=hunter2-canary",
    'client_secret": "hunter2-canary',
    "https://staff:hunter2-canary@example.org/x",
    "postgresql://reviews:hunter2-canary@db.example.org/reviews",
    "https://example.org/x?key=hunter2-canary&b=c",
    "/reset?code=hunter2-canary",
    "ana.b+clinic@mail.example.org",
    "0123456789abcdef0123456789ABCDEF-_xyz",
]


@pytest.mark.statement("T32")
@pytest.mark.parametrize("secret", SECRETS)
def test_values_that_look_like_secrets_are_replaced_wherever_they_stand(stream: io.StringIO, secret: str):
    logs.get_logger("x").info("event", reason=f"went wrong: {secret} and on", url=secret)
    logs.get_logger("x").error("event", error=SourceBlocked(f"refused {secret} again"))
    logging.getLogger("library").warning("with %s inside", secret)
    output = stream.getvalue()
    for piece in re.findall(r"hunter2-canary|ana\.b|[A-Za-z0-9_\-]{20,}|abc\.DEF|dXNlcjpwYXNz", secret):
        assert piece not in output


@pytest.mark.parametrize(
    "value",
    [
        "https://example.org/clinic/reviews",
        "reviews.sources.web_page",
        "7b0f9c1e-1f0a-4c0e-9e57-0a1b2c3d4e5f",
        "source answered 503",
        "2026-11-22T09:00:00.000000Z",
        "k3JhQ9xZ_-a1b2c3d4e5f6",
    ],
)
def test_ordinary_values_stay_readable(value: str):
    assert logs.redact(value) == value


@pytest.mark.statement("T32")
def test_an_error_is_described_by_type_and_place_and_only_ours_keep_their_message(stream: io.StringIO, lines: Lines):
    def fail() -> None:
        try:
            raise ValueError("the text of a review")
        except ValueError as error:
            raise SourceChanged("half the records rejected") from error

    try:
        fail()
    except SourceChanged:
        logs.get_logger("x").exception("run_failed", source="s")
    logs.get_logger("x").warning("odd", error=KeyError("Ana"))
    first, second = lines()
    assert first["error"]["type"] == "SourceChanged"
    assert first["error"]["message"] == "half the records rejected"
    assert first["error"]["causes"] == ["ValueError"]
    assert re.fullmatch(r"test_logs\.py:\d+:fail", first["error"]["at"][-1])
    assert second["error"] == {"type": "KeyError", "at": []}
    assert "review" not in stream.getvalue()
    assert "Ana" not in stream.getvalue()


def test_a_librarys_traceback_does_not_quote_its_data(stream: io.StringIO, lines: Lines):
    try:
        raise ValueError("the words of Ana")
    except ValueError:
        logging.getLogger("library").exception("it failed")
    assert lines()[0]["error"]["type"] == "ValueError"
    assert "Ana" not in stream.getvalue()


def test_a_librarys_broken_format_does_not_break_the_log():
    record = logging.LogRecord("library", logging.WARNING, "", 0, "%d things", ("many",), None)
    assert json.loads(logs.JsonLines().format(record))["message"] == "%d things"


def test_levels_below_the_set_one_are_not_written(stream: io.StringIO):
    logs.setup("WARNING", stream)
    log = logs.get_logger("reviews.quiet")
    log.debug("a")
    log.info("b")
    assert stream.getvalue() == ""
    log.warning("c")
    assert stream.getvalue().count("\n") == 1


def test_an_unknown_level_is_refused():
    level = logging.getLogger().level
    with pytest.raises(ValueError, match="LOUD"):
        logs.setup("loud")
    assert logging.getLogger().level == level


def test_values_keep_their_kind_and_long_ones_are_cut(lines: Lines):
    logs.get_logger("x").info("e", count=3, ms=float("nan"), state=[1, "a" * 3000], reason=None, networks=("a", "b"))
    line = lines()[0]
    assert (line["count"], line["ms"], line["reason"], line["networks"]) == (3, "nan", None, ["a", "b"])
    assert len(line["state"][1]) == logs.MAX_VALUE_LENGTH + 1


PUMPS = ["a", "a.", "a@", "token", "token=", "?", "://", "bearer ", "eyJ", "a-", "0a", "gAAAA", ".", "x@a.", "_", "?a"]


@pytest.mark.statement("T33")
@pytest.mark.parametrize("pump", PUMPS)
def test_no_pattern_explodes(pump: str):
    text = pump * (200_000 // len(pump))
    start = time.process_time()
    logs.redact(text + "!")
    assert time.process_time() - start < 10  # a quadratic search of it would take minutes
    for pattern in (value for value in vars(logs).values() if isinstance(value, re.Pattern)):
        start = time.process_time()
        pattern.sub("", text[: logs.MAX_VALUE_LENGTH] + "!")
        assert time.process_time() - start < 10  # a quadratic search of it would take minutes


def test_every_event_of_the_program_uses_fields_that_are_written():
    package = Path(logs.__file__).parent
    unknown = [
        f"{path.relative_to(package)}:{node.lineno} {keyword.arg}"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        for keyword in node.keywords
        if keyword.arg not in logs.FIELDS | logs.ID_FIELDS | {"error"}
    ]
    assert unknown == []
