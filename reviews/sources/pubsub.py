"""Google Pub/Sub, pulled: the same nudges as pushes, for an installation that nothing can reach from outside.

cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions (pull, acknowledge), read on 2026-11-22. Who may
pull is a service account of the group's own project with the role *Pub/Sub Subscriber* on this one subscription
(RFC 7523: a signed assertion for an access token), so that the permission to read reviews stays as narrow as it is.
What a message says is never believed (`inbound`): it names listings to read, and is acknowledged once they are due.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reviews.errors import SourceRequestError
from reviews.i18n import N_
from reviews.sources import google_errors
from reviews.sources.base import Doors
from reviews.sources.inbound import locations_of
from reviews.sources.json_api import check, part, read_object, text_of
from reviews.sources.oauth import Provider, exchange_assertion

PUBSUB = "https://pubsub.googleapis.com/v1"
SERVICE = Provider(
    name="Google",
    authorize_url="",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    scopes=("https://www.googleapis.com/auth/pubsub",),
)
MAX_MESSAGES = 100
DEADLINE_SECONDS = 10.0
ASSERTED_FOR = timedelta(minutes=10)
EXPLAINED = tuple(range(400, 500))

NO_SUBSCRIPTION = N_("The subscription must look like projects/my-project/subscriptions/my-subscription.")
NO_SERVICE_ACCOUNT = N_("This is not the key file (JSON) of a Google service account.")

_SUBSCRIPTION = re.compile(r"projects/[A-Za-z0-9.:_-]{1,100}/subscriptions/[A-Za-z0-9._~+%-]{3,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """Messages that wait: what acknowledges them, and the locations they name; none where one names nothing."""

    ack_ids: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def is_pulled(secrets: Mapping[str, str]) -> bool:
    """Whether an account is set up for pulling."""
    return bool(secrets.get("subscription", "").strip() and secrets.get("service_account", "").strip())


def subscription_of(secrets: Mapping[str, str]) -> str:
    """The name of the subscription; raises SourceRequestError for what is none."""
    name = secrets.get("subscription", "").strip().strip("/")
    if not _SUBSCRIPTION.fullmatch(name):
        raise SourceRequestError("no name of a subscription", NO_SUBSCRIPTION)
    return name


def ask_token(doors: Doors) -> dict[str, str]:
    """``access_token`` and ``expires_at`` for the service account; raises SourceError."""
    return exchange_assertion(SERVICE, doors, assertion(doors.secrets.get("service_account", ""), doors.now))


def pull(doors: Doors, subscription: str, token: str) -> Pulled:
    """The messages that wait now, at most MAX_MESSAGES; they come again if they are not acknowledged."""
    # Without returnImmediately Google would hold the answer back until there is a message.
    wish = {"maxMessages": MAX_MESSAGES, "returnImmediately": True}
    return doors.sandbox.run(parse_pulled, _post(doors, f"{subscription}:pull", token, wish))


def acknowledge(doors: Doors, subscription: str, token: str, ack_ids: Sequence[str]) -> None:
    """Say that these need not come again."""
    _post(doors, f"{subscription}:acknowledge", token, {"ackIds": list(ack_ids)})


def _post(doors: Doors, path: str, token: str, value: object) -> bytes:
    answer = doors.http.post_json(
        f"{PUBSUB}/{path}",
        value,
        headers={"Authorization": f"Bearer {token}"},
        deadline_seconds=DEADLINE_SECONDS,
        also_answer=EXPLAINED,
    )
    return check(doors, answer, google_errors.explain).body


def parse_pulled(body: bytes) -> Pulled:
    """What a pull gave, ``{}`` where nothing waits; raises SourceChanged.

    A message that cannot be read or names no location is about all of them: then nothing is named.
    """
    ack_ids: list[str] = []
    named: list[str] = []
    is_vague = False
    for each in read_object(body).get("receivedMessages") or ():
        ack_id = text_of(each.get("ackId")) if isinstance(each, dict) else None
        if ack_id is None:
            continue
        ack_ids.append(ack_id)
        found = locations_of(part(each, "message"))
        named += found
        is_vague = is_vague or not found
    return Pulled(ack_ids=tuple(ack_ids), named=() if is_vague else tuple(dict.fromkeys(named)))


def assertion(key_file: str, now: datetime) -> str:
    """A JWT by which a service account asks for a token (RFC 7523), signed with its key; raises SourceRequestError.

    The address that the key file names is not used: the key is for Google, and goes to nobody else.
    """
    try:
        data = json.loads(key_file)
        email, pem = data["client_email"], data["private_key"]
        if data.get("type") != "service_account" or not (isinstance(email, str) and isinstance(pem, str)):
            raise ValueError("another kind of file")
        head = {"alg": "RS256", "typ": "JWT", "kid": str(data.get("private_key_id", ""))}
        claims = {
            "iss": email,
            "scope": " ".join(SERVICE.scopes),
            "aud": SERVICE.token_url,
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTED_FOR).timestamp()),
        }
        signed = f"{_packed(head)}.{_packed(claims)}"
        return f"{signed}.{_text(_sign(pem, signed.encode('ascii')))}"
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error) as error:
        raise SourceRequestError(f"service account: {type(error).__name__}", NO_SERVICE_ACCOUNT) from error


def _sign(pem: str, content: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256; raises ValueError."""
    # Only here: the sandbox imports this module, and signs nothing.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except UnsupportedAlgorithm as error:
        raise ValueError("another kind of key") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("another kind of key")
    return key.sign(content, padding.PKCS1v15(), SHA256())


def _packed(value: object) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
