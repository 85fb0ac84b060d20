"""Logging in without a password of ours: through an identity provider, or through a proxy that has asked already.

Neither makes an account or joins a group: who comes in was invited and has taken the invitation up.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from flask import current_app, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from reviews.errors import ReviewsError, SourceUnauthorized
from reviews.i18n import N_
from reviews.storage import Transaction, audit, people
from reviews.storage.people import Person
from reviews.web.attempts import take_attempt
from reviews.web.auth import WINDOW, blueprint, finish_login
from reviews.web.pages import render
from reviews.web.proxy_user import find_proxy_user
from reviews.web.security import address_key, cookie_name, hash_token, safe_next, set_cookie, sign
from reviews.web.state import get_words, state

if TYPE_CHECKING:
    from reviews.web.identity_provider import Identity, IdentityProvider

PENDING = timedelta(minutes=10)
MAX_RETURNS = 30
"""So many answers of the provider are taken to it from one address within the window of logins."""
MAX_TARGET = 800

NOT_KNOWN = N_(
    "Nobody with your address has an account here. Ask an owner of your group for an invitation, and take it up."
)
NOT_VERIFIED = N_("{provider} does not say that your mail address is verified, so we cannot know that it is yours.")
OTHER_DOMAIN = N_("Only addresses of some organisations may log in this way. Please use your password.")
OTHER_IDENTITY = N_("This account belongs to another identity at {provider}. Please use your password.")
DENIED = N_("{provider} did not let you in. Nothing was changed.")
TOO_LATE = N_("This login took too long, or was begun in another browser. Please begin again.")
NOT_PROVED = N_("The answer of {provider} could not be trusted, so you are not logged in. Please begin again.")
NO_ANSWER = N_("{provider} cannot be reached at the moment, or is not set up properly. Please use your password.")
TOO_MANY = N_("There have been too many attempts. Please wait five minutes and try again.")


def provider_name() -> str:
    """What people call the provider; empty when there is none."""
    settings = state().settings
    return (settings.oidc_name or settings.oidc_issuer.partition("://")[2]) if settings.oidc_issuer else ""


def _provider() -> "IdentityProvider":
    from reviews.web.identity_provider import IdentityProvider

    kept = current_app.extensions
    if "identity_provider" not in kept:
        kept["identity_provider"] = IdentityProvider(state().settings, state().clock)
    return cast("IdentityProvider", kept["identity_provider"])


def _cookie() -> str:
    return cookie_name("reviews_sign_on", state().settings)


def _callback() -> str:
    return state().settings.base_url + url_for("auth.sign_on_return")


# ---------------------------------------------------------------- the identity provider
@blueprint.get("/login/sso")
def sign_on() -> AnyResponse:
    """The way to the provider; what is sent along is derived from one random value that only this browser gets."""
    target = safe_next(request.args.get("next"))
    if not state().settings.oidc_issuer:
        return redirect(url_for("auth.login", next=target), 303)
    seed = secrets.token_urlsafe(32)
    try:
        there = _provider().login_url(
            redirect_uri=_callback(), state=_derived("state", seed), nonce=_derived("nonce", seed),
            verifier=_derived("verifier", seed),
        )  # fmt: skip
    except ReviewsError as error:
        return _refused(target, NO_ANSWER, 503, error)
    target = target if len(target.encode()) <= MAX_TARGET else "/"  # it travels in a cookie, whose size is limited
    until = int((state().clock() + PENDING).timestamp())
    answer = redirect(there, 303)
    value = f"{seed}.{until}.{sign(state().secret, 'sign-on', f'{seed}:{until}:{target}')}.{target}"
    set_cookie(answer, _cookie(), value, secure=state().settings.is_https, max_age=int(PENDING.total_seconds()))
    return answer


def _derived(purpose: str, seed: str) -> str:
    return sign(state().secret, f"sign-on-{purpose}", seed)


def _find_begun(now: datetime) -> tuple[str, str] | None:
    """The random value and the target of a login that this browser has begun, if it is not too long ago."""
    found = re.fullmatch(
        r"([\w-]{43})\.([0-9]{1,12})\.([0-9a-f]{64})\.(/.*)", request.cookies.get(_cookie(), ""), re.ASCII
    )
    if found is None or int(found[2]) < now.timestamp():
        return None
    expected = sign(state().secret, "sign-on", f"{found[1]}:{found[2]}:{found[4]}")
    return (found[1], safe_next(found[4])) if hmac.compare_digest(expected, found[3]) else None


@blueprint.get("/login/sso/return")
def sign_on_return() -> AnyResponse:
    """What the provider says; a session for who is known here, plain words for everybody else."""
    answer = _take_return(state().clock())
    answer.delete_cookie(_cookie(), path="/", secure=state().settings.is_https, httponly=True, samesite="Lax")
    return answer


def _take_return(now: datetime) -> AnyResponse:
    begun = _find_begun(now) if state().settings.oidc_issuer else None
    sent = request.args.get("state", "")
    if begun is None or not hmac.compare_digest(_derived("state", begun[0]).encode(), sent.encode()):
        return _refused("/", TOO_LATE, 400)
    seed, target = begun
    if not _allow_return():
        return _refused(target, TOO_MANY, 429)
    try:
        _provider().check_sender(request.args.get("iss"))
        if request.args.get("error") or not request.args.get("code"):
            return _refused(target, DENIED, 400)
        identity = _provider().identify(
            code=request.args["code"], redirect_uri=_callback(), nonce=_derived("nonce", seed),
            verifier=_derived("verifier", seed),
        )  # fmt: skip
    except SourceUnauthorized as error:
        return _refused(target, NOT_PROVED, 400, error)
    except ReviewsError as error:
        return _refused(target, NO_ANSWER, 503, error)
    with state().storage.write() as tx:
        found = _find_person(tx, identity, now)
    return _refused(target, found, 403) if isinstance(found, str) else _let_in(found, target, now)


def _allow_return() -> bool:
    return take_attempt({hash_token(f"sign-on:address:{address_key(request.remote_addr)}"): MAX_RETURNS}, WINDOW)


def _find_person(tx: Transaction, identity: "Identity", now: datetime) -> Person | str:
    """The person of an identity; at the first time the one with its verified address. Else why there is none."""
    person = people.find_person_by_identity(tx, identity.issuer, identity.subject)
    if person is None:
        if not identity.email:
            return NOT_VERIFIED
        person = people.find_person_by_email(tx, identity.email)
        if fault := _fault(tx, person):
            return fault
        assert person is not None
        if not people.add_identity(tx, identity.issuer, identity.subject, person.id, now):
            return OTHER_IDENTITY
        for membership in people.find_memberships(tx, person.id):
            audit.add_entry(
                tx.group(membership.group_id), now=now, person_id=person.id, action="person.identity_linked",
                object_kind="person", object_id=person.public_id, after={"issuer": identity.issuer},
            )  # fmt: skip
    return _fault(tx, person) or person


def _fault(tx: Transaction, person: Person | None) -> str:
    """Why this person does not come in without a password, or nothing."""
    if person is None or person.disabled_at is not None:
        return NOT_KNOWN
    has_login = any(each.role != "mail_only" for each in people.find_memberships(tx, person.id))
    if not has_login and not person.is_operator:
        return NOT_KNOWN
    domains = state().settings.sign_on_domains
    return OTHER_DOMAIN if domains and person.email.rpartition("@")[2] not in domains else ""


def _let_in(person: Person, target: str, now: datetime) -> AnyResponse:
    """A session; before it the code, unless the settings say that the provider asks for a second factor."""
    if person.second_factor_since is not None and not state().settings.sign_on_is_second_factor:
        from reviews.web.second_factor import ask_for_code

        return ask_for_code(person, target, now)
    return finish_login(person, target, now)


def _refused(target: str, fault: str, status: int, error: ReviewsError | None = None) -> AnyResponse:
    if error is not None:
        state().log("sign_on_refused", reason=error.message)
    text = get_words().text(fault, provider=provider_name() or "SSO")
    answer = make_response(render("auth/login.html", target=target, values={}, fault=text, sso=provider_name()), status)
    if status == 429:
        answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer


@blueprint.get("/login/sso/end")
def sign_off() -> AnyResponse:
    """The way to the provider's own logout, which asks the person."""
    back = state().settings.base_url + url_for("auth.login")
    try:
        there = _provider().logout_url(back) if state().settings.oidc_issuer else None
    except ReviewsError as error:
        return _refused("/", NO_ANSWER, 503, error)
    return redirect(there or url_for("auth.login", left="1"), 303)


# ---------------------------------------------------------------- the proxy
@blueprint.get("/login/proxy")
def proxy_login() -> AnyResponse:
    """A session for whom the proxy names."""
    now, target = state().clock(), safe_next(request.args.get("next"))
    email = find_proxy_user(request.environ)
    if email is None:
        return redirect(url_for("auth.login", next=target), 303)
    with state().storage.read() as tx:
        person = people.find_person_by_email(tx, email)
        fault = _fault(tx, person)
    if fault or person is None:
        return _refused(target, fault, 403)
    return _let_in(person, target, now)
