"""Saved views, and lists as files: the same rows, in the chosen columns, with nothing that a spreadsheet would run."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews.storage import Storage, audit, erasure, review_lists, reviews, sources, work
from reviews.web.tables import neutral
from tests.web.support import BASE, NOW, World, add_run, get, log_in, make_review, post, tokens
from tests.web.test_staff_reviews import OWNER, VIEWER, fill
from tests.web.test_staff_work import page

MANAGER = "manager@north.example.org"


def export(client: FlaskClient, format_: str, query: str = "", columns: tuple[str, ...] = ()) -> bytes:
    data = {**tokens(client, "/inbox/views"), "format": format_, "columns": list(columns)}
    answer = client.post(f"/inbox/export?{query}", data=data, base_url=BASE)
    assert answer.status_code == 200
    assert f".{format_}" in answer.headers["Content-Disposition"]
    body = answer.get_data()
    answer.close()
    return body


@pytest.mark.statement("S49")
def test_a_file_has_the_rows_and_columns_of_the_list_and_says_what_it_is(
    app: Flask, world: World, storage: Storage
) -> None:
    fill(storage, world, 12)
    client = log_in(app, MANAGER)
    columns = ("stars", "author", "text", "written")
    lines = list(csv.reader(io.StringIO(export(client, "csv", "stars=5&stars=2", columns).decode("utf-8-sig"))))
    about, table = (
        [line for line in lines if line[0].startswith("# ")],
        [li for li in lines if not li[0].startswith("# ")],
    )
    assert "2026-11-22 09:00 UTC" in about[0][0]
    assert "2, 5 stars" in about[1][0]
    assert table[0] == ["Stars", "Author", "Text", "Written"]
    found = json.loads(export(client, "json", "stars=5&stars=2", columns))
    assert found["about"] == [line[0].removeprefix("# ") for line in about]
    assert [list(each) for each in found["reviews"]] == [list(columns)] * len(found["reviews"])
    assert len(found["reviews"]) == len(table) - 1 == 9
    assert found["reviews"][0] == {
        "stars": 5.0, "author": "Zoé Roy", "text": "Équipe très gentille.", "written": "2026-11-20",
    }  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(export(client, "xlsx", "stars=5&stars=2", columns))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert sheet.count("<row>") == len(table)
        assert "<v>5.0</v>" in sheet
        assert "2, 5 stars" in book.read("xl/worksheets/sheet2.xml").decode()
    with storage.read() as tx:
        entries = [each for each in audit.find_entries(tx.group(world.group_id)) if each.action == "reviews.exported"]
    assert [each.after["format"] for each in entries] == ["xlsx", "json", "csv"]
    assert entries[0].after["filters"] == {"stars": ["5", "2"]}


@pytest.mark.statement("S50")
@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\ufeff=", "\u200b\u00a0@", "＝", "\u3000＋"]
)
def test_cells_that_would_run_are_text(start: str) -> None:
    assert neutral(f"{start}1+1") == f"'{start}1+1"
    assert (neutral("a=1"), neutral(-1), neutral(None)) == ("a=1", -1, None)


@pytest.mark.statement("S50", "F8")
def test_hostile_and_forgotten_words_do_not_leave(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, source, [make_review("z", text='=HYPERLINK("x")', author="@me", days_ago=0)], now=NOW + timedelta(1))
        held = reviews.get_review_by_public_id(g, world.mine["review"])
        erasure.erase(g, held.id, NOW)
    client = log_in(app, MANAGER)
    text = export(client, "csv", "", ("author", "text")).decode("utf-8-sig")
    assert '\'@me,"\'=HYPERLINK(""x"")"' in text
    assert "marker-North" not in text
    sheet = zipfile.ZipFile(io.BytesIO(export(client, "xlsx", "", ("text",)))).read("xl/worksheets/sheet1.xml").decode()
    assert '<c t="inlineStr"><is><t xml:space="preserve">=HYPERLINK("x")</t></is></c>' in sheet
    assert "<f>" not in sheet


def test_only_managers_export_and_only_known_formats(app: Flask, world: World) -> None:
    assert post(log_in(app, VIEWER), "/inbox/export", {"format": "csv"}, form_on="/inbox/views").status_code == 403
    assert "/inbox/export" not in page(log_in(app, VIEWER), "/inbox/views")
    client = log_in(app, MANAGER)
    assert post(client, "/inbox/export", {"format": "exe"}, form_on="/inbox/views").status_code == 400
    foreign = post(client, f"/inbox/export?clinic={world.other['clinic']}", {"format": "csv"}, form_on="/inbox/views")
    assert foreign.status_code == 404


@pytest.mark.statement("S48")
def test_a_saved_view_is_a_tab_with_its_filters_for_oneself_or_for_all(app: Flask, world: World) -> None:
    owner, viewer = log_in(app, OWNER), log_in(app, VIEWER)
    text = page(owner, "/inbox?stars=5&language=en")
    link = re.search(r'href="(/inbox/views\?[^"]*)"', text)
    assert link is not None
    action = re.search(r'action="(/inbox/views\?[^"]*)"', page(owner, unescape(link[1])))
    assert action is not None
    for name, shared in (("Praise", "yes"), ("My own", "no")):
        sent = {"name": name, "shared": shared, "is_tab": "yes"}
        assert post(owner, unescape(action[1]), sent, form_on="/inbox/views").status_code == 303
    tabs = re.findall(r'<li><a href="([^"]*)"[^>]*>(Praise|My own)</a>', page(owner, "/inbox"))
    assert [name for _, name in tabs] == ["Praise", "My own"]
    assert re.findall(r">(Praise|My own)</a>", page(viewer, "/inbox")) == ["Praise"]
    opened = page(owner, unescape(tabs[0][0]))
    assert 'aria-current="page">Praise</a>' in opened
    assert "2 reviews" in opened
    key = re.findall(r'name="view" value="([^"]*)"', page(owner, "/inbox/views"))
    assert post(viewer, "/inbox/views/delete", {"view": key[0]}, form_on="/inbox/views").status_code == 400
    assert post(viewer, "/inbox/views/delete", {"view": key[1]}, form_on="/inbox/views").status_code == 404
    assert post(owner, "/inbox/views/delete", {"view": key[0]}, form_on="/inbox/views").status_code == 303
    assert get(viewer, "/inbox").get_data(as_text=True).count("Praise") == 0


@pytest.mark.statement("S48")
def test_a_saved_view_gives_its_file_in_the_columns_that_it_was_saved_with(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    data = {"name": "Stars for the board", "columns": ["stars", "written"]}
    assert post(client, "/inbox/views?stars=5", data, form_on="/inbox/views?stars=5").status_code == 303
    shown = page(client, "/inbox/views")
    part = shown[shown.index("Stars for the board") :]
    form = part[part.index('action="/inbox/export') : part.index("</form>")]
    action = re.match(r'action="([^"]+)"', form)
    assert action is not None
    columns = re.findall(r'name="columns" value="(\w+)"', form)
    sent = {**tokens(client, "/inbox/views"), "format": "json", "columns": columns}
    answer = client.post(unescape(action[1]), data=sent, base_url=BASE)
    rows = json.loads(answer.get_data())["reviews"]
    assert rows
    assert [list(row) for row in rows] == [["stars", "written"]] * len(rows)
    assert min(row["stars"] for row in rows) >= 4.5, "halves count as the next whole star"


@pytest.mark.statement("S4", "S48", "S49")
def test_order_and_columns_live_in_the_address_in_views_and_in_files(
    app: Flask, world: World, storage: Storage
) -> None:
    fill(storage, world, 30)
    client = log_in(app, MANAGER)
    look = "sort=lowest&show=stars&show=first_read"
    first = page(client, f"/inbox?{look}")
    assert 'value="lowest" selected' in first
    assert "Terrible" not in first, "no text, which is not among the columns"
    assert "first read" in first
    titles, address, opened = [], f"/inbox?{look}", 0
    while address:
        text = page(client, address)
        titles += re.findall(r'data-id="(\w+)"', text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = unescape(following[1]) if following else ""
        assert not address or look.split("&")[0] in address
        opened += 1
    assert opened == 2
    with storage.read() as tx:
        found = review_lists.find_reviews(tx.group(world.group_id), review_lists.ReviewFilters(), 99, None, "lowest")
    assert titles == [row.public_id for row in found.rows]
    stars = [row["stars"] for row in json.loads(export(client, "json", look))["reviews"]]
    known = [each for each in stars if each is not None]
    assert known == sorted(known)
    assert stars[len(known) :] == [None] * (len(stars) - len(known))
    whole = json.loads(export(client, "json", look))
    assert "Order: Lowest stars first" in whole["about"]
    assert [list(row) for row in whole["reviews"]] == [["stars", "title", "first_read"]] * len(whole["reviews"])
    views = page(client, f"/inbox/views?{look}")
    assert 'name="columns" value="stars" checked' in views
    assert 'name="columns" value="author" checked' not in views
    sent = {"name": "Worst first", "is_tab": "yes"}
    assert post(client, f"/inbox/views?{look}", sent, form_on=f"/inbox/views?{look}").status_code == 303
    tab = re.search(r'href="([^"]*)"[^>]*>Worst first</a>', page(client, "/inbox"))
    assert tab
    assert "sort=lowest" in tab[1]
    assert 'aria-current="page">Worst first</a>' in page(client, unescape(tab[1]))


@pytest.mark.statement("S4", "S5")
def test_a_page_of_what_waits_longest_goes_on_where_it_was_though_its_last_review_was_answered(
    app: Flask, world: World, storage: Storage
) -> None:
    fill(storage, world, 60)
    client = log_in(app, MANAGER)
    first = page(client, "/inbox?sort=waiting")
    seen = re.findall(r'data-id="(\w+)"', first)
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    with storage.write() as tx:
        g = tx.group(world.group_id)
        for public_id in seen:
            work.set_work(g, reviews.get_review_by_public_id(g, public_id), "closed", NOW)
    second = re.findall(r'data-id="(\w+)"', page(client, unescape(following[1])))
    assert len(second) == 25
    assert not set(second) & set(seen)
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert {reviews.get_review_by_public_id(g, each).work for each in second} == {"new"}


@pytest.mark.parametrize("query", ["sort=random", "show=secrets", "sort=", "show="])
def test_an_order_or_column_that_there_is_not_is_as_usual(app: Flask, world: World, query: str) -> None:
    client = log_in(app, VIEWER)
    without_keys = [
        re.sub(r'name="(form_key|csrf_token)" value="[^"]*"', "", page(client, path))
        for path in ("/inbox", f"/inbox?{query}")
    ]
    assert without_keys[0] == without_keys[1]


@pytest.mark.statement("A44", "R24")
def test_a_long_export_is_made_while_it_is_sent(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = review_lists.find_reviews

    def find(g: object, filters: object, limit: int = 50, *more: object) -> object:
        asked.append(limit)
        return real(g, filters, limit, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("reviews.web.dashboard.export.PIECE", 1)
    monkeypatch.setattr(review_lists, "find_reviews", find)
    client = log_in(app, MANAGER)
    data = {**tokens(client, "/inbox/views"), "format": "json", "columns": ["text"]}
    asked.clear()
    answer = client.post("/inbox/export", data=data, base_url=BASE)
    assert answer.is_streamed
    before = len(asked)
    assert before <= 1, "no row was read for what nobody has taken yet"
    answer.get_data()
    answer.close()
    assert len(asked) - before >= 4
    assert set(asked) == {1}
