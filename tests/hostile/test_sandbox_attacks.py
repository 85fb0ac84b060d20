"""A parser that was taken over reaches nothing: no network, no files, no environment, no other process (T45)."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviews import errors
from reviews.sandbox import Sandbox, lock
from tests.hostile import captives
from tests.platforms.raw_server import Server

ROOT = Path(__file__).parent.parent.parent
ALLOWED = ("tests.hostile.captives.",)


@pytest.fixture(scope="module")
def bystander() -> Iterator[int]:
    """A process that an attack may signal."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid


@pytest.fixture(scope="module")
def cell() -> Iterator[Sandbox]:
    with Sandbox(allowed_prefixes=ALLOWED) as opened:
        yield opened


@pytest.fixture
def target(request: pytest.FixtureRequest, tmp_path: Path, server: Server, bystander: int) -> str:
    """What the attack of this test is aimed at."""
    name = request.node.callspec.params["name"]
    if name in ("signal another process", "limit another process"):
        return str(bystander)
    if name == "connect":
        return str(server.port)
    path = tmp_path / "reviews.db"
    path.write_bytes(b"rows")
    return str(path)


@pytest.mark.statement("T45", "F6")
@pytest.mark.parametrize("name", sorted(captives.ATTEMPTS))
def test_a_captive_is_refused(
    cell: Sandbox, name: str, target: str, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CANARY", "secret")
    assert cell.run(captives.attempt, name, target) in (
        "PermissionError",
        "OSError",
        "ValueError",
        "ModuleNotFoundError",
        "ImportError",
    )
    assert server.connections == 0
    if os.path.isabs(target):
        assert Path(target).read_bytes() == b"rows"
        assert [path.name for path in tmp_path.iterdir()] == ["reviews.db"]


FREE = sorted(set(captives.ATTEMPTS) - {"take more memory"})


@pytest.mark.statement("T45")
@pytest.mark.parametrize("name", FREE)
def test_the_same_attempt_succeeds_in_an_ordinary_process(name: str, target: str):
    """The mutant: these attempts are real, it is the lock that stops them."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); from tests.hostile.captives import attempt; "
    script += "print(attempt(sys.argv[2], sys.argv[3]))"
    ran = subprocess.run(
        [sys.executable, "-c", script, str(ROOT), name, target],
        env={"CANARY": "secret"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if name == "become a program":
        assert not Path(target).exists()
    else:
        assert ran.stdout.strip() == "done"


@pytest.mark.statement("A8", "T45")
@pytest.mark.parametrize("kind", ["noise", "giant", "early", "pickle"])
def test_a_forged_answer_is_refused_and_costs_only_its_own_page(kind: str):
    with Sandbox(allowed_prefixes=ALLOWED) as cell:
        with pytest.raises(errors.SourceChanged, match="refused"):
            cell.run(captives.forge, kind)
        assert cell.run(captives.echo, "next") == "next"


def test_the_kernels_filter_is_on_where_this_machine_has_it(cell: Sandbox):
    cell.run(captives.pid)
    assert cell._idle[0].has_filter == (sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64"))


def test_the_filter_is_a_program_that_refuses_by_default():
    program = lock.build_filter(0xC000003E, 302, [0, 1])
    assert len(program) % 8 == 0
    assert program[-8:] == lock._step(0x06, 0x00050001)


@pytest.mark.statement("T9", "F6")
@pytest.mark.parametrize(
    "unit",
    [
        "<dl><dt>",
        "<p><b>",
        '<div class="',
        "<!-- ",
        "<script>/*",
        '{"k":[',
        "&lt;",
        "<table><tr>",
        "<svg><style>",
        "<q a=b ",
    ],
)
@pytest.mark.parametrize("size", [1_000, 200_000, 2_000_000])
def test_a_repeated_pattern_is_read_or_refused_within_the_limits(page_sandbox: Sandbox, unit: str, size: int):
    page = (unit * (size // len(unit) + 1))[:size].encode()
    markup = pytest.importorskip("reviews.markup")
    start = time.monotonic()
    hint = "read"
    try:
        page_sandbox.run(markup.parse_page, page, "https://clinic.example.org/", None)
    except errors.SourceChanged as error:
        hint = error.hint
    assert hint
    assert time.monotonic() - start < 30  # two seconds of CPU, on whatever machine


@pytest.fixture(scope="module")
def page_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened
