"""Clinics: what their fields take, and what follows from a change."""

import pytest
from flask import Flask

from reviews.storage import Storage, clinics, widgets
from tests.web.support import World, get, log_in, post

MANAGER = "manager@north.example.org"
FORM = {
    "name": "North Street Physiotherapy", "street": "12 North Street", "locality": "Guelph", "region": "",
    "postal_code": "", "country": "CA", "telephone": "", "website": "", "time_zone": "America/Toronto",
    "language": "en", "jurisdiction": "CA-ON", "professions": "physiotherapist",
}  # fmt: skip


@pytest.mark.parametrize(
    "website",
    [
        "https://[bad",
        "https://x;sandbox",
        "https://me:word@x.example",
        "https://x.example:ab",
        "javascript:alert(1)",
        "x",
    ],
)
def test_what_is_no_website_is_refused(app: Flask, world: World, website: str) -> None:
    client = log_in(app, MANAGER)
    path = f"/clinics/{world.mine['clinic']}"
    answer = post(client, path, {**FORM, "website": website}, form_on=path)
    assert answer.status_code == 400
    assert "website-fault" in answer.get_data(as_text=True)


@pytest.mark.parametrize("website", ["", "https://klinik-\u00fc.example/start", "Https://North.example.org"])
def test_a_website_may_have_a_name_in_any_script(app: Flask, world: World, website: str) -> None:
    client = log_in(app, MANAGER)
    path = f"/clinics/{world.mine['clinic']}"
    assert post(client, path, {**FORM, "website": website}, form_on=path).status_code == 303


def test_the_widget_speaks_the_language_of_the_website_when_that_changes(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, MANAGER)
    path = f"/clinics/{world.mine['clinic']}"
    assert post(client, path, {**FORM, "language": "fr"}, form_on=path).status_code == 303
    with storage.read() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        assert [widget.language for widget in widgets.find_widgets_of_clinic(g, clinic.id)] == ["fr"]
    assert get(client, path).status_code == 200


def test_names_stand_on_one_line_and_reverse_nothing(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = f"/clinics/{world.mine['clinic']}"
    name = "\u202eNorth\n  Street " + "e" + "\u0301" * 150
    assert post(client, path, {**FORM, "name": name}, form_on=path).status_code == 303
    with storage.read() as tx:
        found = clinics.get_clinic_by_public_id(tx.group(world.group_id), world.mine["clinic"])
    assert found.name == "North Street e" + "\u0301" * 8
    assert post(client, path, {**FORM, "name": "\u202e\u2066"}, form_on=path).status_code == 400


def test_an_agency_with_many_clinics_sees_three_lines_and_how_many_more(app: Flask, world: World) -> None:
    client = log_in(app, MANAGER)
    for number in range(5):
        answer = post(client, "/clinics/new", {**FORM, "name": f"Clinic {number}", "jurisdiction": "CA-AB"})
        assert answer.status_code == 303
    text = get(client, "/").get_data(as_text=True)
    assert text.count("nobody has confirmed") == 3
    assert "2 more clinics show no quotes" in text


def test_a_clinic_says_how_soon_it_wants_to_answer(app: Flask, world: World, storage: Storage) -> None:
    client = log_in(app, MANAGER)
    path = f"/clinics/{world.mine['clinic']}"

    def hours() -> int:
        with storage.read() as tx:
            return clinics.get_clinic_by_public_id(tx.group(world.group_id), world.mine["clinic"]).answer_within_hours

    assert 'name="answer_within_hours" type="text" value="72"' in get(client, path).get_data(as_text=True)
    assert post(client, path, {**FORM, "answer_within_hours": "24"}, form_on=path).status_code == 303
    assert hours() == 24
    for wrong in ("0", "721", "soon", "-3", "1.5"):
        answer = post(client, path, {**FORM, "answer_within_hours": wrong}, form_on=path)
        assert (answer.status_code, "from 1 to 720" in answer.get_data(as_text=True)) == (400, True)
    assert post(client, path, FORM, form_on=path).status_code == 303
    assert hours() == 24
