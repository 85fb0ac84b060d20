"""From the database to snapshots and copies: what is shown, what is left out, and that nothing half-done stays."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reviews import i18n, publish
from reviews.errors import StorageError
from reviews.model import Review, Snapshot
from reviews.publish import build
from reviews.publish.build import build_widget
from reviews.publish.copies import find_copy
from reviews.publish.view import WidgetView
from reviews.storage import Storage, clinics, review_lists, snapshots, summaries, widgets
from reviews.storage import reviews as stored
from reviews.worker.upkeep import Upkeep
from tests.conftest import FakeClock
from tests.web.widget_samples import LONG, NOW, Installed, review, widget_view

CATALOGUE = i18n.load()
DATA = "w/elm-street/data.json"
PATHS = len(publish.build_widget(widget_view(), CATALOGUE, NOW, with_png=False))


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    return Installed(storage, tmp_path / "data", CATALOGUE)


def snapshot(installed: Installed, path: str) -> Snapshot:
    with installed.storage.read() as tx:
        found = snapshots.find_snapshot(tx, path)
    assert found is not None, path
    return found


def data(installed: Installed, path: str = "w/elm-street/data.json") -> dict[str, Any]:
    read: dict[str, Any] = json.loads(snapshot(installed, path).body)
    return read


def authors(installed: Installed) -> list[str]:
    return [quote["author"] for quote in data(installed)["quotes"]]


def test_a_clinic_without_reviews_says_so_without_empty_stars(installed: Installed) -> None:
    assert installed.refresh() == PATHS
    assert data(installed)["state"] == "empty"
    assert "0.0" not in snapshot(installed, "r/elm-street").body.decode()


@pytest.mark.statement("W11")
def test_quotes_are_the_newest_with_stars_author_date_source_and_a_fair_cut(installed: Installed) -> None:
    installed.collect([review("a", LONG, day=3), review("b", author="Ben", stars=None, day=2), review("c", "", day=5)])
    installed.refresh()
    first, second = data(installed)["quotes"]
    assert (first["author"], first["stars100"], first["when"]) == ("Anna K.", 500, "November 2026")
    assert first["head"] + first["rest"] == LONG
    assert first["source"] == "Own website"
    assert first["url"] == "https://elm.example/reviews"
    assert (second["author"], second["stars100"], second["label"]) == ("Ben", None, None)
    assert data(installed)["choice"] == {"rule": "newest", "held": 2}


def spoil_copies(installed: Installed) -> None:
    next((installed.settings.snapshot_dir / "elm-street").iterdir()).unlink()


def cut_copies(installed: Installed) -> None:
    file = installed.settings.snapshot_dir / "elm-street" / "copies"
    file.write_bytes(file.read_bytes()[:-1])


def spoil_table(installed: Installed) -> None:
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        (widget,) = widgets.find_widgets(g)
        snapshots.save_snapshots(g, widget.id, [], NOW)


@pytest.mark.parametrize("spoil", [spoil_copies, cut_copies, spoil_table])
def test_what_would_come_out_as_it_is_is_not_made_again_unless_table_or_copies_have_lost_it(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Installed], None]
) -> None:
    made: list[str] = []

    def counted(view: WidgetView, *rest: Any, **options: Any) -> list[Snapshot]:
        made.append(view.slug)
        return build_widget(view, *rest, **options)

    monkeypatch.setattr(publish, "build_widget", counted)
    installed.collect([review("a")])
    installed.refresh()
    assert installed.refresh(NOW + timedelta(hours=3)) == 0
    assert made == ["elm-street"]
    with installed.storage.read() as tx:
        assert clinics.find_stale_clinics(tx, 9) == []
    spoil(installed)
    installed.refresh(NOW + timedelta(hours=3))
    assert len(made) == 2
    copy = find_copy(installed.settings.snapshot_dir, DATA)
    assert (copy and copy.body) == snapshot(installed, DATA).body
    installed.collect([review("b", "New and kind.")], now=NOW + timedelta(hours=2))
    installed.refresh(NOW + timedelta(hours=3))
    assert len(made) == 3


def test_another_release_makes_everything_anew(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.refresh()
    drawn = snapshot(installed, DATA).body
    monkeypatch.setattr(build, "_release", lambda: "another")
    monkeypatch.setattr(build, "data_json", lambda *_: b"{}")
    installed.refresh()
    assert (drawn, snapshot(installed, DATA).body) == (drawn, b"{}")
    assert drawn != b"{}"


def test_refreshing_twice_changes_nothing(installed: Installed) -> None:
    installed.collect([review("a")])
    assert installed.refresh() == PATHS
    with installed.storage.read() as tx:
        before = snapshots.change_number(tx)
    assert installed.refresh(NOW + timedelta(hours=3)) == 0
    with installed.storage.read() as tx:
        assert snapshots.change_number(tx) == before


def test_summary_and_snapshots_are_stored_together_and_the_mark_is_cleared(installed: Installed) -> None:
    installed.collect([review("a")])
    installed.refresh()
    with installed.storage.read() as tx:
        g = tx.group(installed.group_id)
        summary = summaries.find_summary(g, installed.clinic.id)
        assert clinics.get_stale_since(g, installed.clinic.id) is None
    assert summary is not None
    assert summary.body["figures"][0]["average"] == "4.6"
    assert summary.body["sample_count"] == 1


@pytest.mark.statement("W64")
def test_a_hidden_review_is_gone_from_every_snapshot_and_every_copy(installed: Installed) -> None:
    installed.collect([review("a", "Remember this sentence."), review("b", "Another one.", author="Ben", day=2)])
    installed.refresh()
    assert "Anna K." in authors(installed)
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        found = [each for each in review_lists.quote_candidates(g, installed.clinic.id) if each.author == "Anna K."]
        stored.hide(g, found[0].id, "privacy", NOW)
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh()
    paths = [f"w/elm-street/{name}" for name in ("data.json", "data.fr.json", "embed.html", "badge.svg")]
    for path in (*paths, "r/elm-street", "r/elm-street/how"):
        copy = find_copy(installed.settings.snapshot_dir, path)
        assert copy is not None
        for body in (snapshot(installed, path).body, copy.body):
            assert b"Remember this sentence." not in body
            assert b"Anna K." not in body
    assert any("1 for privacy" in line for line in data(installed)["disclosure"])


@pytest.mark.statement("W64")
def test_a_changed_text_is_shown_and_the_old_bytes_are_not_served_again(installed: Installed) -> None:
    installed.collect([review("a", "The first wording.")])
    installed.refresh()
    installed.collect([review("a", "The second wording.")], NOW + timedelta(days=1))
    installed.refresh(NOW + timedelta(days=1))
    assert data(installed)["quotes"][0]["head"] == "The second wording."
    copy = find_copy(installed.settings.snapshot_dir, "w/elm-street/data.json")
    assert copy is not None
    assert b"first wording" not in copy.body


@pytest.mark.statement("W61")
def test_permuting_all_stars_changes_no_choice(installed: Installed) -> None:
    def collect(stars: list[int], now: Any) -> list[str]:
        installed.collect(
            [
                review(str(day), f"Text {day}.", author=f"Author {day}", stars=star, day=day)
                for day, star in enumerate(stars, 1)
            ],
            now,
        )
        installed.refresh(now)
        return authors(installed)

    first = collect([1, 2, 3, 4, 5, 5, 1, 3, 2], NOW)
    assert collect([5, 5, 1, 1, 2, 3, 4, 2, 3], NOW + timedelta(days=1)) == first
    assert len(first) == 6


@pytest.mark.statement("W21")
def test_content_of_limited_retention_bounds_its_snapshots_and_leaves_when_its_time_comes(
    storage: Storage, tmp_path: Path
) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin="google_business")
    installed.collect([review("a", origin="google_business")])
    installed.refresh()
    assert snapshot(installed, "w/elm-street/data.json").keep_until == NOW + timedelta(days=30)
    assert data(installed)["quotes"][0]["attribution"]["text"] == "Google"
    later = NOW + timedelta(days=30, seconds=1)
    installed.refresh(later)
    assert data(installed)["state"] == "empty"
    assert snapshot(installed, "w/elm-street/data.json").keep_until is None


@pytest.mark.statement("W21")
@pytest.mark.parametrize("found", [[], [review("a", origin="google_business")]])
def test_a_widget_whose_time_is_over_is_made_anew_though_nobody_reads_its_source(
    storage: Storage, tmp_path: Path, clock: FakeClock, found: list[Review]
) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin="google_business")
    installed.collect(found)
    installed.refresh()
    upkeep = Upkeep(SimpleNamespace(storage=storage, clock=clock))  # type: ignore[arg-type]
    clock.now = NOW + timedelta(days=30)
    assert upkeep.renew_lapsed() == 0
    clock.advance(microseconds=1)
    assert upkeep.renew_lapsed() == 1
    with storage.read() as tx:
        assert clinics.get_stale_since(tx.group(installed.group_id), installed.clinic.id) is not None
    installed.refresh(clock())
    assert upkeep.renew_lapsed() == 0
    assert data(installed)["state"] == "empty"


def test_a_quote_that_grows_too_old_goes_though_nobody_reads_its_source(
    storage: Storage, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, jurisdiction="GB", profession="dentist")
    installed.collect([review("a", day=1)])
    installed.refresh()
    assert authors(installed) == ["Anna K."]
    upkeep = Upkeep(SimpleNamespace(storage=storage, clock=clock))  # type: ignore[arg-type]
    monkeypatch.setattr(upkeep, "_try", lambda task: task() if task.__name__ == "look_again" else None)

    def is_marked() -> bool:
        with storage.read() as tx:
            return clinics.get_stale_since(tx.group(installed.group_id), installed.clinic.id) is not None

    upkeep.step()
    assert not is_marked()
    clock.now = NOW + timedelta(days=731)
    upkeep.step()
    assert is_marked()
    installed.refresh(clock())
    assert data(installed)["quotes"] == []


@pytest.mark.statement("W21")
@pytest.mark.parametrize("origin", ["google_places", "unknown"])
def test_content_that_may_not_leave_the_staff_side_never_enters_a_snapshot(
    storage: Storage, tmp_path: Path, origin: str
) -> None:
    installed = Installed(storage, tmp_path / "data", CATALOGUE, origin=origin)
    installed.collect([review("a", "Secret words.", origin=origin)])
    installed.refresh()
    with storage.read() as tx:
        found, _ = snapshots.snapshots_since(tx, 0)
    assert len(found) == PATHS
    for each, _ in found:
        assert b"Secret words." not in each.body
        assert b"4.6" not in each.body


def test_without_a_confirmed_rule_there_are_figures_and_no_quotes(installed: Installed) -> None:
    installed.collect([review("a")])
    with installed.storage.write() as tx:
        clinics.update_clinic(tx.group(installed.group_id), installed.clinic.id, now=NOW, professions=("dentist",))
    installed.refresh()
    assert data(installed)["quotes"] == []
    assert data(installed)["clinics"][0]["figures"][0]["average"] == "4.6"


@pytest.mark.statement("W7")
def test_a_barred_clinic_shows_nothing_anywhere(installed: Installed) -> None:
    installed.collect([review("a", "Words that may not stand here.")])
    with installed.storage.write() as tx:
        clinics.update_clinic(
            tx.group(installed.group_id),
            installed.clinic.id,
            now=NOW,
            jurisdiction="CA-ON",
            professions=("naturopath",),
        )
    installed.refresh()
    assert data(installed)["state"] == "barred_by_rules"
    with installed.storage.read() as tx:
        for each, _ in snapshots.snapshots_since(tx, 0)[0]:
            assert b"may not stand here" not in each.body
            assert b"4.6" not in each.body


def test_a_paused_widget_shows_only_its_link(installed: Installed) -> None:
    installed.collect([review("a")])
    with installed.storage.write() as tx:
        widgets.update_widget(tx.group(installed.group_id), installed.widget.id, now=NOW, state="paused")
    installed.refresh()
    assert data(installed)["state"] == "paused"
    assert b"4.6" not in snapshot(installed, "w/elm-street/badge.svg").body


def test_a_source_without_a_total_gets_its_sample_named_as_that(installed: Installed) -> None:
    installed.collect([review("a", stars=5), review("b", stars=4)], average=None)
    installed.refresh()
    figure = data(installed)["clinics"][0]["figures"][0]
    assert (figure["kind"], figure["average"]) == ("sample", None)
    assert figure["say"]["line"] == "No published rating; 2 reviews collected, mean 4.5"


@pytest.mark.statement("W15")
def test_the_owners_reply_stands_beside_the_quote(installed: Installed) -> None:
    installed.collect([review("a", reply="Thank you, Anna.")])
    installed.refresh()
    assert data(installed)["quotes"][0]["reply"] == "Thank you, Anna."
    assert "Thank you" not in data(installed)["quotes"][0]["head"]


def test_a_refresh_that_fails_leaves_the_old_snapshots(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.collect([review("a", "The first wording.")])
    installed.refresh()
    installed.collect([review("a", "The second wording.")], NOW + timedelta(days=1))

    def broken(*_: object, **__: object) -> int:
        raise StorageError("the disk is full")

    monkeypatch.setattr(snapshots, "save_snapshots", broken)
    with pytest.raises(StorageError):
        installed.refresh(NOW + timedelta(days=1))
    monkeypatch.undo()
    assert data(installed)["quotes"][0]["head"] == "The first wording."
    with installed.storage.read() as tx:
        assert clinics.get_stale_since(tx.group(installed.group_id), installed.clinic.id) is not None
    assert installed.refresh(NOW + timedelta(days=1)) > 0
    assert data(installed)["quotes"][0]["head"] == "The second wording."


def test_data_that_changes_while_it_is_being_published_is_read_again(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.collect([review("a", "The first wording.")])
    real, interrupted = publish.build_widget, []

    def interrupting(*arguments: Any, **options: Any) -> Any:
        if not interrupted:
            interrupted.append(True)
            installed.collect([review("a", "The second wording.")], NOW + timedelta(hours=1))
        return real(*arguments, **options)

    monkeypatch.setattr(publish, "build_widget", interrupting)
    installed.refresh()
    assert data(installed)["quotes"][0]["head"] == "The second wording."


def test_a_crash_before_the_copies_leaves_the_mark_for_upkeep(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.collect([review("a")])

    def crash(name: str) -> None:
        raise KeyboardInterrupt(name)

    monkeypatch.setattr(publish, "hit", crash)
    with pytest.raises(KeyboardInterrupt):
        installed.refresh()
    monkeypatch.undo()
    with installed.storage.read() as tx:
        assert clinics.get_stale_since(tx.group(installed.group_id), installed.clinic.id) is not None
    assert find_copy(installed.settings.snapshot_dir, "w/elm-street/data.json") is None
    installed.refresh()
    assert find_copy(installed.settings.snapshot_dir, "w/elm-street/data.json") is not None


def test_all_paths_go_when_a_widget_is_renamed(installed: Installed) -> None:
    installed.collect([review("a")])
    installed.refresh()
    with installed.storage.write() as tx:
        widgets.update_widget(tx.group(installed.group_id), installed.widget.id, now=NOW, slug="oak-street")
    installed.refresh()
    with installed.storage.read() as tx:
        assert snapshots.find_snapshot(tx, "w/elm-street/data.json") is None
        assert snapshots.find_snapshot(tx, "w/oak-street/data.json") is not None


@pytest.mark.statement("W26")
def test_a_snapshot_never_says_how_long_ago(installed: Installed) -> None:
    installed.collect([review("a")])
    installed.refresh()
    with installed.storage.read() as tx:
        for each, _ in snapshots.snapshots_since(tx, 0)[0]:
            assert b" ago" not in each.body
            assert b"il y a" not in each.body
