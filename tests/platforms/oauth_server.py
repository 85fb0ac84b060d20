"""A local authorization server: consent, codes, PKCE, refresh, revocation, and everything that ends a permission.

RFC 6749, RFC 7636, RFC 7009. The person always says yes, unless `denies` is set.
"""

import hashlib
import itertools
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.platforms.server import Asked, Reply, json_reply


@dataclass
class _Code:
    challenge: str
    redirect_uri: str
    is_offline: bool


@dataclass
class OAuthServer:
    """One platform's authorization server. `rotates`: each refresh gives a new refresh token and ends the old one."""

    origins: dict[str, str]
    client_id: str = "client-of-the-clinic"
    client_secret: str = "secret-of-the-client"
    wants_offline: bool = False
    """A refresh token only for ``access_type=offline`` and ``prompt=consent`` (from the second consent on)."""
    rotates: bool = False
    denies: bool = False
    expires_in: object = 3599
    script: list[Reply] = field(default_factory=list)
    """Answers of the token address that come before its own."""
    refresh_tokens: set[str] = field(default_factory=set)
    access_tokens: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    refreshes: int = 0
    consents: int = 0
    service_accounts: dict[str, str] = field(default_factory=dict)
    """Who may ask with a signed assertion: e-mail → public key."""
    scopes_asserted: list[str] = field(default_factory=list)
    codes: dict[str, _Code] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def connected(self, *, is_fresh: bool = False) -> dict[str, str]:
        """The secrets of a connection that a person made a while ago: its access token has run out, or just now."""
        token = f"refresh-{next(self.numbers)}"
        self.refresh_tokens.add(token)
        access = f"access-{next(self.numbers)}" if is_fresh else ""
        self.access_tokens |= {access} - {""}
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": token,
            "access_token": access,
        }

    def expire(self) -> None:
        """All access tokens run out now."""
        self.access_tokens.clear()

    def end(self) -> None:
        """The person withdraws the permission."""
        self.access_tokens.clear()
        self.refresh_tokens.clear()

    def accepts(self, asked: Asked) -> bool:
        """Whether a request carries an access token that holds."""
        return asked.headers.get("authorization", "").removeprefix("Bearer ") in self.access_tokens

    def answer(self, asked: Asked) -> Reply:
        action = asked.path.rsplit("/", 1)[-1]
        if action in ("auth", "authorize"):
            return self._consent(asked)
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        if action == "revoke":
            self.revoked.append(form.get("token", ""))
            self.end()
            return json_reply({})
        if self.script:
            return self.script.pop(0)
        return self._token(form)

    def _consent(self, asked: Asked) -> Reply:
        if asked.first("client_id") != self.client_id or asked.first("response_type") != "code":
            return Reply(400, b"unknown client")
        if asked.first("code_challenge_method") != "S256":
            return Reply(400, b"no challenge")
        back = {"state": asked.first("state")}
        if self.denies:
            back["error"] = "access_denied"
        else:
            code = f"code-{next(self.numbers)}"
            is_offline = not self.wants_offline or (
                asked.first("access_type") == "offline" and (self.consents == 0 or asked.first("prompt") == "consent")
            )
            self.codes[code] = _Code(asked.first("code_challenge"), asked.first("redirect_uri"), is_offline)
            self.consents += 1
            back["code"] = code
        return Reply(302, b"", headers={"Location": f"{asked.first('redirect_uri')}?{urlencode(back)}"})

    def _asserted(self, form: dict[str, str]) -> Reply:
        """RFC 7523, as Google has it: no refresh token, an hour at most."""
        head, claims, signature = (_unpacked(each) for each in form.get("assertion", "..").split("."))
        told = json.loads(claims or b"{}")
        pem = self.service_accounts.get(told.get("iss", ""))
        if pem is None or json.loads(head or b"{}").get("alg") != "RS256":
            return _invalid_grant()
        key = load_pem_public_key(pem.encode())
        assert isinstance(key, RSAPublicKey)
        try:
            key.verify(signature, form["assertion"].rpartition(".")[0].encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return _invalid_grant()
        if told["aud"] != "https://oauth2.googleapis.com/token" or not 0 < told["exp"] - told["iat"] <= 3600:
            return _invalid_grant()
        self.scopes_asserted.append(told["scope"])
        return self._tokens(with_refresh=False)

    def _token(self, form: dict[str, str]) -> Reply:
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._asserted(form)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return json_reply({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form)
        code = self.codes.pop(form.get("code", ""), None)  # a code works once
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if code is None or code.challenge != challenge.decode() or code.redirect_uri != form.get("redirect_uri"):
            return _invalid_grant()
        return self._tokens(with_refresh=code.is_offline)

    def _refresh(self, form: dict[str, str]) -> Reply:
        self.refreshes += 1
        if form.get("refresh_token") not in self.refresh_tokens:
            return _invalid_grant()
        if self.rotates:
            self.refresh_tokens.discard(form["refresh_token"])
        return self._tokens(with_refresh=self.rotates)

    def _tokens(self, *, with_refresh: bool) -> Reply:
        access = f"access-{next(self.numbers)}"
        self.access_tokens.add(access)
        given = {"access_token": access, "expires_in": self.expires_in, "token_type": "Bearer", "scope": "x"}
        if with_refresh:
            given["refresh_token"] = f"refresh-{next(self.numbers)}"
            self.refresh_tokens.add(str(given["refresh_token"]))
        return Reply(200, json.dumps(given).encode(), "application/json")


def _invalid_grant() -> Reply:
    return json_reply({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
