"""Permission from the first click to its end, against a local authorization server."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from reviews.clock import to_text
from reviews.errors import RateLimited, SourceChanged, SourceRequestError, SourceUnauthorized, SourceUnavailable
from reviews.sources import oauth
from reviews.sources.google_business import GOOGLE
from reviews.sources.json_api import TokenExpired
from tests.conftest import NOW
from tests.platforms.oauth_server import OAuthServer
from tests.platforms.server import Platforms, Reply, json_reply
from tests.sources.doors import Vault, make_doors

BACK = "http://127.0.0.1:8000/connect/google/back"
STATE, VERIFIER = "state-of-this-click", "verifier-of-this-click-0123456789-0123456789"


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    with Platforms() as running:
        yield running


@pytest.fixture
def server(platforms: Platforms) -> OAuthServer:
    origins = {"https://oauth2.googleapis.com": "token", "https://accounts.google.com": "consent"}
    return platforms.add(OAuthServer(origins=origins, wants_offline=True))


@pytest.fixture
def vault(server: OAuthServer) -> Vault:
    return Vault({"client_id": server.client_id, "client_secret": server.client_secret})


def consent(platforms: Platforms, server: OAuthServer, **changes: str) -> dict[str, str]:
    """What comes back to us when a person says yes."""
    values = {"client_id": server.client_id, "redirect_uri": BACK, "state": STATE, "verifier": VERIFIER, **changes}
    url = oauth.consent_url(GOOGLE, **values).replace("https://accounts.google.com", f"{platforms.url}/consent")
    answer = requests.get(url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    return {name: found[0] for name, found in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(platforms: Platforms, vault: Vault, code: str, verifier: str = VERIFIER) -> dict[str, str]:
    doors = make_doors(stand_ins=platforms.stand_ins, vault=vault)
    return oauth.exchange_code(GOOGLE, doors, code=code, redirect_uri=BACK, verifier=verifier)


def test_from_the_first_click_to_tokens(platforms: Platforms, server: OAuthServer, vault: Vault):
    code = oauth.read_callback(consent(platforms, server), STATE)
    secrets = exchange(platforms, vault, code)
    assert secrets["access_token"] in server.access_tokens
    assert secrets["refresh_token"] in server.refresh_tokens
    assert secrets["expires_at"] == to_text(NOW.replace(minute=59, second=59))
    assert secrets["client_id"] == server.client_id


def test_the_consent_page_is_asked_for_a_lasting_permission_by_s256():
    url = oauth.consent_url(GOOGLE, client_id="c", redirect_uri=BACK, state=STATE, verifier=VERIFIER)
    query = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    assert query["scope"] == "https://www.googleapis.com/auth/business.manage"
    assert VERIFIER not in url
    # RFC 7636, appendix B
    assert oauth.challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_a_second_consent_gives_a_lasting_permission_too(platforms: Platforms, server: OAuthServer, vault: Vault):
    for _ in range(2):
        code = oauth.read_callback(consent(platforms, server), STATE)
        assert exchange(platforms, vault, code)["refresh_token"]


@given(st.text(), st.text(min_size=1))
def test_an_answer_with_another_state_is_refused(given_state: str, ours: str):
    query = {"state": given_state, "code": "x"}
    if given_state == ours:
        assert oauth.read_callback(query, ours) == "x"
        return
    with pytest.raises(SourceRequestError):
        oauth.read_callback(query, ours)


def test_no_state_of_ours_is_no_state():
    with pytest.raises(SourceRequestError):
        oauth.read_callback({"state": "", "code": "x"}, "")


def test_a_person_may_say_no(platforms: Platforms, server: OAuthServer):
    server.denies = True
    with pytest.raises(SourceUnauthorized) as caught:
        oauth.read_callback(consent(platforms, server), STATE)
    assert caught.value.hint == oauth.DENIED


def test_a_code_needs_the_verifier_of_its_click_and_works_once(platforms: Platforms, server: OAuthServer, vault: Vault):
    stolen = oauth.read_callback(consent(platforms, server), STATE)
    with pytest.raises(SourceUnauthorized):
        exchange(platforms, vault, stolen, verifier="another" * 8)
    code = oauth.read_callback(consent(platforms, server), STATE)
    exchange(platforms, vault, code)
    with pytest.raises(SourceUnauthorized):
        exchange(platforms, vault, code)


def test_a_permission_without_a_refresh_token_is_refused(platforms: Platforms, server: OAuthServer, vault: Vault):
    server.script = [json_reply({"access_token": "a", "expires_in": 3599})]
    with pytest.raises(SourceUnauthorized) as caught:
        exchange(platforms, vault, "code")
    assert caught.value.hint == oauth.NO_REFRESH


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_reply({"error": "invalid_client"}, 401), SourceUnauthorized),
        (json_reply({"error": "invalid_grant"}, 400), SourceUnauthorized),
        (json_reply({"error": "invalid_request"}, 400), SourceRequestError),
        (Reply(400, b"<html>"), SourceRequestError),
        (Reply(429, b"", headers={"Retry-After": "30"}), RateLimited),
        (Reply(503, b"busy"), SourceUnavailable),
        (Reply(200, b"<html>", "text/html"), SourceChanged),
        (json_reply({"token": "x"}), SourceChanged),
    ],
)
def test_each_answer_of_the_token_address_has_its_error(
    platforms: Platforms, server: OAuthServer, answer: Reply, error: type[Exception]
):
    server.script = [answer]
    vault = Vault(server.connected())
    with pytest.raises(error):
        oauth.renew(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=vault), vault.secrets)


@pytest.mark.parametrize("expires_in", [3600, "3600", "359999", 3600.0, None, "soon", -1])
def test_the_end_of_a_token_is_a_number_a_text_or_unknown(
    platforms: Platforms, server: OAuthServer, expires_in: object
):
    server.expires_in = expires_in
    vault = Vault(server.connected())
    tokens = oauth.renew(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=vault), vault.secrets)
    assert bool(tokens["expires_at"]) == (str(expires_in) in ("3600", "359999"))


def test_a_platform_that_changes_the_refresh_token_is_followed(platforms: Platforms, server: OAuthServer):
    server.rotates = True
    vault = Vault(server.connected())
    first = vault.secrets["refresh_token"]
    for _ in range(3):
        server.expire()
        door = oauth.TokenDoor(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=vault))
        door.ask(lambda token: _take(token, server))
    assert vault.secrets["refresh_token"] != first
    assert vault.secrets["refresh_token"] in server.refresh_tokens


def test_tokens_that_another_run_has_renewed_are_taken(platforms: Platforms, server: OAuthServer):
    server.rotates = True
    vault = Vault(server.connected())
    slow = make_doors(stand_ins=platforms.stand_ins, vault=vault)
    oauth.TokenDoor(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=vault)).ask(lambda token: token)
    taken = oauth.TokenDoor(GOOGLE, slow).ask(lambda token: _take(token, server))
    assert taken == vault.secrets["access_token"]


def _take(token: str, server: OAuthServer) -> str:
    if token not in server.access_tokens:
        raise TokenExpired("refused")
    return token


def test_a_permission_is_given_back(platforms: Platforms, server: OAuthServer):
    vault = Vault(server.connected())
    assert oauth.revoke(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=vault))
    assert server.revoked == [vault.secrets["refresh_token"]]
    assert server.refresh_tokens == set()


def test_without_a_token_there_is_nothing_to_give_back(platforms: Platforms, server: OAuthServer):
    assert not oauth.revoke(GOOGLE, make_doors(stand_ins=platforms.stand_ins, vault=Vault()))
    assert server.revoked == []


def test_random_texts_are_long_and_differ():
    made = {oauth.new_random() for _ in range(20)}
    assert len(made) == 20
    assert min(map(len, made)) >= 43
