"""The web application: the widget's public pages, the staff side, logging in, health."""

from datetime import UTC

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from reviews import clock as clocks
from reviews import i18n, logs, rules
from reviews.clock import Clock
from reviews.config import Settings, find_folder, new_secret_key
from reviews.errors import ConfigError
from reviews.i18n import Catalogue
from reviews.rules import RuleBook
from reviews.storage import Storage
from reviews.web import (
    api,
    auth,
    faults,
    health,
    inbound,
    invited,
    pages,
    second_factor,
    setup,
    shared_report,
    sign_on,
    system,
    unsubscribe,
)
from reviews.web.dashboard import add_file, settings_branding
from reviews.web.dashboard import blueprint as staff_side
from reviews.web.hot import SnapshotLayer
from reviews.web.policy import PUBLIC_BLUEPRINTS, right_of
from reviews.web.proxy_user import know_proxy_user
from reviews.web.security import (
    CsrfBinding,
    Guard,
    behind_proxies,
    cookie_name,
    set_headers,
)
from reviews.web.services import Services
from reviews.web.state import State
from reviews.web.widget import blueprint as widget_pages

MAX_BODY = 64 * 1024
KEEP_SECONDS = 365 * 86400


def create_app(
    settings: Settings,
    storage: Storage,
    *,
    clock: Clock = clocks.utc_now,
    book: RuleBook | None = None,
    catalogue: Catalogue | None = None,
    services: Services | None = None,
) -> Flask:
    """The whole application, ready for a WSGI server.

    It starts also while the database is away: snapshots are served from their copies, staff pages say what is wrong.
    `services` are the parts that reach further than the database (test fetch, import, scorer); tests pass their own.
    Raises ConfigError when a page has no row in the table of rights.
    """
    log = logs.get_logger(__name__)
    if not settings.secret_keys:
        log.warning("no_secret_keys", reason="forms that are open will be refused after a restart")
    secret = settings.secret_keys[0] if settings.secret_keys else new_secret_key()
    app = Flask(__name__, template_folder=str(find_folder("templates").resolve()), static_folder="static")
    app.config.update(
        DEBUG=False,  # whatever the environment says
        SECRET_KEY=secret,
        WTF_CSRF_TIME_LIMIT=int(auth.ABSOLUTE.total_seconds()),
        WTF_CSRF_SSL_STRICT=False,  # our own check of Sec-Fetch-Site and Origin is stricter and knows the proxy
        MAX_CONTENT_LENGTH=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=KEEP_SECONDS,
    )
    book = book or rules.load()
    app.extensions["reviews"] = State(
        settings=settings,
        storage=storage,
        clock=clock,
        book=book,
        catalogue=catalogue or i18n.load(),
        services=services or Services.from_settings(settings, storage, clock),
        secret=secret,
        log=log.error,
    )
    app.session_interface = CsrfBinding(
        secret,
        cookie_name("reviews_session", settings),
        cookie_name("reviews_visit", settings),
        secure=settings.is_https,
    )
    app.url_map.merge_slashes = False  # its redirects would take scheme and host from the request
    pages.install(app)
    app.jinja_env.globals["utc"] = UTC
    app.before_request(auth.choose_words)
    app.before_request(auth.check_visitor)
    app.before_request(settings_branding.allow_logo)
    app.before_request(add_file.allow_upload)  # nobody's large body is read before it is known who sends it
    protect = CSRFProtect(app)
    protect.exempt(unsubscribe.blueprint)  # mail programs press the button, and the link itself is the proof
    protect.exempt(api.blueprint)  # no cookie opens it
    protect.exempt(inbound.blueprint)  # platforms have no session; the address is the proof
    app.after_request(_finish)
    for blueprint in (
        widget_pages,
        *dict.fromkeys(module.blueprint for module in (auth, invited, second_factor, sign_on)),
        setup.blueprint,
        unsubscribe.blueprint,
        inbound.blueprint,
        shared_report.blueprint,
        staff_side,
        system.blueprint,
        health.blueprint,
        api.blueprint,
    ):
        app.register_blueprint(blueprint)
    faults.install(app)
    _check_rights(app)
    layered = SnapshotLayer(app.wsgi_app, storage, settings, clock)
    app.extensions["snapshot_layer"] = layered
    app.wsgi_app = Guard(know_proxy_user(behind_proxies(layered, settings), settings), settings)  # type: ignore[method-assign]
    return app


def _finish(answer: Response) -> Response:
    """Headers of everything that Flask answers, except of the widget's pages, which bring their own."""
    if request.blueprint in PUBLIC_BLUEPRINTS:
        return answer
    return set_headers(answer, private=request.endpoint != "static" or answer.status_code >= 400)


def _check_rights(app: Flask) -> None:
    missing = sorted({rule.endpoint for rule in app.url_map.iter_rules() if right_of(rule.endpoint) is None})
    if missing:
        raise ConfigError(f"pages without a row in the table of rights: {', '.join(missing)}")
