"""Many words from a file: seen before they are saved, refused as a whole with line and reason, on both engines."""

import io
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviews.storage import Storage, audit, lexicon
from tests.web.support import BASE, World, field_of, get, log_in, tokens

PAGE = "/themes/words/file"
CSV = "word,points,group,reason\nkind,-3,complaint,a street of that name\nbrisk,1,praise,said of the desk\n"


def send(client: FlaskClient, body: bytes, name: str = "words.csv", language: str = "en") -> TestResponse:
    form = {**tokens(client, PAGE), "language": language, "file": (io.BytesIO(body), name)}
    return client.post(PAGE, data=form, base_url=BASE, content_type="multipart/form-data")


def words_of(storage: Storage, world: World) -> dict[str, float | None]:
    with storage.read() as tx:
        return {each.entry.term: each.entry.points for each in lexicon.find_entries(tx.group(world.group_id))}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_shows_what_it_changes_and_is_saved_only_then(
    app: Flask, world: World, storage: Storage, kind: str
) -> None:
    client = log_in(app, "editor@north.example.org")
    rows = [dict(zip(CSV.splitlines()[0].split(","), line.split(","), strict=True)) for line in CSV.splitlines()[1:]]
    body = CSV.encode() if kind == "csv" else json.dumps(rows).encode()
    tried = send(client, body, f"words.{kind}")
    page = tried.get_data(as_text=True)
    assert tried.status_code == 200
    assert "a street of that name" in page
    assert "1 holds one of the words." in page
    assert words_of(storage, world) == {}
    table = page.partition('<textarea name="table" hidden>')[2].partition("</textarea>")[0]
    form = {"csrf_token": field_of(page, "csrf_token"), "form_key": field_of(page, "form_key"), "language": "en"}
    for _ in range(2):  # a double press saves once
        saved = client.post(f"{PAGE}/save", data={**form, "table": table}, base_url=BASE)
        assert saved.status_code == 303
    assert words_of(storage, world) == {"kind": -3.0, "brisk": 1.0}
    with storage.read() as tx:
        acts = [e for e in audit.find_entries(tx.group(world.group_id), limit=20) if e.action == "lexicon.imported"]
    assert [act.after for act in acts] == [{"language": "en", "kind": "words", "rows": 2}]
    assert "brisk" in get(client, "/themes/words").get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"word,points,group,reason\nkind,99,complaint,x\n", "line 2"),
        (b"word,points\nkind,1\n", "line 1"),
        (b"\xff\xfe\x00", "CSV or JSON file"),
        (b"[1, 2]", "CSV or JSON file"),
        (b"[" * 5000, "CSV or JSON file"),
        (b"", "CSV or JSON file"),
        (b"word,points,group,reason\n" + b"x" * 20_000, "at most 20,000 characters"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole_and_says_where(
    app: Flask, world: World, storage: Storage, body: bytes, said: str
) -> None:
    answer = send(log_in(app, "editor@north.example.org"), body)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert words_of(storage, world) == {}
