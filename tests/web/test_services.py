"""The real parts behind the pages: a test fetch over loopback, a dry run, an import, the scorer."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask

from reviews.config import Settings
from reviews.storage import Storage, review_lists, runs, sources
from reviews.storage.review_lists import ReviewFilters
from reviews.web import create_app
from reviews.web.services import FilesBusy, in_turn
from tests.conftest import FakeClock
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import CSV, World, get, log_in, post
from tests.web.test_staff_sources import MANAGER, mapping, send_file

FILE = object()
PAGE = b"""<!doctype html><html lang="en"><title>Elm</title><body><script type="application/ld+json">
{"@context": "https://schema.org", "@type": "MedicalClinic", "name": "Elm Street Clinic",
 "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.6", "reviewCount": "222"},
 "review": [
  {"@type": "Review", "author": {"@type": "Person", "name": "Ada Lind"}, "datePublished": "2025-03-14",
   "reviewBody": "Everybody was kind.", "reviewRating": {"@type": "Rating", "ratingValue": "5"}},
  {"@type": "Review", "author": {"@type": "Person", "name": "Bo Berg"}, "datePublished": "2025-02-01",
   "reviewBody": "I waited an hour.", "reviewRating": {"@type": "Rating", "ratingValue": "2"}}]}
</script></body></html>"""


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of a small website: a page with reviews, and nothing else."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path == "/reviews"
            self.send_response(200 if is_page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE if is_page else b"")

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def real(settings: Settings, storage: Storage, clock: FakeClock, site: int) -> Iterator[Flask]:
    made = create_app(
        replace(settings, allow_private_nets=("127.0.0.0/8",), allow_ports=(site,)),
        storage,
        clock=clock,
        book=BOOK,
        catalogue=CATALOGUE,
    )
    made.testing = True
    yield made
    made.extensions["reviews"].services.close()


@pytest.mark.slow
@pytest.mark.statement("S53")
def test_a_test_fetch_reads_a_real_page(real: Flask, world: World, site: int) -> None:
    client = log_in(real, MANAGER)
    form = {"url": f"http://127.0.0.1:{site}/reviews", "clinic": world.mine["clinic"]}
    text = post(client, "/sources/new/page", form, form_on="/sources/new/page").get_data(as_text=True)
    assert "Elm Street Clinic" in text
    assert "222 reviews" in text
    assert "Everybody was kind." in text
    assert "2 reviews on the first page." in text
    gone = post(
        client, "/sources/new/page", {**form, "url": f"http://127.0.0.1:{site}/gone"}, form_on="/sources/new/page"
    )
    assert gone.status_code == 400
    assert "The page was not there." in gone.get_data(as_text=True)


@pytest.mark.statement("T6")
def test_a_test_fetch_does_not_reach_private_addresses(
    settings: Settings, storage: Storage, clock: FakeClock, world: World, site: int
) -> None:
    made = create_app(replace(settings, allow_ports=(site,)), storage, clock=clock, book=BOOK, catalogue=CATALOGUE)
    client = log_in(made, MANAGER)
    form = {"url": f"http://127.0.0.1:{site}/reviews", "clinic": world.mine["clinic"]}
    answer = post(client, "/sources/new/page", form, form_on="/sources/new/page")
    assert answer.status_code == 400
    assert "Everybody was kind." not in answer.get_data(as_text=True)
    made.extensions["reviews"].services.close()


@pytest.mark.slow
def test_a_file_is_checked_imported_and_taken_back_for_real(real: Flask, world: World, storage: Storage) -> None:
    client = log_in(real, MANAGER)
    path = send_file(client, CSV).headers["Location"]
    checked = post(client, f"{path}/check", mapping(world), form_on=path).get_data(as_text=True)
    assert re.search(r"<dt>New</dt><dd>2</dd>", checked)
    assert "1 record could not be read" in checked
    answer = post(client, f"{path}/import", mapping(world), form_on=path)
    assert answer.status_code == 303
    result = get(client, answer.headers["Location"]).get_data(as_text=True)
    assert "1 record could not be read" in result
    with storage.read() as tx:
        g = tx.group(world.group_id)
        source = sources.find_sources(g)[-1]
        assert len(review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 9).rows) == 2
        [run] = runs.find_runs(g, source.id)
    assert post(client, f"/imports/{run.public_id}/undo", form_on=answer.headers["Location"]).status_code == 303
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 9).rows == ()


@pytest.mark.slow
def test_the_words_behind_a_sentiment_are_marked(real: Flask, world: World) -> None:
    text = get(log_in(real, MANAGER), f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert '<mark class="pos">kind</mark>' in text
    assert "How this was read" in text


def test_files_hold_only_some_threads_of_a_process_and_the_others_are_told(app: Flask, world: World) -> None:
    turns = threading.BoundedSemaphore(1)
    work = in_turn(lambda body, name, column: FILE, turns, wait_seconds=0)
    assert work(b"", "a.csv", None) is work(b"", "b.csv", None), "each gives its turn back"
    parts = app.extensions["reviews"]
    app.extensions["reviews"] = replace(parts, services=replace(parts.services, look_at_file=work))
    client = log_in(app, MANAGER)
    with turns:
        with pytest.raises(FilesBusy):
            work(b"", "c.csv", None)
        answer = send_file(client, CSV)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Other files are being read" in answer.get_data(as_text=True)
