"""`reviews erase` and `reviews restore` as a person types them: what was erased stays erased, on both engines."""

import os
from pathlib import Path

import pytest

from reviews.storage import Storage, audit, groups, open_storage, review_lists
from tests.collect.test_cli import CARDS, ROWS, folder, installed, reviews

__all__ = ["folder", "installed"]


def only_group(storage: Storage) -> list[tuple[str, str, str | None]]:
    with storage.read() as tx:
        g = tx.group(groups.find_groups(tx)[-1].id)
        found = review_lists.find_reviews(g, review_lists.ReviewFilters()).rows
        acts = [each.after for each in audit.find_entries(g, limit=50) if each.action == "review.erased"]
    assert all(act == {"reason": "legal"} for act in acts)
    return [(row.public_id, row.text, row.author) for row in found]


@pytest.mark.statement("S19", "T42")
def test_what_a_command_erased_does_not_come_back_with_an_older_backup(installed: Path) -> None:
    storage = open_storage(os.environ.get("REVIEWS_DATABASE") or str(installed / "var" / "reviews.db"))
    (installed / "clinics.toml").write_text(CARDS)
    assert reviews("apply", "clinics.toml").exit_code == 0
    source = reviews("collect").output.split()[0]
    (installed / "cards.csv").write_text(ROWS)
    assert reviews("import", "cards.csv", "--source", source).exit_code == 0
    before = only_group(storage)
    ((gone, _, _),) = [each for each in before if each[2] == "Bo K."]
    assert reviews("backup", "old.backup").exit_code == 0

    assert reviews("erase", "no-such-id", "--reason", "legal", "--yes").exit_code == 2
    refused = reviews("erase", gone, "--reason", "legal", answer="n\n")
    assert refused.exit_code == 1
    assert only_group(storage) == before
    done = reviews("erase", gone, "--reason", "legal", "--yes")
    assert done.exit_code == 0
    assert "Nobody called me back" not in done.output
    after = only_group(storage)
    assert {id_: text for id_, text, _ in after}[gone] == ""
    assert len(after) == len(before)

    assert reviews("restore", "old.backup", "--yes").exit_code == 0
    assert {(text, author) for _, text, author in only_group(storage)} == {
        ("Kind and on time.", "Ada L."),
        ("", None),
    }
    storage.close()
