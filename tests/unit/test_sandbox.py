"""The sandbox runs a function elsewhere and gives back its result, or one typed refusal."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import errors, model
from reviews.markup import parse_page
from reviews.sandbox import Sandbox, wire
from tests.hostile import captives

ALLOWED = ("tests.hostile.captives.",)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(allowed_prefixes=ALLOWED, cpu_seconds=0.5, wall_seconds=3) as opened:
        yield opened


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.text(alphabet="\ud800\x00\u2028a"),
    st.binary(),
    st.decimals(allow_nan=False),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.sampled_from(model.Precision),
    st.builds(model.RawReview, place=st.text(), text=st.none() | st.text(), volatile=st.just((("likes", "3"),))),
    st.builds(model.Rating, raw=st.text(), value=st.decimals(allow_nan=False), stars100=st.integers(0, 500)),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_comes_out_of_the_wire_as_it_went_in(value: object):
    received = wire.decode(*wire.encode(value), ())
    assert received == value
    assert type(received) is type(value)


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_any_bytes_on_the_wire_are_a_value_or_a_wire_error(text: bytes, blob: bytes):
    refused = False
    try:
        wire.decode(text, blob, ALLOWED)
    except wire.WireError:
        refused = True
    assert refused or text.startswith(b"{")


@dataclass(frozen=True)
class Foreign:
    """A dataclass outside the allowed modules."""

    text: str


@dataclass
class Loose:
    """A dataclass that is not frozen."""

    text: str


@pytest.mark.statement("A8", "T45")
@pytest.mark.parametrize(
    "text",
    [
        '{"v":{"c":"subprocess:Popen","v":{"args":"true"}},"b":[]}',
        '{"v":{"c":"os:system","v":{"command":"true"}},"b":[]}',
        '{"v":{"c":"tests.unit.test_sandbox:Foreign","v":{"text":"x"}},"b":[]}',
        '{"v":{"c":"datetime","v":{}},"b":[]}',
        '{"v":{"c":"Mapping","v":{}},"b":[]}',
        '{"v":{"c":"RawReview","v":{"unknown":"x"}},"b":[]}',
        '{"v":{"c":"RawReview.__class__","v":{}},"b":[]}',
        '{"v":{"c":"Precision","v":{}},"b":[]}',
        '{"v":{"e":"RawReview","v":"day"},"b":[]}',
        '{"v":{"e":"Precision","v":"century"},"b":[]}',
        '{"v":{"z":1},"b":[]}',
        '{"v":{"l":[],"s":[]},"b":[]}',
        '{"v":{"b":7},"b":[]}',
        '{"v":{"n":"1/3"},"b":[]}',
        '{"v":{"s":[{"l":[]}]},"b":[]}',
        '{"v":' + "[" * 100 + "]" * 100 + ',"b":[]}',
        "[" * 100_000,
        '{"v":1}',
        "null",
        "",
    ],
)
def test_a_forged_value_makes_no_object_that_was_not_foreseen(text: str):
    with pytest.raises(wire.WireError):
        wire.decode(text.encode(), b"", ALLOWED)


@pytest.mark.parametrize("value", [object(), Loose, lambda: None, float("nan"), {1: {2: object()}}, 1j])
def test_what_cannot_be_read_back_is_not_sent(value: object):
    with pytest.raises(wire.WireError):
        wire.encode(value)


def test_a_dataclass_of_a_foreign_module_is_not_read_even_if_it_was_sent():
    sent = wire.encode(Foreign("x"))
    with pytest.raises(wire.WireError):
        wire.decode(*sent, ALLOWED)
    assert wire.decode(*sent, ("tests.unit.",)) == Foreign("x")
    with pytest.raises(wire.WireError, match="neither a frozen"):
        wire.decode(*wire.encode(Loose("x")), ("tests.unit.",))


def test_a_function_runs_in_another_process_and_its_result_comes_back(sandbox: Sandbox):
    assert sandbox.run(captives.pid) not in (os.getpid(), 0)
    assert sandbox.run(captives.review, "kind and quick") == model.RawReview(place="row 1", text="kind and quick")
    day = model.ReviewDate(
        raw="2024",
        earliest=datetime(2024, 1, 1, tzinfo=UTC),
        latest=datetime(2024, 12, 31, tzinfo=UTC),
        precision=model.Precision.YEAR,
    )
    assert sandbox.run(captives.year_of, day) == (2024, model.Precision.YEAR)
    values = (b"\x00" * 3_000_000, Decimal("4.60"), date(2024, 2, 29), [1, {"a": None}])
    assert sandbox.run(captives.echo, values) == values
    assert sandbox.run(captives.echo, 1, charset="utf-8") == (1, {"charset": "utf-8"})


def test_a_real_page_is_read_behind_the_locked_doors_as_it_is_before_them():
    body = (
        b"<h1>Elm Street Physio</h1><address>12 Elm Street, Guelph</address><a href='tel:519-555-0142'>Call us</a>"
        b"<p>Rated 4.6 out of 5, 222 reviews</p><h2>What patients say</h2><blockquote>Kind people, bright rooms."
        b"<cite>Ada L.</cite></blockquote><blockquote>On time, every time.<cite>Bo B.</cite></blockquote>"
        b'<script type="application/ld+json">{"@type":"Dentist","name":"Elm","aggregateRating":{"ratingValue":"4.6",'
        b'"reviewCount":"222"},"review":{"author":"Ada","reviewBody":"Kind.","datePublished":"March 3, 2026"}}</script>'
    )
    with Sandbox(cpu_seconds=2, wall_seconds=20) as real:
        assert real.run(parse_page, body, "https://elm.example/", None, None) == parse_page(
            body, "https://elm.example/", None, None
        )


def test_a_child_is_warm_and_serves_many_tasks(sandbox: Sandbox):
    assert sandbox.run(captives.was_warmed)
    assert len({sandbox.run(captives.pid) for _ in range(5)}) == 1


def test_words_on_stdout_do_not_disturb_the_conversation(sandbox: Sandbox):
    assert sandbox.run(captives.chatter) == "quiet"


@pytest.mark.parametrize("function", [os.system, subprocess.run, lambda: None, captives.json.dumps, Sandbox.close])
def test_only_functions_of_allowed_modules_may_run(sandbox: Sandbox, function: object):
    with pytest.raises(ValueError, match="may not run"):
        sandbox.run(function)  # type: ignore[arg-type]


def test_by_default_only_our_own_parsers_may_run():
    with Sandbox() as ordinary:
        for function in (captives.pid, wire.encode, os.getpid):
            with pytest.raises(ValueError, match="may not run"):
                ordinary.run(function)
        assert ordinary.pids == ()


@pytest.mark.statement("T9", "F6")
def test_too_much_cpu_ends_the_task_and_the_next_gets_a_fresh_child(sandbox: Sandbox):
    before = sandbox.run(captives.pid)
    with pytest.raises(errors.SourceChanged, match="CPU time") as caught:
        sandbox.run(captives.spin)
    assert "too heavy" in caught.value.hint
    assert sandbox.run(captives.pid) != before


@pytest.mark.statement("T9", "F6")
def test_too_much_memory_ends_the_task_and_the_next_gets_a_fresh_child(sandbox: Sandbox):
    before = sandbox.run(captives.pid)
    assert sandbox.run(captives.eat, 100) == 100 * 1024 * 1024
    with pytest.raises(errors.SourceChanged, match="memory"):
        sandbox.run(captives.eat, 300)
    assert sandbox.run(captives.pid) != before


@pytest.mark.statement("F6")
def test_without_the_limits_the_same_task_takes_the_memory():
    assert captives.eat(300) == 300 * 1024 * 1024
    with Sandbox(allowed_prefixes=ALLOWED, memory_bytes=600 * 1024 * 1024) as generous:
        assert generous.run(captives.eat, 300) == 300 * 1024 * 1024


@pytest.mark.statement("F6")
def test_waiting_ends_with_the_wall_clock():
    with (
        Sandbox(allowed_prefixes=ALLOWED, wall_seconds=0.3) as hasty,
        pytest.raises(errors.SourceChanged, match="wall time"),
    ):
        hasty.run(captives.wait)


@pytest.mark.parametrize(
    ("function", "argument", "words"),
    [
        (captives.crash, None, "signal 11"),
        (captives.end, 3, "exit 3"),
        (captives.recurse, None, "RecursionError at captives.py"),
        (captives.nest, 200, "WireError"),
        (captives.shout, 9_000_000, "larger than 8000000 bytes"),
    ],
)
def test_each_mishap_is_a_typed_refusal_of_that_page_only(
    sandbox: Sandbox, function: object, argument: object, words: str
):
    arguments = () if argument is None else (argument,)
    with pytest.raises(errors.SourceChanged, match=words):
        sandbox.run(function, *arguments)  # type: ignore[arg-type]
    assert sandbox.run(captives.echo, "next") == "next"


def test_the_message_of_a_foreign_error_may_quote_the_page_and_is_not_passed_on(sandbox: Sandbox):
    with pytest.raises(errors.SourceChanged) as caught:
        sandbox.run(captives.sentence_with, "private-words")
    assert caught.value.message.startswith("the parser failed: ValueError at captives.py:")
    assert "private-words" not in caught.value.message


def test_our_own_errors_come_back_as_they_were(sandbox: Sandbox):
    with pytest.raises(errors.SourceBlocked) as blocked:
        sandbox.run(captives.refuse, "blocked")
    assert blocked.value.message == "as told"
    assert (blocked.value.hint, blocked.value.values) == ("A hint {name}", {"name": "n"})
    with pytest.raises(errors.ImportFileError) as broken:
        sandbox.run(captives.refuse, "file")
    assert (broken.value.file, broken.value.row, broken.value.column) == ("a.csv", 7, "text")


def test_threads_share_the_children_without_mixing_answers():
    with Sandbox(processes=2, allowed_prefixes=ALLOWED) as shared, ThreadPoolExecutor(8) as threads:
        wanted = [f"page {number}" * 100 for number in range(200)]
        assert list(threads.map(lambda text: shared.run(captives.echo, text), wanted)) == wanted
        assert 1 <= len(shared.pids) <= 2


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_closing_leaves_no_child():
    with Sandbox(allowed_prefixes=ALLOWED) as closing:
        child = closing.run(captives.pid)
        assert is_running(child)
    assert not is_running(child)
    with pytest.raises(ValueError, match="closed"):
        closing.run(captives.pid)


def test_an_idle_child_that_died_is_replaced(sandbox: Sandbox):
    child = sandbox.run(captives.pid)
    os.kill(child, 9)
    while is_running(child):
        os.sched_yield()
    assert sandbox.run(captives.pid) != child


def test_a_child_ends_with_its_parent():
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from reviews.sandbox import Sandbox\n"
        "from tests.hostile import captives\n"
        "sandbox = Sandbox(allowed_prefixes=('tests.hostile.captives.',))\n"
        "os.write(1, str(sandbox.run(captives.pid)).encode())\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(ROOT)], stdout=subprocess.PIPE, check=False)
    child = int(ran.stdout)
    gone = threading.Event()

    def watch() -> None:
        while is_running(child):
            os.sched_yield()
        gone.set()

    threading.Thread(target=watch, daemon=True).start()
    assert gone.wait(90)
