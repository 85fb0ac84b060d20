"""What the public side answers when a path is no snapshot."""

import json
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews.config import Settings
from reviews.errors import StorageUnavailable
from reviews.web.widget import blueprint


class Away:
    """A database that does not answer."""

    def read(self) -> None:
        raise StorageUnavailable("the database is away")


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app = Flask(__name__)
    app.extensions["reviews"] = SimpleNamespace(storage=Away(), settings=Settings(data_dir=tmp_path))
    app.register_blueprint(blueprint)
    return app.test_client()


def test_data_of_a_widget_that_is_gone_says_so_in_the_shape_that_the_script_reads(client: FlaskClient) -> None:
    for path in ("/w/elm-street/data.json", "/w/elm-street/data.fr.json"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert json.loads(answer.data) == {"v": 1, "state": "gone", "widget": "elm-street"}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_everything_else_that_does_not_exist_is_a_plain_404_without_a_cookie(client: FlaskClient) -> None:
    for path in (
        "/w/x/embed.html",
        "/w/x/<script>",
        "/widget/v9.js",
        "/oembed?url=http://127.0.0.1:8000/r/x",
        "/r/x",
        "/r/x/how",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert b"<" not in answer.data
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_slash_too_many_leads_to_the_page_on_this_host_and_nowhere_else(client: FlaskClient) -> None:
    assert client.get("/r/elm-street/").headers["Location"] == "/r/elm-street"
    for path in ("/r//evil.example/", "/r/%2F%2Fevil.example/"):
        place = urlsplit(client.get(path).headers["Location"])
        assert place.netloc in ("", "localhost")
        assert place.path.startswith("/r/")
