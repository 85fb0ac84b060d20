"""The daily work by the pages: the review beside the list, states, assignee, tags, notes, several at once, undo."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from reviews import web
from reviews.storage import Storage, audit, review_lists, reviews, sources, work
from reviews.storage.review_lists import ReviewFilters
from reviews.storage.review_rows import StoredReview
from reviews.web.dashboard.keys import KEYS
from tests.conftest import FakeClock
from tests.web.support import BASE, NOW, World, add_run, get, log_in, make_review, post, tokens
from tests.web.test_staff_reviews import OWNER, VIEWER, titles

EDITOR = "editor@north.example.org"


def page(app_client: object, path: str) -> str:
    return get(app_client, path).get_data(as_text=True)  # type: ignore[arg-type]


def held(world: World, public_id: str) -> StoredReview:
    with world.storage.read() as tx:
        return reviews.get_review_by_public_id(tx.group(world.group_id), public_id)


def newest(world: World, count: int = 3) -> list[StoredReview]:
    with world.storage.read() as tx:
        return list(review_lists.find_reviews(tx.group(world.group_id), ReviewFilters(), count).rows)


def actions(world: World) -> list[str]:
    with world.storage.read() as tx:
        return [entry.action for entry in audit.find_entries(tx.group(world.group_id))]


# ---------------------------------------------------------------- tabs and search
@pytest.mark.statement("S2")
def test_every_count_of_a_tab_is_the_number_of_its_rows(app: Flask, world: World) -> None:
    rows = newest(world)
    editor = log_in(app, EDITOR)
    person = world.person_ids[EDITOR]
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        work.set_work(g, rows[0], "open", NOW, assignee_id=person)
        work.set_work(g, rows[1], "closed", NOW)
        reviews.mark_read(g, person, [rows[2].id], NOW)
    text = page(editor, "/inbox")
    tabs = re.findall(r'<a href="(/inbox[^"]*)"[^>]*>([^<]+) <span class="count">(\d+)</span>', text)
    assert [name for _, name, _ in tabs] == ["All", "Needs reply", "Unread", "Mine", "Negative"]
    counts = [len(titles(page(editor, href))) for href, _, _ in tabs]
    assert counts == [int(number) for _, _, number in tabs]
    assert counts == [5, 3, 4, 1, 1]


def test_words_are_searched_within_the_filters_and_stand_in_the_address(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert titles(page(client, "/inbox?q=waited")) == ["Review by Bo Berg"]
    assert titles(page(client, "/inbox?q=equipe")) == ["Review by Zoé Roy"]
    text = page(client, "/inbox?q=waited&stars=5")
    assert titles(text) == []
    assert "“5 stars” hides 1 review." in text
    assert 'name="stars" value="5"' in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=answered", 1),
        ("state=new", 4),
        ("state=nonsense", 5),
        ("from=2026-11-19", 1),
        ("until=2026-11-19", 4),
        ("from=yesterday", 5),
        ("month=2026-11", 3),
        ("month=2026-09..2026-10", 2),
        ("month=2026-13", 5),
        ("seen_from=2026-11-23", 0),
        ("tag=parking", 0),
    ],
)
def test_each_further_filter_narrows(app: Flask, world: World, query: str, count: int) -> None:
    assert len(titles(page(log_in(app, OWNER), f"/inbox?{query}"))) == count


# ---------------------------------------------------------------- one review
@pytest.mark.statement("S6", "S17")
def test_work_on_a_review_is_done_by_the_table_and_noted(app: Flask, world: World) -> None:
    public_id = newest(world)[0].public_id
    client, path = log_in(app, EDITOR), f"/reviews/{public_id}"
    me = re.search(r'<option value="([^"]+)"[^>]*>[^<]*\(me\)', page(client, path))
    assert me is not None
    assert post(client, f"{path}/assign", {"assignee": me[1]}, form_on=path).status_code == 303
    found = held(world, public_id)
    assert (found.work, found.assignee_id) == ("open", world.person_ids[EDITOR])
    assert found.due_at == NOW + timedelta(hours=72)
    text = page(client, path)
    assert "with Editor North" in text
    assert titles(page(client, "/inbox?tab=mine")) == ["Review by Zoé Roy"]
    assert post(client, f"{path}/work", {"event": "close"}, form_on=path).status_code == 303
    assert held(world, public_id).work == "closed"
    assert post(client, f"{path}/work", {"event": "close"}, form_on=path).status_code == 409
    assert post(client, f"{path}/work", {"event": "reply_seen"}, form_on=path).status_code == 400
    assert post(client, f"{path}/assign", {"assignee": "stranger"}, form_on=path).status_code == 400
    assert actions(world)[:2] == ["review.work", "review.assigned"]


def test_a_low_review_is_due_within_a_day_and_told_when_it_is_late(app: Flask, world: World, clock: FakeClock) -> None:
    low = next(row for row in newest(world, 5) if row.stars100 == 200)
    client, path = log_in(app, EDITOR), f"/reviews/{low.public_id}"
    me = re.search(r'<option value="([^"]+)"[^>]*>[^<]*\(me\)', page(client, path))
    assert me is not None
    post(client, f"{path}/assign", {"assignee": me[1]}, form_on=path)
    assert held(world, low.public_id).due_at == NOW + timedelta(hours=24)
    assert "Overdue" not in page(client, "/inbox")
    clock.advance(hours=25)
    assert "Overdue" in page(log_in(app, EDITOR), "/inbox")


def test_notes_and_tags_come_and_go(app: Flask, world: World) -> None:
    client, path = log_in(app, EDITOR), f"/reviews/{world.mine['review']}"
    assert post(client, f"{path}/notes", {"text": "She <called> us."}, form_on=path).status_code == 303
    assert post(client, f"{path}/tags", {"tag": "#Call  Back"}, form_on=path).status_code == 303
    text = page(client, path)
    assert "She &lt;called&gt; us." in text
    assert "#call back" in text
    assert "She &lt;called&gt;" in page(log_in(app, VIEWER), path)
    assert len(titles(page(client, "/inbox?tag=call+back"))) == 1
    key = re.search(r'name="note" value="([^"]+)"', text)
    assert key is not None
    other = log_in(app, OWNER)
    assert post(other, f"{path}/notes/delete", {"note": key[1]}, form_on=path).status_code == 404
    assert post(client, f"{path}/notes/delete", {"note": key[1]}, form_on=path).status_code == 303
    assert post(client, f"{path}/tags/remove", {"tag": "call back"}, form_on=path).status_code == 303
    text = page(client, path)
    assert "She &lt;called&gt;" not in text
    assert "#call back" not in text
    assert post(client, f"{path}/tags", {"tag": "x" * 41}, form_on=path).status_code == 400
    assert post(client, f"{path}/notes", {"text": ""}, form_on=path).status_code == 400


@pytest.mark.statement("S14")
def test_a_quote_is_chosen_only_by_who_says_to_have_read_it(app: Flask, world: World) -> None:
    client, path = log_in(app, EDITOR), f"/reviews/{world.mine['review']}"
    assert post(client, f"{path}/feature", {}, form_on=path).status_code == 400
    assert held(world, world.mine["review"]).publication == "listed"
    assert post(client, f"{path}/feature", {"read": "yes"}, form_on=path).status_code == 303
    assert held(world, world.mine["review"]).publication == "featured"
    assert post(client, f"{path}/feature", {"feature": "no"}, form_on=path).status_code == 303
    assert held(world, world.mine["review"]).publication == "listed"
    assert actions(world)[:2] == ["review.shown", "review.featured"]


# ---------------------------------------------------------------- beside the list
@pytest.mark.statement("S1", "S31")
def test_the_open_review_stands_beside_the_list_and_alone_as_a_fragment(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    path = f"/inbox?stars=5&open={world.mine['review']}"
    whole = page(client, path)
    assert 'id="pane-title"' in whole
    assert len(titles(whole)) == 3
    answer = client.get(path, base_url=BASE, headers={"X-Fragment": "pane"})
    alone = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "marker-North Very kind" in alone
    assert "<html" not in alone
    assert 'href="/inbox?stars=5"' in alone


@pytest.mark.statement("S31")
def test_an_error_in_a_fragment_is_a_fragment_and_an_ended_session_leads_to_the_login(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    answer = client.get(f"/inbox?open={world.other['review']}", base_url=BASE, headers={"X-Fragment": "pane"})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, "<html" in text, "There is nothing here" in text) == (404, False, True)
    nobody = app.test_client().get("/inbox?open=x", base_url=BASE, headers={"X-Fragment": "pane"})
    assert (nobody.status_code, nobody.headers["Location"].startswith("/login")) == (303, True)


def test_what_is_done_beside_the_list_leads_back_to_it(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    public_id = newest(world)[0].public_id
    path = f"/inbox?language=fr&open={public_id}"
    action = re.search(r'action="(/reviews/[^"]*/work\?[^"]*)"', page(client, path))
    assert action is not None
    answer = post(client, action[1].replace("&amp;", "&"), {"event": "close"}, form_on=path)
    assert answer.headers["Location"] == f"/inbox?language=fr&open={public_id}&done=work"


# ---------------------------------------------------------------- several at once
@pytest.mark.statement("S30", "S6")
def test_several_are_closed_at_once_and_taken_back_within_a_day_only(
    app: Flask, world: World, clock: FakeClock
) -> None:
    client = log_in(app, EDITOR)
    ids = [row.public_id for row in newest(world, 5)]
    form = {**tokens(client, "/inbox"), "ids": ids, "action": "close", "back": "/inbox?language=en"}
    answers = [client.post("/inbox/bulk", data=form, base_url=BASE) for _ in range(2)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    where = answers[0].headers["Location"]
    assert where.startswith("/inbox?language=en&undo=")
    text = page(client, where)
    assert "5 reviews closed." in text
    assert 'role="status" data-undo' in text
    assert {held(world, each).work for each in ids} == {"closed"}
    assert actions(world).count("review.work") == 5
    undo = where.rpartition("=")[2]
    post(client, f"/reviews/{ids[0]}/work", {"event": "open"}, form_on=f"/reviews/{ids[0]}")
    assert "5 reviews closed." in page(client, "/inbox/recent")
    assert post(log_in(app, OWNER), "/inbox/undo", {"action": undo}).status_code == 404
    assert post(client, "/inbox/undo", {"action": undo, "back": "/inbox"}, form_on="/inbox").status_code == 303
    assert sorted(held(world, each).work for each in ids) == ["answered", "new", "new", "new", "open"]
    assert "Taken back" in page(client, "/inbox/recent")
    again = client.post(
        "/inbox/bulk", data={**tokens(client, "/inbox"), "ids": ids[1:3], "action": "no_reply_needed"}, base_url=BASE
    )
    late = again.headers["Location"].rpartition("=")[2]
    clock.advance(hours=25)
    client = log_in(app, EDITOR)
    post(client, "/inbox/undo", {"action": late}, form_on="/inbox")
    assert held(world, ids[1]).work == "no_reply_needed"
    assert "closed" not in page(client, "/inbox/recent")


@pytest.mark.parametrize(
    ("action", "more"), [("read", {}), ("unread", {}), ("tag", {"tag": "parking"}), ("assign", {}), ("open", {})]
)
def test_what_several_can_be_made_can_be_taken_back(
    app: Flask, world: World, action: str, more: dict[str, str]
) -> None:
    client = log_in(app, EDITOR)
    found = [row for row in newest(world, 5) if row.work == "new"][:2]
    ids = [row.public_id for row in found]
    person = world.person_ids[EDITOR]
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        reviews.mark_read(g, person, [found[0].id], NOW)

    def seen() -> object:
        with world.storage.read() as tx:
            g = tx.group(world.group_id)
            rows = [reviews.get_review(g, row.id) for row in found]
            return (
                [(row.work, row.assignee_id) for row in rows],
                work.find_tags(g, [row.id for row in found]),
                work.find_read(g, person, [row.id for row in found]),
            )

    before = seen()
    if action == "assign":
        me = re.search(r'<option value="([^"]+)">Editor North', page(client, "/inbox"))
        assert me is not None
        more = {"assignee": me[1]}
    path = "/inbox/read" if action in ("read", "unread") else "/inbox/bulk"
    answer = client.post(path, data={**tokens(client, "/inbox"), "ids": ids, "action": action, **more}, base_url=BASE)
    assert answer.status_code == 303
    assert seen() != before
    undo = answer.headers["Location"].rpartition("=")[2]
    post(client, "/inbox/undo", {"action": undo}, form_on="/inbox")
    assert seen() == before


def test_nothing_selected_changes_nothing_and_says_so(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    answer = client.post("/inbox/bulk", data={**tokens(client, "/inbox"), "action": "close"}, base_url=BASE)
    assert "Nothing was changed" in page(client, answer.headers["Location"])
    assert post(client, "/inbox/bulk", {"action": "explode"}, form_on="/inbox").status_code == 400
    foreign = post(client, "/inbox/bulk", {"action": "close", "ids": world.other["review"]}, form_on="/inbox")
    assert foreign.status_code == 404


# ---------------------------------------------------------------- keys, empty states
@pytest.mark.statement("S33")
def test_the_help_lists_every_key_and_they_can_be_switched_off(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    text = page(client, "/inbox")
    shown = re.findall(r'<dd data-keys="([^"]+)" data-action="(\w+)">', text)
    assert shown == [(key.keys, key.action) for key in KEYS]
    assert re.search(r'<dialog id="keys"[^>]* data-on>', text)
    assert post(client, "/settings/keys", {"on": "no"}, form_on="/inbox").status_code == 303
    assert not re.search(r'<dialog id="keys"[^>]* data-on>', page(client, "/inbox"))
    assert re.search(r'<dialog id="keys"[^>]* data-on>', page(log_in(app, VIEWER), "/inbox"))
    script = (Path(web.__file__).parent / "static" / "inbox.js").read_text(encoding="utf-8")
    acts = script[script.index("const acts = {") : script.index("\n};", script.index("const acts = {"))]
    assert all(re.search(rf"\b{key.action}: ", acts) for key in KEYS)


def test_a_tab_without_rows_says_that_nothing_waits_and_when_it_looks_next(app: Flask, world: World) -> None:
    text = page(log_in(app, OWNER), "/inbox?tab=mine")
    assert "Nothing waits for you." in text
    assert "Next check" in text


def test_one_arrival_more_is_seen_in_the_list_of_all(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, source, [make_review("new", title="Just now", days_ago=0)], now=NOW + timedelta(minutes=1))
    assert titles(page(client, "/inbox"))[0] == "Just now"
