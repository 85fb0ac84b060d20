"""Forms: only the fields that a page names, each once; a form sent twice writes once."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from reviews.storage import GroupTransaction, Transaction, people
from reviews.web.state import get_group, get_visitor, open_group, state

OWN_FIELDS = frozenset({"csrf_token", "form_key"})
MAX_FIELD = 2000
MAX_LONG_FIELD = 20_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form as sent: single fields, stripped of outer blanks, and fields that may come several times."""

    values: dict[str, str]
    many: dict[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def read_form(*names: str, many: Iterable[str] = (), verbatim: Iterable[str] = (), long: Iterable[str] = ()) -> Form:
    """The sent form; raises BadRequest for a field that is not named, doubled or too long.

    `verbatim`: as typed. `long`: texts of many lines.
    """
    return _read(request.form, {*names, *long}, set(many), set(verbatim), strict=True, long=frozenset(long))


def read_query(*names: str, many: Iterable[str] = ()) -> Form:
    """The address's parameters; unknown ones are ignored, doubled ones raise BadRequest."""
    return _read(request.args, set(names), set(many), set(), strict=False)


def _read(
    sent: MultiDict[str, str],
    names: set[str],
    many: set[str],
    verbatim: set[str],
    *,
    strict: bool,
    long: frozenset[str] = frozenset(),
) -> Form:
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for name in sent:
        found = sent.getlist(name)
        limit = MAX_LONG_FIELD if name in long else MAX_FIELD
        if any(len(text) > limit or "\x00" in text for text in found):
            raise BadRequest("a field is too long")
        if name in many:
            lists[name] = tuple(dict.fromkeys(found))
        elif name in names | verbatim:
            if len(found) != 1:
                raise BadRequest("a field came twice")
            values[name] = found[0] if name in verbatim else _clean(found[0])
        elif strict and name not in OWN_FIELDS:
            raise BadRequest("a field that this form does not have")
    return Form(values, lists)


def _clean(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text).strip()


def new_key() -> str:
    """A key for one drawn form."""
    return secrets.token_urlsafe(16)


def is_first_press() -> bool:
    """Whether this form is sent for the first time; for what reaches further than the database, and so cannot wait."""
    with state().storage.write() as tx:
        return people.claim_form_key(tx, _key(), get_group().id, state().clock()) is None


def claim_key(meanwhile: str) -> tuple[str, str | None]:
    """The key of this form, and where an earlier press of it has led; until the work is done that is `meanwhile`.

    For work that cannot be done within one transaction: `people.save_form_answer` says at its end where it led.
    """
    key = _key()
    with state().storage.write() as tx:
        previous = people.claim_form_key(tx, key, get_group().id, state().clock())
        if previous is None:
            people.save_form_answer(tx, key, meanwhile)
    return key, previous


def write_once(work: Callable[[GroupTransaction], str]) -> Response:
    """Do `work` in one transaction of the visitor's group and go where it says; a second press only goes there."""
    return write_person_once(lambda tx: work(open_group(tx)), get_group().id)


def write_person_once(work: Callable[[Transaction], str], group_id: int | None = None) -> Response:
    """As `write_once`, for what belongs to the person alone."""
    key = _key()
    with state().storage.write() as tx:
        answer = people.claim_form_key(tx, key, group_id, state().clock())
        if answer is None:
            answer = work(tx)
            people.save_form_answer(tx, key, answer)
    return redirect(answer or "/", 303)


def _key() -> str:
    sent = request.form.get("form_key", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", sent):
        raise BadRequest("the form's key is missing")
    return hashlib.sha256(f"{get_visitor().person.id}:{request.endpoint}:{request.path}:{sent}".encode()).hexdigest()
