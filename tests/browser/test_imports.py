"""A spreadsheet with French headers from hand-in to undo, and reviews by hand; with and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reviews.storage import open_storage
from reviews.web import create_app
from tests.browser.staff_support import BOOK, CATALOGUE, check, log_in, serving_at, settings_at
from tests.conftest import NOW, FakeClock
from tests.ports import free_port
from tests.sources.workbooks import workbook
from tests.web.support import World, make_world

HEAD = ["Numéro", "Nom", "Étoiles", "Date", "Ma remarque", "Établissement", "Courriel"]
HERE = "North Street Physiotherapy"
ROWS = [
    ["a1", "Ida Joly", 5, "01/02/2025", "Très gentille équipe.", HERE, "ida@example.org"],
    ["a2", "Bo Kern", 2, "03/02/2025", "Personne ne m'a rappelé.", HERE, "bo@example.org"],
    ["a3", "Cy Morel", "six", "04/02/2025", "=cmd()", HERE, "cy@example.org"],
    ["a4", "Di Nault", 4, "05/02/2025", "Salle chauffée.", "Une autre clinique", "di@example.org"],
]


@pytest.fixture
def side(tmp_path: Path) -> Iterator[tuple[str, World]]:
    """The staff side with the real importer."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage)
    app = create_app(settings, storage, clock=FakeClock(), book=BOOK, catalogue=CATALOGUE)
    with serving_at(app, settings.port) as url:
        yield url, world
    app.extensions["reviews"].services.close()
    storage.close()


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def visitor(request: pytest.FixtureRequest, browser: Browser, side: tuple[str, World]) -> Iterator[Page]:
    has_scripts = request.param == "with JavaScript"
    context = browser.new_context(java_script_enabled=has_scripts, viewport={"width": 320, "height": 800})
    page = context.new_page()
    log_in(page, side[0])
    yield page
    context.close()


def looked_at(page: Page, request: pytest.FixtureRequest) -> None:
    """Every state of a page passes the checks of all pages; axe is a script itself."""
    if "without" not in request.node.name:
        check(page)


@pytest.mark.statement("S1", "S8")
def test_a_spreadsheet_is_understood_checked_imported_and_taken_back(
    visitor: Page, side: tuple[str, World], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page, name = visitor, request.node.callspec.id
    file = tmp_path / "avis.xlsx"
    file.write_bytes(workbook([HEAD, *ROWS]))
    page.goto(f"{side[0]}/sources/new/file")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_text("Spreadsheet (XLSX)")).to_be_visible()
    expect(page.get_by_label("Stars", exact=True)).to_have_value("Étoiles")
    expect(page.get_by_label("Author", exact=True)).to_have_value("Nom")
    expect(page.get_by_label(HERE, exact=True)).not_to_have_value("")
    expect(page.get_by_text("ida@example.org")).to_have_count(0)
    looked_at(page, request)

    page.get_by_label("Text", exact=True).select_option("Ma remarque")
    page.get_by_label("Number or id of the review").select_option("Numéro")
    page.get_by_label("Une autre clinique").select_option(label="Leave out")
    page.get_by_label("Name shown for it").fill(f"Cartes {name}")
    page.get_by_label("Where the reviews were written").select_option("first_party")
    page.get_by_label("How high the ratings go").select_option("5")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("Please say whether the day or the month comes first.")
    looked_at(page, request)

    page.get_by_label("Order in dates such as 04/05/2024").select_option("day")
    page.get_by_label("Remember this for such files, as").fill("Cartes d'avis")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="What the import would do")).to_be_visible()
    expect(page.get_by_role("heading", name="The first reviews, as we read them")).to_be_visible()
    expect(page.get_by_text("row 4")).to_be_visible()
    looked_at(page, request)
    page.get_by_role("button", name="Import").click()

    expect(page.get_by_role("status")).to_contain_text("The file has been imported.")
    looked_at(page, request)
    listed = page.context.request.get(
        page.get_by_role("link", name="Download what could not be read").evaluate("e => e.href")
    )
    assert "row 4,Étoiles," in listed.text()
    run = page.url
    page.get_by_role("link", name="Its reviews").click()
    page.get_by_role("link", name="Ida Joly").click()
    expect(page.get_by_role("article", name="The review").get_by_text("Très gentille équipe.")).to_be_visible()
    expect(page.get_by_role("link", name="avis.xlsx")).to_be_visible()
    looked_at(page, request)

    page.goto(f"{side[0]}/sources/new/file")
    expect(page.get_by_text("Cartes d'avis").first).to_be_visible()
    looked_at(page, request)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Filled in as you said for “Cartes d'avis”.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Ma remarque")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Unchanged", exact=True).locator("xpath=following-sibling::dd[1]")).to_have_text("2")

    page.goto(run)
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("status")).to_contain_text("The import has been taken back.")
    page.get_by_role("link", name="Its reviews").click()
    expect(page.get_by_role("link", name="Ida Joly")).to_have_count(0)


@pytest.mark.statement("S1", "S8")
def test_a_review_and_a_total_are_entered_corrected_and_taken_back_by_hand(
    visitor: Page, side: tuple[str, World], request: pytest.FixtureRequest
) -> None:
    page, name = visitor, request.node.callspec.id
    page.goto(f"{side[0]}/sources/new/manual")
    looked_at(page, request)
    page.get_by_label("Where it was written").select_option("ratemds")
    page.get_by_label("Address or name of the place").fill(f"Cliniques {name}")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("Please enter stars, a text, or both.")
    page.get_by_label("Author, as shown there").fill("Una Roy")
    page.get_by_label("Date, as exactly").fill("2025-03")
    page.get_by_label("Stars (optional)").fill("4")
    page.get_by_label("Text (optional)").fill("Patient and clear.")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="What its terms allow")).to_be_visible()
    looked_at(page, request)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("What you typed has been stored.")
    looked_at(page, request)
    run = page.url

    page.get_by_role("link", name="Its reviews").click()
    page.get_by_role("link", name="Una Roy").click()
    expect(page.get_by_text("Entered by hand").first).to_be_visible()
    looked_at(page, request)
    page.get_by_role("link", name="Correct what was typed").click()
    page.get_by_label("Text (optional)").fill("Patient and very clear.")
    looked_at(page, request)
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("status")).to_contain_text("The correction has been stored")
    expect(page.get_by_role("heading", name="Earlier versions")).to_be_visible()

    page.goto(f"{side[0]}/sources/new/manual?what=total")
    page.get_by_label("Where it was written").select_option("ratemds")
    page.get_by_label("Address or name of the place").fill(f"Cliniques {name}")
    page.get_by_label("Average").fill("4.6")
    page.get_by_label("Number of reviews").fill("212")
    page.get_by_label("Read on").fill("2025-11-20")
    page.get_by_role("button", name="Check").click()
    looked_at(page, request)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("What you typed has been stored.")

    page.goto(run)
    page.get_by_role("button", name="Take this back").click()
    expect(page.get_by_role("status")).to_contain_text("The import has been taken back.")
