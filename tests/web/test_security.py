"""Guards, headers, cookies, forgery, redirects, forwarded addresses."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from reviews.config import Settings
from reviews.storage import Storage
from reviews.web import create_app
from reviews.web.security import Guard, address_key, safe_next, trusted_hosts
from tests.conftest import FakeClock
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, PASSWORD, FakeServices, World, field_of, get, log_in, post, tokens
from tests.web.test_isolation import ROWS, furnish, path_of, rules_of

SECRET = ("a secret for tests " * 2,)


@pytest.fixture
def world(world: World, settings: Settings, fakes: FakeServices) -> World:
    """With a thing of every kind, so that every page has something to show."""
    return furnish(world, settings, fakes)


def make_app(settings: Settings, storage: Storage, clock: FakeClock) -> Flask:
    return create_app(
        settings, storage, clock=clock, book=BOOK, catalogue=CATALOGUE, services=FakeServices().services()
    )


# ---------------------------------------------------------------- the guard
def ask(settings: Settings, **environ: Any) -> tuple[str, bool]:
    """(status, whether the application was reached) for a bare WSGI request."""
    reached = []

    def inner(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        reached.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b"ok"]

    said: list[str] = []
    base = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_HOST": "reviews.example.org",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(),
    }
    b"".join(Guard(inner, settings)({**base, **environ}, lambda status, headers, *_: said.append(status)))
    return said[0][:3], bool(reached)


PUBLIC = Settings(base_url="https://reviews.example.org")


@pytest.mark.statement("F13", "T34")
@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REQUEST_METHOD": "TRACE"}, "405"),
        ({"REQUEST_METHOD": "PUT"}, "405"),
        ({"REQUEST_METHOD": "get"}, "405"),
        ({"HTTP_HOST": ""}, "400"),
        ({"HTTP_HOST": "evil.example.net"}, "400"),
        ({"HTTP_HOST": "reviews.example.org.evil.example.net"}, "400"),
        ({"HTTP_HOST": "127.0.0.1:8000"}, "400"),
        ({"HTTP_COOKIE": "a" * 20_000}, "431"),
        ({"RAW_URI": "http://reviews.example.org/"}, "400"),
        ({"RAW_URI": "*"}, "400"),
        ({"PATH_INFO": "/reviews/a\x00b"}, "400"),
        ({"RAW_URI": "/" + "a" * 9000}, "400"),
        ({"CONTENT_LENGTH": "5"}, "400"),
        ({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "+5"}, "400"),
        ({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5, 5"}, "400"),
        ({"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked"}, "400"),
        ({"REQUEST_METHOD": "POST", "HTTP_TRANSFER_ENCODING": "gzip, chunked"}, "400"),
        ({"REQUEST_METHOD": "POST", "HTTP_TRANSFER_ENCODING": "chunked", "SERVER_PROTOCOL": "HTTP/1.0"}, "400"),
        (
            {
                "REQUEST_METHOD": "POST",
                "HTTP_TRANSFER_ENCODING": "chunked",
                "wsgi.input": io.BytesIO(b"a" * 70_000),
            },
            "413",
        ),
    ],
)
def test_a_doubtful_request_reaches_nothing(environ: dict[str, Any], status: str) -> None:
    assert ask(PUBLIC, **environ) == (status, False)


def test_an_ordinary_request_passes() -> None:
    assert ask(PUBLIC) == ("200", True)
    assert ask(PUBLIC, REQUEST_METHOD="POST", CONTENT_LENGTH="5") == ("200", True)
    assert ask(PUBLIC, REQUEST_METHOD="POST", HTTP_TRANSFER_ENCODING="chunked") == ("200", True)


def test_health_is_also_asked_by_the_machine_itself() -> None:
    assert ask(PUBLIC, HTTP_HOST="127.0.0.1:8000", PATH_INFO="/healthz") == ("200", True)
    assert ask(PUBLIC, HTTP_HOST="evil.example.net", PATH_INFO="/healthz") == ("400", False)


def test_loopback_names_are_trusted_only_beside_a_loopback_address() -> None:
    assert trusted_hosts(PUBLIC) == ("reviews.example.org",)
    assert set(trusted_hosts(Settings(base_url="http://127.0.0.1:8000"))) == {
        "127.0.0.1:8000",
        "localhost:8000",
        "[::1]:8000",
    }


@pytest.mark.statement("T28")
def test_a_forged_host_is_refused_by_the_whole_application(app: Flask, world: World) -> None:
    for path in ("/", "/login", "/r/north-street", "/static/staff.css"):
        assert app.test_client().get(path, base_url="http://evil.example.net").status_code == 400


@pytest.mark.parametrize("host", ["LOCALHOST:8000", "[::1]:8000", "127.0.0.1:8000"])
def test_a_trusted_host_is_taken_in_any_case_and_as_a_number(app: Flask, world: World, host: str) -> None:
    assert app.test_client().get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.statement("T28")
@pytest.mark.parametrize(
    "path", ["//inbox", "/w//north-street/data.json", "/r//evil.example.net/", "//evil.example.net"]
)
def test_no_redirect_is_made_of_the_request_alone(app: Flask, path: str) -> None:
    answer = app.test_client().get("/", base_url=BASE, environ_overrides={"PATH_INFO": path})
    assert "://" not in answer.headers.get("Location", "")


# ---------------------------------------------------------------- headers and cookies
PICTURES = ("dashboard.brand_logo", "dashboard.report_logo")


@pytest.mark.statement("S1", "T13", "T29", "A13", "A15", "A17", "A16")
def test_every_staff_page_carries_its_headers(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    for rule in rules_of(app):
        if "GET" not in (rule.methods or ()):
            continue
        headers = get(client, path_of(rule, world.mine)).headers
        is_picture = rule.endpoint in PICTURES  # of bytes that others made: nothing in it runs
        policy = "default-src 'none'; " + ("sandbox" if is_picture else "script-src 'self'; style-src 'self'")
        assert policy in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert not [name for name, _ in headers if name.startswith("Access-Control")]
        kind = {"dashboard.rejects_file": "text/csv; charset=utf-8"}.get(rule.endpoint, "text/html; charset=utf-8")
        # Where its extra is missing, the page of the report says so instead.
        is_pdf = rule.endpoint == "dashboard.report_pdf" and headers["Content-Type"] == "application/pdf"
        assert is_pdf or headers["Content-Type"] == ("image/png" if is_picture else kind), rule.endpoint


def test_no_page_has_inline_script_or_style(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    for rule in rules_of(app):
        if "GET" in (rule.methods or ()) and rule.endpoint != "dashboard.report_pdf":
            text = get(client, path_of(rule, world.mine)).get_data(as_text=True)
            assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", text), rule.endpoint


def test_our_own_files_are_kept_for_good_because_their_address_changes_with_them(app: Flask) -> None:
    page = get(app.test_client(), "/login").get_data(as_text=True)
    path = re.search(r'href="(/static/staff\.css\?v=[0-9a-f]{12})"', page)
    assert path
    with get(app.test_client(), path[1]) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.statement("A14", "T14")
def test_cookies_over_https_are_bound_to_host_and_secure(
    settings: Settings, storage: Storage, clock: FakeClock, world: World
) -> None:
    secure = Settings(data_dir=settings.data_dir, base_url="https://reviews.example.org", secret_keys=SECRET)
    client = make_app(secure, storage, clock).test_client()
    page = client.get("/login", base_url="https://reviews.example.org")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    text = page.get_data(as_text=True)
    answer = client.post(
        "/login",
        data={
            "email": "owner@north.example.org",
            "password": PASSWORD,
            "csrf_token": field_of(text, "csrf_token"),
            "form_key": field_of(text, "form_key"),
        },
        base_url="https://reviews.example.org",
    )
    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_over_plain_http_there_is_no_promise_of_https(app: Flask) -> None:
    assert "Strict-Transport-Security" not in get(app.test_client(), "/login").headers


# ---------------------------------------------------------------- forgery
@pytest.mark.statement("S6", "T14", "A18")
def test_no_form_is_taken_without_its_token(app: Flask, world: World) -> None:
    owner, operator = log_in(app, "owner@north.example.org"), log_in(app, "operator@example.org")
    for rule in rules_of(app):
        if "POST" in (rule.methods or ()):
            client = operator if ROWS[rule.endpoint][1] == "operator" else owner
            path = path_of(rule, world.mine)
            fields = dict(ROWS[rule.endpoint][2])
            assert client.post(path, data=fields, base_url=BASE).status_code == 400, path
            assert client.post(path, data={**fields, "csrf_token": "x"}, base_url=BASE).status_code == 400, path


@pytest.mark.statement("T14")
def test_a_token_of_one_login_does_not_fit_another(app: Flask, world: World) -> None:
    mine = log_in(app, "owner@north.example.org")
    other = log_in(app, "manager@north.example.org")
    stolen = tokens(mine, "/")
    assert other.post("/read-all", data=stolen, base_url=BASE).status_code == 400
    assert mine.post("/read-all", data=stolen, base_url=BASE).status_code == 303


@pytest.mark.statement("T14")
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.net"},
        {"Origin": "null"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_a_token(
    app: Flask, world: World, headers: dict[str, str]
) -> None:
    client = log_in(app, "owner@north.example.org")
    assert client.post("/read-all", data=tokens(client, "/"), headers=headers, base_url=BASE).status_code == 403


@pytest.mark.statement("T14")
def test_reading_changes_nothing(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, "owner@north.example.org")
    before = digest(storage)
    for rule in rules_of(app):
        if "GET" in (rule.methods or ()):
            path = path_of(rule, world.mine)
            get(client, path)
            client.head(path, base_url=BASE)
    assert digest(storage) == before


def digest(storage: Storage) -> list[tuple[str, list[str]]]:
    """Every row of every table, in an order of its own."""
    schema = (Path(__file__).parents[2] / "schema.sql").read_text(encoding="utf-8")
    with storage.session(writable=False) as session:
        return [
            (name, sorted(str(sorted(row.items())) for row in session.execute(f"SELECT * FROM {name}").rows))
            for name in re.findall(r"CREATE TABLE (\w+)", schema)
            if name != "reply_presence"  # that somebody has a reply open is noted by opening it
        ]


@pytest.mark.statement("T22", "A45")
def test_fields_that_a_form_does_not_have_are_refused(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    path = f"/reviews/{world.mine['review']}/hide"
    assert post(client, path, {"reason": "privacy", "publication": "featured"}).status_code == 400
    assert post(client, path, {"reason": ["privacy", "abuse"]}).status_code == 400
    assert get(client, "/inbox?clinic=a&clinic=b").status_code == 400
    assert post(client, path, {"reason": "negative"}).status_code == 400
    assert post(client, path, {"reason": "privacy"}).status_code == 303


def test_a_form_larger_than_a_form_is_refused(app: Flask, world: World) -> None:
    client = log_in(app, "owner@north.example.org")
    answer = post(client, f"/reviews/{world.mine['review']}/hide", {"reason": "x" * 70_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("email", ["", "viewer@north.example.org"])
def test_only_who_may_import_is_listened_to_at_length(app: Flask, world: World, email: str) -> None:
    client = log_in(app, email) if email else app.test_client()
    body = Unread(b"a" * 200_000)
    answer = client.post(
        "/sources/new/file",
        input_stream=body,
        content_length=200_000,
        content_type="multipart/form-data; boundary=x",
        base_url=BASE,
    )
    assert answer.status_code == (403 if email else 303)
    assert not body.was_read


class Unread(io.BytesIO):
    """A body that remembers whether somebody has read it."""

    was_read = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.was_read = True
        return super().read(size)


# ---------------------------------------------------------------- redirects
@pytest.mark.statement("T27", "A21")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example.net", "/\\evil.example.net", "\\\\evil.example.net", "https://evil.example.net",
        "/\t/evil.example.net",
        "/\n/evil.example.net", "javascript:alert(1)", "evil.example.net", "", " /x", "/ /x", "/\x00", "/%5cok\x7f",
        "///x",
        "/a\\b", "http:/x", "/" + "a" * 3000,
    ],
)  # fmt: skip
def test_login_leads_nowhere_else(target: str) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/inbox", "/inbox?stars=1&stars=2", "/reviews/ab?back=%2Finbox#x", "/é"])
def test_login_leads_back_to_our_own_pages(target: str) -> None:
    assert safe_next(target) == target


@given(st.text(max_size=40))
def test_whatever_is_asked_for_begins_with_one_slash(text: str) -> None:
    found = safe_next("/" + text)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


def test_login_uses_the_safe_target(app: Flask, world: World) -> None:
    for target, expected in (("//evil.example.net", "/"), ("/sources", "/sources")):
        client = app.test_client()
        answer = post(
            client,
            "/login",
            {"email": "viewer@north.example.org", "password": PASSWORD, "next": target},
            form_on="/login",
        )
        assert answer.headers["Location"] == expected


# ---------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("x", "unknown"),
    ],
)
def test_attempts_are_counted_by_address_ipv6_by_its_network(address: str | None, key: str) -> None:
    assert address_key(address) == key


@pytest.mark.statement("T31", "A22")
@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.7"), (2, "198.51.100.4")])
def test_forwarded_addresses_are_believed_only_as_far_as_configured(
    settings: Settings, storage: Storage, clock: FakeClock, hops: int, seen: str
) -> None:
    made = make_app(replace(settings, trusted_hops=hops), storage, clock)
    addresses = []
    made.before_request_funcs.setdefault(None, []).insert(0, lambda: addresses.append(request_address()))
    made.test_client().get(
        "/healthz",
        base_url=BASE,
        headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.4, 203.0.113.7", "X-Forwarded-Host": "evil.example.net"},
    )
    assert addresses == [seen]


def request_address() -> str | None:
    assert request.host == "127.0.0.1:8000"
    return request.remote_addr


# ---------------------------------------------------------------- templates
@pytest.mark.statement("T1")
def test_templates_mark_nothing_safe_and_quote_every_attribute() -> None:
    root = Path(__file__).parents[2]
    for path in [*root.glob("templates/base/*"), *root.glob("templates/auth/*"), *root.glob("templates/dashboard/*")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape false|Markup", text), path
        assert not re.search(r"=\{\{", text), path
    for path in root.glob("reviews/web/**/*.py"):
        assert "Markup" not in path.read_text(encoding="utf-8"), path
