"""Who comes in: the key of a request, its scope, how often it asks; and answers with their ETag."""

import hashlib
import json
import re
import secrets
import string
import threading
import zlib
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, make_response, request
from werkzeug.exceptions import BadRequest, Forbidden, TooManyRequests, Unauthorized

from reviews.storage import GroupTransaction, Transaction, api_tokens, clinics, people
from reviews.storage.api_tokens import ApiToken
from reviews.web.api.table import Operation, Param
from reviews.web.security import address_key, hash_token
from reviews.web.state import state

PREFIX = "crv_"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
BODY_LENGTH, SUM_LENGTH = 30, 6
KEY = re.compile(f"{PREFIX}[0-9A-Za-z]{{{BODY_LENGTH + SUM_LENGTH}}}")
PREFIX_SHOWN = 12
A_MINUTE = 600
"""So many requests a minute and key, in each web process."""
WRONG_KEYS = 30
WRONG_WINDOW = timedelta(minutes=5)
TOUCH_AFTER = timedelta(minutes=1)


def new_key() -> str:
    """A key of 178 random bits, with its own sum at the end, so that scanners and we know one without a database."""
    body = "".join(secrets.choice(DIGITS) for _ in range(BODY_LENGTH))
    return PREFIX + body + _sum_of(body)


def is_key(text: str) -> bool:
    """Whether a text can be a key of ours: prefix, length, signs, and the right sum."""
    body, sum_ = text[len(PREFIX) : -SUM_LENGTH], text[-SUM_LENGTH:]
    return re.fullmatch(KEY, text) is not None and sum_ == _sum_of(body)


def _sum_of(body: str) -> str:
    """CRC-32 in base 62."""
    number, signs = zlib.crc32(body.encode("ascii")), ""
    for _ in range(SUM_LENGTH):
        number, digit = divmod(number, len(DIGITS))
        signs = DIGITS[digit] + signs
    return signs


class Pace:
    """How often each key has asked within the last minute."""

    def __init__(self, limit: int = A_MINUTE) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._asked: dict[int, deque[datetime]] = {}

    def take(self, token_id: int, now: datetime) -> int | None:
        """How many requests are left in this minute; None when there are none."""
        with self._lock:
            asked = self._asked.setdefault(token_id, deque())
            while asked and now - asked[0] >= timedelta(minutes=1):
                asked.popleft()
            if len(asked) >= self.limit:
                return None
            asked.append(now)
            return self.limit - len(asked)


def come_in(operation: Operation, pace: Pace) -> ApiToken:
    """The key of this request; raises Unauthorized, Forbidden or TooManyRequests."""
    now = state().clock()
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not is_key(key.strip()):
        raise Unauthorized("a key is needed")
    wrong = hash_token(f"api:{address_key(request.remote_addr)}")
    with state().storage.read() as tx:
        if people.count_attempts(tx, wrong, now, WRONG_WINDOW) >= WRONG_KEYS:
            raise TooManyRequests(retry_after=int(WRONG_WINDOW.total_seconds()))
        token = api_tokens.find_token(tx, hash_token(key.strip()), now)
    if token is None:
        with state().storage.write() as tx:
            people.add_attempt(tx, wrong, now)
        raise Unauthorized("the key is wrong, was revoked or has run out")
    left = pace.take(token.id, now)
    if left is None:
        raise TooManyRequests(retry_after=60)
    g.rate_left = left
    if operation.scope not in token.scopes:
        raise Forbidden(f"the key does not have the scope {operation.scope}")
    if token.last_used_at is None or now - token.last_used_at > TOUCH_AFTER:
        with state().storage.write() as tx:
            api_tokens.touch(tx, token.id, now)
    return token


def open_group(tx: Transaction, token: ApiToken) -> GroupTransaction:
    """The key's group, limited to its clinics."""
    whole = tx.group(token.group_id)
    if token.clinics is None:
        return whole
    return tx.group(token.group_id, [c.id for c in clinics.find_clinics(whole) if c.public_id in token.clinics])


def read_params(operation: Operation) -> dict[str, Any]:
    """The checked parameters of the query; raises BadRequest for one that is not described or does not fit."""
    known = {param.name: param for param in operation.params if param.place == "query"}
    found: dict[str, Any] = {
        name: param.schema["default"] for name, param in known.items() if "default" in param.schema
    }
    for name in request.args:
        values = request.args.getlist(name)
        if name not in known or len(values) != 1:
            raise BadRequest(f"the parameter {name[:40]!r} is not described, or came twice")
        found[name] = _check(known[name], values[0])
    return found


def _check(param: Param, text: str) -> Any:
    schema = param.schema
    if schema["type"] == "integer":
        if not re.fullmatch(r"[0-9]{1,6}", text) or not schema["minimum"] <= int(text) <= schema["maximum"]:
            raise BadRequest(f"{param.name}: a whole number from {schema['minimum']} to {schema['maximum']}")
        return int(text)
    if not re.fullmatch(schema["pattern"].removeprefix("^").removesuffix("$"), text):
        raise BadRequest(f"{param.name}: {schema['pattern']}")
    return text


def answer_json(body: Any, status: int) -> Response:
    """JSON with a strong ETag; 304 where the reader has it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    answer = make_response(text, status)
    answer.headers["Content-Type"] = "application/json"
    if request.method in ("GET", "HEAD"):
        answer.set_etag(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
        answer.make_conditional(request)
    return answer
