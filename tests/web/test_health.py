"""Health, and what people see when the database is away, busy, or something unknown goes wrong."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from reviews import logs
from reviews.config import Settings
from reviews.errors import StorageBusy, StorageUnavailable
from reviews.storage import Storage, open_storage, workers
from reviews.web import create_app, server
from tests.conftest import FakeClock
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, NOW, FakeServices, World, get, log_in, post


def body(app: Flask, path: str) -> tuple[int, dict[str, Any]]:
    answer = get(app.test_client(), path)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, json.loads(answer.get_data())


@pytest.mark.statement("S60")
def test_ready_means_database_and_a_living_worker(app: Flask, world: World, storage: Storage, clock: FakeClock) -> None:
    status, report = body(app, "/readyz")
    assert (status, report["database"], report["worker"]) == (503, True, False)
    with storage.write() as tx:
        workers.beat(
            tx, name="w1", started_at=NOW - timedelta(hours=1), now=NOW - timedelta(seconds=20), version="0.1.0"
        )
    status, report = body(app, "/readyz")
    assert status == 200
    assert report == {
        "ok": True,
        "database": True,
        "worker": True,
        "worker_age_seconds": 20,
        "newest_success_age_seconds": 0,
    }
    clock.advance(minutes=10)
    status, report = body(app, "/readyz")
    assert (status, report["worker"], report["newest_success_age_seconds"]) == (503, False, 600)


@pytest.mark.statement("S60")
def test_a_database_of_another_version_is_not_ready(settings: Settings, tmp_path: Path, clock: FakeClock) -> None:
    empty = open_storage(str(tmp_path / "empty.db"))
    made = create_app(settings, empty, clock=clock, book=BOOK, catalogue=CATALOGUE, services=FakeServices().services())
    assert body(made, "/healthz") == (200, {"ok": True})
    status, report = body(made, "/readyz")
    assert (status, report["database"]) == (503, False)
    empty.close()


class Away:
    """A storage whose database has gone, or is held by somebody else."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self.error: Exception | None = None

    @contextmanager
    def read(self) -> Iterator[Any]:
        self._stop()
        with self._inner.read() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Any]:
        self._stop()
        with self._inner.write() as tx:
            yield tx

    def check(self) -> None:
        self._stop()
        self._inner.check()

    def _stop(self) -> None:
        if self.error is not None:
            raise self.error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
def away(storage: Storage) -> Away:
    return Away(storage)


@pytest.fixture
def fragile(settings: Settings, away: Away, clock: FakeClock) -> Flask:
    return create_app(
        settings, away, clock=clock, book=BOOK, catalogue=CATALOGUE, services=FakeServices().services()
    )  # fmt: skip


@pytest.mark.statement("A47")
def test_staff_pages_say_plainly_that_the_database_is_away(fragile: Flask, away: Away, world: World) -> None:
    client = log_in(fragile, "owner@north.example.org")
    away.error = StorageUnavailable("cannot open /secret/path.db")
    for path in ("/", "/inbox", "/sources"):
        answer = get(client, path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"
        assert "The database cannot be reached." in text
        assert "the last good figures stay" in text
        assert "Reference" in text
        assert "/secret/path" not in text
    assert body(fragile, "/readyz")[0] == 503
    assert body(fragile, "/healthz")[0] == 200
    away.error = None
    assert get(client, "/").status_code == 200


def test_a_busy_database_asks_for_patience(fragile: Flask, away: Away, world: World) -> None:
    client = log_in(fragile, "owner@north.example.org")
    away.error = StorageBusy("locked")
    answer = get(client, "/inbox")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert "The database is busy." in answer.get_data(as_text=True)


def test_the_application_starts_without_a_database(tmp_path: Path, clock: FakeClock) -> None:
    settings = Settings(data_dir=tmp_path, database=str(tmp_path / "missing" / "reviews.db"), base_url=BASE)
    storage = open_storage(settings.database_url)
    made = create_app(
        settings, storage, clock=clock, book=BOOK, catalogue=CATALOGUE, services=FakeServices().services()
    )
    client = made.test_client()
    client.set_cookie("reviews_session", "anything", domain="127.0.0.1")
    assert get(client, "/").status_code == 503
    assert get(client, "/healthz").status_code == 200
    assert get(made.test_client(), "/login").status_code == 200
    storage.close()


@pytest.mark.statement("A47", "T32")
def test_an_unknown_error_gives_a_reference_and_no_trace(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(app, "owner@north.example.org")
    app.testing = False
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logs.JsonLines().format(record))

    handler = Keep()
    logger = logging.getLogger("reviews.web")
    logger.addHandler(handler)
    monkeypatch.setattr(
        "reviews.web.dashboard.today.find_views", lambda *_: (_ for _ in ()).throw(ValueError("secret words"))
    )
    try:
        answer = get(client, "/")
    finally:
        logger.removeHandler(handler)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "Something went wrong on our side. Nothing was lost." in text
    assert "Traceback" not in text
    assert "secret words" not in text
    [line] = lines
    reference = text.partition('id="reference">')[2][:6]
    assert json.loads(line)["reason"] == reference
    assert "secret words" not in line


def test_pages_that_do_not_exist_say_so_in_the_readers_language(app: Flask) -> None:
    answer = app.test_client().get("/nothing", base_url=BASE, headers={"Accept-Language": "fr"})
    assert answer.status_code == 404
    assert "Il n’y a rien ici" in answer.get_data(as_text=True)


def test_a_form_that_was_open_for_too_long_is_explained(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    answer = client.post(
        "/read-all",
        data={"csrf_token": "old", "form_key": "x" * 20},
        base_url=BASE,
        headers={"Referer": f"{BASE}/inbox"},
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Nothing was changed." in text
    assert 'href="/inbox"' in text


def test_a_session_that_ended_while_writing_leads_to_login_and_back(app: Flask, world: World, clock: FakeClock) -> None:
    client = log_in(app, "owner@north.example.org")
    path = f"/reviews/{world.mine['review']}"
    page = get(client, path).get_data(as_text=True)
    clock.advance(hours=1)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        f"{path}/hide",
        data={"csrf_token": token, "form_key": "x" * 20, "reason": "privacy"},
        base_url=BASE,
        headers={"Referer": f"{BASE}{path}"},
    )
    assert answer.headers["Location"] == f"/login?next={path}"


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/uploads/{upload}/check", "/uploads/{upload}"),
        ("/uploads/{upload}/import", "/uploads/{upload}"),
        ("/sources/new/page/save", "/sources/new/page"),
        ("/sources/{page}/run", "/sources/{page}"),
        ("/reviews/{review}/hide", "/reviews/{review}"),
        ("/settings/sessions/end", "/settings/sessions"),
    ],
)
def test_a_forms_address_that_is_reloaded_leads_to_its_page(app: Flask, world: World, asked: str, led: str) -> None:
    client = log_in(app, "owner@north.example.org")
    answer = get(client, asked.format(**world.mine))
    assert (answer.status_code, answer.headers["Location"]) == (303, led.format(**world.mine))


def test_several_processes_need_a_key_that_they_share() -> None:
    from reviews.errors import ConfigError

    with pytest.raises(ConfigError, match="REVIEWS_SECRET_KEYS"):
        server.run_server(Settings(web_processes=2))


def test_server_options_are_strict() -> None:
    options = server.gunicorn_options(Settings(host="::1", port=8080, web_threads=3))
    assert options["bind"] == ["[::1]:8080"]
    assert options["control_socket_disable"] is True
    assert options["forwarded_allow_ips"] == ""
    assert options["header_map"] == "drop"
    assert options["threads"] == 3


def test_logged_in_pages_are_not_reached_by_a_stale_post_key(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    answer = post(client, "/read-all", {"form_key": "short"})
    assert answer.status_code == 400
