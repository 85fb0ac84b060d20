"""Whether this process answers, and whether the installation does its work; no names, no figures."""

import hmac
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify, make_response, request
from werkzeug.exceptions import NotFound

from reviews.errors import StorageError
from reviews.storage import Transaction, sources, workers
from reviews.web.security import is_loopback
from reviews.web.state import state

blueprint = Blueprint("health", __name__)

WORKER_SILENT_AFTER = timedelta(minutes=3)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers; the database is not asked."""
    return _answer({"ok": True}, 200)


@blueprint.get("/readyz")
def readyz() -> Response:
    """Database, migrations and worker: 200 when all are well, else 503; ages in seconds, null where there is none."""
    now = state().clock()
    report: dict[str, object] = {"database": False, "worker": False, "worker_age_seconds": None}
    try:
        state().storage.check()
        with state().storage.read() as tx:
            age = worker_age_seconds(tx, now)
            newest = sources.newest_success(tx)
    except StorageError:
        return _answer({"ok": False, **report}, 503)
    report = {
        "database": True,
        "worker": is_worker_well(age),
        "worker_age_seconds": age,
        "newest_success_age_seconds": _age(newest, now),
    }
    is_well = bool(report["worker"])
    return _answer({"ok": is_well, **report}, 200 if is_well else 503)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures of the machine for Prometheus; for who has the token of the settings, or asks on this machine itself."""
    if not _may_measure():
        raise NotFound
    from reviews.web.metrics import render_metrics

    answer = make_response(render_metrics(state().storage, state().settings, state().clock()))
    answer.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _may_measure() -> bool:
    """With a token set, only who sends it; without one, only a direct request from loopback."""
    token = state().settings.metrics_token
    if token:
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(sent.encode(), token.encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return is_loopback(request.remote_addr or "") and not forwarded


def worker_age_seconds(tx: Transaction, now: datetime) -> int | None:
    """How long ago a worker was last heard of; None for never."""
    return _age(max((worker.beat_at for worker in workers.find_workers(tx)), default=None), now)


def is_worker_well(age_seconds: int | None) -> bool:
    """Whether a worker was heard of lately."""
    return age_seconds is not None and age_seconds <= WORKER_SILENT_AFTER.total_seconds()


def _age(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))


def _answer(body: dict[str, object], status: int) -> Response:
    answer = make_response(jsonify(body), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
