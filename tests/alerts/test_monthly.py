"""The monthly report by mail: on the first at eight where the clinic is, once, to those who may see it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from reviews.alerts.ending import end_mails
from reviews.storage import people, reports
from reviews.worker import reporting
from reviews.worker.reporting import make_monthly
from reviews.worker.upkeep import Upkeep
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox
from tests.alerts.test_worker import context_of

FIRST_0759 = datetime(2027, 1, 1, 12, 59, tzinfo=UTC)
"""A minute before eight on New Year's Day in Toronto."""


def subscribe(world: World, person_id: int, clinic_id: int | None = None) -> None:
    with world.storage.write() as tx:
        reports.subscribe(tx.group(world.group_id), person_id, clinic_id, world.clock())


def made(world: World) -> list[reports.StoredReport]:
    with world.storage.read() as tx:
        return reports.find_reports(tx.group(world.group_id))


def mails(box: MailBox) -> list[str]:
    return [mail["Subject"] for mail in box.mails if mail["Subject"].startswith(("Report", "Rapport"))]


@pytest.mark.statement("S43")
def test_the_report_comes_on_the_first_at_eight_once_in_the_readers_language(world: World, box: MailBox):
    for name, language in (("Ada", "en"), ("Zoé", "fr")):
        subscribe(world, world.add_person(name, language=language, email=f"{name[0].lower()}@example.org"))
    context = context_of(world)
    world.clock.now = FIRST_0759
    assert make_monthly(context) == 0
    world.clock.advance(minutes=1)
    Upkeep(context).step()
    (report,) = made(world)
    assert (report.month, report.person_id, report.clinic_id) == ("2026-12", None, None)
    for _ in range(3):
        world.clock.advance(minutes=2)
        assert make_monthly(context) == 0
        world.work()
    assert sorted(mails(box)) == ["Rapport de décembre 2026 – Maple Health", "Report of December 2026 – Maple Health"]
    mail = next(each for each in box.mails if each["Subject"].startswith("Report"))
    assert f"https://reviews.example.org/reports/{report.public_id}" in mail.get_body(("plain",)).get_content()
    world.clock.now = datetime(2027, 2, 1, 13, 0, tzinfo=UTC)
    assert make_monthly(context) == 1
    assert [each.month for each in made(world)] == ["2027-01", "2026-12"]


def test_a_crash_between_report_and_mails_leaves_neither_and_the_next_turn_makes_both(
    world: World, box: MailBox, monkeypatch: pytest.MonkeyPatch
):
    subscribe(world, world.add_person())
    world.clock.now = FIRST_0759 + timedelta(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(reporting, "hit", lambda name: (_ for _ in ()).throw(RuntimeError(name)))
        with pytest.raises(RuntimeError, match="after_report"):
            make_monthly(context_of(world))
    assert made(world) == []
    assert make_monthly(context_of(world)) == 1
    world.work()
    assert len(mails(box)) == len(made(world)) == 1


def test_it_is_made_late_but_not_too_late_and_not_for_who_came_after(world: World):
    early = world.add_person("Ada")
    subscribe(world, early)
    world.clock.now = FIRST_0759 + timedelta(days=4)
    assert make_monthly(context_of(world)) == 0
    world.clock.now = FIRST_0759 + timedelta(days=2)
    assert make_monthly(context_of(world)) == 1
    subscribe(world, world.add_person("Bo"))
    assert make_monthly(context_of(world)) == 0
    assert len([line for line in world.log() if line.delivery.kind == "report"]) == 1


def test_only_who_may_see_the_report_gets_it(world: World, box: MailBox):
    mail_only, gone = world.add_person("Mo", role="mail_only"), world.add_person("Gil", role="viewer")
    with world.storage.write() as tx:
        limited = people.add_person(
            tx, email="lim@example.org", name="Lim", password_hash="x", language="en", now=world.clock()
        ).id  # fmt: skip
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        people.add_membership(
            g, person_id=limited, role="viewer", now=world.clock(), clinic_ids=[world.clinic.id]
        )  # fmt: skip
        people.remove_membership(g, gone)
    for person_id in (limited, gone, mail_only):
        subscribe(world, person_id)
    world.clock.now = FIRST_0759 + timedelta(minutes=1)
    assert make_monthly(context_of(world)) == 0
    world.clock.now -= timedelta(days=1)
    subscribe(world, limited, world.clinic.id)
    world.clock.now += timedelta(days=1)
    assert make_monthly(context_of(world)) == 1
    world.work()
    assert mails(box) == ["Report of December 2026 – Elm Street"]
    assert [mail["To"] for mail in box.mails if mail["Subject"] in mails(box)] == ["Lim <lim@example.org>"]


def test_one_click_in_the_mail_ends_it_and_without_a_mail_server_the_report_is_there(world: World, box: MailBox):
    subscribe(world, world.add_person())
    desk = world.desk
    world.clock.now = FIRST_0759 + timedelta(minutes=1)
    assert [make_monthly(context_of(world, smtp_host="")) for _ in range(2)] == [1, 0]
    assert [line for line in world.log() if line.delivery.kind == "report"] == []
    assert make_monthly(context_of(world)) == 0  # a mail server has come: the mail follows, the report stays
    assert len(made(world)) == 1
    world.work()
    mail = next(each for each in box.mails if each["Subject"] in mails(box))
    token = re.search(r"/([^/>]+)>$", mail["List-Unsubscribe"])
    assert token is not None
    assert end_mails(desk.storage, desk.settings, token[1], world.clock())
    with world.storage.read() as tx:
        assert reports.find_subscriptions(tx.group(world.group_id)) == []
