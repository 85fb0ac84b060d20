"""Sources: health in plain words, run now, add a page, add a file, take an import back."""

import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviews.collect import ImportReport
from reviews.errors import Conflict, ImportFileError, SourceBlocked, SourceUnavailable
from reviews.model import Counts, Outcome, Reject, Source
from reviews.sources.registry import get_connector
from reviews.storage import Storage, audit, clinics, review_lists, runs, sources, uploads
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.runs import Run
from reviews.web.dashboard.health_words import describe
from reviews.web.services import FileJob, unsaved_source
from tests.web.conftest import CATALOGUE
from tests.web.support import (
    BASE,
    CSV,
    NOW,
    FakeServices,
    World,
    a_preview,
    add_run,
    field_of,
    get,
    log_in,
    make_review,
    post,
    tokens,
)

MANAGER = "manager@north.example.org"
EN = CATALOGUE.words("en")


# ---------------------------------------------------------------- health in words
def a_source(**changes: object) -> Source:
    from dataclasses import replace

    from reviews.model import Clinic

    clinic = Clinic(id=1, public_id="c", group_id=1, slug="c", name="C")
    source = unsaved_source(clinic, kind="web_page", label="L", url="", origin="own_site", config={})
    base = {"next_due_at": NOW + timedelta(hours=20), "last_success_at": NOW}
    return replace(source, **{**base, **changes})  # type: ignore[arg-type]


def a_run(outcome: str | None, *, hint: str = "", values: dict[str, str] | None = None, **counts: int) -> Run:
    return Run(
        id=1, public_id="r", group_id=1, source_id=1, trigger="schedule", person_id=None, file_name="", fence=1,
        started_at=NOW, finished_at=None if outcome is None else NOW, outcome=outcome, is_complete=False,
        counts=Counts(**counts), message="", hint=hint, hint_values=values or {}, rejects=(), undone_at=None,
    )  # fmt: skip


def say(source: Source, run: Run | None, *, hours_later: int = 1) -> tuple[str, str, str]:
    health = describe(
        source, run, interval=timedelta(hours=24), now=NOW + timedelta(hours=hours_later),
        zone=ZoneInfo("America/Toronto"), words=EN,
    )  # fmt: skip
    return health.tone, health.state, f"{health.what} {health.meaning}".strip()


def test_health_of_a_good_run_says_what_it_brought_and_when_the_next_is() -> None:
    tone, _, text = say(a_source(), a_run("ok", seen=40, new=2, changed=1))
    assert tone == "good"
    assert text == "Read 22 Nov 2026, 04:00: 2 new, 1 changed. Next reading 23 Nov 2026, 00:00."


def test_a_run_that_is_going_on_says_how_far_it_is() -> None:
    assert say(a_source(), a_run(None, seen=41))[2] == "41 reviews so far."


@pytest.mark.statement("S52")
def test_nothing_found_is_never_well() -> None:
    tone, state, text = say(a_source(), a_run("empty", hint="No reviews were found."))
    assert (tone, state) == ("warn", "Nothing found")
    assert "The last good figures stay, with their date." in text


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome not in ("ok", "unchanged")])
def test_every_other_outcome_is_trouble_in_words_of_its_own(outcome: Outcome) -> None:
    tone, state, text = say(a_source(), a_run(outcome.value, hint="{name} did something.", values={"name": "Elm"}))
    assert tone in ("warn", "bad")
    assert state
    assert "Elm did something." in text


def test_a_source_that_was_not_read_for_long_is_late() -> None:
    tone, state, text = say(a_source(), a_run("ok"), hours_later=72)
    assert (tone, state) == ("warn", "Late")
    assert text.startswith("Last success 3 days ago; every 24 hours is planned.")


def test_paused_and_never_read() -> None:
    assert say(a_source(state="paused"), a_run("ok"))[1] == "Paused"
    assert say(a_source(), None)[1] == "Not read yet"
    assert say(a_source(next_due_at=None), None)[2] == "Nothing is planned."


def test_every_state_has_words_in_french_too() -> None:
    french = CATALOGUE.words("fr")
    for outcome in Outcome:
        health = describe(a_source(), a_run(outcome.value), interval=None, now=NOW, zone=ZoneInfo("UTC"), words=french)
        assert (
            health.state
            != describe(a_source(), a_run(outcome.value), interval=None, now=NOW, zone=ZoneInfo("UTC"), words=EN).state
        )


# ---------------------------------------------------------------- run now, pause
def test_run_now_makes_the_source_due(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = f"/sources/{world.mine['page']}"
    assert post(client, f"{path}/run", form_on=path).headers["Location"] == f"{path}?done=asked"
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert sources.get_source_by_public_id(g, world.mine["page"]).next_due_at == NOW
        assert audit.find_entries(g)[0].action == "source.run_asked"


def test_a_paused_source_is_not_read_until_resumed(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = f"/sources/{world.mine['page']}"
    assert post(client, f"{path}/pause", form_on=path).status_code == 303
    assert "Paused" in get(client, path).get_data(as_text=True)
    assert post(client, f"{path}/run").headers["Location"] == f"{path}?done=not-running"
    assert post(client, f"{path}/resume", form_on=path).status_code == 303
    with storage.read() as tx:
        found = sources.get_source_by_public_id(tx.group(world.group_id), world.mine["page"])
        assert (found.state, found.next_due_at) == ("active", NOW)


@pytest.mark.statement("P8")
def test_each_source_has_a_schedule_of_its_own_and_none_is_faster_than_its_platform(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, MANAGER)
    path = f"/sources/{world.mine['page']}"

    def found() -> Source:
        with storage.read() as tx:
            return sources.get_source_by_public_id(tx.group(world.group_id), world.mine["page"])

    def choose(value: str) -> int:
        return post(client, f"{path}/interval", {"interval": value}, form_on=path).status_code

    least = get_connector(found().kind).traits.interval_minutes
    assert choose("10080") == 303
    assert found().interval_minutes == 10_080
    assert "every 7 days" in get(client, path).get_data(as_text=True)
    assert choose(str(least - 1)) == 400
    assert choose("soon") == 400
    assert found().interval_minutes == 10_080
    source_id, far = found().id, NOW + timedelta(days=7)
    with storage.write() as tx:
        sources.update_source(tx.group(world.group_id), source_id, now=NOW, next_due_at=far)
    assert choose("") == 303
    assert found().interval_minutes is None
    assert found().next_due_at == NOW + timedelta(minutes=least), "who asks for more waits for no old plan"
    with storage.read() as tx:
        [entry] = audit.find_entries(tx.group(world.group_id), limit=1)
    assert (entry.action, entry.after) == ("source.scheduled", {"interval_minutes": None})


def test_a_file_has_no_schedule_to_choose(app: Flask, world: World, storage: Storage) -> None:
    with storage.read() as tx:
        found = {each.kind: each.public_id for each in sources.find_sources(tx.group(world.group_id))}
    client = log_in(app, MANAGER)
    said = {
        kind: "How often it is read" in get(client, f"/sources/{found[kind]}").get_data(as_text=True) for kind in found
    }
    assert (said["csv_file"], said["web_page"]) == (False, True)


def test_a_person_can_say_that_a_doubted_page_is_right(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        hint = "The page gave {before} reviews last time. If that is right, press “This is right”."
        add_run(g, page, [], outcome="changed", hint=hint, hint_values={"before": "40"}, success=False)
    client = log_in(app, MANAGER)
    path = f"/sources/{world.mine['page']}"
    assert "The page gave 40 reviews last time." in get(client, path).get_data(as_text=True)
    assert post(client, f"{path}/accept", form_on=path).status_code == 303
    with storage.read() as tx:
        found = sources.get_source_by_public_id(tx.group(world.group_id), world.mine["page"])
        assert found.expectations["accepted"] is True
        assert found.next_due_at == NOW


def test_trouble_is_on_today_and_a_good_source_is_not(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    assert "All 2 sources are doing what they should." in get(client, "/").get_data(as_text=True)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, page, [], outcome="unavailable", hint=SourceUnavailable.hint_default, success=False)
    text = get(client, "/").get_data(as_text=True)
    assert "The site did not answer." in text
    assert "Paper forms" not in text.partition('id="well"')[2]


def test_the_run_log_pages_and_shows_rejects(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        for hour in range(25):
            add_run(g, page, [], now=NOW + timedelta(hours=hour + 1), outcome="unchanged")
    client = log_in(app, MANAGER)
    text = get(client, f"/sources/{world.mine['page']}").get_data(as_text=True)
    assert text.count("<tr>") == 21
    older = re.search(r'href="([^"]*before=[^"]*)"', text)
    assert older
    assert get(client, older[1]).get_data(as_text=True).count("<tr>") == 7
    run = get(client, f"/imports/{world.mine['imported']}").get_data(as_text=True)
    assert "1 record could not be read" in run
    assert "31/02/2025" in run
    assert "column <em>date</em>" in run


# ---------------------------------------------------------------- a page
PAGE = {"url": "https://elm.example.org/reviews", "clinic": ""}


def page_form(world: World, **changes: str) -> dict[str, str]:
    return {"url": "https://elm.example.org/reviews", "clinic": world.mine["clinic"], "label": "", **changes}


@pytest.mark.statement("S53")
def test_a_page_is_shown_before_it_is_saved(app: Flask, world: World, storage: Storage, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    answer = post(client, "/sources/new/page", page_form(world), form_on="/sources/new/page")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert fakes.asked == [("preview", "https://elm.example.org/reviews", "North Street Physiotherapy")]
    assert "4.6 out of 5, 222 reviews" in text
    assert "222 ratings" in text
    assert "Previewed words." in text
    assert "12 reviews on the first page." in text
    assert "Somebody else" in text
    assert "Kept" in text
    assert "Quoted on your website" in text
    with storage.read() as tx:
        assert len(sources.find_sources(tx.group(world.group_id))) == 2
    saved = client.post(
        "/sources/new/page/save",
        data={
            **{name: field_of(text, name) for name in ("csrf_token", "form_key", "url", "clinic")},
            "label": "Elm website",
        },
        base_url=BASE,
    )
    assert saved.status_code == 303
    with storage.read() as tx:
        g = tx.group(world.group_id)
        added = sources.find_sources(g)[-1]
        assert (added.kind, added.label, added.origin) == ("web_page", "Elm website", "other_site")
        assert (added.url, added.next_due_at) == ("https://elm.example.org/reviews", NOW)
        assert audit.find_entries(g)[0].action == "source.added"


def test_a_page_of_the_clinics_own_site_is_known_as_such(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    form = page_form(world, url="www.north.example.org/words")
    text = post(client, "/sources/new/page", form, form_on="/sources/new/page").get_data(as_text=True)
    assert fakes.asked[0][1] == "https://www.north.example.org/words"
    assert "The clinic&#39;s own website" in text


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "no address"), ("ftp://elm.example.org", "no address"), ("https://elm .example.org", "no address")],
)
def test_what_is_no_address_is_not_fetched(app: Flask, world: World, fakes: FakeServices, url: str, said: str) -> None:
    client = log_in(app, MANAGER)
    answer = post(client, "/sources/new/page", page_form(world, url=url), form_on="/sources/new/page")
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert fakes.asked == []


def test_an_address_is_taken_as_a_telephone_types_it(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    form = {"clinic": world.mine["clinic"], "url": "Https://north.example.org/reviews"}
    assert post(client, "/sources/new/page", form, form_on="/sources/new/page").status_code == 200
    assert fakes.asked == [("preview", "https://north.example.org/reviews", "North Street Physiotherapy")]


@pytest.mark.parametrize("url", ["https://[bad", "http://%00/", "https://me:word@north.example.org/", "https://a;b/"])
def test_an_address_that_nobody_can_fetch_is_not_saved_either(app: Flask, world: World, url: str) -> None:
    client = log_in(app, MANAGER)
    form = {"clinic": world.mine["clinic"], "url": url, "label": "Page"}
    answer = post(client, "/sources/new/page/save", form, form_on="/sources/new/page")
    assert answer.status_code == 400
    assert "url-fault" in answer.get_data(as_text=True)


def test_a_page_that_cannot_be_read_says_so_beside_its_address(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = SourceBlocked("robots.txt says no")
    client = log_in(app, MANAGER)
    answer = post(client, "/sources/new/page", page_form(world), form_on="/sources/new/page")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "This site does not want to be read by programs." in text
    assert "robots.txt says no" not in text
    assert 'value="https://elm.example.org/reviews"' in text


def test_the_same_page_twice_is_refused(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    form = page_form(world, url="https://north.example.org/reviews", label="Own website")
    answer = post(client, "/sources/new/page/save", form, form_on="/sources/new/page")
    assert answer.status_code == 400
    assert "This clinic has this page already." in answer.get_data(as_text=True)


def test_another_groups_clinic_cannot_be_given_a_page(app: Flask, world: World, fakes: FakeServices) -> None:
    client = log_in(app, MANAGER)
    form = page_form(world, clinic=world.other["clinic"])
    assert post(client, "/sources/new/page", form).status_code == 404
    assert post(client, "/sources/new/page/save", form).status_code == 404
    assert fakes.asked == []


def test_test_fetches_are_limited(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.found = a_preview()
    client = log_in(app, MANAGER)
    said = [
        post(client, "/sources/new/page", page_form(world), form_on="/sources/new/page").status_code for _ in range(21)
    ]
    assert said == [200] * 20 + [429]
    assert len(fakes.asked) == 20


# ---------------------------------------------------------------- a file
def send_file(client: FlaskClient, body: bytes, name: str = "words.csv") -> TestResponse:
    hidden = tokens(client, "/sources/new/file")
    return client.post(
        "/sources/new/file",
        data={**hidden, "file": (io.BytesIO(body), name)},
        content_type="multipart/form-data",
        base_url=BASE,
    )


def mapping(world: World, **changes: str) -> dict[str, str]:
    return {
        "clinic": world.mine["clinic"], "label": "Survey", "origin": "first_party", "date_order": "", "scale": "5",
        "column_rating": "stars", "column_text": "text", "column_author": "author", "column_date": "date", **changes,
    }  # fmt: skip


@pytest.mark.statement("A24", "T11")
def test_a_file_is_previewed_checked_imported_and_taken_back(
    app: Flask, world: World, storage: Storage, fakes: FakeServices
) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, CSV).headers["Location"]
    page = get(client, path).get_data(as_text=True)
    assert re.search(r'<select id="column_rating"[^>]*>.*?<option value="stars" selected>', page, re.S)
    assert "Kind people" in page

    reject = Reject(place="row 4", reason="The rating “{value}” could not be read.", values=(("value", "six"),),
                    column="stars", sample="six")  # fmt: skip
    fakes.report = ImportReport(run_public_id="", counts=Counts(seen=2, new=2, rejected=1), rejects=(reject,))
    checked = post(client, f"{path}/check", mapping(world), form_on=path).get_data(as_text=True)
    assert "What the import would do" in checked
    assert "The rating “six” could not be read." in checked
    assert fakes.asked[-1][1]["mapping"] == {"rating": "stars", "text": "text", "author": "author", "date": "date"}
    with storage.read() as tx:
        assert len(sources.find_sources(tx.group(world.group_id))) == 2

    def importer(job: FileJob) -> ImportReport:
        with storage.write() as tx:
            g = tx.group(job.group_id)
            source = sources.get_source(g, job.source_id)
            run = add_run(g, source, [make_review("f1", text="From the file.")], trigger="import", rejects=[reject])
        return ImportReport(run_public_id=run.public_id, counts=run.counts, rejects=(reject,))

    fakes.importer = importer
    form = {**tokens(client, path), **mapping(world)}
    places = [client.post(f"{path}/import", data=form, base_url=BASE).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert [name for name, *_ in fakes.asked].count("import") == 1
    result = get(client, places[0]).get_data(as_text=True)
    assert "The file has been imported." in result
    assert "The rating “six” could not be read." in result
    assert get(client, path).status_code == 404

    run = re.search(r"/(?:imports|runs)/(\w+)", places[0])
    assert run
    assert post(client, f"/imports/{run[1]}/undo", form_on=places[0]).status_code == 303
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert runs.get_run_by_public_id(g, run[1]).undone_at == NOW
        source = sources.find_sources(g)[-1]
        assert (source.kind, source.label, source.origin) == ("file_import", "Survey", "first_party")
        assert review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 5).rows == ()
        actions = [entry.action for entry in audit.find_entries(g)]
        assert actions[:4] == ["import.undone", "file.imported", "source.added", "upload.added"]
        assert clinics.find_stale_clinics(tx, 5)


def test_a_page_run_cannot_be_taken_back(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    assert post(client, f"/imports/{world.mine['run']}/undo").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": ""}, "origin-fault"),
        ({"origin": "made_up"}, "origin-fault"),
        ({"label": ""}, "label-fault"),
        ({"column_rating": "", "column_text": ""}, "column_rating-fault"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    app: Flask, world: World, fakes: FakeServices, changes: dict[str, str], said: str
) -> None:
    client = log_in(app, MANAGER)
    path = f"/uploads/{world.mine['upload']}"
    answer = post(client, f"{path}/import", mapping(world, **changes), form_on=path)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert fakes.asked == []


def test_the_order_of_dates_is_asked_where_the_file_leaves_it_open(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, b"rating,review,date\n5,Good,04/05/2024\n4,Fine,06/07/2024\n").headers["Location"]
    form = mapping(world, column_rating="rating", column_text="review", column_author="")
    answer = post(client, f"{path}/check", form, form_on=path)
    assert answer.status_code == 400
    assert "Please say whether the day or the month comes first." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04rest", "is damaged"),
        (b"<html></html>", "No reviews were found"),
        (b"%PDF-1.7", "This kind of file cannot be read."),
    ],
)
def test_what_holds_no_reviews_is_refused_in_plain_words(app: Flask, world: World, body: bytes, said: str) -> None:
    answer = send_file(log_in(app, MANAGER), body)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_a_file_that_the_importer_refuses_is_not_lost(app: Flask, world: World, fakes: FakeServices) -> None:
    hint = "Row {row}, column “{column}”: {value} is no date."
    fakes.report = ImportFileError("bad", hint, {"row": "17", "column": "date", "value": "31/02/2025"})
    client = log_in(app, MANAGER)
    path = f"/uploads/{world.mine['upload']}"
    answer = post(client, f"{path}/import", mapping(world), form_on=path)
    assert answer.status_code == 400
    assert "Row 17, column “date”: 31/02/2025 is no date." in answer.get_data(as_text=True)
    assert get(client, path).status_code == 200


def test_after_a_failure_the_same_press_leads_back_to_the_file(app: Flask, world: World, fakes: FakeServices) -> None:
    fakes.report = Conflict("the source is being read")
    client = log_in(app, MANAGER)
    path = f"/uploads/{world.mine['upload']}"
    form = {**tokens(client, path), **mapping(world)}
    assert client.post(f"{path}/import", data=form, base_url=BASE).status_code == 409
    assert client.post(f"{path}/import", data=form, base_url=BASE).headers["Location"] == path


def test_a_file_name_is_only_a_name(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = send_file(client, CSV, "../../etc/<b>passwd.csv").headers["Location"]
    with storage.read() as tx:
        found = uploads.get_upload_by_public_id(tx.group(world.group_id), path.rpartition("/")[2])
    assert "/" not in found.file_name
    assert "<b>" not in get(client, path).get_data(as_text=True)
