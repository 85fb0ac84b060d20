"""Settings: what is wrong stops the start, all of it at once, in words that say what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

WRONG = {
    "REVIEWS_PORT": ("many", "a whole number from 1 to 65535"),
    "REVIEWS_BASE_URL": ("reviews.example.org/", "an address such as https://reviews.example.org"),
    "REVIEWS_DATABASE": ("mysql://root@127.0.0.1/reviews", "postgresql://… or the path of a file"),
    "REVIEWS_LOG_LEVEL": ("loud", "one of DEBUG, INFO"),
    "REVIEWS_DEMO": ("perhaps", "1 or 0"),
    "REVIEWS_ALLOW_PORTS": ("80,http", "a whole number"),
    "REVIEWS_SMTP_SECURITY": ("magic", "starttls, tls, none"),
    "REVIEWS_SMTP_FROM": ("nobody", "an address such as reviews@example.org"),
    "REVIEWS_SECRET_KEYS": ("short-and-secret", "at least 32"),
}


@pytest.mark.statement("S58")
def test_wrong_settings_stop_the_start_each_with_name_found_and_expected(tmp_path: Path) -> None:
    (tmp_path / "reviews.toml").write_text('colour = "blue"\n', encoding="utf-8")
    given = {name: found for name, (found, _) in WRONG.items()}
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "REVIEWS_SMTP_HOST": "mail",
        **given,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "reviews", "serve"], cwd=tmp_path, env=environment, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.returncode not in (0, None)
    assert "Traceback" not in said
    lines = {line.strip().partition(":")[0]: line for line in said.splitlines() if ": " in line}
    for name, (found, expected) in WRONG.items():
        assert expected in lines[name], name
        if name not in ("REVIEWS_SECRET_KEYS", "REVIEWS_DATABASE"):
            assert repr(found) in lines[name]
    assert "'colour'" in lines["reviews.toml"]
    assert "short-and-secret" not in said
    assert "root@" not in said
    assert not (tmp_path / "var").exists(), "nothing has been begun"
