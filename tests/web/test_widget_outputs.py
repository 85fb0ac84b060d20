"""Every output of a widget at once, tables and copies alike: what must be in none of them is in none of them."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reviews import i18n, publish
from reviews.model import Snapshot
from reviews.publish.copies import find_copy, remove_copies
from reviews.publish.say import web_origin
from reviews.storage import Storage, clinics, snapshots, widgets
from tests.web.widget_samples import NOW, Installed, review

CATALOGUE = i18n.load()
WORDS = "Zebras galloped through the waiting room."


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    made = Installed(storage, tmp_path / "data", CATALOGUE)
    made.collect([review("a", WORDS, author="Quentin Zimmer", reply="Our zoo thanks you.", title="Zoological")])
    return made


def change(installed: Installed, **fields: Any) -> None:
    with installed.storage.write() as tx:
        clinics.update_clinic(tx.group(installed.group_id), installed.clinic.id, now=NOW, **fields)
    installed.refresh()


def outputs(installed: Installed) -> list[Snapshot]:
    """All snapshots, and beside each its copy on disk."""
    with installed.storage.read() as tx:
        found = [snapshot for snapshot, is_deleted in snapshots.snapshots_since(tx, 0)[0] if not is_deleted]
    assert found
    copies = [find_copy(installed.settings.snapshot_dir, snapshot.path) for snapshot in found]
    return [*found, *(copy for copy in copies if copy is not None)]


def holding(installed: Installed, *words: str) -> list[str]:
    return [each.path for each in outputs(installed) if any(word.encode() in each.body for word in words)]


@pytest.mark.parametrize(
    "fields",
    [
        {"professions": ()},
        {"jurisdiction": ""},
        {"professions": ("physiotherapist",), "jurisdiction": "CA-ON"},
        {"professions": ("massage_therapist", "physiotherapist"), "jurisdiction": "CA-BC"},
    ],
    ids=["no profession", "no place", "another rule", "a second rule"],
)
def test_without_a_confirmation_no_output_holds_a_word_of_a_review(
    installed: Installed, fields: dict[str, Any]
) -> None:
    installed.refresh()
    assert holding(installed, "Zebras")
    change(installed, **fields)
    assert holding(installed, "Zebras", "Zimmer", "zoo thanks", "Zoological") == []


def test_a_paused_widget_gives_no_figure_and_no_word_in_any_output(installed: Installed) -> None:
    with installed.storage.write() as tx:
        widgets.update_widget(tx.group(installed.group_id), installed.widget.id, now=NOW, state="paused")
    installed.refresh()
    assert holding(installed, "Zebras", "Zimmer", "4.6", "4,6", "222") == []


@pytest.mark.parametrize(
    ("website", "ancestors"),
    [
        ("https://elm.example/path?x", "https://elm.example"),
        ("https://ELM.example:8443", "https://elm.example:8443"),
        ("https://клиника.example/", "https://xn--80apagcdp.example"),
        ("https://clinique-é.example/", "https://xn--clinique--j4a.example"),
        ("https://elm.example;sandbox", "'none'"),
        ("https://elm.example,*", "'none'"),
        ("https://*", "'none'"),
        ("https://[bad", "'none'"),
        ("https://user:word@elm.example", "'none'"),
        ("", "'none'"),
    ],
)
def test_a_rule_that_keeps_it_on_the_own_website_names_that_website_in_a_header_that_can_be_sent(
    installed: Installed, website: str, ancestors: str
) -> None:
    change(installed, website=website, jurisdiction="CA-ON", professions=("chiropractor",))
    policies = [dict(each.headers)["Content-Security-Policy"] for each in outputs(installed) if "embed" in each.path]
    assert {policy.rpartition("frame-ancestors ")[2] for policy in policies} == {ancestors}
    for each in outputs(installed):
        assert all(value.isascii() for _, value in each.headers)


@pytest.mark.parametrize(
    "website", ["javascript:alert(1)", "ftp://elm.example", "elm.example", "https://", "https://a b"]
)
def test_what_is_no_website_has_no_origin(website: str) -> None:
    assert web_origin(website) is None


def test_data_stays_json_whatever_the_names_are(installed: Installed) -> None:
    name = "Ünï </script>\u202e\u2028" + "e\u0301" * 60 + " 😀 مركز"
    change(
        installed, name=name, street='"><svg onload=x>', telephone="javascript:alert(1)", locality="\x00\x1b[31m"[1:]
    )
    for each in outputs(installed):
        if each.path.endswith(".json"):
            json.loads(each.body)
        else:
            assert b"<svg onload" not in each.body
        assert b'href="javascript:' not in each.body
    assert publish.find_copy(installed.settings.snapshot_dir, "r/elm-street") is not None


def test_the_unfinished_file_of_another_publisher_is_left_to_it_and_debris_is_removed(installed: Installed) -> None:
    installed.refresh()
    folder = installed.settings.snapshot_dir / "elm-street"
    fresh, debris = folder / ".r%2Felm-street.fresh", folder / ".r%2Felm-street.debris"
    for path, age in ((fresh, 1), (debris, 7200)):
        path.write_bytes(b"half")
        os.utime(path, (NOW.timestamp() - age,) * 2)
    change(installed, name="Another name")
    assert fresh.exists()
    assert not debris.exists()
    remove_copies(installed.settings.snapshot_dir, "elm-street")
    assert not fresh.exists()


def test_two_publishers_at_once_write_every_copy(installed: Installed) -> None:
    with ThreadPoolExecutor(4) as pool:
        for number in range(4):
            with installed.storage.write() as tx:
                g = tx.group(installed.group_id)
                clinics.update_clinic(g, installed.clinic.id, now=NOW, name=f"Clinic {number}")
            list(pool.map(lambda _: installed.refresh(), range(4)))
            copies = outputs(installed)
            assert len(copies) == 2 * len({each.path for each in copies})


def test_a_slow_publisher_whose_old_copies_end_on_top_calls_for_another_refresh(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.refresh()

    def overtaken(name: str) -> None:
        if name == "publish.before_copies":
            monkeypatch.setattr(publish, "hit", lambda _: None)
            change(installed, name="The newer name")

    monkeypatch.setattr(publish, "hit", overtaken)
    change(installed, name="The older name")
    assert holding(installed, "The older name"), "the slow one has written last"
    with installed.storage.read() as tx:
        assert clinics.find_stale_clinics(tx, 5), "so upkeep must come again"
    installed.refresh()
    assert holding(installed, "The older name") == []
