"""The mail that invites somebody who does not belong to the group yet, through a real mail server; and limits."""

import re
from datetime import timedelta

from reviews.alerts.invitations import read_token
from reviews.alerts.routing import within
from reviews.storage import deliveries, groups, invitations
from reviews.storage.alerts import Wishes
from tests.alerts.conftest import World
from tests.alerts.receivers import MailBox


def add(world: World) -> str:
    now = world.clock()
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        added = invitations.add_invitation(
            g, email="nova@example.org", role="viewer", clinics=None, language="fr", person_id=None, now=now,
            expires_at=now + timedelta(days=7),
        )  # fmt: skip
        deliveries.add_delivery(
            g, group_public_id=groups.get_group(tx, world.group_id).public_id, cause=f"invitation:{added.public_id}",
            kind="invitation", recipient=f"invitation:{added.public_id}", person_id=None, channel_id=None,
            payload={"invitation": added.public_id}, due_at=now, now=now,
        )  # fmt: skip
    return added.public_id


def test_an_invitation_is_mailed_with_its_link(world: World, box: MailBox) -> None:
    public_id = add(world)
    world.work()
    mail = next(mail for mail in box.mails if "nova@example.org" in str(mail["To"]))
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    link = re.search(r"/invitation/(\S+)", text)
    assert link is not None
    assert read_token(link[1], world.desk.settings.secret_keys) == public_id
    assert "Maple Health" in str(mail["Subject"])
    assert "Accepter" in text
    assert mail["List-Unsubscribe"] is None


def test_one_that_was_taken_back_is_not_sent(world: World, box: MailBox) -> None:
    public_id = add(world)
    with world.storage.write() as tx:
        invitations.withdraw(tx.group(world.group_id), public_id, world.clock())
    world.work()
    assert not [mail for mail in box.mails if "nova@example.org" in str(mail["To"])]


def test_who_is_limited_is_told_of_their_clinics_only() -> None:
    mine = frozenset({"elm"})
    everything, elsewhere, both = (
        Wishes(),
        Wishes(clinics=frozenset({"oak"})),
        Wishes(clinics=frozenset({"oak", "elm"})),
    )
    assert within([everything, elsewhere, both], None) == (everything, elsewhere, both)
    assert [wishes.clinics for wishes in within([everything, elsewhere, both], mine)] == [mine, mine]
    assert within([everything], frozenset()) == ()
