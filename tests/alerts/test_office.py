"""From a run to a message that arrived: once per cause and recipient, alone or with others; what is off stays off."""

import json
from datetime import timedelta

import pytest

from reviews.alerts import manage
from reviews.collect.closing import MASS_REMOVAL
from reviews.collect.pulling import NOT_THERE
from reviews.errors import NotFound
from reviews.secrets_box import SecretsBox
from reviews.storage import clinics, connections, deliveries, people, pushes, sources
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox, Receiver
from tests.builders import make_review


def subjects(box: MailBox) -> list[str]:
    return [mail["Subject"] for mail in box.mails]


@pytest.mark.statement("S40")
def test_low_review_comes_at_once_alone_and_its_subject_holds_stars_and_clinic_only(world: World, box: MailBox):
    world.add_person()
    world.collect(make_review("low", stars=2, title="Grumbling", text="They lost my file and nobody called back."))
    world.work()
    (mail,) = box.mails
    assert mail["Subject"] == "★★☆☆☆ new review – Elm Street (Google)"
    assert mail["To"] == "Ada <ada@example.org>"
    text = mail.get_body(("plain",)).get_content()
    assert "They lost my file and nobody called back." in text
    assert "1 or 2 stars" in text
    (line,) = world.log()
    assert (line.delivery.kind, line.delivery.state, line.to, line.channel_kind) == ("review", "sent", "Ada", "mail")
    assert mail["Message-ID"] == f"<{line.delivery.public_id}@reviews.example.org>"
    assert "lost my file" not in json.dumps(
        [line.delivery.payload, line.delivery.cause, *line.delivery.answers], default=str
    )


def test_risk_word_makes_a_good_review_urgent_and_asks_for_a_person(world: World, box: MailBox):
    world.add_person()
    world.collect(make_review("risk", stars=5, text="Nice place, but my lawyer will call about the injury."))
    world.work()
    (mail,) = box.mails
    text = mail.get_body(("plain",)).get_content()
    assert "lawyer" in text
    assert "Please let a person decide" in text


COMPLAINT_IN_PRAISE = "Wonderful care from everybody. The receptionist was rude. I love this place and recommend it."


def test_complaint_inside_praise_reaches_the_rule_that_asks_for_it_and_no_other(world: World, box: MailBox):
    for name, reason in (("Ada", "sentence"), ("Bo", "disagree"), ("Cy", "risk")):
        world.wish(world.add_person(name), reasons=frozenset({reason}), news="never")
    world.collect(make_review("mixed", stars=5, text=COMPLAINT_IN_PRAISE), *world.new(3, stars=5))
    world.work()
    (mail,) = box.mails
    assert mail["To"] == "Ada <ada@example.org>"
    text = mail.get_body(("plain",)).get_content()
    assert "praise with a complaint in it" in text
    assert "Please let a person decide" not in text


def test_stars_that_disagree_with_the_text_reach_the_rule_that_asks_for_it(world: World, box: MailBox):
    world.wish(world.add_person("Ada"), reasons=frozenset({"disagree"}), news="never")
    world.wish(world.add_person("Bo"), reasons=frozenset({"sentence"}), news="never", stars=frozenset({1, 2}))
    world.collect(make_review("wrong", stars=5, text="Terrible. Rude staff, a waste of money, stay away!"))
    world.work()
    (mail,) = box.mails
    assert mail["To"] == "Ada <ada@example.org>"
    assert "stars and text disagree" in mail.get_body(("plain",)).get_content()


def test_no_rule_is_called_by_a_beta_language_alone(world: World, box: MailBox):
    world.wish(world.add_person("Ada"), reasons=frozenset({"disagree", "sentence"}), news="never")
    french = "Personnel impoli, une perte de temps, à éviter !"
    world.collect(make_review("beta", stars=5, text=french, language="fr"))
    world.work()
    assert box.mails == []


def test_other_reviews_wait_for_the_morning_and_come_together(world: World, box: MailBox):
    world.add_person()
    for _ in range(3):
        world.collect(*world.new(2))
        world.work()
        world.clock.advance(minutes=10)
    assert box.mails == []
    world.clock.now = world.clock.now.replace(hour=13, minute=0)
    world.work()
    assert subjects(box)[0] == "6 new reviews – Elm Street"
    world.clock.advance(days=1)
    world.work()
    assert [each for each in subjects(box) if "new reviews –" in each] == ["6 new reviews – Elm Street"]


@pytest.mark.statement("S39")
@pytest.mark.parametrize("trigger", ["schedule", "import"])
def test_500_old_reviews_make_one_message(world: World, box: MailBox, receiver: Receiver, trigger: str):
    world.add_person()
    world.add_channel("webhook", f"{receiver.url}/hook")
    source = world.add_source("Yelp") if trigger == "schedule" else world.source
    old = world.clock() - timedelta(days=900)
    world.collect(
        *world.new(490, date=old), *world.new(10, stars=1, text="Rude and a lawyer is on it.", date=old),
        source=source, trigger=trigger,
    )  # fmt: skip
    world.work()
    assert len(box.mails) == len(receiver.taken) == 1
    (mail,) = box.mails
    assert "500 reviews were" in mail["Subject"]
    assert "★☆☆☆☆: 10" in mail.get_body(("plain",)).get_content()
    assert json.loads(receiver.taken[0].body)["data"]["count"] == 500


@pytest.mark.statement("S39")
def test_first_reading_in_several_runs_is_told_once_and_the_next_run_is_news(world: World, box: MailBox):
    world.add_person()
    source = world.add_source("Yelp")
    for outcome in ("interrupted", "unavailable", "ok"):
        world.collect(*world.new(40, stars=1), source=source, outcome=outcome)
        world.clock.advance(hours=1)
    world.work()
    assert len(box.mails) == 1
    assert "120 reviews" in box.mails[0]["Subject"]
    world.collect(*world.new(1, stars=1), source=source)
    world.work()
    assert "new review" in box.mails[1]["Subject"]


def test_burst_of_low_reviews_makes_ten_messages_and_one_for_the_rest(world: World, box: MailBox):
    world.add_person()
    world.collect(*world.new(25, stars=1))
    world.work()
    assert len(box.mails) == 11
    assert "15 new reviews – Elm Street" in subjects(box)


def test_event_expanded_twice_makes_no_second_message(world: World, box: MailBox):
    world.add_person()
    world.collect(*world.new(1, stars=1))
    world.work()
    with world.storage.session(writable=True) as session:
        session.execute("UPDATE outbox SET sent_at = NULL WHERE id = (SELECT MAX(id) FROM outbox)")
    world.work()
    assert len(box.mails) == 1


def test_review_that_falls_to_one_star_is_told_and_other_changes_are_not(world: World, box: MailBox):
    world.add_person()
    world.collect(make_review("a", stars=5), make_review("b", stars=5))
    world.work()
    world.collect(make_review("a", stars=1, text="Changed my mind."), make_review("b", stars=4, text="Still fine."))
    world.work()
    assert subjects(box) == ["★☆☆☆☆ changed review – Elm Street (Google)"]


def test_failure_and_recovery_are_told_once_each(world: World, box: MailBox):
    world.add_person()
    run = world.collect(outcome="changed")
    world.tell("source.failed", source=world.source.public_id, run=run)
    world.work()
    world.tell("source.recovered", source=world.source.public_id, run=run)
    world.work()
    world.work()
    assert subjects(box) == ["Needs attention: Google – Elm Street", "Well again: Google – Elm Street"]


@pytest.mark.statement("S52")
def test_changes_that_come_later_are_told_to_each_person_once_for_all_listings_of_an_account(
    world: World, box: MailBox
):
    ada = world.add_person()
    bea = world.add_person("Bea", language="fr")
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        oak = clinics.add_clinic(g, slug="oak", name="Oak Lane", now=world.clock())
        account = connections.add_connection(
            g, kind="google_business", label="G", secrets={}, box=SecretsBox(world.desk.settings.fernet_keys()),
            now=world.clock(),
        )  # fmt: skip
        for clinic in (world.clinic, oak):
            sources.add_source(
                g, clinic_id=clinic.id, kind="google_business", label="Google", url="", origin="google_business",
                config={}, now=world.clock(), connection_id=account.id,
            )  # fmt: skip
    world.wish(ada)
    world.wish(bea, clinics=frozenset({oak.public_id}))
    for _ in range(2):
        with world.storage.write() as tx:
            failing = pushes.note_failure(tx, account, NOT_THERE, world.clock(), alert_after=1)
        world.work()
    with world.storage.write() as tx:
        pushes.note_success(tx, failing, world.clock())
    world.work()
    assert {(mail["To"], mail["Subject"]) for mail in box.mails} == {
        ("Ada <ada@example.org>", "Changes come later: Google – Elm Street"),
        ("Ada <ada@example.org>", "Well again: Google – Elm Street"),
        ("Bea <bea@example.org>", "Les nouveautés arrivent plus tard : Google – Oak Lane"),
        ("Bea <bea@example.org>", "De nouveau en ordre : Google – Oak Lane"),
    }
    assert len(box.mails) == 4, "two clinics, one account: one message"
    text = " ".join(box.mails[0].get_body(("plain",)).get_content().split())
    assert "Google knows no such subscription." in text


@pytest.mark.statement("T44")
def test_many_reviews_gone_at_once_are_told_in_plain_words(world: World, box: MailBox):
    world.add_person()
    world.add_person("Zoe", language="fr")
    run = world.collect(outcome="partial")
    with world.storage.session(writable=True) as session:
        session.execute(
            "UPDATE runs SET hint = :hint, hint_values = :values",
            {"hint": MASS_REMOVAL, "values": '{"absent": "6", "held": "10"}'},
        )
    world.tell("source.removals", source=world.source.public_id, run=run)
    world.work()
    english, french = box.mails
    assert english["Subject"] == "Please look: many reviews gone: Google – Elm Street"
    text = english.get_body(("plain",)).get_content()
    assert "6 of 10 reviews were not in the list any more" in " ".join(text.split())
    assert "stay as they are until somebody has looked" in " ".join(text.split())
    assert "À vérifier" in french["Subject"]


def test_a_quote_that_was_withdrawn_is_told_with_its_reason(world: World, box: MailBox):
    world.add_person()
    world.collect(make_review("r", stars=5))
    with world.storage.read() as tx:
        review = tx.group(world.group_id).rows("find_reviews", limit=1)[0]["public_id"]
    world.tell("quote.withdrawn", review=review, permission="p", why="text_changed")
    world.work()
    world.work()
    (mail,) = box.mails
    assert mail["Subject"] == "Quote taken from the website: Google – Elm Street"
    assert "Its author has changed the review" in " ".join(mail.get_body(("plain",)).get_content().split())


def test_rejected_reply_is_told_to_its_author_only(world: World, box: MailBox):
    author = world.add_person("Ada")
    world.add_person("Ben")
    world.collect(make_review("r", stars=5))
    with world.storage.read() as tx:
        ada = people.get_person(tx, author)
        review = tx.group(world.group_id).rows("find_reviews", limit=1)[0]["public_id"]
    world.tell("reply.rejected", review=review, person=ada.public_id, reason="Too\r\nlong")
    world.work()
    (mail,) = box.mails
    assert mail["To"] == "Ada <ada@example.org>"
    assert "It said: Too long" in mail.get_body(("plain",)).get_content()


def test_erased_review_is_not_told_of(world: World, box: MailBox):
    world.add_person()
    world.collect(*world.new(2, stars=1))
    with world.storage.write() as tx:
        events = tx.rows("find_unsent", now=world.clock(), limit=10)
    assert events
    world.office.desk.storage.check()
    from reviews.alerts.expand import expand_some

    expand_some(world.desk)
    with world.storage.session(writable=True) as session:
        session.execute("DELETE FROM review_contents WHERE review_id = (SELECT MAX(id) FROM reviews)")
        session.execute("DELETE FROM reviews WHERE id = (SELECT MAX(id) FROM reviews)")
    world.work()
    assert len(box.mails) == 1
    assert sorted(line.delivery.state for line in world.log()) == ["dropped", "sent"]


def test_who_was_limited_after_a_message_was_planned_is_told_of_their_clinics_only(world: World, box: MailBox):
    from reviews.alerts.expand import expand_some

    person_id = world.add_person(role="viewer")
    world.collect(*world.new(2, stars=1))
    expand_some(world.desk)
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        lane = clinics.add_clinic(g, slug="lane", name="Lane Clinic", now=world.clock())
        people.add_membership(g, person_id=person_id, role="viewer", now=world.clock(), clinic_ids=[lane.id])
    world.work()
    assert not box.mails
    assert {line.delivery.state for line in world.log()} == {"dropped"}


def test_text_whose_terms_give_it_an_end_stays_out_of_mails(world: World, box: MailBox, book):
    origin = next(name for name, days in book.retentions().items() if days > 1)
    world.add_person()
    world.collect(make_review("kept", stars=1, text="Secret words.", origin=origin))
    world.work()
    (mail,) = box.mails
    assert b"Secret words" not in box.raw[0]
    assert "The terms of its platform" in mail.get_body(("plain",)).get_content()


def test_mail_only_person_gets_mail_and_a_disabled_or_left_one_does_not(world: World, box: MailBox):
    world.add_person("Ada", role="mail_only")
    gone = world.add_person("Ben")
    with world.storage.write() as tx:
        people.disable_person(tx, gone, world.clock())
    world.collect(*world.new(1, stars=1))
    world.work()
    assert [mail["To"] for mail in box.mails] == ["Ada <ada@example.org>"]


def test_without_a_mail_server_nobody_waits_for_mail(world: World, box: MailBox, receiver: Receiver):
    from dataclasses import replace

    from reviews.alerts.office import Office

    world.desk = replace(world.desk, settings=replace(world.desk.settings, smtp_host=""))
    world.office = Office(world.desk)
    world.add_person()
    world.add_channel("webhook", receiver.url + "/hook")
    world.collect(*world.new(1, stars=1))
    world.work()
    assert box.mails == []
    assert [line.channel_kind for line in world.log()] == ["webhook"]


@pytest.mark.parametrize("status", ["403", "404", "410"])
def test_slack_channel_that_is_gone_is_switched_off_and_a_test_switches_it_on(
    world: World, receiver: Receiver, status: str
):
    channel, _ = world.add_channel("slack", f"{receiver.url}/services/T0/B0/secret")
    receiver.behave = lambda posted: status
    world.collect(*world.new(1, stars=1))
    world.work()
    assert world.channel(channel).state == "disabled"
    assert world.channel(channel).reason
    world.collect(*world.new(1, stars=1))
    world.clock.advance(hours=1)
    world.work()
    assert len(receiver.posted) == 1
    assert manage.try_channel(world.desk, world.group_id, channel.public_id).said == status
    receiver.behave = lambda posted: "200"
    assert manage.try_channel(world.desk, world.group_id, channel.public_id).outcome == "taken"
    assert world.channel(channel).state == "active"
    world.work()
    # The test, and the message that had waited; not what happened while the channel was off.
    assert len(receiver.taken) == 2


def test_channel_that_is_down_is_held_back_as_a_whole(world: World, receiver: Receiver):
    channel, _ = world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: "503"
    world.collect(*world.new(8, stars=1))
    world.work()
    assert len(receiver.posted) == 1
    receiver.behave = lambda posted: "200"
    world.clock.advance(seconds=10)
    world.work()
    assert len(receiver.taken) == 8
    assert world.channel(channel).failures == 0


def test_retry_after_is_honoured(world: World, receiver: Receiver):
    world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: "429 Retry-After: 1200"
    world.collect(*world.new(1, stars=1))
    world.work()
    receiver.behave = lambda posted: "200"
    for seconds in (600, 599):
        world.clock.advance(seconds=seconds)
        world.work()
    assert receiver.taken == []
    world.clock.advance(seconds=2)
    world.work()
    assert len(receiver.taken) == 1


@pytest.mark.statement("R21")
def test_message_that_never_arrives_is_tried_on_schedule_dead_after_three_days_visible_and_replayed(
    world: World, receiver: Receiver
):
    world.add_channel("webhook", f"{receiver.url}/hook")
    receiver.behave = lambda posted: "400"
    world.collect(*world.new(1, stars=1))
    started, tries = world.clock(), []
    for _ in range(4 * 24 * 60):
        before = len(receiver.posted)
        world.office.send_next() if receiver.posted else world.work()
        if len(receiver.posted) > before:
            tries.append(world.clock() - started)
        if world.log()[0].delivery.state == "dead":
            break
        world.clock.now = max(world.clock.now + timedelta(seconds=1), world.log()[0].delivery.next_try_at)
    assert len(tries) == 10
    assert tries[0] == timedelta(0)
    assert timedelta(seconds=5) <= tries[1] < timedelta(seconds=10)
    assert timedelta(days=3) <= tries[-1] <= timedelta(days=4)
    (line,) = world.log(state="dead")
    assert [answer.said for answer in line.delivery.answers] == ["400"] * deliveries.ANSWERS_KEPT
    receiver.behave = lambda posted: "200"
    with world.storage.write() as tx:
        deliveries.replay(tx.group(world.group_id), line.delivery.public_id, world.clock())
    world.work()
    assert {posted.headers["webhook-id"] for posted in receiver.posted} == {line.delivery.public_id}
    assert world.log()[0].delivery.state == "sent"


def test_refused_recipient_is_not_asked_again_and_others_get_their_mail(world: World, box: MailBox):
    world.add_person("Ada")
    world.add_person("Ben")
    box.refuses.add("ada@example.org")
    world.collect(*world.new(1, stars=1))
    world.work()
    world.clock.advance(days=1)
    world.work()
    assert [mail["To"] for mail in box.mails if "new review –" in mail["Subject"]] == ["Ben <ben@example.org>"]
    states = {line.to: line.delivery.state for line in world.log() if line.delivery.kind == "review"}
    assert states == {"Ada": "dead", "Ben": "sent"}


def test_mail_server_that_is_down_is_asked_once_and_mail_arrives_later(world: World, box: MailBox):
    world.add_person()
    world.collect(*world.new(5, stars=1))
    box.behave = lambda mail: "drop"
    world.work()
    assert sum(line.delivery.attempts for line in world.log()) == 1
    box.behave = lambda mail: "250"
    world.clock.advance(minutes=1)
    world.work()
    assert len({mail["Message-ID"] for mail in box.mails}) == 5


def test_test_message_says_what_the_receiver_answered(world: World, box: MailBox, receiver: Receiver):
    person = world.add_person()
    assert manage.try_mail(world.desk, world.group_id, person).said == "250"
    assert box.mails[0]["Subject"] == "Test message from Clinic Reviews"
    channel, _ = world.add_channel("teams", receiver.url + "/workflows/secret")
    receiver.behave = lambda posted: "400"
    assert manage.try_channel(world.desk, world.group_id, channel.public_id).said == "400"
    world.clock.advance(days=1)
    world.work()
    assert len(receiver.posted) == 1
    assert [line.delivery.state for line in world.log(channel_id=channel.id)] == ["dead"]


def test_rule_of_another_group_and_of_strangers_is_refused(world: World):
    from reviews.storage import alerts, groups
    from reviews.storage.alerts import Wishes

    channel, _ = world.add_channel("webhook", "http://127.0.0.1/hook")
    with world.storage.write() as tx:
        other = tx.group(groups.add_group(tx, name="Other", now=world.clock()).id)
        for person_id, channel_id in ((None, channel.id), (world.group_id * 0 + 999, None)):
            with pytest.raises(NotFound):
                alerts.add_rule(other, person_id=person_id, channel_id=channel_id, wishes=Wishes(), now=world.clock())
        assert alerts.find_channels(other) == alerts.find_rules(other) == deliveries.find_log(other) == []


def test_step_with_nothing_to_send_asks_for_a_message_once(world: World, monkeypatch: pytest.MonkeyPatch):
    world.work()
    asked = []
    claim = deliveries.claim
    monkeypatch.setattr(deliveries, "claim", lambda tx, **named: asked.append(1) or claim(tx, **named))
    world.office.step()
    assert len(asked) == 1
