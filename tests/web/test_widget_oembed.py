"""oEmbed, renamed and deleted widgets, and scripts under addresses that never change, through the whole application."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from reviews import i18n
from reviews.publish import oembed, scripts
from reviews.storage import Storage, clinics, widgets
from reviews.web import create_app, hot
from tests.conftest import FakeClock
from tests.web.support import FakeServices
from tests.web.widget_samples import NOW, Installed, review

CATALOGUE = i18n.load()
BASE = "https://reviews.example.org"


@pytest.fixture
def installed(storage: Storage, tmp_path: Path) -> Installed:
    found = Installed(storage, tmp_path / "data", CATALOGUE)
    found.collect([review("a")])
    found.refresh()
    return found


@pytest.fixture
def client(installed: Installed, clock: FakeClock) -> FlaskClient:
    app = create_app(
        installed.settings, installed.storage, clock=clock, catalogue=CATALOGUE, services=FakeServices().services()
    )
    return app.test_client()


def ask(client: FlaskClient, path: str, **query: Any) -> TestResponse:
    return client.get(path, query_string=query, base_url=BASE)


@pytest.mark.statement("W66", "W19")
def test_the_answer_is_a_bare_link_and_one_empty_frame_without_figures(client: FlaskClient) -> None:
    answer = ask(client, "/oembed", url=f"{BASE}/r/elm-street", format="json")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers.getlist("Vary") == ["Accept-Encoding"]
    assert "Set-Cookie" not in answer.headers
    found = answer.get_json()
    assert found["html"] == (
        f'<blockquote><a href="{BASE}/r/elm-street">Reviews of Elm Street Physio</a></blockquote>'
        f'<iframe src="{BASE}/w/elm-street/embed.html" width="600" height="560" title="Reviews of Elm Street Physio">'
        "</iframe>"
    )
    assert {**found, "html": ""} == {
        "version": "1.0",
        "type": "rich",
        "provider_name": "Clinic Reviews",
        "provider_url": BASE,
        "title": "Reviews of Elm Street Physio",
        "width": 600,
        "height": 560,
        "cache_age": 3600,
        "html": "",
    }
    assert "4.6" not in answer.text
    assert "222" not in answer.text


@pytest.mark.statement("W66", "W69")
def test_xml_says_the_same(client: FlaskClient) -> None:
    wanted = ask(client, "/oembed", url=f"{BASE}/r/elm-street/fr").get_json()
    answer = ask(client, "/oembed", url=f"{BASE}/r/elm-street/fr", format="xml")
    assert answer.content_type == "text/xml; charset=utf-8"
    tree = etree.fromstring(answer.data)
    assert {each.tag: each.text for each in tree} == {name: str(value) for name, value in wanted.items()}
    assert wanted["title"] == "Avis sur Elm Street Physio"
    assert f"{BASE}/w/elm-street/embed.fr.html" in wanted["html"]
    assert f"{BASE}/r/elm-street/fr" in wanted["html"]


@pytest.mark.statement("W69")
def test_limits_are_kept_and_what_there_is_not_is_refused(client: FlaskClient) -> None:
    small = ask(client, "/oembed", url=f"{BASE}/r/elm-street", maxwidth=320, maxheight=250).get_json()
    assert (small["width"], small["height"]) == (320, 250)
    assert 'width="320" height="250"' in small["html"]
    for odd in ("0", "-5", "x", "", "9" * 400, "²"):
        found = ask(client, "/oembed", url=f"{BASE}/r/elm-street", maxwidth=odd, maxheight=odd).get_json()
        assert (found["width"], found["height"]) == (600, 560)
    for url in (
        f"{BASE}/r/nobody",
        f"{BASE}/r/elm-street/how",
        f"{BASE}/w/elm-street/embed.html",
        "https://evil.example/r/elm-street",
        "https://reviews.example.org.evil.example/r/elm-street",
        "https://reviews.example.org@evil.example/r/elm-street",
        "https://reviews.example.org:444/r/elm-street",
        "javascript:alert(1)",
        "https://[bad/r/elm-street",
        f"{BASE}/r/../r/elm-street",
        "x" * 3000,
    ):
        assert ask(client, "/oembed", url=url).status_code == 404, url
    assert ask(client, "/oembed", url=f"{BASE}/r/elm-street", format="yaml").status_code == 501
    assert ask(client, "/oembed").status_code == 400


@pytest.mark.statement("W66")
def test_the_page_names_both_answers_and_they_are_there(client: FlaskClient) -> None:
    for path in ("/r/elm-street", "/r/elm-street/fr"):
        page = ask(client, path).text
        links = dict(re.findall(r'<link rel="alternate" type="(.*?\+oembed)" href="(.*?)" title="', page))
        assert set(links) == {"application/json+oembed", "text/xml+oembed"}
        for address in links.values():
            answer = client.get(address.replace("&amp;", "&").removeprefix(BASE), base_url=BASE)
            assert answer.status_code == 200
            assert f"{BASE}{path}".encode() in answer.data


@pytest.mark.statement("W69")
def test_an_address_below_a_path_prefix_is_read() -> None:
    base = "https://clinic.example/reviews"
    assert oembed.read_address("https://clinic.example/reviews/r/elm-street/fr", base) == ("elm-street", "fr")
    assert oembed.read_address("https://clinic.example/r/elm-street", base) is None


def test_a_name_with_signs_stays_text_in_the_answer() -> None:
    found = oembed.answer(
        slug="x",
        language=None,
        title="<b>\"'&",
        page=f"{BASE}/r/x",
        base_url=BASE,
        height=9999,
        limits=(600, 5000),
    )
    assert found["html"].startswith(f'<blockquote><a href="{BASE}/r/x">&lt;b&gt;&quot;&#x27;&amp;</a></blockquote><')
    assert found["height"] == 1000
    assert etree.fromstring(oembed.to_xml(found)).findtext("title") == "<b>\"'&"


def rename(installed: Installed, slug: str) -> None:
    with installed.storage.write() as tx:
        g = tx.group(installed.group_id)
        widgets.update_widget(g, installed.widget.id, now=NOW, slug=slug)
        clinics.mark_stale(g, installed.clinic.id, NOW)
    installed.refresh(NOW + timedelta(minutes=1))


@pytest.mark.statement("W18")
def test_the_addresses_of_a_renamed_widget_lead_to_the_new_ones(
    client: FlaskClient, installed: Installed, clock: FakeClock
) -> None:
    rename(installed, "oak-street")
    clock.advance(seconds=2)
    for old, new in (
        ("/w/elm-street/data.fr.json", "/w/oak-street/data.fr.json"),
        ("/w/elm-street/badge@2x.png", "/w/oak-street/badge%402x.png"),
        ("/r/elm-street", "/r/oak-street"),
        ("/r/elm-street/how", "/r/oak-street/how"),
    ):
        answer = ask(client, old)
        assert (answer.status_code, answer.headers["Location"]) == (301, new)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers
        assert ask(client, new.replace("%40", "@")).status_code == 200
    assert ask(client, "/oembed", url=f"{BASE}/r/elm-street").get_json()["html"].count("oak-street") == 2
    assert ask(client, "/r/nobody").status_code == 404


@pytest.mark.statement("W18")
def test_a_deleted_widget_is_gone_in_every_format(client: FlaskClient, installed: Installed, clock: FakeClock) -> None:
    assert ask(client, "/w/elm-street/data.json").status_code == 200
    with installed.storage.write() as tx:
        widgets.delete_widget(tx.group(installed.group_id), installed.widget.id, NOW)
    clock.advance(seconds=2)
    answer = ask(client, "/w/elm-street/data.json")
    assert (answer.status_code, answer.get_json()["state"]) == (404, "gone")
    for path in ("/w/elm-street/embed.html", "/w/elm-street/badge.svg", "/w/elm-street/poster-s.svg", "/r/elm-street"):
        assert ask(client, path).status_code == 404
    assert ask(client, "/oembed", url=f"{BASE}/r/elm-street").status_code == 404


@pytest.mark.statement("W25", "W19")
def test_the_manifest_names_a_script_that_never_changes_and_its_integrity(client: FlaskClient) -> None:
    manifest = ask(client, "/widget/v1.json")
    assert manifest.headers["Cache-Control"].startswith("public, max-age=300, ")
    named = manifest.get_json()
    script = ask(client, named["url"])
    assert script.status_code == 200
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.data == ask(client, "/widget/v1.js").data
    assert named["bytes"] == len(script.data)
    assert named["integrity"] == scripts.Script("x", script.data).integrity
    assert named["integrity"].startswith("sha384-")


@pytest.mark.statement("W25")
def test_every_version_that_was_released_keeps_its_address(tmp_path: Path) -> None:
    (tmp_path / "frozen").mkdir()
    for version in ("0.9.0", "0.10.0"):
        (tmp_path / "frozen" / f"{version}.js").write_text(f"/* {version} */")
    (tmp_path / "v1.min.js").write_text("/* now */")
    found = scripts.find_scripts(tmp_path)
    assert [each.version for each in found] == ["0.9.0", "0.10.0", scripts.VERSION]
    assert found[0].path.startswith("widget/0.9.0/")
    released = scripts.find_scripts(hot.STATIC)
    assert len({each.version for each in released}) == len(released)


@pytest.mark.statement("W70")
def test_the_badge_as_json_has_the_shape_of_an_endpoint(client: FlaskClient) -> None:
    found = ask(client, "/w/elm-street/badge.json").get_json()
    assert found == {
        "schemaVersion": 1,
        "label": "Reviews",
        "message": "4.6 out of 5, 222 reviews, Own website, as of 22 November 2026",
        "color": "b45309",
    }
    assert json.loads(ask(client, "/w/elm-street/badge.fr.json").data)["label"] == "Avis"


@pytest.mark.statement("W70", "W19")
def test_the_badge_as_png_comes_in_two_sizes_and_may_be_kept_for_an_hour(client: FlaskClient) -> None:
    sizes = []
    for name in ("badge.png", "badge@2x.png"):
        answer = ask(client, f"/w/elm-street/{name}")
        assert answer.headers["Cache-Control"].startswith("public, max-age=3600, ")
        assert answer.content_type == "image/png"
        assert answer.data.startswith(b"\x89PNG")
        sizes.append((int.from_bytes(answer.data[16:20]), int.from_bytes(answer.data[20:24])))
    assert sizes == [(240, 64), (480, 128)]
