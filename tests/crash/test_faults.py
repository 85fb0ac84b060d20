"""A disk that fails at any call: nothing acknowledged is lost, nothing is half done, and work goes on afterwards."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs LD_PRELOAD and /proc")]
EVERY = int(os.environ.get("REVIEWS_FAULTS_EVERY", "12"))
"""1 lets every call of a clean run fail in four ways; more, every so manieth in one of them."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("faults") / "faults.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a C compiler is missing: tests/install_system_packages.sh installs one"
    source = ROOT / "tests" / "crash" / "faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a folder: the disk is played anyway, and syncing a real one takes long."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path) as made:
        yield Path(made)


def run(library: Path, folder: Path, every: int, *mutant: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.crash.faults", str(folder), str(every), *mutant],
        env={**os.environ, "LD_PRELOAD": str(library)}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.statement("R13", "H2", "F4")
def test_whichever_call_fails_nothing_acknowledged_is_lost_and_nothing_is_half_done(library: Path, folder: Path):
    found = run(library, folder, EVERY)
    assert found["wrong"] == []
    assert found["faults"] >= 35


@pytest.mark.parametrize(
    ("mutant", "said"), [("commit_error_swallowed", "is lost"), ("sync_error_swallowed", "never reached the disk")]
)
def test_the_harness_catches_a_program_that_hides_an_error(library: Path, folder: Path, mutant: str, said: str):
    assert any(said in each for each in run(library, folder, EVERY, mutant)["wrong"])
