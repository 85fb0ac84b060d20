"""Reports: one template, frozen inputs, links that end; what was hidden, answered and not read stands in them."""

import re
import sys
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from reviews.clock import to_text
from reviews.config import Settings
from reviews.publish import pdf
from reviews.reputation.report import RECIPE, read_report
from reviews.storage import Storage, audit, clinics, deliveries, erasure, people, reports, reviews, sources, summaries
from reviews.storage.branding import StoredLogo
from reviews.web import create_app
from reviews.web.dashboard.reports import data_url
from tests.conftest import FakeClock
from tests.unit.test_pictures_and_colours import picture
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, NOW, PASSWORD_HASH, World, add_run, get, log_in, make_review, post, tokens
from tests.web.test_staff_reviews import OWNER, fill
from tests.web.test_staff_work import page

MANAGER = "manager@north.example.org"


@pytest.fixture
def ready(world: World, storage: Storage) -> World:
    """The small world with monthly figures, a hidden review, an answer and a reading that failed."""
    fill(storage, world, 5)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        source = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, source, [], now=NOW - timedelta(days=3), outcome="unavailable", success=False)
        for clinic in clinics.find_clinics(g):
            summaries.refresh_months(g, clinic.id)
    return world


def make(client: FlaskClient) -> str:
    answer = post(client, "/reports", {"month": "2026-11"}, form_on="/reports")
    assert answer.status_code == 303
    return answer.headers["Location"]


def body(html: str, *, with_stars: bool = False) -> str:
    """The words of a report's body; with stars as their pictures say them."""
    part = html[html.index('<article class="report') : html.index("</article>")]
    if with_stars:
        part = re.sub(r'<svg class="stars"[^>]*aria-label="([^"]*)".*?</svg>\s*</svg>', r"\1", part, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split())


def share(client: FlaskClient, path: str, **more: str) -> str:
    sent = {"days": "7", "language": "en", **more}
    assert post(client, f"{path}/links", sent, form_on=path).status_code == 303
    found = re.search(r'value="http://127.0.0.1:8000(/report/[^"]+)"', page(client, path))
    assert found is not None
    return found[1]


@pytest.mark.statement("S42")
def test_a_report_says_what_was_written_done_hidden_and_not_read(app: Flask, ready: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    review = f"/reviews/{ready.mine['review']}"
    assert post(client, f"{review}/hide", {"reason": "privacy"}, form_on=review).status_code == 303
    with storage.read() as tx:
        rows = [reviews.get_review_by_public_id(tx.group(ready.group_id), ready.mine["review"])]
    assert rows[0].publication == "hidden"
    text = body(page(client, make(client)))
    assert text.startswith("North Clinics 3 reviews were written in November 2026.")
    assert "There were too few ratings to compare" in text
    assert "Privacy: it names somebody" in text
    assert "Manager North" in text
    assert "Own website – North Street Physiotherapy Did not answer 1 2026-11-19 09:00" in text
    assert "Own website 4.6 222" in text
    assert "A mean of fewer than five says nothing" in text
    assert "marker-North" not in text


@pytest.mark.statement("S41")
def test_screen_and_link_have_the_same_words(app: Flask, ready: World) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    screen = page(client, path)
    link = share(client, path, authors="yes")
    answer = app.test_client().get(link, base_url=BASE)
    assert answer.status_code == 200
    assert body(answer.get_data(as_text=True)) == without_names(screen)
    assert "noindex" in answer.headers["X-Robots-Tag"]


def without_names(screen: str) -> str:
    """The screen's words as a link has them: Ontario lets nobody be named outside without consent."""
    inside = body(screen)
    assert "Bo Berg" in inside
    for author in ("Ada Lind", "Bo Berg", "Zoé Roy"):
        inside = inside.replace(f" {author}", "")
    return inside


def squeeze(text: str) -> str:
    """A text without white space and without the marks that only tell directions: columns and lines fall away."""
    return re.sub(r"[\s\u200e\u200f\u2066-\u2069]+", "", text)


@pytest.mark.statement("S41")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_screen_print_pdf_and_link_have_the_same_words(app: Flask, ready: World) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    screen = page(client, path)
    link = app.test_client().get(share(client, path, authors="yes"), base_url=BASE).get_data(as_text=True)
    answer = get(client, f"{path}/pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    made = answer.get_data()
    document = PdfReader(BytesIO(made))
    printed = squeeze("".join(each.extract_text() for each in document.pages))
    for number in range(len(document.pages), 0, -1):
        printed = printed.replace(f"{number}/{len(document.pages)}", "", 1)
    assert printed.replace("•", "") == "ReportofNovember2026" + squeeze(body(screen, with_stars=True))
    assert body(link) == without_names(screen)
    # Paper is the screen's own page: no part of the report's body is kept from it.
    assert "no-print" not in screen[screen.index("<article") : screen.index("</article>")]
    root = document.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert get(client, f"{path}/pdf").get_data() == made, "the same report gives the same bytes"
    assert get(log_in(app, "owner@south.example.org"), f"{path}/pdf").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_the_extra_the_page_says_how_to_get_it(
    app: Flask, ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    monkeypatch.setattr(pdf, "has_writer", lambda: False)
    monkeypatch.setattr(pdf, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
    assert "clinic-reviews[pdf]" in unescape(page(client, path))
    answer = get(client, f"{path}/pdf")
    assert (answer.status_code, "done=no-pdf" in answer.headers["Location"]) == (303, True)


def test_a_pdf_fetches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for readers")
    html = (
        f'<html lang="en"><title>x</title><p>Words</p><img alt="" src="file://{secret}"><object data="file://{secret}">'
    )
    made = PdfReader(BytesIO(pdf.write_pdf(html, "x")))
    assert made.pages[0].extract_text().strip() == "Words\n1 / 1"


def test_a_pdf_holds_the_logo_that_stands_in_its_page() -> None:
    logo = StoredLogo(digest="d", content_type="image/webp", width=40, height=20, body=picture("WEBP"))
    html = f'<html lang="en"><title>x</title><p>Words</p><img alt="North" src="{data_url(logo)}">'
    (image,) = PdfReader(BytesIO(pdf.write_pdf(html, "x"))).pages[0].images
    assert image.image is not None
    assert image.image.size == (40, 20)


@pytest.mark.statement("S43")
def test_a_report_stays_what_it_was_until_words_must_go(
    app: Flask, ready: World, storage: Storage, clock: FakeClock
) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    first = page(client, path)
    with storage.write() as tx:
        g = tx.group(ready.group_id)
        source = sources.get_source_by_public_id(g, ready.mine["page"])
        add_run(g, source, [make_review("later", stars=100, days_ago=1)], now=NOW + timedelta(minutes=9))
        summaries.refresh_months(g, source.clinic_id)
        stored = reports.find_reports(g)[0]
        assert read_report(stored.inputs, stored.recipe) == read_report(stored.inputs, RECIPE)
        with pytest.raises(ValueError, match="not known"):
            read_report(stored.inputs, RECIPE + 1)
    clock.advance(minutes=20)
    again = page(client, path)
    assert body(again) == body(first)
    assert "marker-North Very kind" in body(first)
    with storage.write() as tx:
        g = tx.group(ready.group_id)
        erasure.erase(g, reviews.get_review_by_public_id(g, ready.mine["review"]).id, NOW)
    gone = body(page(client, path))
    assert "marker-North" not in gone
    assert "A review stood here that is no longer kept." in gone


@pytest.mark.statement("S44")
def test_a_link_ends_and_can_be_ended_asks_its_password_and_counts_views_only(
    app: Flask, ready: World, clock: FakeClock
) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    link = share(client, path, password="tall green lighthouse")
    assert len(link.rpartition("/")[2]) > 50
    stranger = app.test_client()
    asked = stranger.get(link, base_url=BASE).get_data(as_text=True)
    assert "marker-North" not in asked
    assert "A report for you" in asked
    wrong = stranger.post(link, data={**tokens(stranger, link), "password": "no"}, base_url=BASE)
    assert (wrong.status_code, "This is not its password." in wrong.get_data(as_text=True)) == (403, True)
    right = stranger.post(
        link, data={**tokens(stranger, link), "password": "tall green lighthouse"}, base_url=BASE
    ).get_data(as_text=True)
    assert "marker-North" in right
    assert "Ada Lind" not in right
    assert "looked at 1 time" in page(client, path)
    assert get(stranger, link[:-1]).status_code == 404
    assert get(stranger, "/reports").status_code == 303
    key = re.search(r'name="link" value="([^"]+)"', page(client, path))
    assert key is not None
    assert post(client, f"{path}/links/revoke", {"link": key[1]}, form_on=path).status_code == 303
    assert get(stranger, link).status_code == 404
    second = share(client, path)
    assert get(stranger, second).status_code == 200
    clock.advance(days=8)
    assert get(stranger, second).status_code == 404


def test_a_password_cannot_be_guessed(app: Flask, ready: World, clock: FakeClock) -> None:
    client = log_in(app, MANAGER)
    link = share(client, make(client), password="tall green lighthouse")

    def guess(password: str, address: str = "198.51.100.7") -> int:
        stranger = app.test_client()
        sent = {**tokens(stranger, link), "password": password}
        return stranger.post(link, data=sent, base_url=BASE, environ_base={"REMOTE_ADDR": address}).status_code

    assert [guess("no") for _ in range(10)] == [403] * 10
    assert guess("tall green lighthouse") == 429
    assert guess("tall green lighthouse", "198.51.100.8") == 200
    clock.advance(minutes=16)
    assert guess("tall green lighthouse") == 200


@pytest.mark.parametrize(
    ("origin", "days_ago", "on_screen", "behind_link"),
    [
        ("google_places", 0, "marker-North", "terms or rules keep on the staff side"),
        ("google_business", 31, "no longer kept", "no longer kept"),
    ],
)
def test_quotes_ask_terms_and_rules_when_they_are_drawn(
    app: Flask, ready: World, storage: Storage, origin: str, days_ago: int, on_screen: str, behind_link: str
) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    link = share(client, path)
    with storage.session(writable=True) as session:
        values = {"origin": origin, "at": to_text(NOW - timedelta(days=days_ago)), "id": ready.mine["review"]}
        session.execute("UPDATE reviews SET origin = :origin, last_read_at = :at WHERE public_id = :id", values)
    outside = body(get(app.test_client(), link).get_data(as_text=True))
    assert on_screen in body(page(client, path))
    assert behind_link in outside
    assert "marker-North" not in outside


@pytest.mark.statement("S45")
def test_who_sees_some_clinics_makes_reports_of_those_only(app: Flask, ready: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(ready.group_id)
        lane = clinics.add_clinic(g, slug="lane", name="Lane Clinic", now=NOW)
        for number, places in enumerate(([lane.id], [each.id for each in clinics.find_clinics(g)])):
            person = people.add_person(
                tx, email=f"some{number}@north.example.org", name="Some", password_hash=PASSWORD_HASH, now=NOW
            )
            people.add_membership(g, person_id=person.id, role="manager", now=NOW, clinic_ids=places)
    assert (
        post(log_in(app, "some1@north.example.org"), "/reports", {"month": "2026-11"}, form_on="/reports").status_code
        == 400
    )
    review = f"/reviews/{ready.mine['review']}"
    owner = log_in(app, OWNER)
    assert post(owner, f"{review}/hide", {"reason": "privacy"}, form_on=review).status_code == 303
    client = log_in(app, "some0@north.example.org")
    mine = body(page(client, make(client)))
    assert mine.startswith("North Clinics · Lane Clinic 0 reviews")
    assert ready.mine["review"] not in mine


def test_a_posted_reply_stands_in_the_reports_of_group_and_clinic(app: Flask, ready: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(ready.group_id)
        place = clinics.find_clinics(g)[0]
        for action in ("reply.approve", "reply.posted", "reply.post_by_hand"):
            audit.add_entry(
                g, now=NOW, person_id=ready.person_ids[OWNER], action=action, object_kind="reply", object_id="r",
                after={"state": "posted", "review": ready.mine["review"]},
            )  # fmt: skip
    client = log_in(app, MANAGER)
    for chosen in ("", place.public_id):
        answer = post(client, "/reports", {"month": "2026-11", "clinic": chosen}, form_on="/reports")
        text = body(page(client, answer.headers["Location"]))
        assert "2 replies were noted here in this month." in text
        assert f"{ready.mine['review']} Owner North" in text


def test_only_those_who_manage_make_and_share(app: Flask, ready: World) -> None:
    path = make(log_in(app, OWNER))
    viewer = log_in(app, "viewer@north.example.org")
    assert get(viewer, path).status_code == 200
    assert "/links" not in page(viewer, path)
    assert post(viewer, "/reports", {"month": "2026-11"}, form_on="/inbox").status_code == 403
    assert post(log_in(app, MANAGER), "/reports", {"month": "soon"}, form_on="/reports").status_code == 400
    assert get(log_in(app, "owner@south.example.org"), path).status_code == 404


def test_everybody_who_sees_reports_chooses_the_monthly_mail_for_themselves(
    app: Flask, ready: World, storage: Storage
) -> None:
    viewer = log_in(app, "viewer@north.example.org")
    answer = post(viewer, "/reports/subscription", {"wish": "yes", "of": ""}, form_on="/reports")
    assert answer.status_code == 303
    assert "Stop these mails" in page(viewer, "/reports")
    assert "Stop these mails" not in page(log_in(app, MANAGER), "/reports")
    with storage.read() as tx:
        (found,) = reports.find_subscriptions(tx.group(ready.group_id))
        assert found.clinic_id is None
    stranger = post(viewer, "/reports/subscription", {"wish": "yes", "of": "nobody"}, form_on="/reports")
    assert stranger.status_code == 404
    assert post(viewer, "/reports/subscription", {"wish": "no", "of": ""}, form_on="/reports").status_code == 303
    assert "Send it to me" in page(viewer, "/reports")


def test_a_report_is_sent_now_to_who_may_open_it_once_a_minute(
    app: Flask, ready: World, storage: Storage, settings: Settings
) -> None:
    client = log_in(app, MANAGER)
    path = make(client)
    assert "No mail server is set up" in page(client, path)
    posting = create_app(
        replace(settings, smtp_host="mail.example.org"), storage, clock=FakeClock(), book=BOOK, catalogue=CATALOGUE
    )
    client = log_in(posting, MANAGER)
    offered = re.findall(r'<option value="(\w+)">(\w+ North)</option>', page(client, path))
    assert [name for _, name in offered] == ["Manager North", "Editor North", "Owner North", "Viewer North"]
    to = {name: key for key, name in offered}["Owner North"]
    for _ in range(2):
        answer = post(client, f"{path}/send", {"to": to}, form_on=path)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?done=report-sent")
    assert "on its way by mail" in page(client, f"{path}?done=report-sent")
    assert post(client, f"{path}/send", {"to": "nobody"}, form_on=path).status_code == 400
    with storage.read() as tx:
        g = tx.group(ready.group_id)
        sent = [each.delivery for each in deliveries.find_log(g, limit=10) if each.delivery.kind == "report"]
        assert [(each.recipient, each.payload) for each in sent] == [
            (f"person:{to}", {"report": path.rsplit("/", 1)[-1]})
        ]
        assert audit.find_entries(g, object_kind="report", limit=1)[0].action == "report.sent"
