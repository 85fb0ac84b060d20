"""Logging in and out: sessions, limits, what a stranger can find out."""

import random
import secrets
from collections import Counter
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask

from reviews.storage import Storage, people
from reviews.web import auth, passwords
from tests.conftest import FakeClock
from tests.web.support import BASE, NOW, PASSWORD, World, field_of, get, log_in, post, tokens

OWNER = "owner@north.example.org"


def try_login(app: Flask, email: str, password: str, *, address: str = "203.0.113.5", client: object = None) -> object:
    client = client or app.test_client()
    return client.post(  # type: ignore[attr-defined]
        "/login",
        data={"email": email, "password": password, **tokens(client, "/login")},  # type: ignore[arg-type]
        base_url=BASE,
        environ_overrides={"REMOTE_ADDR": address},
    )


def sessions_of(storage: Storage, world: World, email: str) -> list[people.Session]:
    with storage.read() as tx:
        return people.find_sessions(tx, world.person_ids[email])


def test_a_page_asks_for_login_and_leads_back_to_itself(app: Flask, world: World) -> None:
    client = app.test_client()
    asked = get(client, "/inbox?stars=1")
    assert asked.headers["Location"] == "/login?next=/inbox?stars%3D1"
    page = get(client, asked.headers["Location"]).get_data(as_text=True)
    assert field_of(page, "next") == "/inbox?stars=1"
    answer = client.post(
        "/login",
        data={
            "email": OWNER,
            "password": PASSWORD,
            "next": field_of(page, "next"),
            "csrf_token": field_of(page, "csrf_token"),
            "form_key": field_of(page, "form_key"),
        },
        base_url=BASE,
    )
    assert answer.headers["Location"] == "/inbox?stars=1"
    assert get(client, "/inbox?stars=1").status_code == 200


@pytest.mark.statement("T15")
def test_a_new_login_has_a_new_id_and_ends_the_old_one(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    old = client.get_cookie("reviews_session", domain="127.0.0.1")
    assert old is not None
    get(client, "/")
    post(client, "/logout")
    assert try_login(app, OWNER, PASSWORD, client=client).status_code == 303  # type: ignore[attr-defined]
    new = client.get_cookie("reviews_session", domain="127.0.0.1")
    assert new is not None
    assert new.value != old.value
    thief = app.test_client()
    thief.set_cookie("reviews_session", old.value, domain="127.0.0.1")
    assert get(thief, "/").status_code == 303


@pytest.mark.statement("T15")
def test_an_id_that_somebody_else_has_set_is_never_taken_over(app: Flask, world: World) -> None:
    client = app.test_client()
    client.set_cookie("reviews_session", "fixed-by-somebody-else", domain="127.0.0.1")
    assert try_login(app, OWNER, PASSWORD, client=client).status_code == 303  # type: ignore[attr-defined]
    other = app.test_client()
    other.set_cookie("reviews_session", "fixed-by-somebody-else", domain="127.0.0.1")
    assert get(other, "/").status_code == 303


@pytest.mark.statement("T15", "A32")
def test_a_session_ends_after_half_an_hour_without_use(app: Flask, world: World, clock: FakeClock) -> None:
    client = log_in(app, OWNER)
    for _ in range(4):
        clock.advance(minutes=29)
        assert get(client, "/").status_code == 200
    clock.advance(minutes=31)
    assert get(client, "/").status_code == 303


@pytest.mark.statement("T15", "A32")
def test_a_session_ends_after_twelve_hours_in_any_case(app: Flask, world: World, clock: FakeClock) -> None:
    client = log_in(app, OWNER)
    for _ in range(35):
        clock.advance(minutes=20)
        assert get(client, "/").status_code == 200
    clock.advance(minutes=21)
    assert get(client, "/").status_code == 303


@pytest.mark.statement("T15", "A28")
def test_the_database_holds_no_usable_id_and_no_password(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    cookie = client.get_cookie("reviews_session", domain="127.0.0.1")
    assert cookie is not None
    assert len(cookie.value) >= 43
    with storage.session(writable=False) as session:
        dump = str([session.execute(f"SELECT * FROM {name}").rows for name in ("sessions", "people", "form_keys")])
    assert cookie.value not in dump
    assert PASSWORD not in dump


@pytest.mark.statement("T15")
def test_logout_ends_the_session_here_and_in_the_database(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    copied = client.get_cookie("reviews_session", domain="127.0.0.1")
    assert copied is not None
    answer = post(client, "/logout")
    assert answer.headers["Clear-Site-Data"]
    assert sessions_of(storage, world, OWNER) == []
    thief = app.test_client()
    thief.set_cookie("reviews_session", copied.value, domain="127.0.0.1")
    assert get(thief, "/").status_code == 303


@pytest.mark.statement("T15")
def test_a_disabled_person_is_out_at_once(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, OWNER)
    with storage.write() as tx:
        people.disable_person(tx, world.person_ids[OWNER], NOW)
    assert get(client, "/").status_code == 303
    assert try_login(app, OWNER, PASSWORD).status_code == 400  # type: ignore[attr-defined]


@pytest.mark.statement("S46", "A27")
def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(app: Flask, world: World) -> None:
    one, two, three = (log_in(app, OWNER) for _ in range(3))
    page = get(one, "/settings/sessions").get_data(as_text=True)
    assert page.count("This session") == 1
    name = field_of(page, "session")
    assert post(one, "/settings/sessions/end", {"session": name}, form_on="/settings/sessions").status_code == 303
    assert sorted(get(client, "/").status_code for client in (one, two, three)) == [200, 200, 303]
    assert post(one, "/settings/sessions/end-others", form_on="/settings/sessions").status_code == 303
    assert [get(client, "/").status_code for client in (one, two, three)] == [200, 303, 303]


def test_nobody_ends_the_session_of_another_person(app: Flask, world: World) -> None:
    mine, other = log_in(app, OWNER), log_in(app, "manager@north.example.org")
    log_in(app, "manager@north.example.org")
    name = field_of(get(other, "/settings/sessions").get_data(as_text=True), "session")
    assert post(mine, "/settings/sessions/end", {"session": name}, form_on="/").status_code == 404


# ---------------------------------------------------------------- guessing
@pytest.mark.statement("T16", "A12")
def test_ten_attempts_on_an_account_are_all_from_wherever_they_come(app: Flask, world: World, clock: FakeClock) -> None:
    for number in range(10):
        assert try_login(app, OWNER, "wrong", address=f"198.51.100.{number}").status_code == 400  # type: ignore[attr-defined]
    refused = try_login(app, OWNER, PASSWORD, address="198.51.100.77")
    assert refused.status_code == 429  # type: ignore[attr-defined]
    assert refused.headers["Retry-After"] == "300"  # type: ignore[attr-defined]
    clock.advance(minutes=5, seconds=1)
    assert try_login(app, OWNER, PASSWORD, address="198.51.100.77").status_code == 303  # type: ignore[attr-defined]


@pytest.mark.statement("T16")
def test_ten_attempts_from_an_address_are_all_on_whatever_account(app: Flask, world: World) -> None:
    for number in range(10):
        assert try_login(app, f"nobody{number}@north.example.org", "wrong").status_code == 400  # type: ignore[attr-defined]
    assert try_login(app, OWNER, PASSWORD).status_code == 429  # type: ignore[attr-defined]
    assert try_login(app, OWNER, PASSWORD, address="203.0.113.6").status_code == 303  # type: ignore[attr-defined]


@pytest.mark.statement("T16")
def test_a_network_of_ipv6_is_one_address(app: Flask, world: World) -> None:
    for number in range(10):
        try_login(app, f"nobody{number}@north.example.org", "wrong", address=f"2001:db8:1:2::{number:x}")
    assert try_login(app, OWNER, PASSWORD, address="2001:db8:1:2:ffff::9").status_code == 429  # type: ignore[attr-defined]


@pytest.mark.statement("T16", "A12")
def test_a_flood_on_the_account_does_not_lock_its_owner_out(app: Flask, world: World) -> None:
    home = log_in(app, OWNER)
    post(home, "/logout")
    for number in range(12):
        try_login(app, OWNER, "wrong", address=f"198.51.100.{number}")
    assert try_login(app, OWNER, PASSWORD).status_code == 429  # type: ignore[attr-defined]
    assert try_login(app, OWNER, PASSWORD, client=home).status_code == 303  # type: ignore[attr-defined]


def test_a_known_device_has_a_limit_of_its_own(app: Flask, world: World) -> None:
    home = log_in(app, OWNER)
    post(home, "/logout")
    for _ in range(10):
        try_login(app, OWNER, "wrong", client=home)
    assert try_login(app, OWNER, PASSWORD, client=home).status_code == 429  # type: ignore[attr-defined]


def test_a_device_cookie_of_one_account_does_not_help_with_another(app: Flask, world: World) -> None:
    home = log_in(app, "viewer@north.example.org")
    post(home, "/logout")
    for number in range(10):
        try_login(app, OWNER, "wrong", address=f"198.51.100.{number}")
    assert try_login(app, OWNER, PASSWORD, client=home).status_code == 429  # type: ignore[attr-defined]


@pytest.mark.statement("T16")
def test_a_refused_attempt_costs_no_hash(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    real = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda *given: hashed.append(1) or real(*given))
    for number in range(15):
        try_login(app, OWNER, "wrong", address=f"198.51.100.{number}")
    assert len(hashed) == auth.MAX_ATTEMPTS


# ---------------------------------------------------------------- who has an account
@pytest.mark.statement("T17")
def test_a_wrong_password_and_an_unknown_account_look_the_same(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        people.disable_person(tx, world.person_ids["editor@north.example.org"], NOW)
    pages = []
    for email in (OWNER, "nobody@north.example.org", "editor@north.example.org"):
        answer = try_login(app, email, "wrong words entirely", address="203.0.113.9")
        text = answer.get_data(as_text=True)  # type: ignore[attr-defined]
        for name in ("csrf_token", "form_key"):
            text = text.replace(field_of(text, name), "")
        pages.append((answer.status_code, text.replace(email, "")))  # type: ignore[attr-defined]
    assert pages[0] == pages[1] == pages[2]


@pytest.mark.statement("T17")
def test_an_unknown_account_costs_a_hash_too(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = passwords.verify_password

    def noted(kept: str | None, password: str) -> bool:
        compared.append(kept)
        return real(kept, password)

    monkeypatch.setattr(passwords, "verify_password", noted)
    try_login(app, "nobody@north.example.org", "wrong")
    try_login(app, OWNER, "wrong")
    assert compared[0] is None
    assert compared[1] is not None


@pytest.mark.statement("T18")
def test_an_old_hash_is_renewed_at_login(app: Flask, world: World, storage: Storage) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
    with storage.write() as tx:
        people.set_password(tx, world.person_ids[OWNER], old)
    log_in(app, OWNER)
    with storage.read() as tx:
        assert not passwords.is_outdated(people.get_person(tx, world.person_ids[OWNER]).password_hash)
    log_in(app, OWNER)


def test_the_address_is_taken_in_any_case(app: Flask, world: World) -> None:
    assert get(log_in(app, "OWNER@North.Example.org"), "/").status_code == 200


def test_pages_follow_the_persons_language_and_before_login_the_browsers(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert post(client, "/settings/language", {"language": "fr"}, form_on="/settings/sessions").status_code == 303
    page = get(client, "/").get_data(as_text=True)
    assert '<html lang="fr"' in page
    assert "Aujourd’hui" in page
    stranger = app.test_client().get("/login", base_url=BASE, headers={"Accept-Language": "fr-CA, en;q=0.5"})
    assert "Se connecter" in stranger.get_data(as_text=True)
    other = app.test_client().get("/login", base_url=BASE, headers={"Accept-Language": "sw"})
    assert '<html lang="en"' in other.get_data(as_text=True)


def test_a_person_of_two_groups_chooses_which_one_to_see(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        people.add_membership(tx.group(world.other_group_id), person_id=world.person_ids[OWNER], role="viewer", now=NOW)
    client = log_in(app, OWNER)
    assert "marker-North" in get(client, "/inbox").get_data(as_text=True)
    page = get(client, "/").get_data(as_text=True)
    south = page.split("South Clinics")[0].rpartition('value="')[2].partition('"')[0]
    assert post(client, "/settings/group", {"group": south}).status_code == 303
    text = get(client, "/inbox").get_data(as_text=True)
    assert "marker-South" in text
    assert "marker-North" not in text
    assert post(client, f"/reviews/{world.other['review']}/hide", {"reason": "abuse"}).status_code == 403


def test_session_constants_are_those_of_the_design() -> None:
    assert timedelta(minutes=30) == auth.IDLE
    assert timedelta(hours=12) == auth.ABSOLUTE


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_in_two_words(agent: str, device: str) -> None:
    assert auth.describe_device(agent) == device


@pytest.mark.statement("H10", "T16")
@pytest.mark.parametrize("is_limited", [True, False], ids=["as it is", "without the limit by account"])
def test_an_attack_from_many_addresses_costs_few_hashes_and_takes_nothing(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, is_limited: bool
) -> None:
    hashes: Counter[str] = Counter()
    asked: list[str] = []
    monkeypatch.setattr(passwords, "verify_password", lambda stored, given: hashes.update([asked[-1]]) or False)
    if not is_limited:
        monkeypatch.setattr(auth, "_account_key", lambda email: secrets.token_hex(8))
    chance, client = random.Random(10), app.test_client()
    sent, addresses = tokens(client, "/login"), [f"198.51.100.{n}" for n in range(40)]
    for number in range(90):
        asked.append(f"{chance.choice(('owner', 'manager', 'nobody'))}@north.example.org")
        answer = client.post(
            "/login", data={"email": asked[-1], "password": f"guess {number}", **sent}, base_url=BASE,
            environ_overrides={"REMOTE_ADDR": chance.choice(addresses)},
        )  # fmt: skip
        assert answer.status_code in (400, 429)
    assert len(hashes) == 3
    assert (max(hashes.values()) <= auth.MAX_ATTEMPTS) is is_limited
    assert sessions_of(world.storage, world, OWNER) == []
