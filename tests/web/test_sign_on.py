"""Logging in through an identity provider, a real one and one that lies, or through a proxy."""

import hmac
import json
import re
import subprocess
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from reviews.config import Settings
from reviews.errors import ConfigError
from reviews.storage import Storage, audit, people
from reviews.web import create_app
from tests.conftest import FakeClock
from tests.ports import free_port
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, FakeServices, World, get, log_in, post
from tests.web.test_accounts import put_on

OWNER, EDITOR, VIEWER = "owner@north.example.org", "editor@north.example.org", "viewer@north.example.org"
NPM = Path(__file__).parents[1] / "npm"
SECRET = "a secret: of the client"


def make_app(settings: Settings, storage: Storage, clock: Callable[[], datetime]) -> Flask:
    app = create_app(settings, storage, clock=clock, book=BOOK, catalogue=CATALOGUE, services=FakeServices().services())
    app.testing = True
    return app


def with_provider(settings: Settings, issuer: str, **more: Any) -> Settings:
    file = settings.data_dir / "secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    return replace(
        settings,
        oidc_issuer=issuer,
        oidc_client_id="clinic-reviews",
        oidc_secret_file=file,
        oidc_name="Maple ID",
        **more,
    )


def set_out(client: FlaskClient, target: str = "/inbox") -> dict[str, str]:
    """What the browser is sent to the provider with."""
    answer = get(client, f"/login/sso?next={target}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query)) | {"there": answer.headers["Location"]}


def come_back(client: FlaskClient, **query: str) -> TestResponse:
    return get(client, f"/login/sso/return?{urlencode(query)}")


def fault_of(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.findall(r'role="alert"[^>]*>([^<]*)<', answer.get_data(as_text=True))[0])


def is_in(client: FlaskClient) -> bool:
    return get(client, "/inbox").status_code == 200


# ---------------------------------------------------------------- a real provider
@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = free_port()
    command = ["node", "identity_provider.mjs", str(port), f"{BASE}/login/sso/return"]
    with subprocess.Popen(command, cwd=NPM, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            assert any(line.strip() == "ready" for line in lines), "run `make tests/npm/node_modules/.done` first"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def log_in_there(address: str, email: str) -> dict[str, str]:
    """Log in and consent at the provider as a browser would; the query that it sends back."""
    with requests.Session() as browser:
        browser.headers["Connection"] = "close"  # a kept one may be ended by the provider just when it is used again
        answer = browser.get(address, allow_redirects=False)
        for _ in range(20):
            location = answer.headers.get("Location", "")
            if location.startswith(BASE):
                return dict(parse_qsl(urlsplit(location).query))
            if location:
                answer = browser.get(urljoin(answer.url, location), allow_redirects=False)
                continue
            assert answer.status_code == 200, answer.text[:500]
            action = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)[0]
            prompt = re.findall(r'name="prompt" value="([^"]+)"', answer.text)[0]
            form = {"prompt": prompt, **({"login": email, "password": "any"} if prompt == "login" else {})}
            answer = browser.post(urljoin(answer.url, action), data=form, allow_redirects=False)
    raise AssertionError("the provider sent nobody back")


@pytest.mark.statement("S47", "T20")
def test_people_log_in_through_a_real_provider(
    settings: Settings, storage: Storage, world: World, provider: str
) -> None:
    app = make_app(with_provider(settings, provider), storage, lambda: datetime.now(UTC))
    client = app.test_client()
    assert "Log in with Maple ID" in get(client, "/login").get_data(as_text=True)
    asked = set_out(client)
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    sent = log_in_there(asked["there"], EDITOR)
    answer = come_back(client, **sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox"), answer.get_data(as_text=True)
    assert is_in(client)
    assert get(client, "/settings/people").status_code == 403, "the role is that of the account"
    assert fault_of(come_back(client, **sent)).startswith("This login took too long"), "an answer is taken once"
    with storage.read() as tx:
        entries = audit.find_entries(tx.group(world.group_id), limit=5)
    assert "person.identity_linked" in [entry.action for entry in entries]

    left = post(client, "/logout")
    page = get(client, left.headers["Location"]).get_data(as_text=True)
    assert "Log out of Maple ID too" in page
    assert get(client, "/login/sso/end").headers["Location"].startswith(f"{provider}/session/end?")
    assert not is_in(client)

    for email in ("stranger@north.example.org", "mail_only@north.example.org"):
        stranger = app.test_client()
        answer = come_back(stranger, **log_in_there(set_out(stranger)["there"], email))
        assert (answer.status_code, is_in(stranger)) == (403, False)
        assert fault_of(answer).startswith("Nobody with your address has an account here.")


@pytest.mark.statement("S47")
def test_an_address_that_is_not_verified_opens_nothing(
    settings: Settings, storage: Storage, world: World, provider: str
) -> None:
    with storage.write() as tx:
        person = people.add_person(
            tx, email="unsure@north.example.org", name="U", password_hash="", now=datetime.now(UTC)
        )
        people.add_membership(tx.group(world.group_id), person_id=person.id, role="owner", now=datetime.now(UTC))
    app = make_app(with_provider(settings, provider), storage, lambda: datetime.now(UTC))
    client = app.test_client()
    answer = come_back(client, **log_in_there(set_out(client)["there"], "unsure@north.example.org"))
    assert fault_of(answer).startswith("Maple ID does not say that your mail address is verified")
    assert not is_in(client)


# ---------------------------------------------------------------- a provider that lies
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Liar:
    """A provider whose tokens and descriptions a test changes."""

    clock: FakeClock
    issuer: str = ""
    changed: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    extra_claims: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    asked: list[str] = field(default_factory=list)

    def claims(self) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        found = {
            "iss": self.issuer, "aud": "clinic-reviews", "sub": "subject-1", "nonce": self.nonce, "iat": now,
            "exp": now + 300, "email": EDITOR, "email_verified": True, **self.changed,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value is not None}

    def answer(self, path: str) -> dict[str, Any]:
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            named = {
                "authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys",
                "userinfo_endpoint": "/me",
            }  # fmt: skip
            return {"issuer": self.issuer, **{n: self.issuer + p for n, p in named.items()}, **self.metadata}
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/me":
            return {"sub": "somebody else", "email": OWNER, "email_verified": True}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(self.claims())}


@pytest.fixture
def liar(clock: FakeClock) -> Iterator[Liar]:
    made = Liar(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(made.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            made.forms.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def one_login(app: Flask, liar: Liar, **query: str) -> tuple[FlaskClient, TestResponse]:
    client = app.test_client()
    asked = set_out(client)
    liar.nonce = asked["nonce"]
    return client, come_back(client, **{"code": "c", "state": asked["state"], **query})


def by_hand(header: dict[str, str], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token that no library would make."""
    head, body = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    made = hmac.digest(key, head + b"." + body, "sha256") if key else b""
    return b".".join((head, body, urlsafe_b64encode(made).rstrip(b"="))).decode()


def unsigned(claims: dict[str, Any]) -> str:
    return by_hand({"alg": "none"}, claims)


def signed_by_the_public_key(claims: dict[str, Any]) -> str:
    return by_hand({"alg": "HS256", "kid": "one"}, claims, KEY.as_pem(private=False))


def signed_by_the_client_secret(claims: dict[str, Any]) -> str:
    return by_hand({"alg": "HS256"}, claims, SECRET.encode())


LIES: dict[str, dict[str, Any]] = {
    "nonce of another login": {"nonce": "x" * 64},
    "no nonce": {"nonce": None},
    "audience of another client": {"aud": "other"},
    "many audiences, meant for another": {"aud": ["clinic-reviews", "other"], "azp": "other"},
    "many audiences, meant for nobody": {"aud": ["clinic-reviews", "other"]},
    "another issuer": {"iss": "https://evil.example.org"},
    "expired": {"exp": 1_700_000_000},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "2099"},
    "from the future": {"iat": 4_000_000_000},
    "no subject": {"sub": None},
    "UserInfo of somebody else": {"email_verified": None},
}


@pytest.mark.statement("S47", "T15", "T20", "A31")
def test_a_token_that_does_not_hold_opens_nothing(
    settings: Settings, storage: Storage, world: World, liar: Liar, clock: FakeClock
) -> None:
    app = make_app(with_provider(settings, liar.issuer), storage, clock)
    honest = liar.sign
    for name, change in LIES.items():
        liar.changed = change
        client, answer = one_login(app, liar)
        assert (answer.status_code, is_in(client)) == (400, False), name
        assert fault_of(answer).startswith("The answer of Maple ID could not be trusted"), name
    liar.changed = {}
    forgeries: list[Callable[[dict[str, Any]], str]] = [
        unsigned,
        signed_by_the_public_key,
        signed_by_the_client_secret,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY),
        lambda claims: honest(claims)[:-6] + "AAAAAA",
        lambda claims: "no.token",
        lambda claims: "",
    ]
    for number, forge in enumerate(forgeries):
        liar.sign = forge
        client, answer = one_login(app, liar)
        assert (answer.status_code, is_in(client)) == (400, False), number
    liar.sign = honest
    clock.advance(minutes=10)
    client, answer = one_login(app, liar)
    assert (answer.status_code, is_in(client)) == (303, True), answer.get_data(as_text=True)
    assert len(liar.forms[-1]["code_verifier"][0]) >= 43


@pytest.mark.statement("S47", "T20")
def test_an_answer_that_was_not_asked_for_opens_nothing(
    settings: Settings, storage: Storage, world: World, liar: Liar, clock: FakeClock
) -> None:
    app = make_app(with_provider(settings, liar.issuer), storage, clock)
    for query in ({"state": "x" * 64}, {"state": ""}, {"iss": "https://evil.example.org"}, {"error": "access_denied"}):
        client, answer = one_login(app, liar, **query)
        assert (answer.status_code, is_in(client)) == (400, False), query
    stranger = app.test_client()
    victim = app.test_client()
    asked = set_out(stranger)
    assert come_back(victim, code="c", state=asked["state"]).status_code == 400, "a login begun in another browser"
    clock.advance(minutes=11)
    assert come_back(stranger, code="c", state=asked["state"]).status_code == 400, "too late"
    assert "/token" not in liar.asked

    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    app = make_app(with_provider(settings, liar.issuer), storage, clock)
    assert one_login(app, liar)[1].status_code == 400, "it says that it names itself, and did not"
    assert one_login(app, liar, iss=liar.issuer)[1].status_code == 303
    assert set_out(app.test_client(), "//evil.example.org")["state"]


@pytest.mark.statement("S47")
def test_a_provider_on_other_hosts_or_by_another_name_is_not_asked(
    settings: Settings, storage: Storage, world: World, liar: Liar, clock: FakeClock
) -> None:
    elsewhere = liar.issuer.replace("127.0.0.1", "localhost")
    for change in (
        {"issuer": "https://evil.example.org"},
        {"jwks_uri": elsewhere + "/keys"},
        {"authorization_endpoint": elsewhere + "/auth"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ):
        liar.metadata = change
        app = make_app(with_provider(settings, liar.issuer), storage, clock)
        answer = get(app.test_client(), "/login/sso")
        assert answer.status_code == 503, change
        assert fault_of(answer).startswith("Maple ID cannot be reached at the moment")
    liar.metadata = {"token_endpoint": elsewhere + "/token"}
    app = make_app(with_provider(settings, liar.issuer), storage, clock)
    assert one_login(app, liar)[1].status_code == 503
    assert "/token" not in liar.asked
    assert (
        one_login(make_app(with_provider(settings, liar.issuer, oidc_hosts=("localhost",)), storage, clock), liar)[
            1
        ].status_code
        == 303
    )
    down = make_app(with_provider(settings, "http://127.0.0.1:1"), storage, clock)
    assert get(down.test_client(), "/login/sso").status_code == 503
    log_in(down, OWNER)


@pytest.mark.statement("S47")
def test_new_keys_of_the_provider_are_learnt(
    settings: Settings, storage: Storage, world: World, liar: Liar, clock: FakeClock
) -> None:
    app = make_app(with_provider(settings, liar.issuer), storage, clock)
    assert one_login(app, liar)[1].status_code == 303
    new = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    liar.keys, liar.sign = [new], lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, new)
    assert one_login(app, liar)[1].status_code == 400, "not asked again within the minute"
    clock.advance(minutes=2)
    assert one_login(app, liar)[1].status_code == 303


@pytest.mark.statement("S46", "S47", "A29", "T20")
def test_an_identity_stays_with_its_person_and_the_second_factor_is_asked_for(
    settings: Settings, storage: Storage, world: World, liar: Liar, clock: FakeClock
) -> None:
    at_provider = with_provider(settings, liar.issuer, sign_on_domains=("north.example.org",))
    app = make_app(at_provider, storage, clock)
    assert one_login(app, liar)[1].status_code == 303
    liar.changed = {"email": OWNER}
    client, _ = one_login(app, liar)
    assert get(client, "/settings/people").status_code == 403, "still the editor, whatever address the provider names"
    liar.changed = {"sub": "subject-2"}
    _, answer = one_login(app, liar)
    assert fault_of(answer).startswith("This account belongs to another identity at Maple ID")
    liar.changed = {"sub": "subject-3", "email": "owner@south.example.org"}
    _, answer = one_login(app, liar)
    assert fault_of(answer).startswith("Only addresses of some organisations")

    liar.changed = {"sub": "subject-4", "email": VIEWER}
    viewer, answer = one_login(app, liar)
    put_on(viewer, clock)
    _, answer = one_login(app, liar)
    assert answer.headers["Location"].startswith("/login/code")
    trusting = make_app(replace(at_provider, sign_on_is_second_factor=True), storage, clock)
    client, answer = one_login(trusting, liar)
    assert is_in(client)
    with storage.write() as tx:
        people.disable_person(tx, world.person_ids[VIEWER], clock())
    assert one_login(trusting, liar)[1].status_code == 403


# ---------------------------------------------------------------- a proxy
@pytest.mark.statement("S47")
def test_a_header_names_somebody_only_when_a_named_proxy_sends_it(
    settings: Settings, storage: Storage, world: World, clock: FakeClock
) -> None:
    behind = replace(
        settings, proxy_user_header="X-Forwarded-Email", proxy_user_from=("10.1.2.0/24", "fd00::5/128"), trusted_hops=1
    )
    app = make_app(behind, storage, clock)

    def ask(client: FlaskClient, path: str, email: str, peer: str = "10.1.2.3", **headers: str) -> TestResponse:
        sent = {"X-Forwarded-Email": email, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return client.get(path, base_url=BASE, headers=sent, environ_overrides={"REMOTE_ADDR": peer})

    for peer in ("10.1.2.3", "fd00::5", "::ffff:10.1.2.9"):
        client = app.test_client()
        assert ask(client, "/login?next=/inbox", EDITOR, peer).headers["Location"] == "/login/proxy?next=/inbox"
        assert ask(client, "/login/proxy?next=/inbox", EDITOR, peer).headers["Location"] == "/inbox"
        assert ask(client, "/inbox", EDITOR, peer).status_code == 200
        assert ask(client, "/inbox", OWNER, peer).status_code == 303, "somebody else has logged in at the proxy"
    for peer in ("10.1.3.3", "203.0.113.5", "127.0.0.1", "", "unix:"):
        client = app.test_client()
        answer = ask(client, "/login/proxy", OWNER, peer, X_Forwarded_For="10.1.2.3", X_Real_IP="10.1.2.3")
        assert answer.headers["Location"].startswith("/login?"), peer
        assert ask(client, "/inbox", OWNER, peer).status_code == 303
        assert ask(client, "/login", OWNER, peer).status_code == 200
    for email in ("stranger@north.example.org", "mail_only@north.example.org"):
        assert ask(app.test_client(), "/login/proxy", email).status_code == 403
    for email in (f"{OWNER},{EDITOR}", "", "owner", f"{OWNER} <x>"):
        assert ask(app.test_client(), "/login/proxy", email).status_code == 303
    left = ask(client, "/login?left=1", EDITOR)
    assert f"Go on as {EDITOR}" in left.get_data(as_text=True)
    without = make_app(settings, storage, clock)
    assert ask(without.test_client(), "/login/proxy", OWNER).headers["Location"].startswith("/login?")


# ---------------------------------------------------------------- settings
def test_wrong_settings_of_logging_in_are_all_named(tmp_path: Path) -> None:
    wrong = {
        "REVIEWS_OIDC_ISSUER": "http://login.example.org",
        "REVIEWS_OIDC_SECRET_FILE": str(tmp_path / "missing"),
        "REVIEWS_PROXY_USER_HEADER": "X-User: root",
    }
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(wrong, file=tmp_path / "none.toml")
    for name in (*wrong, "REVIEWS_OIDC_CLIENT_ID", "REVIEWS_PROXY_USER_FROM"):
        assert name in str(caught.value)
