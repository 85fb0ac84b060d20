"""Logging in and out; who is asking. Sessions are rows, the cookie holds 256 random bits, the row only their hash."""

import hmac
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response as AnyResponse

from reviews.errors import StorageFull, StorageReadOnly
from reviews.i18n import LANGUAGES, N_
from reviews.storage import Transaction, groups, people
from reviews.web import passwords
from reviews.web.attempts import take_attempt
from reviews.web.forms import read_form, write_person_once
from reviews.web.pages import render
from reviews.web.policy import Right, right_of
from reviews.web.proxy_user import find_proxy_user
from reviews.web.security import address_key, cookie_name, hash_token, is_foreign_post, safe_next, set_cookie, sign
from reviews.web.state import Visitor, find_visitor, get_visitor, get_words, state

blueprint = Blueprint("auth", __name__)

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_AFTER = timedelta(seconds=60)
WINDOW = timedelta(minutes=5)
MAX_ATTEMPTS = 10
MAX_ATTEMPTS_IN_ALL = 1000
DEVICE_SECONDS = 180 * 86400

WRONG = N_("E-mail address and password do not fit together.")
WRONG_OLD = N_("This is not your password.")
TOO_MANY = N_("There have been too many attempts. Please wait five minutes and try again.")


def login_cookie() -> str:
    """Name of the cookie that carries a login session."""
    return cookie_name("reviews_session", state().settings)


def choose_words() -> None:
    """Before everything: the language of the browser, until the person is known."""
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    g.words = state().catalogue.words(next((tag for tag in wanted if tag in LANGUAGES), "en"))


def check_visitor() -> AnyResponse | None:
    """Before each page: who asks, and whether the table of rights lets them; otherwise the login page or 403."""
    if request.endpoint is None:
        return None
    if request.method == "POST" and is_foreign_post(request, state().settings):
        raise Forbidden("a request from another site")
    right = right_of(request.endpoint)
    if right is None:
        raise Forbidden("a page without a row in the table of rights")
    if right is Right.KEY or (right is Right.PUBLIC and not request.endpoint.startswith("auth.")):
        return None
    g.visitor = _load_visitor(state().clock())
    visitor = find_visitor()
    if right is Right.PUBLIC:
        return None
    if visitor is None:
        return redirect(url_for("auth.login", next=_way_back()), 303)
    if right is Right.SEE and request.path == "/" and not visitor.may(right):
        # The home of who sees no reviews: the machine for its operator, for others what they may say about themselves.
        return redirect(url_for("system.page" if visitor.may(Right.OPERATE) else "auth.sessions"), 303)
    if visitor.lacks_second_factor and right not in (Right.PERSON, Right.OPERATE):
        return redirect(url_for("auth.second_factor"), 303)
    if not visitor.may(right):
        raise Forbidden("the role does not include this")
    return None


def _way_back() -> str:
    """Where to go after login: this page, or the page with the form that was being sent."""
    if request.method in ("GET", "HEAD"):
        return safe_next(request.full_path.removesuffix("?"))
    came_from = urlsplit(request.headers.get("Referer", ""))
    same = came_from.netloc == request.host
    return safe_next(came_from.path + (f"?{came_from.query}" if came_from.query else "")) if same else "/"


def _load_visitor(now: datetime) -> Visitor | None:
    token = request.cookies.get(login_cookie())
    if not token:
        return None
    with state().storage.read() as tx:
        session = people.find_session(tx, hash_token(token), now, IDLE)
        if session is None:
            return None
        person = people.get_person(tx, session.person_id)
        if find_proxy_user(request.environ) not in (None, person.email):
            return None  # somebody else has logged in at the proxy since
        memberships = people.find_memberships(tx, person.id)
        found = [(groups.get_group(tx, m.group_id), m) for m in memberships]
    if now - session.last_used_at > TOUCH_AFTER:
        # Who is logged in goes on reading where nothing can be saved.
        with suppress(StorageFull, StorageReadOnly), state().storage.write() as tx:
            people.touch_session(tx, session.id, now)
    g.words = state().catalogue.words(person.language)
    here = next((pair for pair in found if pair[0].id == session.group_id), found[0] if found else (None, None))
    return Visitor(
        person=person,
        session_id=session.id,
        groups=tuple(group for group, _ in found),
        group=here[0],
        role=here[1].role if here[1] else None,
        clinic_ids=here[1].clinic_ids if here[1] else None,
    )


# ---------------------------------------------------------------- login and logout
@blueprint.get("/login")
def login() -> AnyResponse | str:
    """The login form; somebody who is logged in already goes on."""
    target = safe_next(request.args.get("next"))
    if find_visitor() is not None:
        return redirect(target, 303)
    has_left = "left" in request.args
    proxy_user = find_proxy_user(request.environ)
    if proxy_user and not has_left:
        return redirect(url_for("auth.proxy_login", next=target), 303)
    return _login_page(target, has_left=has_left, proxy_user=proxy_user)


def _login_page(
    target: str, *, email: str = "", fault: str | None = None, has_left: bool = False, proxy_user: str | None = None
) -> str:
    from reviews.web.sign_on import provider_name

    return render(
        "auth/login.html",
        target=target,
        values={"email": email},
        fault=fault,
        sso=provider_name(),
        has_left=has_left,
        proxy_user=proxy_user,
    )


@blueprint.post("/login")
def login_post() -> AnyResponse:
    """Log in: limited, in the same time and with the same words for every kind of failure."""
    form = read_form("email", "next", verbatim=["password"])
    now = state().clock()
    target = safe_next(form["next"])
    email = form["email"].lower()
    if not _allow_attempt(email):
        return _again(form["email"], target, TOO_MANY, 429)
    with state().storage.read() as tx:
        person = people.find_person_by_email(tx, email)
    usable = person if person is not None and person.disabled_at is None else None
    if not passwords.verify_password(usable.password_hash if usable else None, form["password"]) or usable is None:
        return _again(form["email"], target, WRONG, 400)
    if passwords.is_outdated(usable.password_hash):
        renewed = passwords.hash_password(form["password"])
        with state().storage.write() as tx:
            people.set_password(tx, usable.id, renewed)
            usable = people.get_person(tx, usable.id)
    if usable.second_factor_since is not None:
        from reviews.web.second_factor import ask_for_code

        return ask_for_code(usable, target, now)
    return finish_login(usable, target, now)


def finish_login(person: people.Person, target: str, now: datetime) -> AnyResponse:
    """A new session for who has proved everything, in place of the one that this browser had."""
    with state().storage.write() as tx:
        people.clear_attempts(tx, _account_key(person.email))
        if old := request.cookies.get(login_cookie()):
            people.end_session_by_hash(tx, hash_token(old))
        token = open_session(tx, person.id, None, now)
    answer = redirect(target, 303)
    give_session(answer, token, person.email)
    return answer


def open_session(tx: Transaction, person_id: int, group_id: int | None, now: datetime) -> str:
    """A new login session; returns the token that only the cookie will hold."""
    token = secrets.token_urlsafe(32)
    people.add_session(
        tx,
        token_hash=hash_token(token),
        person_id=person_id,
        group_id=group_id,
        now=now,
        expires_at=now + ABSOLUTE,
        device=describe_device(request.headers.get("User-Agent", "")),
    )
    return token


def give_session(answer: AnyResponse, token: str, email: str) -> None:
    """Set the login cookie, and the one by which this device is known at its next attempts."""
    secure = state().settings.is_https
    set_cookie(answer, login_cookie(), token, secure=secure)
    nonce = secrets.token_urlsafe(16)
    set_cookie(
        answer,
        cookie_name("reviews_device", state().settings),
        f"{nonce}.{sign(state().secret, 'device', f'{email}:{nonce}')}",
        secure=secure,
        max_age=DEVICE_SECONDS,
    )


def _known_device(email: str) -> str | None:
    """The mark of a device on which this account has logged in before; so that a flood does not lock the owner out."""
    nonce, _, mark = request.cookies.get(cookie_name("reviews_device", state().settings), "").partition(".")
    fits = nonce and hmac.compare_digest(mark.encode(), sign(state().secret, "device", f"{email}:{nonce}").encode())
    return nonce if fits else None


def _account_key(email: str) -> str:
    """Under which key attempts on an account are counted; a known device is counted by itself."""
    return hash_token(f"login:account:{email}:{_known_device(email) or ''}")


def _allow_attempt(email: str) -> bool:
    """Count this attempt by account and address; False when one of them has had too many, before any hash is made."""
    keys = {_account_key(email): MAX_ATTEMPTS}
    if _known_device(email) is None:
        keys[hash_token(f"login:address:{address_key(request.remote_addr)}")] = MAX_ATTEMPTS
        keys[hash_token("login:all")] = MAX_ATTEMPTS_IN_ALL
    return take_attempt(keys, WINDOW)


def _again(email: str, target: str, fault: str, status: int) -> Response:
    answer = make_response(_login_page(target, email=email, fault=get_words().text(fault)), status)
    if status == 429:
        answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer


@blueprint.post("/logout")
def logout() -> AnyResponse:
    """End this session, here and in the database."""
    read_form()
    with state().storage.write() as tx:
        people.end_session(tx, get_visitor().person.id, get_visitor().session_id)
    answer = redirect(url_for("auth.login", left="1"), 303)
    answer.delete_cookie(login_cookie(), path="/", secure=state().settings.is_https, httponly=True, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


# ---------------------------------------------------------------- one's own sessions
@blueprint.get("/settings/sessions")
def sessions() -> str:
    """Where the person is logged in, and the language of their pages."""
    return _own_page({})


def _own_page(faults: dict[str, str]) -> str:
    visitor = get_visitor()
    with state().storage.read() as tx:
        rows = people.find_sessions(tx, visitor.person.id)
    now = state().clock()
    live = [row for row in rows if row.expires_at > now and row.last_used_at + IDLE > now]
    return render(
        "auth/sessions.html",
        faults={name: get_words().text(text) for name, text in faults.items()},
        rows=[(row, _session_name(row), row.id == visitor.session_id) for row in live],
        languages=[(tag, state().catalogue.words(tag).locale.get_display_name(tag)) for tag in LANGUAGES],
    )


def _session_name(session: people.Session) -> str:
    return sign(state().secret, "session", session.token_hash)[:24]


@blueprint.post("/settings/sessions/end")
def end_session() -> AnyResponse:
    """End one of the person's own sessions."""
    form = read_form("session")

    def work(tx: Transaction) -> str:
        person_id = get_visitor().person.id
        for row in people.find_sessions(tx, person_id):
            if hmac.compare_digest(_session_name(row).encode(), form["session"].encode()):
                people.end_session(tx, person_id, row.id)
                return url_for("auth.sessions", done="session-ended")
        raise NotFound

    return write_person_once(work)


@blueprint.post("/settings/sessions/end-others")
def end_other_sessions() -> AnyResponse:
    """End all of the person's sessions but this one."""
    read_form()

    def work(tx: Transaction) -> str:
        people.end_sessions_of(tx, get_visitor().person.id, keep=get_visitor().session_id)
        return url_for("auth.sessions", done="sessions-ended")

    return write_person_once(work)


@blueprint.post("/settings/password")
def change_password() -> AnyResponse:
    """A new password for who knows the old one; all other sessions of the person end."""
    form = read_form(verbatim=["old", "new"])
    person = get_visitor().person
    faults = {}
    if not _allow_attempt(person.email):
        return make_response(_own_page({"old": TOO_MANY}), 429)
    if not passwords.verify_password(person.password_hash, form["old"]):
        faults["old"] = WRONG_OLD
    if fault := passwords.find_fault(form["new"], (person.name, person.email.partition("@")[0])):
        faults["new"] = fault
    if faults:
        return make_response(_own_page(faults), 400)
    renewed = passwords.hash_password(form["new"])

    def work(tx: Transaction) -> str:
        people.set_password(tx, person.id, renewed)
        people.end_sessions_of(tx, person.id, keep=get_visitor().session_id)
        return url_for("auth.sessions", done="password")

    return write_person_once(work)


@blueprint.post("/settings/language")
def choose_language() -> AnyResponse:
    """The language of the person's pages."""
    form = read_form("language")
    if form["language"] not in LANGUAGES:
        raise NotFound

    def work(tx: Transaction) -> str:
        people.set_language(tx, get_visitor().person.id, form["language"])
        return url_for("auth.sessions", done="saved")

    return write_person_once(work)


@blueprint.post("/settings/group")
def choose_group() -> AnyResponse:
    """Look at another of one's groups."""
    form = read_form("group")
    chosen = next((group for group in get_visitor().groups if group.public_id == form["group"]), None)
    if chosen is None:
        raise NotFound

    def work(tx: Transaction) -> str:
        people.set_session_group(tx, get_visitor().session_id, chosen.id)
        return "/"

    return write_person_once(work)


def describe_device(agent: str) -> str:
    """A browser and a system in two words, from the User-Agent; never the whole of it."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Windows": "Windows", "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Mac OS": "macOS",
        "CrOS": "ChromeOS", "Linux": "Linux",
    }  # fmt: skip
    found = [next((name for mark, name in table.items() if mark in agent), "") for table in (browsers, systems)]
    return " · ".join(part for part in found if part)
