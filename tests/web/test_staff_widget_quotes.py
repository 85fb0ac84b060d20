"""Widgets: quotes chosen by hand with the reason for it, the rule that acts, the check of a website, search engines."""

from typing import Any

import pytest
from flask import Flask

from reviews.errors import SourceUnavailable
from reviews.publish.embed_check import Fault
from reviews.storage import audit, permissions, reviews, widgets
from tests.web.support import NOW, FakeServices, World, get, log_in, post

EDITOR = "editor@north.example.org"
GOOD = {
    "basis": "published",
    "proof": "https://north.example.org/reviews#1",
    "given_on": "2026-11-01",
    "covers": ["name"],
    "read": "yes",
}


def quotes(world: World) -> str:
    return f"/widgets/{world.mine['widget']}/quotes"


def publication(world: World) -> str:
    with world.storage.read() as tx:
        return reviews.get_review_by_public_id(tx.group(world.group_id), world.mine["review"]).publication


def ledger(world: World) -> list[permissions.Permission]:
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        return permissions.find_permissions(g, reviews.get_review_by_public_id(g, world.mine["review"]).id)


@pytest.mark.statement("W61", "W64")
def test_a_review_is_chosen_with_its_reason_and_taken_back_again(app: Flask, world: World) -> None:
    client, page = log_in(app, EDITOR), f"{quotes(world)}/{world.mine['review']}"
    answer = post(client, page, GOOD, form_on=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{quotes(world)}?done=featured")
    assert publication(world) == "featured"
    [entry] = ledger(world)
    assert (entry.basis, entry.proof, entry.covers, entry.given_on) == (
        "published", "https://north.example.org/reviews#1", ("name",), "2026-11-01",
    )  # fmt: skip
    html = get(client, quotes(world)).get_data(as_text=True)
    assert "https://north.example.org/reviews#1" in html
    assert post(client, f"{page}/withdraw", form_on=quotes(world)).status_code == 303
    assert publication(world) == "listed"
    assert ledger(world)[0].withdrawn_why == "asked"
    with world.storage.read() as tx:
        actions = [entry.action for entry in audit.find_entries(tx.group(world.group_id))]
    assert {"review.featured", "review.shown"} <= set(actions)


@pytest.mark.statement("W61")
@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": "asked at the desk"},
        {"proof": ""},
        {"proof": "a drawer"},
        {"given_on": "2027-01-01"},
        {"given_on": "yesterday"},
        {"valid_until": "2026-01-01"},
        {"read": ""},
    ],
)
def test_without_a_reason_a_day_and_the_whole_text_read_nothing_is_chosen(
    app: Flask, world: World, wrong: dict[str, Any]
) -> None:
    client, page = log_in(app, EDITOR), f"{quotes(world)}/{world.mine['review']}"
    answer = post(client, page, {**GOOD, **wrong}, form_on=page)
    assert answer.status_code == 400
    assert "Please look at this again" in answer.get_data(as_text=True)
    assert publication(world) == "listed"
    assert ledger(world) == []


@pytest.mark.statement("W61", "W60")
def test_the_rule_of_choice_is_changed_and_knows_no_stars(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    assert post(client, quotes(world), {"choice": "best"}, form_on=quotes(world)).status_code == 400
    assert post(client, quotes(world), {"choice": "chosen"}, form_on=quotes(world)).status_code == 303
    with world.storage.read() as tx:
        found = widgets.get_widget_by_public_id(tx.group(world.group_id), world.mine["widget"])
    assert found.choice == "chosen"
    html = get(client, quotes(world)).get_data(as_text=True)
    assert html.count('type="radio"') == 2


def test_reviews_of_others_and_hidden_ones_cannot_be_chosen(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    assert get(client, f"{quotes(world)}/{world.other['review']}").status_code == 404
    assert get(client, f"/widgets/{world.other['widget']}/quotes").status_code == 404
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        reviews.hide(g, reviews.get_review_by_public_id(g, world.mine["review"]).id, "privacy", NOW)
    assert get(client, f"{quotes(world)}/{world.mine['review']}").status_code == 404


@pytest.mark.statement("S16", "W29")
def test_the_check_of_a_website_names_what_is_missing(app: Flask, world: World, fakes: FakeServices) -> None:
    client, page = log_in(app, EDITOR), f"/widgets/{world.mine['widget']}"
    line = "script-src https://reviews.example.org"
    fakes.website = [
        Fault("ok", "element found", kind="found", about="element"),
        Fault("problem", "no connect-src", kind="directive", about="connect-src"),
        Fault("warning", "the whole line", line, "line"),
    ]
    html = post(client, f"{page}/check", {"page": "https://north.example.org/"}, form_on=page).get_data(as_text=True)
    assert "The widget stands on this page." in html
    assert "connect-src must name our address" in html
    assert line in html
    assert fakes.asked[-1] == ("website", "https://north.example.org/")
    fakes.website = SourceUnavailable("away", hint="The page does not answer.")
    assert post(client, f"{page}/check", {"page": "https://north.example.org/"}, form_on=page).status_code == 400
    assert post(client, f"{page}/check", {"page": "file:///etc/passwd"}, form_on=page).status_code == 400


def test_the_page_says_which_rule_acts_when_it_was_compiled_and_whether_it_is_confirmed(
    app: Flask, world: World
) -> None:
    html = get(log_in(app, EDITOR), f"/widgets/{world.mine['widget']}").get_data(as_text=True)
    part = html[html.index('id="rules"') :]
    assert "compiled 22 November 2026" in part
    assert "confirmed" in part
    assert f"/clinics/{world.mine['clinic']}/rule" in part


@pytest.mark.statement("W65")
def test_the_rating_is_marked_up_only_by_a_press_beside_its_explanation(app: Flask, world: World) -> None:
    client, page = log_in(app, EDITOR), f"/widgets/{world.mine['widget']}"
    html = get(client, page).get_data(as_text=True)
    assert "Google shows no stars for a clinic" in html
    assert "Switched off." in html
    assert post(client, f"{page}/markup", {"on": "yes"}, form_on=page).status_code == 303
    assert "Switched on." in get(client, page).get_data(as_text=True)
    assert post(client, f"{page}/markup", {"on": "no"}, form_on=page).status_code == 303
    assert "Switched off." in get(client, page).get_data(as_text=True)


def test_the_page_of_the_clinic_gives_the_snippet_of_the_widgets_page(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    html = get(client, f"/clinics/{world.mine['clinic']}").get_data(as_text=True)
    assert "poster-l.svg" in html
    assert f"/widgets/{world.mine['widget']}" in html
