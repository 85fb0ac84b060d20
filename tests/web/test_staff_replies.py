"""Writing a reply: the guard at each step, approval by another person, two people at once, posting, settings."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews.rules import guard as guarding
from reviews.rules import replies as states
from reviews.rules import reply_templates
from reviews.rules.guard import ClinicFacts
from reviews.storage import Storage, audit, people, replies, review_lists
from reviews.storage import reply_templates as own_templates
from reviews.web.policy import Right, may
from tests.conftest import NOW, FakeClock
from tests.web.support import BASE, World, field_of, get, log_in, post, tokens

GOOD = "Thank you for taking the time to write. We read every comment. Please call the office at +1 519 555 0142."
WARNED = "We are sorry to read this. Please call the office at +1 519 555 0142."
BLOCKED = "We are glad that your back is better. Please call the office at +1 519 555 0142."


def find_review(storage: Storage, world: World, author: str = "Bo Berg") -> Any:
    with storage.read() as tx:
        rows = review_lists.find_reviews(tx.group(world.group_id), review_lists.ReviewFilters(), 20).rows
    return next(row for row in rows if row.author == author)


@pytest.fixture
def path(storage: Storage, world: World) -> str:
    return f"/reviews/{find_review(storage, world).public_id}/reply"


def written(storage: Storage, world: World) -> list[replies.OwnReply]:
    review_id = find_review(storage, world).id
    with storage.read() as tx:
        return replies.find_own(tx.group(world.group_id), review_id)


def current(storage: Storage, world: World) -> replies.OwnReply:
    return written(storage, world)[-1]


def write(client: FlaskClient, path: str, text: str, do: str = "send") -> Any:
    seen = field_of(get(client, path + "?edit=1").get_data(as_text=True), "seen")
    return post(client, path, {"text": text, "do": do, "seen": seen}, form_on=path)


def press(client: FlaskClient, path: str, name: str, **fields: str) -> Any:
    page = get(client, path + "?edit=1").get_data(as_text=True)
    return post(client, f"{path}/{name}", {"seen": field_of(page, "seen"), **fields}, form_on=path)


def shown(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def actions(storage: Storage, world: World) -> list[str]:
    with storage.read() as tx:
        entries = audit.find_entries(tx.group(world.group_id), limit=50, object_kind="reply")
    return [entry.action for entry in reversed(entries)]


@pytest.mark.statement("S23", "S28")
def test_a_reply_is_written_approved_by_another_and_posted_by_hand(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    editor, manager = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    assert write(editor, path, GOOD).status_code == 303
    assert current(storage, world).state == "waiting"
    assert press(editor, path, "approve").status_code == 403
    assert press(manager, path, "approve").headers["Location"].endswith("done=reply-approved#stands")
    assert current(storage, world).state == "approved"
    assert "I have posted it" in shown(get(manager, path))
    press(manager, path, "post", way="hand")
    reply = current(storage, world)
    assert (reply.state, reply.posted_way) == ("posted", "hand")
    assert find_review(storage, world).work == "answered"
    assert actions(storage, world) == ["reply.saved", "reply.send", "reply.approve", "reply.post_by_hand"]
    press(manager, path, "undo", do="not_posted")
    assert current(storage, world).state == "approved"


@pytest.mark.statement("S23")
def test_nobody_approves_a_text_of_their_own_and_a_changed_text_is_a_draft_again(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    owner, manager = log_in(app, "owner@north.example.org"), log_in(app, "manager@north.example.org")
    write(owner, path, GOOD)
    assert press(owner, path, "approve").status_code == 409
    press(manager, path, "approve")
    before = field_of(get(owner, path).get_data(as_text=True), "seen")
    write(manager, path, GOOD + " Thank you.", do="save")
    assert current(storage, world).state == "draft"
    late = post(owner, f"{path}/post", {"seen": before, "way": "hand"}, form_on=path)
    assert late.status_code == 409
    assert current(storage, world).state == "draft"
    assert current(storage, world).approved_by is None


@pytest.mark.statement("S26", "S28", "T41")
def test_a_block_stops_everybody_at_send_at_approval_and_at_posting(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    owner, manager = log_in(app, "owner@north.example.org"), log_in(app, "manager@north.example.org")
    assert write(manager, path, BLOCKED).headers["Location"].endswith("done=reply-stopped#text")
    assert current(storage, world).state == "draft"
    for state, name in (("waiting", "approve"), ("approved", "post")):
        reply = current(storage, world)
        with storage.write() as tx:
            replies.move(tx.group(world.group_id), reply, state)
        assert press(owner, path, name, **({"way": "hand"} if name == "post" else {})).status_code == 409
        assert current(storage, world).state == state


@pytest.mark.statement("S26")
def test_a_warning_needs_a_second_person_with_a_reason_that_stays_in_the_audit_trail(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    editor, manager = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    write(editor, path, WARNED)
    assert "Why may this stay?" in shown(get(manager, path))
    assert press(manager, path, "approve").status_code == 409
    press(manager, path, "approve", why="Our lawyer has read this very sentence.")
    assert current(storage, world).cleared == ("G1",)
    with storage.read() as tx:
        entry = next(e for e in audit.find_entries(tx.group(world.group_id)) if e.action == "reply.approve")
    assert entry.after["why"] == "Our lawyer has read this very sentence."
    assert press(manager, path, "post", way="hand").status_code == 303


def test_editors_approve_where_the_group_says_so_and_clear_no_warnings(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    editor, manager = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    post(manager, "/settings/replies", {"editors_approve": "yes"}, form_on="/settings/replies")
    write(manager, path, WARNED)
    assert press(editor, path, "approve", why="I think that this is fine.").status_code == 409
    write(manager, path, GOOD)
    assert press(editor, path, "approve").status_code == 303
    assert current(storage, world).state == "approved"


def test_a_practice_of_one_person_approves_with_a_press_of_its_own_and_a_reason_for_warnings(
    app: Flask, world: World, storage: Storage, path: str, clock: FakeClock
) -> None:
    with storage.write() as tx:
        for name in ("manager", "editor"):
            people.disable_person(tx, world.person_ids[f"{name}@north.example.org"], clock())
    owner = log_in(app, "owner@north.example.org")
    write(owner, path, WARNED)
    assert current(storage, world).state == "waiting"
    assert press(owner, path, "approve").status_code == 409
    assert press(owner, path, "approve", why="A friend has read it too.").status_code == 303
    assert press(owner, path, "post", way="hand").status_code == 303
    assert current(storage, world).state == "posted"


@pytest.fixture
def owner(app: Flask, world: World, storage: Storage, clock: FakeClock) -> FlaskClient:
    """Somebody who writes replies alone."""
    with storage.write() as tx:
        for name in ("manager", "editor"):
            people.disable_person(tx, world.person_ids[f"{name}@north.example.org"], clock())
    return log_in(app, "owner@north.example.org")


@pytest.mark.statement("S21", "S23")
def test_alone_the_second_press_approves_and_posts_a_text_that_passed(
    owner: FlaskClient, world: World, storage: Storage, path: str
) -> None:
    assert write(owner, path, GOOD).headers["Location"].endswith("done=reply-sent#stands")
    page = get(owner, path).get_data(as_text=True)
    assert "I have read it again and posted it" in page
    assert "approve" not in re.findall(r'action="([^"]*)"', page)
    assert press(owner, path, "post", way="hand").status_code == 409, "which review was read is not said"
    assert current(storage, world).state == "waiting"
    of = field_of(page, "of")
    assert press(owner, path, "post", way="hand", of=of).status_code == 303
    reply = current(storage, world)
    assert (reply.state, reply.posted_way, reply.approved_by) == ("posted", "hand", reply.posted_by)
    assert actions(storage, world) == ["reply.saved", "reply.send", "reply.approve", "reply.post_by_hand"]


@pytest.mark.statement("S23")
def test_alone_a_review_that_changed_since_it_was_read_is_not_answered_by_the_second_press(
    owner: FlaskClient, world: World, storage: Storage, path: str
) -> None:
    write(owner, path, GOOD)
    of = field_of(get(owner, path).get_data(as_text=True), "of")
    with storage.session(writable=True) as session:
        session.execute("UPDATE reviews SET content_hash = 'other'")
    assert press(owner, path, "post", way="hand", of=of).status_code == 409
    assert current(storage, world).state == "waiting"


@pytest.mark.statement("S26")
@pytest.mark.parametrize("text", [WARNED, BLOCKED])
def test_alone_nothing_is_posted_by_the_second_press_that_the_guard_warns_of_or_stops(
    owner: FlaskClient, world: World, storage: Storage, path: str, text: str
) -> None:
    write(owner, path, text)
    before = current(storage, world).state
    of = find_review(storage, world).content_hash
    assert press(owner, path, "post", way="hand", of=of).status_code == 409
    assert current(storage, world).state == before


def test_a_second_writer_takes_the_short_way_away(
    owner: FlaskClient, world: World, storage: Storage, path: str
) -> None:
    write(owner, path, GOOD)
    of = field_of(get(owner, path).get_data(as_text=True), "of")
    with storage.write() as tx:
        person = people.add_person(tx, email="new@north.example.org", name="New", password_hash="", now=NOW)
        people.add_membership(tx.group(world.group_id), person_id=person.id, role="editor", now=NOW)
    assert press(owner, path, "post", way="hand", of=of).status_code == 409
    assert current(storage, world).state == "waiting"


@pytest.mark.statement("S23")
def test_two_people_at_once_see_both_texts_and_lose_none(app: Flask, world: World, storage: Storage, path: str) -> None:
    one, two = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    write(one, path, "The very first text.", do="save")
    seen = field_of(get(two, path).get_data(as_text=True), "seen")
    assert "is also replying" in shown(get(two, path))
    write(one, path, "What the editor wrote.", do="save")
    fields = {"text": "What the manager wrote.", "do": "save", "seen": seen}
    late = post(two, path, fields, form_on=path)
    assert late.status_code == 409
    assert "What the editor wrote." in shown(late)
    assert "What the manager wrote." in shown(late)
    again = field_of(late.get_data(as_text=True), "seen")
    assert post(two, path, {**fields, "seen": again}, form_on=path).status_code == 303
    reply_id = current(storage, world).id
    with storage.read() as tx:
        texts = [saved.text for saved in replies.find_texts(tx.group(world.group_id), reply_id)]
    assert texts == ["The very first text.", "What the editor wrote.", "What the manager wrote."]


@pytest.mark.statement("S25", "S28", "S1")
def test_the_check_marks_the_words_and_says_rule_source_date_and_safer_words(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    client = log_in(app, "editor@north.example.org")
    with_button = post(client, path, {"text": BLOCKED, "do": "check", "seen": ""}, form_on=path)
    live = post(client, f"{path}/check", {"text": BLOCKED, "do": "", "seen": ""}, form_on=path)
    for answer in (with_button, live):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert '<mark class="neg">' in page
        assert "This is health information" in shown(answer)
        assert "Instead:" in shown(answer)
        assert "checked on" in shown(answer)
        assert "hhs.gov" in page
    assert not live.get_data(as_text=True).strip().startswith("<!doctype")
    assert written(storage, world) == []


@pytest.mark.statement("S22")
def test_the_counter_counts_in_the_unit_of_the_platform() -> None:
    text = "Merci à tous"
    assert guarding.size_of(text, "google_business") == guarding.Size(count=13, limit=4096, unit="bytes")
    assert guarding.size_of(text, "yelp") == guarding.Size(count=12, limit=5000, unit="characters")
    assert guarding.size_of(text, "own_site").limit is None


@pytest.mark.statement("S27")
def test_every_shipped_template_passes_once_it_is_filled() -> None:
    guard, facts = guarding.load(), ClinicFacts(name="North Street Physiotherapy", telephone="+1 519 555 0142")
    shipped = reply_templates.load()
    assert {each.language for each in shipped} == {"en", "fr"}
    for each in shipped:
        text = reply_templates.fill(each.text, clinic=facts.name, telephone=facts.telephone)
        for start, end in reversed(reply_templates.find_unfilled(text)):
            text = text[:start] + ("the front desk" if each.language == "en" else "l’accueil") + text[end:]
        verdict = guard(text, None, facts)
        assert verdict.level.value == "pass", (each.key, verdict)


def test_a_template_fits_by_stars_and_language_and_its_places_must_be_filled(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    client = log_in(app, "editor@north.example.org")
    page = get(client, path).get_data(as_text=True)
    assert "Thanks of North" in page
    assert "Kind words" not in page
    assert "Bons mots" not in page
    mine = {"text": "My own words.", "do": "template", "template": world.mine["template"], "seen": ""}
    begun = post(client, path, mine, form_on=path)
    assert "Thank you for [what?]. Call +1 519 555 0142." in shown(begun)
    assert "My own words." in shown(begun)
    write(client, path, "Thank you for [what?]. Call +1 519 555 0142.")
    assert current(storage, world).state == "draft"
    assert reply_templates.fill("Call {telephone}.", clinic="", telephone="") == "Call [telephone]."


@pytest.mark.statement("S10")
def test_risk_words_offer_no_template(app: Flask, world: World, storage: Storage, path: str) -> None:
    from reviews.storage import sources
    from tests.web.support import NOW, add_run, make_review

    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        risky = make_review("risk", stars=100, author="Rita Risk", text="My lawyer will call you, I was injured there.")
        add_run(g, page, [risky], now=NOW)
    client = log_in(app, "editor@north.example.org")
    text = get(client, f"/reviews/{find_review(storage, world, 'Rita Risk').public_id}/reply").get_data(as_text=True)
    assert "no template is offered" in text
    assert 'name="template"' not in text


@pytest.mark.statement("S6")
def test_a_double_press_writes_once(app: Flask, world: World, storage: Storage, path: str) -> None:
    client = log_in(app, "editor@north.example.org")
    fields = {**tokens(client, path), "text": GOOD, "do": "send", "seen": ""}
    for _ in range(2):
        assert client.post(path, data=fields, base_url=BASE).status_code == 303
    assert actions(storage, world) == ["reply.saved", "reply.send"]


def test_a_draft_is_thrown_away_and_an_approved_text_sent_back_with_a_word(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    editor, manager = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    write(editor, path, GOOD)
    press(manager, path, "approve")
    press(manager, path, "send-back", note="Please shorter.")
    assert "Please shorter." in shown(get(editor, path))
    press(editor, path, "discard")
    assert written(storage, world) == []


def test_a_review_that_changed_since_the_approval_is_not_answered(
    app: Flask, world: World, storage: Storage, path: str
) -> None:
    editor, manager = log_in(app, "editor@north.example.org"), log_in(app, "manager@north.example.org")
    write(editor, path, GOOD)
    press(manager, path, "approve")
    with storage.session(writable=True) as session:
        session.execute("UPDATE reviews SET content_hash = 'other'")
    assert press(manager, path, "post", way="hand").status_code == 409


def test_templates_are_added_changed_and_deleted(app: Flask, world: World, storage: Storage) -> None:
    client, home = log_in(app, "manager@north.example.org"), "/settings/replies"
    fields = {"name": "Own", "language": "en", "text": "Thank you. Call {telephone}.", "stars": ["5", "4"]}
    assert post(client, f"{home}/templates", {**fields, "name": ""}, form_on=home).status_code == 400
    post(client, f"{home}/templates", fields, form_on=home)
    with storage.read() as tx:
        own = next(each for each in own_templates.find_templates(tx.group(world.group_id)) if each.name == "Own")
    assert own.stars == (4, 5)
    assert 'value="Own"' in get(client, f"{home}?edit={own.public_id}").get_data(as_text=True)
    post(client, f"{home}/templates/{own.public_id}", {**fields, "name": "Other"}, form_on=home)
    assert "Other" in shown(get(client, home))
    post(client, f"{home}/templates/{own.public_id}/delete", {}, form_on=home)
    with storage.read() as tx:
        names = [each.name for each in own_templates.find_templates(tx.group(world.group_id))]
    assert names == ["Thanks of North"]


@pytest.mark.statement("S45")
def test_the_table_of_pages_and_the_table_of_replies_agree_on_who_drafts() -> None:
    for role in ("mail_only", "viewer", "editor", "manager", "owner"):
        assert may(role, Right.DRAFT) == states.may_act("draft", role)


@pytest.mark.statement("A11", "S23")
@pytest.mark.parametrize(("step", "fields"), [("approve", {}), ("post", {"way": "hand"})])
def test_two_who_press_at_once_do_it_once(
    app: Flask, world: World, storage: Storage, path: str, step: str, fields: dict[str, str]
) -> None:
    write(log_in(app, "editor@north.example.org"), path, GOOD)
    clients = [log_in(app, f"{role}@north.example.org") for role in ("owner", "manager")]
    if step == "post":
        press(clients[0], path, "approve")
    sent = []
    for client in clients:
        page = get(client, path + "?edit=1").get_data(as_text=True)
        sent.append({"seen": field_of(page, "seen"), **tokens(client, path), **fields})
    together = Barrier(2)

    def work(number: int) -> int:
        together.wait(90)
        answer = clients[number].post(f"{path}/{step}", data=sent[number], base_url=BASE)
        return int(answer.status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [303, 409]
    assert len([each for each in actions(storage, world) if each.startswith(f"reply.{step}")]) == 1
