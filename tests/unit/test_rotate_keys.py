"""`reviews rotate-keys`, as an operator runs it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from reviews.cli import main
from reviews.config import Settings
from reviews.secrets_box import SecretsBox
from reviews.storage import connections, groups, open_storage
from tests.conftest import NOW

OLD, NEW = "o" * 40, "n" * 40


@pytest.mark.statement("T24")
def test_the_command_moves_secrets_to_the_first_key_and_names_what_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    box = SecretsBox(Settings(secret_keys=(OLD,)).fernet_keys())
    with storage.write() as tx:
        g = tx.group(groups.add_group(tx, name="North", now=NOW).id)
        added = connections.add_connection(g, kind="yelp", label="Yelp", secrets={"key": "canary"}, box=box, now=NOW)
    monkeypatch.setenv("REVIEWS_DATABASE", str(path))
    monkeypatch.setenv("REVIEWS_CONFIG", str(tmp_path / "none.toml"))

    def run(keys: str) -> tuple[int, str]:
        monkeypatch.setenv("REVIEWS_SECRET_KEYS", keys)
        result = CliRunner().invoke(main, ["rotate-keys"])
        return result.exit_code, result.output

    assert run(NEW)[0] == 1
    status, said = run(f"{NEW},{OLD}")
    assert status == 0
    assert "1 connections" in said
    assert "canary" not in said
    assert run(NEW)[0] == 0
    with storage.read() as tx:
        fresh = SecretsBox(Settings(secret_keys=(NEW,)).fernet_keys())
        assert connections.get_secrets(tx.group(added.group_id), added.id, fresh) == {"key": "canary"}
    storage.close()
