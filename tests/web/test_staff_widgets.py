"""Widgets: preview, what to paste, what the website must allow, settings, pause."""

import re
from html import unescape

import pytest
from flask import Flask

from reviews.publish import refresh_clinic
from reviews.rules import AdvertisingRow
from reviews.storage import audit, clinics, widgets
from tests.web.conftest import BOOK, CATALOGUE
from tests.web.support import BASE, NOW, World, get, log_in, post

EDITOR = "editor@north.example.org"
GOOD = {"layout": "grid", "theme": "dark", "max_quotes": "3"}


def texts(html: str) -> dict[str, str]:
    """The pasted texts by their id."""
    return {name: unescape(text) for name, text in re.findall(r'<textarea id="([^"]*)"[^>]*>([^<]*)</textarea>', html)}


def bound(jurisdiction: str, profession: str) -> AdvertisingRow:
    return BOOK.row(jurisdiction, (profession,), {(jurisdiction, profession)})


def widget_of(world: World) -> widgets.Widget:
    with world.storage.read() as tx:
        return widgets.get_widget_by_public_id(tx.group(world.group_id), world.mine["widget"])


def test_the_page_offers_every_way_in_with_the_lines_that_a_policy_needs(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    assert f'href="/widgets/{world.mine["widget"]}"' in get(client, "/widgets").get_data(as_text=True)
    html = get(client, f"/widgets/{world.mine['widget']}").get_data(as_text=True)
    found = texts(html)
    assert set(found) == {"element", "iframe", "badge", "link", "mail", "policy-element", "policy-iframe"}
    assert found["element"].startswith('<clinic-reviews widget="north-street">')
    assert found["link"] == f"{BASE}/r/north-street"
    assert found["policy-element"] == f"script-src {BASE}; connect-src {BASE}; img-src {BASE}"
    assert found["policy-iframe"] == f"frame-src {BASE}"
    assert html.count("readonly") == len(found)


def test_snippets_are_made_for_the_language_of_the_page(app: Flask, world: World) -> None:
    html = get(log_in(app, EDITOR), f"/widgets/{world.mine['widget']}?language=fr").get_data(as_text=True)
    found = texts(html)
    assert found["link"] == f"{BASE}/r/north-street/fr"
    assert "/embed.fr.html" in found["iframe"]
    assert 'lang="en"' in html


def test_the_preview_frames_what_is_published_and_only_from_here(app: Flask, world: World) -> None:
    with world.storage.read() as tx:
        clinic_id = clinics.find_clinics(tx.group(world.group_id))[0].id
    settings = app.extensions["reviews"].settings
    refresh_clinic(world.storage, settings, BOOK, CATALOGUE, world.group_id, clinic_id, NOW)
    client = log_in(app, EDITOR)
    answer = get(client, f"/widgets/{world.mine['widget']}")
    html = answer.get_data(as_text=True)
    frames = re.findall(r'<iframe class="(\w+)" src="([^"]*)" title="([^"]+)"', html)
    assert [frame[0] for frame in frames] == ["light", "dark", "light"]
    assert len({frame[2] for frame in frames}) == 3
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-src" not in get(client, "/widgets").headers["Content-Security-Policy"]
    for path in {*(frame[1] for frame in frames), *re.findall(r'href="(/[rw]/[^"]*)"', html)}:
        shown = get(client, path)
        assert shown.status_code == 200, path
        if path.startswith("/w/"):
            assert "frame-ancestors *" in shown.headers["Content-Security-Policy"]


def test_where_the_rule_keeps_quotes_on_the_clinics_own_site_no_frame_is_tried(app: Flask, world: World) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        row = next(
            part
            for part in BOOK.rules()
            if "own_site"
            in BOOK.row(part.jurisdiction, (part.profession,), {(part.jurisdiction, part.profession)}).conditions
        )
        clinic = clinics.find_clinics(g)[0]
        clinics.update_clinic(g, clinic.id, now=NOW, jurisdiction=row.jurisdiction, professions=(row.profession,))
    html = get(log_in(app, EDITOR), f"/widgets/{world.mine['widget']}").get_data(as_text=True)
    assert "<iframe" not in html.replace("&lt;iframe", "")


def test_settings_are_saved_once_with_a_line_in_the_audit_trail(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    path = f"/widgets/{world.mine['widget']}"
    assert post(client, path, GOOD, form_on=path).status_code == 303
    saved = widget_of(world)
    assert (saved.layout, saved.theme, saved.max_quotes) == ("grid", "dark", 3)
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert [row[:2] for row in clinics.find_stale_clinics(tx, 5)] == [(world.group_id, saved.clinic_ids[0])]
        [entry] = [each for each in audit.find_entries(g, limit=10) if each.action == "widget.changed"]
    assert entry.person_id == world.person_ids[EDITOR]
    assert entry.before == {"layout": "list", "theme": "auto", "max_quotes": 6}
    assert entry.after == {"layout": "grid", "theme": "dark", "max_quotes": 3}
    assert post(client, path, GOOD, form_on=path).status_code == 303
    with world.storage.read() as tx:
        entries = audit.find_entries(tx.group(world.group_id), limit=10)
        assert len([each for each in entries if each.action == "widget.changed"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("layout", "wall"),
        ("theme", "pink"),
        ("max_quotes", "51"),
        ("max_quotes", "-1"),
        ("max_quotes", "٣"),
        ("max_quotes", ""),
    ],
)
def test_what_does_not_exist_is_refused_at_its_field(app: Flask, world: World, field: str, value: str) -> None:
    client = log_in(app, EDITOR)
    path = f"/widgets/{world.mine['widget']}"
    answer = post(client, path, {**GOOD, field: value}, form_on=path)
    assert answer.status_code == 400
    assert f'id="{field}-fault"' in answer.get_data(as_text=True)
    assert widget_of(world).layout == "list"


def test_a_widget_is_paused_and_resumed(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    path = f"/widgets/{world.mine['widget']}"
    assert post(client, f"{path}/pause", form_on=path).status_code == 303
    assert widget_of(world).state == "paused"
    assert "show nothing of this widget" in get(client, path).get_data(as_text=True)
    assert post(client, f"{path}/resume", form_on=path).status_code == 303
    assert widget_of(world).state == "active"


def test_a_viewer_sees_how_it_looks_and_no_form(app: Flask, world: World) -> None:
    html = get(log_in(app, "viewer@north.example.org"), f"/widgets/{world.mine['widget']}").get_data(as_text=True)
    assert "6 quotes" in html
    assert f'action="/widgets/{world.mine["widget"]}' not in html


@pytest.mark.statement("P7")
def test_structured_data_is_off_until_somebody_has_read_that_it_brings_no_stars(app: Flask, world: World) -> None:
    client = log_in(app, EDITOR)
    path = f"/widgets/{world.mine['widget']}"
    assert not widget_of(world).rating_markup
    text = get(client, path).get_data(as_text=True)
    section = text[text.index('id="engines"') :].split("</section>")[0]
    assert "Google shows no stars for a clinic from reviews on its own website" in unescape(section)
    assert "It changes nothing in Google" in section
    assert "Switched off." in section
    for wanted in ("yes", "no"):
        assert post(client, f"{path}/markup", {"on": wanted}, form_on=path).status_code == 303
        assert widget_of(world).rating_markup is (wanted == "yes")
