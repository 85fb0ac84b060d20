"""Settings: what is wrong stops the start, all of it at once, in words that say what to do."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.config import Settings, new_secret_key
from reviews.errors import ConfigError
from reviews.web.api.door import new_key
from tests.conftest import ROOT
from tests.test_docs import tracked

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
        [sys.executable, "-m", "reviews", "serve"], cwd=tmp_path, env=environment, capture_output=True, timeout=150,
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


@pytest.mark.statement("T35", "A39")
def test_secrets_that_others_could_read_or_guess_stop_the_start(tmp_path: Path) -> None:
    file = tmp_path / "reviews.toml"
    file.write_text(f'secret_keys = ["{new_secret_key()}"]\n', encoding="utf-8")
    for mode, is_fine in ((0o600, True), (0o640, True), (0o644, False), (0o602, False)):
        file.chmod(mode)
        if is_fine:
            assert Settings.from_env({}, file).secret_keys
        else:
            with pytest.raises(
                ConfigError, match=f"secret_keys and can be read by everybody; expected chmod 600 {file}"
            ):
                Settings.from_env({}, file)
    file.write_text('contact = "me@example.org"\n', encoding="utf-8")
    file.chmod(0o644)
    assert Settings.from_env({}, file).contact
    for wrong in ("x" * 31, "please-change-me-" * 3, "your-secret-key-of-at-least-32-signs"):
        with pytest.raises(ConfigError, match="REVIEWS_SECRET_KEYS") as caught:
            Settings.from_env({"REVIEWS_SECRET_KEYS": wrong}, file)
        assert wrong not in caught.value.message
    public = {"REVIEWS_BASE_URL": "https://reviews.example.org", "REVIEWS_FAILPOINT": "collect.in_page:1"}
    with pytest.raises(ConfigError, match="REVIEWS_FAILPOINT"):
        Settings.from_env(public, file)


@pytest.mark.statement("T35")
def test_the_environment_cannot_turn_debugging_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviews.storage import open_storage
    from reviews.web import create_app

    monkeypatch.setenv("FLASK_DEBUG", "1")
    storage = open_storage(str(tmp_path / "none.db"))
    app = create_app(Settings(data_dir=tmp_path, secret_keys=("s" * 40,)), storage)
    storage.close()
    assert app.debug is False


SECRET_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{36}\b|\bxox[bap]-[0-9A-Za-z-]{20}"
    r"|\bAIza[0-9A-Za-z_-]{35}\b|\bcrv_[0-9A-Za-z]{36}\b"
)


@pytest.mark.statement("T35", "A39")
def test_no_file_of_ours_holds_a_secret() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix not in (".png", ".db", ".ico") and SECRET_SHAPES.search(path.read_text("utf-8", "replace"))
    ]
    assert found == []
    assert SECRET_SHAPES.search(new_key()), "it would have been found"
