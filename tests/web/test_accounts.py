"""Invitations, people, second factors: from the owner's page to the new colleague's first look."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews.alerts.invitations import make_token, read_token
from reviews.config import Settings
from reviews.storage import audit, deliveries, invitations, people
from reviews.web.policy import Right, right_of
from reviews.web.second_factor import MAX_CODES, find_step
from tests.conftest import NOW, FakeClock
from tests.web.support import PASSWORD, World, field_of, get, log_in, post

GOOD = "sunflower ladder beside the quay"
OWNER = "owner@north.example.org"
INVITED = {"email": "Nova@North.example.org", "role": "editor", "scope": "all", "language": "en"}


def invite(client: FlaskClient, settings: Settings, world: World, **changed: object) -> str:
    """The path of a new invitation's link."""
    answer = post(client, "/settings/people/invite", {**INVITED, **changed}, form_on="/settings/people")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with world.storage.read() as tx:
        newest = invitations.find_open(tx.group(world.group_id))[0]
    return f"/invitation/{make_token(newest.public_id, settings.secret_keys)}"


def actions(world: World) -> list[str]:
    with world.storage.read() as tx:
        return [entry.action for entry in audit.find_entries(tx.group(world.group_id), limit=20)]


@pytest.mark.statement("S6", "S45", "A10")
def test_an_invitation_lets_one_person_in_once(app: Flask, settings: Settings, world: World) -> None:
    owner = log_in(app, OWNER)
    link = invite(owner, settings, world)
    with world.storage.read() as tx:
        mail = deliveries.find_log(tx.group(world.group_id), limit=5)[0].delivery
    assert (mail.kind, mail.state) == ("invitation", "waiting")

    new = app.test_client()
    assert "North Clinics" in get(new, link).get_data(as_text=True)
    weak = post(new, link, {"name": "Nova", "password": "short", "language": "en"}, form_on=link)
    assert weak.status_code == 400
    assert get(new, "/inbox").status_code == 303, "nobody is in before a password is set"
    taken = post(new, link, {"name": "Nova", "password": GOOD, "language": "fr"}, form_on=link)
    assert (taken.status_code, taken.headers["Location"]) == (303, "/")
    assert get(new, "/inbox").status_code == 200
    assert get(new, "/settings/people").status_code == 403
    assert get(app.test_client(), link).status_code == 404
    assert actions(world)[:2] == ["person.joined", "person.invited"]
    with world.storage.read() as tx:
        person = people.find_person_by_email(tx, "nova@north.example.org")
    assert person is not None
    assert (person.name, person.language) == ("Nova", "fr")


@pytest.mark.statement("S45", "A31")
def test_an_invitation_ends_by_time_and_by_hand(app: Flask, settings: Settings, world: World, clock: FakeClock) -> None:
    owner = log_in(app, OWNER)
    first = invite(owner, settings, world)
    second = invite(owner, settings, world)
    assert get(app.test_client(), first).status_code == 404, "a new one takes the place of the old one"
    with world.storage.read() as tx:
        public_id = invitations.find_open(tx.group(world.group_id))[0].public_id
    assert post(owner, f"/settings/invitations/{public_id}/withdraw", form_on="/settings/people").status_code == 303
    assert get(app.test_client(), second).status_code == 404
    third = invite(owner, settings, world)
    clock.advance(days=7, seconds=1)
    assert get(app.test_client(), third).status_code == 404


@pytest.mark.statement("A31")
def test_a_link_that_was_changed_is_none() -> None:
    token = make_token("abcdef0123456789", ["a" * 40])
    assert read_token(token, ["b" * 40, "a" * 40]) == "abcdef0123456789"
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), token.replace("abcdef", "bbcdef"), "", "x-y"):
        assert read_token(wrong, ["a" * 40]) is None
    assert read_token(token, ["b" * 40]) is None


def test_who_has_an_account_logs_in_first(app: Flask, settings: Settings, world: World) -> None:
    link = invite(log_in(app, OWNER), settings, world, email="owner@south.example.org")
    stranger = app.test_client()
    assert "Log in with it" in get(stranger, link).get_data(as_text=True)
    answer = post(stranger, link, {}, form_on="/login")
    assert answer.headers["Location"].startswith("/login?next=/invitation/")
    south = log_in(app, "owner@south.example.org")
    assert post(south, link, {}, form_on="/settings/sessions").status_code == 303
    with world.storage.read() as tx:
        found = people.find_memberships(tx, world.person_ids["owner@south.example.org"])
    assert {m.group_name: m.role for m in found} == {"North Clinics": "editor", "South Clinics": "owner"}


@pytest.mark.statement("S37")
def test_mail_only_people_get_no_password_and_no_session(app: Flask, settings: Settings, world: World) -> None:
    link = invite(log_in(app, OWNER), settings, world, role="mail_only")
    new = app.test_client()
    assert 'type="password"' not in get(new, link).get_data(as_text=True)
    answer = post(new, link, {"name": "Nova", "language": "en"}, form_on=link)
    assert answer.headers["Location"] == "/invited"
    assert get(new, "/settings/sessions").status_code == 303
    again = new.post(
        "/login",
        data={"email": "nova@north.example.org", "password": "", **_hidden(new, "/login")},
        base_url="http://127.0.0.1:8000",
    )
    assert again.status_code == 400


def _hidden(client: FlaskClient, path: str) -> dict[str, str]:
    page = get(client, path).get_data(as_text=True)
    return {"csrf_token": field_of(page, "csrf_token"), "form_key": field_of(page, "form_key")}


@pytest.mark.statement("S46", "S45")
def test_another_role_or_clinic_ends_the_sessions_of_that_person(app: Flask, world: World) -> None:
    owner, editor = log_in(app, OWNER), log_in(app, "editor@north.example.org")
    with world.storage.read() as tx:
        member = people.find_member(tx.group(world.group_id), world.person_ids["editor@north.example.org"])
    assert member is not None
    path = f"/settings/people/{member.person.public_id}"
    limited = {"role": "viewer", "scope": "some", "clinics": [world.mine["clinic"]]}
    assert post(owner, path, limited, form_on=path).status_code == 303
    assert get(editor, "/").headers["Location"].startswith("/login")
    nothing = post(owner, path, {"role": "viewer", "scope": "some"}, form_on=path)
    assert nothing.status_code == 400
    foreign = post(owner, path, {**limited, "clinics": [world.other["clinic"]]}, form_on=path)
    assert foreign.status_code == 404
    assert post(owner, path + "/remove", form_on=path).status_code == 303
    assert get(owner, path).status_code == 404
    assert actions(world)[:2] == ["person.removed", "person.changed"]


@pytest.mark.statement("S45")
def test_the_only_owner_is_told_why_they_stay(app: Flask, world: World) -> None:
    owner = log_in(app, OWNER)
    with world.storage.read() as tx:
        me = people.get_person(tx, world.person_ids[OWNER])
    path = f"/settings/people/{me.public_id}"
    lesser = post(owner, path, {"role": "viewer", "scope": "all"}, form_on=path)
    assert (lesser.status_code, "only owner" in lesser.get_data(as_text=True)) == (409, True)
    assert post(owner, path + "/remove", form_on=path).status_code == 409


@pytest.mark.statement("S46")
def test_a_new_password_ends_the_other_sessions(app: Flask, world: World) -> None:
    here, there = log_in(app, OWNER), log_in(app, OWNER)
    form = {"old": PASSWORD, "new": GOOD}
    wrong = post(here, "/settings/password", {**form, "old": "x"}, form_on="/settings/sessions")
    assert wrong.status_code == 400
    assert post(here, "/settings/password", form, form_on="/settings/sessions").status_code == 303
    assert get(here, "/inbox").status_code == 200
    assert get(there, "/inbox").status_code == 303
    log_in(app, OWNER, GOOD)


# ---------------------------------------------------------------- second factors
def put_on(client: FlaskClient, clock: FakeClock) -> tuple[pyotp.TOTP, list[str]]:
    """The app of the person's telephone, and the recovery codes."""
    page = "/settings/second-factor"
    post(client, page + "/begin", form_on=page)
    text = get(client, page).get_data(as_text=True)
    assert "<svg" in text
    secret = re.sub(r"\s", "", re.findall(r"<pre[^>]*>([A-Z2-7 ]+)</pre>", text)[0])
    totp = pyotp.TOTP(secret)
    assert post(client, page + "/confirm", {"code": "000000"}, form_on=page).status_code == 400
    shown = post(client, page + "/confirm", {"code": totp.at(clock())}, form_on=page).get_data(as_text=True)
    codes = re.findall(r"[2-9a-z]{4}(?:-[2-9a-z]{4}){3}", shown)
    assert len(codes) == 10
    clock.advance(seconds=60)
    return totp, codes


def password_step(app: Flask) -> FlaskClient:
    client = app.test_client()
    form = {"email": OWNER, "password": PASSWORD, **_hidden(client, "/login")}
    answer = client.post("/login", data=form, base_url="http://127.0.0.1:8000")
    assert answer.headers["Location"].startswith("/login/code")
    assert get(client, "/inbox").status_code == 303, "the password alone opens nothing"
    return client


def code_step(client: FlaskClient, code: str) -> int:
    return post(client, "/login/code", {"code": code}, form_on="/login/code").status_code


@pytest.mark.statement("S46", "T19", "A30", "A10", "A29")
def test_a_code_is_asked_for_and_taken_once(app: Flask, world: World, clock: FakeClock) -> None:
    totp, codes = put_on(log_in(app, OWNER), clock)
    code = totp.at(clock())
    client = password_step(app)
    assert code_step(client, code) == 303
    assert get(client, "/inbox").status_code == 200
    assert code_step(password_step(app), code) == 400, "a code that somebody has seen is worth nothing"
    assert code_step(password_step(app), codes[0].upper()) == 303
    assert code_step(password_step(app), codes[0]) == 400
    clock.advance(seconds=120)
    assert code_step(password_step(app), totp.at(clock() - timedelta(seconds=60))) == 400, "two steps ago"
    assert code_step(password_step(app), totp.at(clock())) == 303
    with world.storage.write() as tx:
        owner = people.find_person_by_email(tx, OWNER)
        assert owner is not None
        people.set_password(tx, owner.id, owner.password_hash)
    password_step(app)  # another password does not skip the code
    with world.storage.session(writable=False) as session:
        kept = repr([session.execute(f"SELECT * FROM {table}").rows for table in ("recovery_codes", "people")])
    assert "code_hash" in kept
    assert totp.secret not in kept
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]


@pytest.mark.statement("S46", "T19", "A30")
def test_guesses_of_codes_are_limited_whatever_the_password_step_does(
    app: Flask, world: World, clock: FakeClock
) -> None:
    totp, _ = put_on(log_in(app, OWNER), clock)
    for _ in range(MAX_CODES):
        assert code_step(password_step(app), "000000") == 400
    assert code_step(password_step(app), totp.at(clock())) == 429
    clock.advance(minutes=16)
    assert code_step(password_step(app), totp.at(clock())) == 303


def test_the_step_between_password_and_code_ends_after_minutes(app: Flask, world: World, clock: FakeClock) -> None:
    put_on(log_in(app, OWNER), clock)
    client = password_step(app)
    clock.advance(minutes=6)
    assert get(client, "/login/code").headers["Location"].startswith("/login")


@pytest.mark.statement("S46", "A29")
def test_a_group_can_ask_everybody_for_one(app: Flask, world: World, clock: FakeClock) -> None:
    owner, viewer = log_in(app, OWNER), log_in(app, "viewer@north.example.org")
    rule = "/settings/second-factor-rule"
    assert post(owner, rule, {"required": "yes"}, form_on="/settings/people").status_code == 303
    assert get(viewer, "/inbox").headers["Location"] == "/settings/second-factor"
    pages = [
        re.sub(r"<[^>]+>", "x", each.rule)
        for each in app.url_map.iter_rules()
        if right_of(each.endpoint) in (Right.SEE, Right.EDIT, Right.DRAFT, Right.MANAGE, Right.GROUP, Right.OWN)
        and "GET" in (each.methods or ())
    ]
    assert len(pages) > 30
    for page in pages:
        assert get(viewer, page).headers.get("Location") == "/settings/second-factor", page
    put_on(viewer, clock)
    assert get(viewer, "/inbox").status_code == 200
    end = "/settings/second-factor/end"
    assert post(viewer, end, {"password": "wrong"}, form_on="/settings/sessions").status_code == 400
    assert post(viewer, end, {"password": PASSWORD}, form_on="/settings/sessions").status_code == 303
    assert get(viewer, "/inbox").headers["Location"] == "/settings/second-factor"


@pytest.mark.statement("T19")
def test_codes_are_those_of_rfc_6238() -> None:
    """Appendix B: the secret is the ASCII text 12345678901234567890; the last six digits of the SHA-1 column."""
    from datetime import UTC, datetime

    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        now = datetime.fromtimestamp(seconds, UTC)
        assert find_step(secret, code, now) == seconds // 30
        assert find_step(secret, code, now + timedelta(seconds=30)) == seconds // 30
        assert find_step(secret, code, now + timedelta(seconds=60)) is None
    assert find_step(secret, "000000", NOW) is None
