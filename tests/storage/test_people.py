"""People, their logins, links that work once, and forms that write once."""

import threading
from datetime import timedelta

import pytest

from reviews.errors import Conflict, NotFound
from reviews.storage import Storage, people
from tests.conftest import NOW
from tests.storage.conftest import Tenant

HOUR = timedelta(hours=1)


def add_person(storage: Storage, email: str = "Ada@Example.org", **more) -> people.Person:
    with storage.write() as tx:
        return people.add_person(tx, email=email, name="Ada", password_hash="hash", now=NOW, **more)


def open_session(storage: Storage, person: people.Person, token_hash: str = "t", **more) -> people.Session:
    values = {"group_id": None, "now": NOW, "expires_at": NOW + 12 * HOUR, "device": "Firefox, Linux"}
    with storage.write() as tx:
        return people.add_session(tx, token_hash=token_hash, person_id=person.id, **{**values, **more})


def test_person_is_found_by_address_in_any_case_and_once_only(storage: Storage):
    person = add_person(storage, is_operator=True, language="fr")
    assert (person.email, person.is_operator, person.language) == ("ada@example.org", True, "fr")
    with storage.read() as tx:
        assert people.find_person_by_email(tx, " ADA@example.ORG ") == person
        assert people.find_person_by_email(tx, "nobody@example.org") is None
        assert people.get_person(tx, person.id) == person
        assert people.find_people(tx) == [person]
    with pytest.raises(Conflict):
        add_person(storage, "ADA@EXAMPLE.ORG")


def test_role_in_a_group_is_given_replaced_and_listed(storage: Storage, tenant: Tenant, other: Tenant):
    person = add_person(storage)
    with storage.write() as tx:
        assert people.has_owner(tx) is False
        g = tx.group(tenant.group_id)
        people.add_membership(g, person_id=person.id, role="viewer", now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        assert people.has_owner(tx) is True
        assert [(each.group_id, each.group_name, each.role) for each in people.find_memberships(tx, person.id)] == [
            (tenant.group_id, "maple", "owner")
        ]
        assert people.find_members(g) == [people.Member(person=person, role="owner")]
        assert people.find_member(g, person.id) == people.Member(person=person, role="owner")
        assert people.find_member(tx.group(other.group_id), person.id) is None


def test_password_and_language_change(storage: Storage):
    person = add_person(storage)
    with storage.write() as tx:
        people.set_password(tx, person.id, "another")
        people.set_language(tx, person.id, "fr")
        found = people.get_person(tx, person.id)
    assert (found.password_hash, found.language) == ("another", "fr")
    for change in (people.set_password, people.set_language):
        with pytest.raises(NotFound), storage.write() as tx:
            change(tx, 999, "x")


def test_session_lives_until_it_runs_out_rests_too_long_or_is_ended(storage: Storage):
    person = add_person(storage)
    session = open_session(storage, person)
    with storage.read() as tx:
        assert people.find_session(tx, "t", NOW) == session
        assert people.find_session(tx, "t", NOW + 12 * HOUR) is None
        assert people.find_session(tx, "wrong", NOW) is None
        assert people.find_session(tx, "t", NOW + HOUR, idle=HOUR / 2) is None
    with storage.write() as tx:
        people.touch_session(tx, session.id, NOW + HOUR)
        assert people.find_session(tx, "t", NOW + HOUR, idle=HOUR / 2) is not None
        people.end_session(tx, person.id + 1, session.id)
        assert people.find_session(tx, "t", NOW) is not None
        people.end_session(tx, person.id, session.id)
        assert people.find_session(tx, "t", NOW) is None


def test_all_other_sessions_end_at_once(storage: Storage):
    person, somebody = add_person(storage), add_person(storage, "b@example.org")
    here = open_session(storage, person, "here")
    for name in ("there", "elsewhere"):
        open_session(storage, person, name)
    open_session(storage, somebody, "other")
    with storage.write() as tx:
        assert people.end_sessions_of(tx, person.id, keep=here.id) == 2
        assert [each.token_hash for each in people.find_sessions(tx, person.id)] == ["here"]
        people.end_session_by_hash(tx, "here")
        assert people.find_sessions(tx, person.id) == []
        assert len(people.find_sessions(tx, somebody.id)) == 1


def test_disabled_person_has_no_session(storage: Storage):
    person = add_person(storage)
    open_session(storage, person)
    with storage.write() as tx:
        people.disable_person(tx, person.id, NOW)
    open_session(storage, person, "later")
    with storage.read() as tx:
        assert people.find_session(tx, "t", NOW) is None
        assert people.find_session(tx, "later", NOW) is None
        assert people.get_person(tx, person.id).disabled_at == NOW


def test_session_looks_only_at_groups_of_its_person(storage: Storage, tenant: Tenant, other: Tenant):
    person = add_person(storage)
    session = open_session(storage, person)
    with storage.write() as tx:
        people.add_membership(tx.group(tenant.group_id), person_id=person.id, role="viewer", now=NOW)
        people.set_session_group(tx, session.id, tenant.group_id)
    with pytest.raises(NotFound), storage.write() as tx:
        people.set_session_group(tx, session.id, other.group_id)
    with storage.read() as tx:
        found = people.find_session(tx, "t", NOW)
    assert found is not None
    assert found.group_id == tenant.group_id


def test_link_works_once_for_one_of_many_who_press_it_together(storage: Storage):
    with storage.write() as tx:
        people.add_token(tx, purpose="setup", token_hash="t", now=NOW, expires_at=NOW + HOUR)
    answers: list[bool] = []
    start = threading.Barrier(4)

    def press() -> None:
        start.wait()
        with storage.write() as tx:
            answers.append(people.use_token(tx, "setup", "t", NOW))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]


@pytest.mark.statement("A31")
def test_link_of_another_purpose_too_late_or_ended_does_not_work(storage: Storage):
    with storage.write() as tx:
        for name in ("a", "b"):
            people.add_token(tx, purpose="setup", token_hash=name, now=NOW, expires_at=NOW + HOUR)
        assert people.is_token_valid(tx, "setup", "a", NOW) is True
        assert people.use_token(tx, "invite", "a", NOW) is False
        assert people.use_token(tx, "setup", "a", NOW + HOUR) is False
        assert people.use_token(tx, "setup", "b", NOW) is True
        assert people.is_token_valid(tx, "setup", "b", NOW) is False
        assert people.end_tokens(tx, "setup") == 1
        assert people.use_token(tx, "setup", "a", NOW) is False


def test_attempts_are_counted_within_their_window(storage: Storage):
    window = timedelta(minutes=5)
    with storage.write() as tx:
        for minute in (0, 3, 6):
            people.add_attempt(tx, "a", NOW + timedelta(minutes=minute))
        people.add_attempt(tx, "b", NOW)
        now = NOW + timedelta(minutes=6)
        assert people.count_attempts(tx, "a", now, window) == 2
        assert people.first_attempt(tx, "a", now, window) == NOW + timedelta(minutes=3)
        people.clear_attempts(tx, "a")
        assert people.count_attempts(tx, "a", now, window) == 0
        assert people.count_attempts(tx, "b", NOW, window) == 1


def test_form_sent_twice_writes_once_and_gives_the_same_answer(storage: Storage, tenant: Tenant, other: Tenant):
    with storage.write() as tx:
        assert people.claim_form_key(tx, "k", tenant.group_id, NOW) is None
        assert people.claim_form_key(tx, "k", tenant.group_id, NOW) == ""
        people.save_form_answer(tx, "k", "/sources/1")
        assert people.claim_form_key(tx, "k", tenant.group_id, NOW) == "/sources/1"
        assert people.claim_form_key(tx, "set-up", None, NOW) is None
    with pytest.raises(Conflict), storage.write() as tx:
        people.claim_form_key(tx, "k", other.group_id, NOW)


def test_form_sent_by_many_at_once_writes_once(storage: Storage, tenant: Tenant):
    answers: list[str | None] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        with storage.write() as tx:
            answer = people.claim_form_key(tx, "k", tenant.group_id, NOW)
            if answer is None:
                people.save_form_answer(tx, "k", "/done")
        answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == ["/done", "/done", "/done", None]


def test_upkeep_drops_what_has_run_out(storage: Storage):
    person = add_person(storage)
    open_session(storage, person)
    with storage.write() as tx:
        people.add_token(tx, purpose="setup", token_hash="t", now=NOW, expires_at=NOW + HOUR)
        people.add_attempt(tx, "a", NOW)
        people.claim_form_key(tx, "k", None, NOW)
        assert people.delete_old(tx, NOW) == 0
        assert people.delete_old(tx, NOW + timedelta(days=3)) == 4
