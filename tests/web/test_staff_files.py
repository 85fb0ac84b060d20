"""Files of every kind on the staff side: routed to clinics, left to the worker, and what could not be read."""

import csv
import hashlib
import io
import json
import re

import pytest
from flask import Flask

from reviews.collect import ImportReport
from reviews.model import Counts, Reject
from reviews.storage import Storage, runs, sources, uploads
from reviews.web.dashboard import upload_page
from tests.conftest import NOW
from tests.web.support import FakeServices, World, add_entered, add_run, get, log_in, post
from tests.web.test_staff_sources import MANAGER, mapping, send_file

ROUTED = (
    b"author,rating,review,date,clinic\nAda,5,Kind.,2026-03-01,North\nBo,2,Late.,2026-03-02,South\n"
    b"Cy,4,Warm.,2026-03-03,Elsewhere\n"
)
PLACES = json.dumps(
    [
        {"name": name, "rating": 4.5, "reviews": [{"author_name": "A", "rating": 5, "text": f"At {name}."}]}
        for name in ("Elm North", "Elm South")
    ]
).encode()


def columns(world: World, **changes: str) -> dict[str, str]:
    said = {"rating": "rating", "text": "review", "author": "author", "date": "date", "clinic": "clinic"}
    return mapping(world, **{f"column_{target}": name for target, name in said.items()} | changes)


def test_rows_of_several_clinics_go_where_a_person_says_and_nowhere_else(
    app: Flask, world: World, storage: Storage, fakes: FakeServices
) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, ROUTED).headers["Location"]
    here = world.mine["clinic"]
    asked = post(client, f"{path}/check", columns(world), form_on=path)
    assert asked.status_code == 400
    assert "Please choose a clinic for “South”, or leave it out." in asked.get_data(as_text=True)

    fakes.report = ImportReport(run_public_id=world.mine["imported"], counts=Counts(seen=1, new=1), rejects=())
    form = columns(world, route_0=here, route_1=here, route_2="-")
    answer = post(client, f"{path}/import", form, form_on=path)
    assert answer.headers["Location"].endswith("/sources?done=imported-several")
    with storage.read() as tx:
        g = tx.group(world.group_id)
        made = [source for source in sources.find_sources(g) if source.kind == "file_import"]
    assert [(source.label, source.config["clinic"]) for source in made] == [
        ("Survey – North", "North"),
        ("Survey – South", "South"),
    ]


def test_a_strangers_clinic_is_no_place_for_a_file(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, ROUTED).headers["Location"]
    form = columns(world, route_0=world.other["clinic"], route_1="-", route_2="-")
    assert post(client, f"{path}/check", form, form_on=path).status_code == 404


def test_a_file_that_is_no_table_shows_its_reviews_and_asks_for_its_places(
    app: Flask, world: World, fakes: FakeServices
) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, PLACES, "places.json").headers["Location"]
    page = get(client, path).get_data(as_text=True)
    assert "At Elm North." in page
    assert "Elm North · Elm South" in page
    assert "column_rating" not in page
    fakes.report = ImportReport(run_public_id="", counts=Counts(seen=1, new=1), rejects=())
    form = {"label": "Export", "origin": "google", "route_0": world.mine["clinic"], "route_1": "-"}
    assert post(client, f"{path}/check", form, form_on=path).status_code == 200
    assert fakes.asked == [("check", {"place": "Elm North"}, "places.json")]


def test_a_large_file_is_left_to_the_worker_and_its_run_says_how_far_it_is(
    app: Flask, world: World, storage: Storage, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_page, "AT_ONCE", 2)
    client = log_in(app, MANAGER)
    path = send_file(client, ROUTED).headers["Location"]
    answer = post(client, f"{path}/import", columns(world, column_clinic="", clinic=world.mine["clinic"]), form_on=path)
    assert "done=queued" in answer.headers["Location"]
    assert fakes.asked == []
    assert "This file is being imported." in get(client, path).get_data(as_text=True)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        waiting = uploads.get_upload_by_public_id(g, path.rpartition("/")[2])
        [source_id] = waiting.jobs
        claim = sources.claim_source(g, source_id, owner="worker", now=NOW, lease_seconds=300)
        assert claim is not None
        run = runs.open_run(g, claim, trigger="import", now=NOW, file_name="words.csv")
        runs.save_progress(g, run.id, records_done=412_000, records_total=1_000_000, position={"page": 825})
        source = sources.get_source(g, source_id)
    for page in (f"/sources/{source.public_id}", f"/imports/{run.public_id}"):
        assert "412,000 of 1,000,000 records" in get(client, page).get_data(as_text=True)


def test_what_could_not_be_read_comes_as_a_table_without_formulas(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["table"])
        run = add_run(g, source, [], trigger="import")
        found = [
            Reject(
                place="row 7", reason="{value} is no date.", values=(("value", "=1+1"),), column="+when", sample=text
            )
            for text in ("=cmd|'/c calc'!A1", "@SUM(A1)", "-2", "\tx", "31/02/2026")
        ]
        runs.add_rejects(g, run.id, found, NOW)
    answer = get(log_in(app, MANAGER), f"/imports/{run.public_id}/rejects.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0] == ["Where", "Column", "Why", "What it said"]
    assert len(rows) == 6
    assert rows[5] == ["row 7", "'+when", "'=1+1 is no date.", "31/02/2026"]
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r]", cell)]


def test_one_column_is_not_two_things(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    path = f"/uploads/{world.mine['upload']}"
    answer = post(client, f"{path}/check", mapping(world, column_title="text"), form_on=path)
    assert answer.status_code == 400
    assert "The column “text” is chosen twice." in answer.get_data(as_text=True)


@pytest.mark.statement("A9")
def test_only_what_was_typed_can_be_corrected_and_no_day_is_in_the_future(
    app: Flask, world: World, fakes: FakeServices
) -> None:
    add_entered(world)
    client = log_in(app, MANAGER)
    assert get(client, f"/reviews/{world.mine['review']}/by-hand").status_code == 404
    assert get(client, f"/reviews/{world.other['typed']}/by-hand").status_code == 404
    page = get(client, f"/reviews/{world.mine['typed']}/by-hand").get_data(as_text=True)
    assert "Typed from the screen." in page
    total = {
        "what": "total", "clinic": world.mine["clinic"], "origin": "ratemds", "where": "RateMDs", "average": "4.6",
        "read_on": "2031-01-01",
    }  # fmt: skip
    answer = post(client, "/sources/new/manual/check", total, form_on="/sources/new/manual")
    assert answer.status_code == 400
    assert "This day has not come yet." in answer.get_data(as_text=True)


def test_a_mapping_is_offered_again_only_within_its_group(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, ROUTED).headers["Location"]
    keys = sorted(["author", "rating", "review", "date", "clinic"])
    headers = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]
    said = {"mapping": {"text": "author"}, "origin": "yelp"}
    with storage.write() as tx:
        uploads.save_mapping(tx.group(world.other_group_id), name="Theirs", headers=headers, config=said, now=NOW)
    assert "Theirs" not in get(client, path).get_data(as_text=True)
    with storage.write() as tx:
        uploads.save_mapping(tx.group(world.group_id), name="Ours", headers=headers, config=said, now=NOW)
    page = get(client, path).get_data(as_text=True)
    assert "Filled in as you said for “Ours”." in page
    assert re.search(r'<select id="column_text".*?<option value="author" selected>', page, re.S)
