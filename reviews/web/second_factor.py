"""A second factor: codes of an app (RFC 6238), each taken once, and recovery codes for when the app is lost."""

import hmac
import re
import secrets
from datetime import datetime, timedelta

import pyotp
from flask import Response, make_response, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from reviews.errors import SourceUnauthorized
from reviews.i18n import N_
from reviews.publish.codes import qr_path
from reviews.secrets_box import SecretsBox
from reviews.storage import Transaction, people, second_factors
from reviews.storage.people import Person
from reviews.web import passwords
from reviews.web.attempts import take_attempt
from reviews.web.auth import MAX_ATTEMPTS, blueprint, finish_login
from reviews.web.forms import read_form, write_person_once
from reviews.web.pages import render
from reviews.web.security import cookie_name, hash_token, safe_next, set_cookie, sign
from reviews.web.state import get_visitor, get_words, state

STEP_SECONDS = 30
DRIFT = (-1, 0, 1)
"""So many steps may the clock of a telephone be wrong (RFC 6238, section 5.2)."""
PENDING = timedelta(minutes=5)
CODE_WINDOW = timedelta(minutes=15)
MAX_CODES = 5
RECOVERY_CODES = 10

WRONG_CODE = N_("This code does not fit, or it was used already. Please wait for the next one.")
TOO_MANY_CODES = N_("There have been too many wrong codes. Please wait fifteen minutes and try again.")
WRONG_PASSWORD = N_("This is not your password.")


# ---------------------------------------------------------------- codes
def find_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, near `now`; None for a wrong one."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    fits = [step for step in (current + each for each in DRIFT) if hmac.compare_digest(totp.generate_otp(step), code)]
    return max(fits, default=None)


def new_recovery_codes() -> list[str]:
    """Codes of 80 random bits each, in groups of four signs that are not taken for each other."""
    signs = "23456789abcdefghjkmnpqrstuvwxyz"
    return ["-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)]


def hash_code(person_id: int, code: str) -> str:
    """What is stored of a recovery code."""
    return hash_token(f"recovery:{person_id}:{re.sub(r'[^0-9a-z]', '', code.lower())}")


def _open_secret(sealed: str) -> str:
    try:
        return SecretsBox(state().settings.fernet_keys()).open(sealed).get("secret", "")
    except SourceUnauthorized:
        return ""  # no key opens it: a recovery code still does


def take(tx: Transaction, person_id: int, typed: str, now: datetime) -> bool:
    """Whether this is a right code that was not taken before, of the app or a recovery code; it is used up by this."""
    code = re.sub(r"[\s-]", "", typed)
    if re.fullmatch(r"[0-9]{6}", code):
        secret = _open_secret(second_factors.find_factor(tx, person_id).sealed)
        step = find_step(secret, code, now) if secret else None
        return step is not None and second_factors.take_code(tx, person_id, step)
    return second_factors.use_recovery_code(tx, person_id, hash_code(person_id, typed))


# ---------------------------------------------------------------- between password and session
def _pending_cookie() -> str:
    return cookie_name("reviews_pending", state().settings)


def ask_for_code(person: Person, target: str, now: datetime) -> AnyResponse:
    """The way to the form for the code, for who has given the right password."""
    until = int((now + PENDING).timestamp())
    answer = redirect(url_for("auth.code", next=target), 303)
    mark = _mark(person, until)
    set_cookie(answer, _pending_cookie(), f"{person.id}.{until}.{mark}", secure=state().settings.is_https)
    return answer


def _mark(person: Person, until: int) -> str:
    return sign(state().secret, "pending", f"{person.id}:{until}:{person.password_hash}")


def _find_pending(now: datetime) -> Person | None:
    """Who has given the right password a short time ago, and not yet the code."""
    found = re.fullmatch(r"([0-9]{1,18})\.([0-9]{1,12})\.([0-9a-f]{64})", request.cookies.get(_pending_cookie(), ""))
    if found is None or int(found[2]) < now.timestamp():
        return None
    with state().storage.read() as tx:
        person = next((each for each in people.find_people_by_id(tx, int(found[1]))), None)
    if person is None or person.disabled_at is not None or person.second_factor_since is None:
        return None
    return person if hmac.compare_digest(_mark(person, int(found[2])), found[3]) else None


@blueprint.get("/login/code")
def code() -> AnyResponse | str:
    """The form for the code, after the password."""
    if _find_pending(state().clock()) is None:
        return redirect(url_for("auth.login", next=safe_next(request.args.get("next"))), 303)
    return render("auth/code.html", target=safe_next(request.args.get("next")), fault=None)


@blueprint.post("/login/code")
def code_post() -> AnyResponse:
    """Log in with the code; guesses are counted by account, and a right password does not clear them."""
    form = read_form("code", "next")
    now = state().clock()
    target = safe_next(form["next"])
    person = _find_pending(now)
    if person is None:
        return redirect(url_for("auth.login", next=target), 303)
    key = hash_token(f"login:code:{person.id}")
    if not take_attempt({key: MAX_CODES}, CODE_WINDOW):
        return _again(target, TOO_MANY_CODES, 429)
    with state().storage.write() as tx:
        if not take(tx, person.id, form["code"], now):
            return _again(target, WRONG_CODE, 400)
        people.clear_attempts(tx, key)
    answer = finish_login(person, target, now)
    answer.delete_cookie(_pending_cookie(), path="/", secure=state().settings.is_https, httponly=True, samesite="Lax")
    return answer


def _again(target: str, fault: str, status: int) -> Response:
    answer = make_response(render("auth/code.html", target=target, fault=get_words().text(fault)), status)
    if status == 429:
        answer.headers["Retry-After"] = str(int(CODE_WINDOW.total_seconds()))
    return answer


# ---------------------------------------------------------------- one's own factor
@blueprint.get("/settings/second-factor")
def second_factor() -> str:
    """Whether one is on, and how to put one on."""
    return _page()


def _page(fault: str = "", codes: list[str] | None = None) -> str:
    person = get_visitor().person
    with state().storage.read() as tx:
        factor = second_factors.find_factor(tx, person.id)
        left = second_factors.count_recovery_codes(tx, person.id)
    secret = _open_secret(factor.sealed) if factor.sealed and factor.since is None else ""
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name="Clinic Reviews") if secret else ""
    group = get_visitor().group
    return render(
        "auth/second_factor.html",
        factor=factor,
        left=left,
        secret=" ".join(re.findall(".{1,4}", secret)),
        address=address,
        qr=qr_path(address) if address else None,
        fault=get_words().text(fault) if fault else None,
        codes=codes,
        is_required=group is not None and group.requires_second_factor,
    )


@blueprint.post("/settings/second-factor/begin")
def begin_second_factor() -> AnyResponse:
    """A new secret, which the next page shows to the app."""
    read_form()
    sealed = SecretsBox(state().settings.fernet_keys()).seal({"secret": pyotp.random_base32()})

    def work(tx: Transaction) -> str:
        second_factors.begin(tx, get_visitor().person.id, sealed)
        return url_for("auth.second_factor")

    return write_person_once(work)


@blueprint.post("/settings/second-factor/confirm")
def confirm_second_factor() -> AnyResponse | str:
    """Put it on with a first right code; the recovery codes are shown this once, all other sessions end."""
    form = read_form("code")
    person, now = get_visitor().person, state().clock()
    codes = new_recovery_codes()
    with state().storage.write() as tx:
        factor = second_factors.find_factor(tx, person.id)
        if not factor.sealed or factor.since is not None:
            return redirect(url_for("auth.second_factor"), 303)
        if not re.fullmatch(r"[0-9 ]{6,9}", form["code"]) or not take(tx, person.id, form["code"], now):
            fault = True
        else:
            fault = False
            second_factors.confirm(tx, person.id, [hash_code(person.id, each) for each in codes], now)
            people.end_sessions_of(tx, person.id, keep=get_visitor().session_id)
    return make_response(_page(WRONG_CODE), 400) if fault else _page(codes=codes)


@blueprint.post("/settings/second-factor/codes")
def new_codes() -> AnyResponse | str:
    """New recovery codes in place of the old ones, shown this once; the password is asked for."""
    form = read_form(verbatim=["password"])
    if (refused := _check_password(form["password"])) is not None:
        return refused
    person, codes = get_visitor().person, new_recovery_codes()
    with state().storage.write() as tx:
        if second_factors.find_factor(tx, person.id).since is None:
            raise BadRequest
        hashes = [hash_code(person.id, each) for each in codes]
        second_factors.replace_recovery_codes(tx, person.id, hashes, state().clock())
    return _page(codes=codes)


@blueprint.post("/settings/second-factor/end")
def end_second_factor() -> AnyResponse:
    """Put it off; the password is asked for."""
    form = read_form(verbatim=["password"])
    if (refused := _check_password(form["password"])) is not None:
        return refused

    def work(tx: Transaction) -> str:
        second_factors.end(tx, get_visitor().person.id)
        return url_for("auth.second_factor", done="saved")

    return write_person_once(work)


def _check_password(password: str) -> AnyResponse | None:
    """None for the visitor's own password; guesses are counted like those at the login."""
    person = get_visitor().person
    if not take_attempt({hash_token(f"password:{person.id}"): MAX_ATTEMPTS}, CODE_WINDOW):
        return make_response(_page(TOO_MANY_CODES), 429)
    if not passwords.verify_password(person.password_hash, password):
        return make_response(_page(WRONG_PASSWORD), 400)
    return None
