"""One click in a mail ends that kind of mail, for whoever holds the link and nobody else."""

import pytest
from flask import Flask

from reviews.alerts.unsubscribe import Ending, make_token
from reviews.config import Settings
from reviews.storage import Storage, alerts, groups, people
from reviews.storage.alerts import Wishes
from tests.conftest import NOW
from tests.web.support import BASE, get


@pytest.fixture
def link(storage: Storage, settings: Settings) -> tuple[str, int, int]:
    with storage.write() as tx:
        group = groups.add_group(tx, name="Maple", now=NOW)
        person = people.add_person(tx, email="ada@example.org", name="Ada", password_hash="x", now=NOW)
        people.add_membership(tx.group(group.id), person_id=person.id, role="mail_only", now=NOW)
    token = make_token(Ending(group=group.public_id, person=person.public_id, topic="digest"), settings.secret_keys)
    return f"/unsubscribe/{token}", group.id, person.id


def wishes_of(storage: Storage, group_id: int, person_id: int) -> list[Wishes]:
    with storage.read() as tx:
        return [rule.wishes for rule in alerts.find_rules(tx.group(group_id), person_id=person_id)]


def test_looking_at_the_link_ends_nothing_and_one_click_without_cookies_does(
    app: Flask, storage: Storage, link: tuple[str, int, int]
):
    path, group_id, person_id = link
    client = app.test_client()
    page = get(client, path)
    assert page.status_code == 200
    assert "Stop these mails" in page.get_data(as_text=True)
    assert wishes_of(storage, group_id, person_id) == []
    fresh = app.test_client()
    for _ in range(2):
        assert fresh.post(path, data={"List-Unsubscribe": "One-Click"}, base_url=BASE).status_code == 200
    assert wishes_of(storage, group_id, person_id) == [Wishes(digest=False)]


def test_link_that_is_not_ours_is_not_there(app: Flask, storage: Storage, link: tuple[str, int, int]):
    path, group_id, person_id = link
    client = app.test_client()
    for bad in (path[:-3] + "AAA", "/unsubscribe/x", "/unsubscribe/~"):
        assert get(client, bad).status_code == 404
        assert client.post(bad, base_url=BASE).status_code == 404
    assert wishes_of(storage, group_id, person_id) == []


def test_another_site_cannot_press_the_button(app: Flask, storage: Storage, link: tuple[str, int, int]):
    path, group_id, person_id = link
    answer = app.test_client().post(path, base_url=BASE, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert wishes_of(storage, group_id, person_id) == []
