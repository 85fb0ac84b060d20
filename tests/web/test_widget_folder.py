"""Static publishing: what is in the folder, what is left out, that it is incremental, whole, and clean."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reviews import i18n, publish
from reviews.cli import main
from reviews.errors import ConfigError
from reviews.publish import folder as folders
from reviews.publish.folder import MANIFEST, Published, publish_folder
from reviews.storage import Storage, clinics, permissions, review_lists, widgets
from reviews.web.hot import static_bodies
from tests.web.widget_samples import LONG, NOW, Installed, review

CATALOGUE = i18n.load()


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    found = Installed(storage, tmp_path / "data", CATALOGUE)
    found.collect([review("a", LONG), review("b", "The second one.", author="Ben", day=2)])
    return found


def publish_it(installed: Installed, to: Path, now: Any = NOW) -> Published:
    return publish_folder(installed.storage, installed.settings, installed.book, CATALOGUE, static_bodies(), to, now)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.statement("W17")
def test_the_folder_holds_every_public_path_and_its_gzip(installed: Installed, tmp_path: Path) -> None:
    done = publish_it(installed, tmp_path / "www")
    found = files(tmp_path / "www")
    assert done.widgets == 1
    assert done.written == len(found) - 1
    for place in (
        *("w/elm-street/data.json", "w/elm-street/data.fr.json", "w/elm-street/embed.html", "w/elm-street/badge.svg"),
        *("w/elm-street/badge@2x.png", "w/elm-street/poster-l.svg", "r/elm-street/index.html"),
        *("r/elm-street/how/index.html", "r/elm-street/fr/index.html", "r/elm-street/feed.xml"),
        *("widget/v1.js", "widget/embed.css", "widget/embed.js", "widget/v1.json", "_headers"),
    ):
        assert place in found, place
    assert gzip.decompress(found["w/elm-street/data.json.gz"]) == found["w/elm-street/data.json"]
    assert json.loads(found["w/elm-street/data.json"])["quotes"][0]["author"] == "Ben"
    page = found["r/elm-street/index.html"].decode()
    assert 'href="../../widget/embed.css"' in page
    assert "oembed" not in page
    assert 'href="../../widget/embed.css"' in found["w/elm-street/embed.html"].decode()


def test_publishing_again_writes_nothing_and_a_change_only_what_changed(installed: Installed, tmp_path: Path) -> None:
    www = tmp_path / "www"
    first = publish_it(installed, www)
    before = {path: path.stat().st_mtime_ns for path in www.rglob("*") if path.is_file()}
    again = publish_it(installed, www, NOW + timedelta(hours=1))
    assert (again.written, again.removed, again.unchanged) == (0, 0, first.written)
    for path, at in before.items():
        if path.name != MANIFEST:
            assert path.stat().st_mtime_ns == at
    installed.collect([review("c", "Third.", author="Cleo", day=3)], NOW + timedelta(days=1))
    third = publish_it(installed, www, NOW + timedelta(days=1))
    assert 0 < third.written < first.written
    assert b"Third." in (www / "w/elm-street/data.json").read_bytes()


@pytest.mark.statement("W18", "W64")
def test_what_is_gone_is_removed_and_foreign_files_stay(installed: Installed, tmp_path: Path) -> None:
    www = tmp_path / "www"
    publish_it(installed, www)
    (www / "robots.txt").write_text("mine")
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        widgets.update_widget(g, installed.widget.id, now=NOW, slug="oak-street")
    publish_it(installed, www)
    moved = (www / "r/elm-street/index.html").read_text()
    assert 'content="0; url=https://reviews.example.org/r/oak-street"' in moved
    assert (www / "w/elm-street/data.json").read_bytes() == (www / "w/oak-street/data.json").read_bytes()
    with installed.storage.write() as tx:
        widgets.delete_widget(tx.group(installed.group_id), installed.widget.id, NOW)
    done = publish_it(installed, www)
    assert done.removed > 50
    assert not (www / "w").exists()
    assert not (www / "r").exists()
    assert (www / "robots.txt").read_text() == "mine"
    assert (www / "widget/v1.js").exists()


@pytest.mark.statement("W21", "W17")
def test_sources_whose_content_expires_are_left_out(storage: Storage, tmp_path: Path) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin="google_business")
    installed.collect([review("a", "Words on loan.", origin="google_business")])
    installed.refresh()
    publish_it(installed, tmp_path / "www")
    for place, body in files(tmp_path / "www").items():
        assert b"Words on loan." not in body, place
        assert b"Words on loan." not in (gzip.decompress(body) if place.endswith(".gz") else body), place
        assert place.endswith((".js", ".gz", ".css", ".png")) or b"222" not in body, place


def test_quotes_of_the_own_site_only_and_permissions_that_end_are_left_out(
    installed: Installed, tmp_path: Path
) -> None:
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        found = review_lists.quote_candidates(g, installed.clinic.id)
        ends = {0: NOW + timedelta(days=3), 1: None}
        for number, each in enumerate(sorted(found, key=lambda each: each.text)):
            permissions.add_permission(
                g, each.id, basis="written", proof="f" * 64, given_on="2026-11-01", now=NOW, valid_until=ends[number]
            )
            permissions.feature(g, each.id, NOW)
        widgets.update_widget(g, installed.widget.id, now=NOW, choice="chosen")
        clinics.mark_stale(g, installed.clinic.id, NOW)
    publish_it(installed, tmp_path / "www")
    data = json.loads((tmp_path / "www" / "w/elm-street/data.json").read_bytes())
    assert [quote["author"] for quote in data["quotes"]] == ["Ben"]


def test_a_run_that_is_cut_off_leaves_whole_files_and_the_next_one_cleans_up(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    www = tmp_path / "www"
    publish_it(installed, www)
    good = (www / "w/elm-street/data.json").read_bytes()
    installed.collect([review("c", "Third.", author="Cleo", day=3)], NOW + timedelta(days=1))
    real, calls = folders.write_atomically, []

    def failing(path: Path, body: bytes) -> None:
        calls.append(path)
        if len(calls) == 3:
            raise OSError("the disk is full")
        real(path, body)

    monkeypatch.setattr(folders, "write_atomically", failing)
    with pytest.raises(OSError, match="full"):
        publish_it(installed, www, NOW + timedelta(days=1))
    monkeypatch.undo()
    assert json.loads((www / "w/elm-street/data.json").read_bytes())
    publish_it(installed, www, NOW + timedelta(days=1))
    assert (www / "w/elm-street/data.json").read_bytes() != good
    assert not [place for place in files(www) if place.endswith(".tmp")]


def test_a_folder_with_something_else_in_it_is_refused(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="not empty"):
        publish_it(installed, tmp_path / "home")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / MANIFEST).write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        publish_it(installed, tmp_path / "broken")


def test_the_command_publishes(installed: Installed, tmp_path: Path, database_url: str) -> None:
    environment = {"REVIEWS_DATABASE": database_url, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_LOG_LEVEL": "ERROR"}
    done = CliRunner().invoke(main, ["publish", str(tmp_path / "www")], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "1 widgets" in done.output
    assert (tmp_path / "www" / "w" / "elm-street" / "data.json").exists()


# ---------------------------------------------------------------- permissions, feeds, pages of the hosted side
def body_of(installed: Installed, path: str) -> str:
    from reviews.storage import snapshots

    with installed.storage.read() as tx:
        found = snapshots.find_snapshot(tx, path)
    return found.body.decode() if found else ""


@pytest.mark.statement("W64", "S19")
def test_a_chosen_quote_is_shown_while_its_permission_holds_and_its_snapshot_ends_with_it(
    installed: Installed,
) -> None:
    from reviews.storage import outbox, snapshots

    end = NOW + timedelta(days=3)
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        one = review_lists.quote_candidates(g, installed.clinic.id)[0]
        given = permissions.add_permission(
            g, one.id, basis="written", proof="f" * 64, given_on="2026-11-01", now=NOW, valid_until=end
        )
        permissions.feature(g, one.id, NOW)
        widgets.update_widget(g, installed.widget.id, now=NOW, choice="chosen")
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    data = json.loads(body_of(installed, "w/elm-street/data.json"))
    assert [quote["author"] for quote in data["quotes"]] == ["Ben"]
    assert data["choice"]["rule"] == "chosen"
    with installed.storage.read() as tx:
        held = snapshots.find_snapshot(tx, "w/elm-street/data.json")
    assert held is not None
    assert held.keep_until == end
    installed.refresh(end)
    assert "The second one." not in body_of(installed, "w/elm-street/data.json")
    with installed.storage.read() as tx:
        g = tx.group(installed.group_id)
        assert [each.withdrawn_why for each in permissions.find_permissions(g, one.id)] == ["expired"]
        assert outbox.exists(g, f"quote.withdrawn:{given.public_id}")


@pytest.mark.statement("W64", "S19")
def test_an_erased_review_is_gone_from_every_output_and_stays_away(installed: Installed) -> None:
    from reviews.storage import erasure, snapshots

    installed.refresh()
    assert "The second one." in body_of(installed, "r/elm-street/feed.xml")
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        erasure.erase(g, review_lists.quote_candidates(g, installed.clinic.id)[0].id, NOW)
    installed.refresh()
    installed.collect([review("a", LONG), review("b", "The second one.", author="Ben", day=2)], NOW + timedelta(days=1))
    installed.refresh(NOW + timedelta(days=1))
    with installed.storage.read() as tx:
        for each, _ in snapshots.snapshots_since(tx, 0)[0]:
            assert b"The second one." not in each.body, each.path
            copy = publish.find_copy(installed.settings.snapshot_dir, each.path)
            assert copy is None or b"The second one." not in copy.body


def test_feeds_hold_whole_texts_with_author_source_and_disclosure(installed: Installed) -> None:
    from lxml import etree

    installed.refresh()
    feed = json.loads(body_of(installed, "r/elm-street/feed.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["home_page_url"] == "https://reviews.example.org/r/elm-street"
    assert [item["authors"][0]["name"] for item in feed["items"]] == ["Ben", "Anna K."]
    assert LONG in feed["items"][1]["content_text"]
    assert "5 out of 5 stars" in feed["items"][0]["title"]
    assert "Shown: 2 of 2 reviews with text" in feed["description"]
    rss = etree.fromstring(body_of(installed, "r/elm-street/feed.xml").encode())
    assert rss.findtext("channel/title") == feed["title"]
    assert [each.findtext("guid") for each in rss.iter("item")] == [item["id"] for item in feed["items"]]
    assert rss.find("channel/item").findtext("pubDate").startswith("Mon, 02 Nov 2026")
    assert json.loads(body_of(installed, "r/elm-street/fr/feed.json"))["title"] == "Avis sur Elm Street Physio"


@pytest.mark.statement("W63")
def test_how_we_count_tells_hidden_ones_by_reason_and_by_star(installed: Installed) -> None:
    from reviews.storage import reviews as stored

    more = [review("c", "Off topic.", author="Cleo", stars=1, day=3), review("d", "Twice.", stars=None)]
    installed.collect(more, NOW + timedelta(days=1))
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        for each in review_lists.quote_candidates(g, installed.clinic.id):
            if each.text in ("Off topic.", "Twice."):
                stored.hide(g, each.id, "off_topic" if each.stars100 else "duplicate", NOW)
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    page = " ".join(body_of(installed, "r/elm-street/how").split())
    for part in (
        "4.6 of 5, 222",
        "Reported: the platform's own figure".replace("'", "&#39;"),
        "https://elm.example/reviews",
        "1 review because they are about something else",
        "1 star: 1 review",
        "no stars: 1 review",
        "Last read with success",
        "The clinic does not verify that authors were patients.",
    ):
        assert part in page, part


def test_the_policy_page_says_what_the_software_does(installed: Installed) -> None:
    installed.refresh()
    page = body_of(installed, "r/elm-street/policy")
    assert "for privacy" in page
    assert "a bad rating is none of them" in page
    assert "The clinic does not ask for reviews." in page
    assert "604-555-0134" in page
    assert "Comment cette clinique traite les avis" in body_of(installed, "r/elm-street/fr/policy")
    assert body_of(installed, "r/elm-street/ask") == ""


def test_where_the_rules_allow_asking_there_is_a_page_for_patients_and_a_sheet_with_its_code(
    installed: Installed,
) -> None:
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        clinics.update_clinic(g, installed.clinic.id, now=NOW, jurisdiction="US", professions=("dentist",))
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    ask, sheet = body_of(installed, "r/elm-street/ask"), body_of(installed, "r/elm-street/ask/print")
    allowed = installed.book.row("US", ("dentist",), set()).ask == "on"
    assert bool(ask) is bool(sheet) is allowed
    if allowed:
        assert 'href="https://elm.example/reviews"' in ask
        assert "everybody gets the same links" in ask
        assert "https://reviews.example.org/r/elm-street/ask</p>" in sheet
        assert 'aria-label="QR code' in sheet


@pytest.mark.statement("W65", "P7")
def test_the_rating_is_described_to_search_engines_only_where_asked_for_and_allowed(installed: Installed) -> None:
    installed.refresh()
    assert "aggregateRating" not in body_of(installed, "r/elm-street")
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        widgets.update_widget(g, installed.widget.id, now=NOW, rating_markup=1)
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    page = body_of(installed, "r/elm-street")
    listing = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert listing["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": "4.6",
        "bestRating": 5,
        "reviewCount": 222,
    }
    assert "222 reviews" in page
    for path in ("w/elm-street/embed.html", "w/elm-street/data.json", "r/elm-street/how"):
        assert "aggregateRating" not in body_of(installed, path)


@pytest.mark.statement("W65", "P7")
def test_a_source_whose_terms_forbid_markup_is_never_described(storage: Storage, tmp_path: Path) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin="google_business")
    installed.collect([review("a", origin="google_business")])
    with installed.storage.write() as tx:
        widgets.update_widget(tx.group(installed.group_id), installed.widget.id, now=NOW, rating_markup=1)
    installed.refresh()
    assert "4.6" in body_of(installed, "r/elm-street")
    assert "aggregateRating" not in body_of(installed, "r/elm-street")


@pytest.mark.statement("W59")
def test_a_machine_translation_is_shown_nowhere_the_original_alone_is(installed: Installed) -> None:
    from dataclasses import replace

    from reviews.storage import snapshots

    original = review("t", "Tout était clair.", author="Luc", day=4, language="fr")
    installed.collect([replace(original, translation="All was clear.")], NOW + timedelta(days=1))
    installed.refresh(NOW + timedelta(days=1))
    assert "Tout était clair." in body_of(installed, "w/elm-street/data.json")
    with installed.storage.read() as tx:
        for each, _ in snapshots.snapshots_since(tx, 0)[0]:
            assert b"All was clear." not in each.body, each.path
