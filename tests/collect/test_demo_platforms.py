"""The demo's listings at played platforms: a past that shows every state, and a source that is late."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest

from examples.platforms import QuietHandler, Server, create_platforms
from examples.site import beside
from reviews.clock import utc_now
from reviews.collect import open_context
from reviews.commands.demo_platforms import LISTINGS, fill_platforms, stand_ins
from reviews.config import Settings
from reviews.errors import ConfigError
from reviews.storage import Storage, clinics, connections, groups, replies, review_lists, runs, sources
from reviews.storage.review_lists import ReviewFilters
from reviews.worker.loop import collect_due

HERE = "https://api.example.org=http://127.0.0.1:8001/x"


@pytest.fixture
def site() -> Iterator[str]:
    everything = beside(lambda environ, start: [b""], "/platforms", create_platforms())
    with make_server("127.0.0.1", 0, everything, Server, QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.statement("S54")
def test_the_demo_shows_what_was_edited_went_came_back_is_late_is_broken_and_was_rejected(
    storage: Storage, site: str, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path, demo=True, secret_keys=("k" * 40,), allow_private_nets=("127.0.0.0/8",),
        allow_ports=(int(site.rsplit(":", 1)[1]),), demo_stand_ins=stand_ins(site),
    )  # fmt: skip
    with storage.write() as tx:
        group_id = groups.add_group(tx, name="Example clinics", now=utc_now(), is_demo=True).id
        for slug in sorted({listing.clinic for listing in LISTINGS}):
            clinics.add_clinic(tx.group(group_id), slug=slug, name=slug, now=utc_now(), is_demo=True)
    assert fill_platforms(settings, storage, site) == len(LISTINGS)
    assert fill_platforms(settings, storage, site) == 0, "again is harmless"
    with storage.read() as tx:
        g = tx.group(group_id)
        rows = review_lists.find_reviews(g, ReviewFilters(), 200).rows
        found = {
            (source.label, clinics.get_clinic(g, source.clinic_id).slug): source for source in sources.find_sources(g)
        }
        assert {row.presence for row in rows} >= {"changed", "missing", "visible"}
        assert [row for row in rows if row.stars100 and not row.text and row.content_purged_at is None]
        assert {"ar", "fr"} <= {row.language for row in rows}
        assert [row for row in rows if row.content_purged_at is not None], "Yelp's words were a day old"
        late = found["Google", "vieux-pont"]
        assert late.last_success_at is not None
        assert utc_now() - late.last_success_at > timedelta(days=8)
        for source in found.values():
            assert source.state == "active"
            assert [run.outcome for run in runs.find_runs(g, source.id)] == ["ok"] * len(runs.find_runs(g, source.id))
        assert len(connections.find_connections(g, "google_business")) == 1, "two clinics share an account"
    check_todays_reading(settings, storage, group_id)


def check_todays_reading(settings: Settings, storage: Storage, group_id: int) -> None:
    """What the worker's first readings add: one is back, one is away, a reply was refused, a source is broken."""
    with open_context(settings, storage) as context:
        outcomes = [str(report.outcome) for report in collect_due(context)]
    assert sorted(outcomes) == ["ok", "ok", "unauthorized"]
    with storage.read() as tx:
        g = tx.group(group_id)
        rows = {row.author: row for row in review_lists.find_reviews(g, ReviewFilters(), 200).rows}
        presences = {author: row.presence for author, row in rows.items() if row.presence != "visible"}
        assert presences["Tamsin Achebe"] == "returned"
        assert presences["Ruben Falk"] == "missing"
        assert presences["Odette Kranz"] == "changed"
        (rejected,) = review_lists.find_reviews(g, ReviewFilters(reply="rejected"), 5).rows
        (reply,) = replies.find_own(g, rejected.id)
        assert (rejected.author, reply.reason) == ("Hana Whitfield", "PERSONAL_INFORMATION")
        broken = next(source for source in sources.find_sources(g) if source.label == "Facebook")
        assert (broken.state, "Please connect the page again." in broken.hint) == ("needs_person", True)


def test_no_real_installation_takes_another_server_for_a_platform(tmp_path: Path) -> None:
    good = {"REVIEWS_DEMO": "1", "REVIEWS_DEMO_STAND_INS": HERE}
    file = tmp_path / "none.toml"
    assert Settings.from_env(good, file).demo_stand_ins == (HERE,)
    for change in (
        {"REVIEWS_DEMO": "0"},
        {"REVIEWS_DEMO_STAND_INS": HERE.replace("127.0.0.1", "10.0.0.1")},
        {"REVIEWS_DEMO_STAND_INS": HERE.replace("127.0.0.1", "attacker.example")},
        {"REVIEWS_DEMO_STAND_INS": HERE.replace("http://127", "https://127")},
        {"REVIEWS_DEMO_STAND_INS": "nonsense"},
    ):
        with pytest.raises(ConfigError, match="STAND_INS"):
            Settings.from_env({**good, **change}, file)
