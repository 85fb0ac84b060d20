"""Asking an identity provider who somebody is: OpenID Connect Core 1.0 with an authorization code and PKCE.

Everything goes through the fetcher, to the issuer's host and to those hosts that the settings name. Signatures are
checked by joserfc with the provider's published keys; tokens without a signature, or with one that a shared secret
makes, are never taken.
"""

import base64
import ipaddress
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from reviews.clock import Clock
from reviews.config import Settings
from reviews.errors import ReviewsError, SourceChanged, SourceRequestError, SourceUnauthorized, SourceUnavailable
from reviews.fetcher import Fetcher, FetchPolicy
from reviews.sources.json_api import read_object
from reviews.sources.oauth import challenge_of

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY_SECONDS = 60
KEEP = timedelta(hours=1)
REFRESH_AFTER = timedelta(minutes=1)
"""So often at most are keys read again because a token names one that is not known."""
REST = timedelta(seconds=15)
"""So long a provider that did not answer is not asked again, lest logins hold every thread of the server."""
WAIT_SECONDS = 2
MAX_BYTES = 200_000
DEADLINE_SECONDS = 8
PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7"))
)
"""The operator names the provider's host, which may well be inside the house; link-local addresses never are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is at the provider; `email` is empty unless the provider says that it is verified."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the provider has published."""

    metadata: Mapping[str, Any]
    keys: KeySet
    read_at: datetime


class IdentityProvider:
    """The provider of the settings; threads may share it. Its descriptions and keys are kept for an hour."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        issuer = urlsplit(settings.oidc_issuer)
        port = issuer.port or (443 if issuer.scheme == "https" else 80)
        self._settings = settings
        self._clock = clock
        self._scheme = issuer.scheme
        self._hosts = {(issuer.hostname or "").lower(), *settings.oidc_hosts}
        policy = FetchPolicy(
            user_agent=settings.user_agent, allow_private_nets=PRIVATE, allow_ports=(port, 443), pace_seconds=0
        )
        self._fetcher = Fetcher(policy)
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._failure: tuple[datetime, str] | None = None

    # ------------------------------------------------------------ the way there
    def login_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the person says who they are; raises SourceError."""
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return _with_query(self._address("authorization_endpoint"), query)

    def logout_url(self, back: str) -> str | None:
        """Where the person ends their session at the provider, which asks them; None if it has no such page."""
        if not self._metadata().get("end_session_endpoint"):
            return None
        query = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return _with_query(self._address("end_session_endpoint"), query)

    # ------------------------------------------------------------ the way back
    def check_sender(self, issuer: str | None) -> None:
        """Raise SourceUnauthorized when another provider sent this answer, or when it should say who did (RFC 9207)."""
        must_say = self._metadata().get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and must_say) or (issuer is not None and issuer != self._settings.oidc_issuer):
            raise SourceUnauthorized("the answer comes from another issuer")

    def identify(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity:
        """Who gave this code; raises SourceError, SourceUnauthorized for a token that does not hold."""
        tokens = self._exchange(code, redirect_uri, verifier)
        claims = self._read_token(str(tokens.get("id_token", "")), nonce)
        can_ask = tokens.get("access_token") and self._metadata().get("userinfo_endpoint")
        if claims.get("email_verified") is not True and can_ask:
            claims = {**claims, **self._ask_more(str(tokens["access_token"]), claims["sub"])}
        is_verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
        email = str(claims["email"]).strip() if is_verified else ""
        return Identity(
            issuer=self._settings.oidc_issuer, subject=claims["sub"], email=email.lower() if email.isascii() else ""
        )

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        client_id, file = self._settings.oidc_client_id, self._settings.oidc_secret_file
        secret = file.read_text(encoding="utf-8").strip() if file is not None else ""
        methods = self._metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in methods:
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
        else:
            form |= {"client_id": client_id, **({"client_secret": secret} if secret else {})}
        answer = self._fetcher.post_form(
            self._address("token_endpoint"), form, headers=headers, max_bytes=MAX_BYTES,
            deadline_seconds=DEADLINE_SECONDS, also_answer=(400, 401),
        )  # fmt: skip
        if answer.status != 200:
            raise SourceUnauthorized(f"the token address answered {answer.status}")
        return read_object(answer.body)

    def _read_token(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that holds (Core, section 3.1.3.7)."""
        try:
            try:
                claims = jwt.decode(token, self._keys(), algorithms=list(ALGORITHMS)).claims
            except (ValueError, JoseError):
                if not self._read_again():
                    raise
                claims = jwt.decode(token, self._keys(), algorithms=list(ALGORITHMS)).claims
        except (ValueError, TypeError, KeyError, JoseError) as error:
            raise SourceUnauthorized(f"the ID token does not hold: {type(error).__name__}") from error
        if fault := self._claims_fault(claims, nonce):
            raise SourceUnauthorized(f"the ID token does not hold: {fault}")
        return dict(claims)

    def _claims_fault(self, claims: Mapping[str, Any], nonce: str) -> str:
        client_id, now = self._settings.oidc_client_id, self._clock().timestamp()
        audience = claims.get("aud")
        listed = [audience] if isinstance(audience, str) else audience
        if claims.get("iss") != self._settings.oidc_issuer:
            return "iss"
        if not isinstance(listed, list) or client_id not in listed:
            return "aud"
        if claims.get("azp", client_id if len(listed) == 1 else None) != client_id:
            return "azp"
        if not _is_number(claims.get("exp")) or claims["exp"] + LEEWAY_SECONDS <= now:
            return "exp"
        if not _is_number(claims.get("iat")) or claims["iat"] - LEEWAY_SECONDS > now:
            return "iat"
        if _is_number(claims.get("nbf")) and claims["nbf"] - LEEWAY_SECONDS > now:
            return "nbf"
        if claims.get("nonce") != nonce:
            return "nonce"
        subject = claims.get("sub")
        return "" if isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable() else "sub"

    def _ask_more(self, access_token: str, subject: str) -> dict[str, Any]:
        """Mail address and its state from UserInfo, if it speaks of the same person (Core, section 5.3.2)."""
        answer = self._get(self._address("userinfo_endpoint"), {"Authorization": f"Bearer {access_token}"})
        if answer.get("sub") != subject:
            raise SourceUnauthorized("UserInfo speaks of somebody else")
        return {name: answer.get(name) for name in ("email", "email_verified")}

    # ------------------------------------------------------------ what the provider publishes
    def _metadata(self) -> Mapping[str, Any]:
        return self._read().metadata

    def _keys(self) -> KeySet:
        return self._read().keys

    def _read(self) -> _Known:
        """What was read within the hour, else what is read now; one thread reads, and no other waits long for it."""
        known, now = self._known, self._clock()
        if known is not None and now - known.read_at <= KEEP:
            return known
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise SourceUnavailable("the provider is being asked already")
        try:
            if self._known is not known and self._known is not None:
                return self._known  # another thread has read it meanwhile
            if self._failure is not None and now - self._failure[0] < REST:
                raise SourceUnavailable(self._failure[1])
            self._failure = None
            self._known = self._discover()
        except ReviewsError as error:
            self._failure = self._failure or (now, error.message)
            raise
        finally:
            self._lock.release()
        return self._known

    def _read_again(self) -> bool:
        """Forget what was read, since a key may be new; False when that was done just now."""
        if self._known is None or self._clock() - self._known.read_at < REFRESH_AFTER:
            return False
        self._known = None
        return True

    def _discover(self) -> _Known:
        """Discovery 1.0, section 4; the document must name exactly the issuer that was asked."""
        issuer = self._settings.oidc_issuer
        metadata = self._get(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if metadata.get("issuer") != issuer:
            raise SourceChanged(f"the provider calls itself {str(metadata.get('issuer'))[:200]!r}, not {issuer!r}")
        published = self._get(self._checked(metadata.get("jwks_uri")))
        try:
            listed = [each for each in published["keys"] if each.get("kty") in ("RSA", "EC", "OKP")]
            keys = KeySet.import_key_set({"keys": [each for each in listed if each.get("use", "sig") == "sig"]})
        except (ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
            raise SourceChanged("the provider's keys cannot be read") from error
        return _Known(metadata=metadata, keys=keys, read_at=self._clock())

    def _address(self, name: str) -> str:
        return self._checked(self._metadata().get(name))

    def _checked(self, url: object) -> str:
        """An address that the provider names, if it is on a host of the settings; raises SourceRequestError."""
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or (parts.hostname or "").lower() not in self._hosts or parts.scheme != self._scheme:
            raise SourceRequestError(
                f"the provider names an address on another host: {str(url)[:200]!r}; REVIEWS_OIDC_HOSTS allows hosts"
            )
        return str(url)

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = self._fetcher.fetch(
            url, accept="application/json", headers=headers, allowed_hosts=self._hosts, obey_robots=False,
            max_bytes=MAX_BYTES, deadline_seconds=DEADLINE_SECONDS,
        )  # fmt: skip
        return read_object(answer.body)


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
