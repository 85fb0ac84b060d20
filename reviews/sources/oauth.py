"""Permission by a person at a platform: OAuth 2 with an authorization code, PKCE and a refresh token.

RFC 6749 sections 4.1, 5 and 6; RFC 7636 (S256). A web page sends the person to `consent_url`, keeps state and verifier
meanwhile, takes the code with `read_callback`, and keeps what `exchange_code` gives as the connection's secrets. A
connector then asks through a `TokenDoor`, which renews the access token when it has run out.
"""

import hashlib
import hmac
import secrets as randomness
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, runtime_checkable
from urllib.parse import urlencode

from reviews.clock import from_text, to_text
from reviews.errors import SourceChanged, SourceRequestError, SourceUnauthorized
from reviews.sources.base import Doors
from reviews.sources.json_api import (
    NO_JSON,
    Problem,
    TokenExpired,
    check,
    plain_problem,
    read_object,
    text_of,
    try_object,
)

T = TypeVar("T")

MARGIN = timedelta(minutes=2)
"""A token that ends so soon is renewed before it is used."""

CONNECT_AGAIN = "The permission at {platform} has ended or was withdrawn. Please connect it again."
DENIED = "The permission was not given. Nothing was changed."
OTHER_STATE = "This answer does not belong to the connection that you began. Please begin again."
NO_REFRESH = "The platform gave no lasting permission. Please connect again, and allow access when you are not there."
WRONG_CLIENT = "The platform does not know this client id and client secret. Please check both and connect again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a platform gives permission; `extra` are parameters of its own that the consent page needs."""

    name: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    revoke_url: str = ""
    extra: tuple[tuple[str, str], ...] = ()


@runtime_checkable
class NeedsPermission(Protocol):
    """A connector whose platform asks the person for permission."""

    @property
    def oauth(self) -> Provider:
        """Where."""


def find_provider(connector: object) -> Provider | None:
    """Where permission for this connector is given; None when a key is all it needs."""
    return connector.oauth if isinstance(connector, NeedsPermission) else None


def provider_of(connector: object) -> Provider:
    """As `find_provider`; raises SourceRequestError when there is none."""
    if (found := find_provider(connector)) is None:
        raise SourceRequestError("no permission to ask for")
    return found


def new_random() -> str:
    """A random text, fit for a state and for a verifier: 43 characters, 256 bits."""
    return randomness.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def consent_url(provider: Provider, *, client_id: str, redirect_uri: str, state: str, verifier: str) -> str:
    """Where a person gives permission."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        **dict(provider.extra),
    }
    return f"{provider.authorize_url}?{urlencode(query)}"


def read_callback(query: Mapping[str, str], state: str) -> str:
    """The code that a platform sent back.

    Raises SourceRequestError for a state that is not ours, SourceUnauthorized when permission was not given.
    """
    if not state or not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        raise SourceRequestError("state differs", OTHER_STATE)
    if query.get("error") or not query.get("code"):
        raise SourceUnauthorized(f"no code: {query.get('error', '')[:40]}", DENIED)
    return query["code"]


def exchange_code(provider: Provider, doors: Doors, *, code: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    """The connection's secrets with its tokens, for a code; `doors.secrets` holds client id and client secret.

    Raises SourceError; SourceUnauthorized when the platform gives no refresh token, for then it ends within the hour.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": doors.secrets.get("client_id", ""),
        "client_secret": doors.secrets.get("client_secret", ""),
    }
    tokens = _ask_tokens(provider, doors, form)
    if not tokens.get("refresh_token"):
        raise SourceUnauthorized("no refresh token", NO_REFRESH)
    return {**doors.secrets, **tokens}


def exchange_assertion(provider: Provider, doors: Doors, assertion: str) -> dict[str, str]:
    """Tokens for what a service account has signed (RFC 7523 section 2.1); raises SourceError."""
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return _ask_tokens(provider, doors, form)


def renew(provider: Provider, doors: Doors, secrets: Mapping[str, str]) -> dict[str, str]:
    """New tokens for a refresh token; a platform that gives no new refresh token means the old one to stay."""
    if not secrets.get("refresh_token"):
        raise SourceUnauthorized("no refresh token", CONNECT_AGAIN, {"platform": provider.name})
    form = {
        "grant_type": "refresh_token",
        "refresh_token": secrets["refresh_token"],
        "client_id": secrets.get("client_id", ""),
        "client_secret": secrets.get("client_secret", ""),
    }
    return _ask_tokens(provider, doors, form)


def revoke(provider: Provider, doors: Doors) -> bool:
    """Give the permission back (RFC 7009); whether the platform has a way for that. Raises SourceError."""
    token = doors.secrets.get("refresh_token") or doors.secrets.get("access_token")
    if not provider.revoke_url or not token:
        return False
    doors.http.post_form(provider.revoke_url, {"token": token}, also_answer=(400,))
    return True


def _ask_tokens(provider: Provider, doors: Doors, form: Mapping[str, str]) -> dict[str, str]:
    answer = doors.http.post_form(provider.token_url, form, also_answer=(400, 401, 403))
    try:
        check(doors, answer, explain)
    except SourceUnauthorized as error:
        if "{platform}" in error.hint:
            error.values["platform"] = provider.name
        raise
    found = doors.sandbox.run(parse_tokens, answer.body)
    tokens = {name: value for name, value in found.items() if name != "expires_in"}
    if "expires_in" in found:
        tokens["expires_at"] = to_text(doors.now + timedelta(seconds=int(found["expires_in"])))
    else:
        tokens["expires_at"] = ""
    return tokens


def parse_tokens(body: bytes) -> dict[str, str]:
    """``access_token``, and where there are any ``refresh_token`` and ``expires_in`` (seconds, a number or a text)."""
    data = read_object(body)
    token = text_of(data.get("access_token"))
    if token is None:
        raise SourceChanged("no access token in the answer", NO_JSON)
    found = {"access_token": token}
    if refresh_token := text_of(data.get("refresh_token")):
        found["refresh_token"] = refresh_token
    seconds = text_of(data.get("expires_in"))
    if seconds is not None and seconds.isascii() and seconds.isdigit() and len(seconds) < 10:
        found["expires_in"] = seconds
    return found


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error of a token address means (RFC 6749 section 5.2)."""
    code = text_of(try_object(body).get("error")) or ""
    if code == "invalid_grant":
        return Problem(kind="unauthorized", message=code, hint=CONNECT_AGAIN)
    if code in ("invalid_client", "unauthorized_client"):
        return Problem(kind="unauthorized", message=code, hint=WRONG_CLIENT)
    known = ("invalid_request", "unsupported_grant_type", "invalid_scope")
    return plain_problem(status, code if code in known else "")


class TokenDoor:
    """Asks with an access token, and renews it once where it was refused.

    Renewed tokens are kept at once. When another run has renewed them meanwhile, its tokens are taken.
    """

    def __init__(self, provider: Provider, doors: Doors) -> None:
        self._provider = provider
        self._doors = doors
        self._secrets = dict(doors.secrets)

    def ask(self, call: Callable[[str], T]) -> T:
        """What `call` gives for an access token; it raises TokenExpired when the token is refused."""
        if not self._is_fresh():
            self._renew()
        try:
            return call(self._secrets["access_token"])
        except TokenExpired:
            self._renew()
        try:
            return call(self._secrets["access_token"])
        except TokenExpired as error:
            raise SourceUnauthorized(error.message, CONNECT_AGAIN, {"platform": self._provider.name}) from error

    def _is_fresh(self) -> bool:
        ends = self._secrets.get("expires_at")
        return bool(self._secrets.get("access_token")) and (not ends or from_text(ends) > self._doors.now + MARGIN)

    def _renew(self) -> None:
        try:
            tokens = renew(self._provider, self._doors, self._secrets)
        except SourceUnauthorized:
            stored = dict(self._doors.save_secrets({}))
            if stored.get("access_token", "") in ("", self._secrets.get("access_token")):
                raise
            self._secrets = stored
            return
        self._secrets = {**self._secrets, **self._doors.save_secrets(tokens), **tokens}
