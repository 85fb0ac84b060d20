"""What people are shown when something goes wrong: plain words, a reference, never a stack trace."""

import secrets
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, make_response, redirect, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response as AnyResponse

from reviews.errors import Conflict, NotFound, ReviewsError, StorageBusy, StorageUnavailable
from reviews.i18n import N_
from reviews.web.pages import is_fragment, render
from reviews.web.passwords import HashingBusy
from reviews.web.security import BrokenBody, safe_next
from reviews.web.services import FilesBusy
from reviews.web.state import get_words, state

REFERENCE_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

HEADINGS = {
    400: N_("This request could not be understood"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("This address cannot be used that way"),
    409: N_("Somebody was faster"),
    413: N_("This is too large"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
    503: N_("Not available at the moment"),
}
TEXTS = {
    400: N_("Something in the request was missing or not as expected. Nothing was changed."),
    403: N_("Your role does not include this. Somebody who owns or manages the group can help."),
    404: N_("This does not exist, or it belongs to somebody else."),
    405: N_("Please use the links and buttons of the pages."),
    413: N_("The file or the text is larger than what is accepted. Nothing was stored."),
    429: N_("Please wait a few minutes and try again."),
    500: N_("Something went wrong on our side. Nothing was lost."),
    503: N_("Please try again in a moment."),
}
STALE_FORM = N_("This page was open for too long, or its session has ended. Nothing was changed. Please try again.")
ONWARDS = N_("What your website shows is not affected: the last good figures stay.")


def install(app: Flask) -> None:
    """Answer every error of this program, of a request and of the unknown kind."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ReviewsError, _ours)
    app.register_error_handler(BrokenBody, _broken_body)
    app.register_error_handler(Exception, _unknown)


def _stale_form(error: Exception) -> Response:
    return _page(400, STALE_FORM)


def _broken_body(error: Exception) -> Response:
    answer = _page(400)
    answer.headers["Connection"] = "close"
    return answer


def _http(error: HTTPException) -> AnyResponse | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if request.path.startswith("/api/"):
        return _with_headers(_problem(status, 0, error.description or ""), error)
    if status == 405 and request.method in ("GET", "HEAD") and (page := _page_of(request.path)):
        return redirect(page, 303)
    return _with_headers(_page(status), error)


def _with_headers(answer: Response, error: HTTPException) -> Response:
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    if answer.status_code == 413:
        answer.headers["Connection"] = "close"
    return answer


def _problem(status: int, retry_after: int, detail: str = "") -> Response:
    """A problem after RFC 9457, for programs; never more of the fault than its kind."""
    title = HTTP_STATUS_CODES.get(status, "Error")
    answer = jsonify(type="about:blank", title=title, status=status, detail=detail if status < 500 else "")
    answer.status_code = status
    answer.headers["Content-Type"] = "application/problem+json"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _page_of(path: str) -> str | None:
    """The page that a form's address belongs to, for who reloads it or comes back to it after logging in."""
    known = current_app.url_map.bind("")
    while path := path.rpartition("/")[0]:
        with suppress(HTTPException):
            known.match(path, "GET")
            return path
    return None


def _ours(error: ReviewsError) -> Response:
    hint = get_words().text(error.hint, **error.values)
    if isinstance(error, NotFound):
        return _page(404)
    if isinstance(error, Conflict):
        return _page(409, hint)
    if isinstance(error, StorageBusy | HashingBusy | FilesBusy):
        return _page(503, hint, retry_after=2)
    reference = _reference()
    state().log("request_failed", error=error, route=request.endpoint or "", reason=reference)
    if isinstance(error, StorageUnavailable):
        return _page(503, hint, reference=reference, more=[get_words().text(ONWARDS)], retry_after=30)
    return _page(500, hint, reference=reference)


def _unknown(error: Exception) -> Response:
    if current_app.testing:
        raise error
    reference = _reference()
    state().log("request_failed", error=error, route=request.endpoint or "", reason=reference)
    return _page(500, reference=reference)


def _reference() -> str:
    return "".join(secrets.choice(REFERENCE_SIGNS) for _ in range(6))


def _page(
    status: int, text: str | None = None, *, reference: str = "", more: list[str] | None = None, retry_after: int = 0
) -> Response:
    if request.path.startswith("/api/"):
        return _problem(status, retry_after)
    words = get_words()
    known = status if status in HEADINGS else 500 if status >= 500 else 400
    came_from = urlsplit(request.headers.get("Referer", ""))
    page = render(
        "auth/notice_fragment.html" if is_fragment() else "auth/notice.html",
        heading=words.text(HEADINGS[known]),
        text=words.text(text or TEXTS[known]),
        more=more or [],
        reference=reference,
        way_back=safe_next(came_from.path) if came_from.netloc == request.host and request.method == "POST" else None,
    )
    answer = make_response(page, status)
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer
