"""Colour and logo: refused with a reason or kept; in reports, behind their links, in PDFs and mails, nowhere else."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from reviews.storage import Storage, audit, branding, reports
from tests.unit.test_pictures_and_colours import picture
from tests.web.support import BASE, World, get, log_in, post, tokens

PAGE, OWNER, VIEWER = "/settings/branding", "owner@north.example.org", "viewer@north.example.org"


def save(client: FlaskClient, accent: str = "#0b5cad", logo: bytes | None = None, **more: str) -> tuple[int, str]:
    data: dict[str, object] = {**tokens(client, PAGE), "accent": accent, **more}
    if logo is not None:
        data["logo"] = (BytesIO(logo), "logo.png")
    answer = client.post(PAGE, data=data, base_url=BASE, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def brand_of(storage: Storage, world: World) -> branding.Brand:
    with storage.read() as tx:
        return branding.find_brand(tx.group(world.group_id))


@pytest.mark.statement("S6", "S45")
def test_an_owner_gives_the_group_a_colour_and_a_logo_and_takes_them_back(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, OWNER)
    assert get(client, f"{PAGE}/logo").status_code == 404
    assert save(client, "0B5CAD", picture("PNG"))[0] == 303
    page = get(client, PAGE).get_data(as_text=True)
    assert 'fill="#0b5cad"' in page
    assert f'src="{PAGE}/logo?v=' in page
    logo = get(log_in(app, VIEWER), f"{PAGE}/logo")
    assert (logo.content_type, logo.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert logo.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert Image.open(BytesIO(logo.data)).size == (40, 20)
    assert save(client, "#0b5cad")[0] == 303
    assert brand_of(storage, world).logo, "it stays where none is sent"
    assert save(client, "", drop_logo="yes")[0] == 303
    assert brand_of(storage, world) == branding.Brand()
    with storage.read() as tx:
        acts = [each.action for each in audit.find_entries(tx.group(world.group_id), limit=9)]
    assert acts.count("group.branding") == 3
    assert "Changed the colour or the logo" in get(client, "/settings/audit").get_data(as_text=True)


@pytest.mark.parametrize(
    ("accent", "logo", "said"),
    [
        ("#ffcc00", None, "its contrast is 1.5"),
        ("#ffcc00", None, "This shade of it is dark enough: #"),
        ("yellow", None, "Write a colour as #"),
        ("", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG is not taken"),
        ("", b"\x89PNG\r\n\x1a\n" + bytes(100_001), "larger than 100 KB"),
        ("", picture("PNG", 8, 8), "8 × 8 pixels"),
    ],
)
def test_what_cannot_be_read_or_is_no_small_picture_is_refused_with_a_reason(
    app: Flask, world: World, storage: Storage, accent: str, logo: bytes | None, said: str
) -> None:
    status, page = save(log_in(app, OWNER), accent, logo)
    assert status == 400
    assert said in page
    assert brand_of(storage, world) == branding.Brand()


@pytest.mark.statement("S41", "S43")
def test_a_report_keeps_the_look_of_its_day_on_the_screen_and_behind_its_link(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, OWNER)
    plain = post(client, "/reports", {"month": "2026-10"}, form_on="/reports").headers["Location"]
    before = re.sub(r'value="[^"]*"', "", get(client, plain).get_data(as_text=True))
    save(client, "#7a1f5c", picture("WEBP"))
    assert re.sub(r'value="[^"]*"', "", get(client, plain).get_data(as_text=True)) == before
    assert get(client, f"{plain}/logo").status_code == 404
    made = post(client, "/reports", {"month": "2026-10"}, form_on="/reports").headers["Location"]
    save(client, "#0b5cad", drop_logo="yes")
    page = get(client, made).get_data(as_text=True)
    assert 'fill="#7a1f5c"' in page
    assert 'alt="North Clinics"' in page
    assert get(client, f"{made}/logo").content_type == "image/webp"
    post(client, f"{made}/links", {"days": "7", "language": "en"}, form_on=made)
    found = re.search(r'value="[^"]*(/report/[^"]+)"', get(client, made).get_data(as_text=True))
    assert found
    stranger = app.test_client()
    shared = get(stranger, found[1]).get_data(as_text=True)
    assert 'fill="#7a1f5c"' in shared
    assert f'src="{found[1]}/logo"' in shared
    assert get(stranger, f"{found[1]}/logo").content_type == "image/webp"
    assert get(stranger, f"{found[1]}x/logo").status_code == 404
    with storage.read() as tx:
        newest = reports.find_reports(tx.group(world.group_id))[0]
    assert newest.inputs["brand"]["accent"] == "#7a1f5c"


def test_no_widget_shows_it(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    save(client, "#7a1f5c", picture("PNG"))
    assert "#7a1f5c" not in get(client, f"/widgets/{world.mine['widget']}").get_data(as_text=True)
