"""Accounts and settings in a real browser: every page for axe, large and small; inviting, limiting, a second factor."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from reviews.alerts.invitations import make_token
from reviews.secrets_box import SecretsBox
from reviews.storage import alerts, api_tokens, invitations, open_storage, people, rotation, workers
from tests.browser.staff_support import check, log_in, settings_at, staff_side
from tests.browser.test_staff import SIZES, Side
from tests.conftest import NOW
from tests.ports import free_port
from tests.web.support import PASSWORD, PASSWORD_HASH, FakeServices, make_world

PICTURES = os.environ.get("REVIEWS_TEST_PICTURES")
"""A folder for pictures of the pages, for people to look at."""


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    """The small world with something of everything that the settings show."""
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world = make_world(storage)
    box = SecretsBox(settings.fernet_keys())
    with storage.write() as tx:
        g = tx.group(world.group_id)
        world.mine["invitation"] = invitations.add_invitation(
            g, email="nova@example.org", role="editor", clinics=None, language="fr", person_id=None, now=NOW,
            expires_at=NOW + timedelta(days=7),
        ).public_id  # fmt: skip
        channel = alerts.add_channel(
            g, kind="webhook", label="Our intranet", host="hooks.example.org", now=NOW,
            sealed=box.seal({"url": "https://hooks.example.org", "keys": "whsec_" + "YWFh" * 8}),
        )  # fmt: skip
        alerts.add_rule(g, person_id=None, channel_id=channel.id, wishes=alerts.Wishes(), now=NOW)
        viewer = world.person_ids["viewer@north.example.org"]
        rule = alerts.add_rule(
            g, person_id=viewer, channel_id=None, wishes=alerts.Wishes(stars=frozenset({1})), now=NOW
        )
        world.mine |= {"channel": channel.public_id, "rule": rule.public_id}
        world.mine["person"] = people.get_person(tx, viewer).public_id
        api_tokens.add_token(
            g, label="Intranet", prefix="crv_abcdefgh", token_hash="h", scopes=["reviews:read"], clinics=None,
            person_id=None, now=NOW, expires_at=None,
        )  # fmt: skip
        people.add_person(
            tx, email="op@example.org", name="Opal", password_hash=PASSWORD_HASH, now=NOW, is_operator=True
        )
        workers.beat(tx, name="host:1", started_at=NOW, now=NOW, version="0.1.0")
    rotation.back_up_daily(storage, settings.backup_dir, NOW, skip_origins=frozenset())
    world.mine["token"] = make_token(world.mine["invitation"], settings.secret_keys)
    with staff_side(settings, storage, FakeServices()) as url:
        yield Side(url, storage, FakeServices(), "", world)
    storage.close()


def look(page: Page, size: str) -> None:
    """Keep a picture where somebody asks for one, and let axe look."""
    if PICTURES:
        name = re.sub(r"\W+", "-", page.url.split("/", 3)[3])[:50]
        page.screenshot(path=f"{PICTURES}/{size}-{name}.png", full_page=True)
    check(page)


@pytest.mark.statement("S8", "S35")
@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_accounts_is_accessible_and_fits(side: Side, browser: Browser, size: str) -> None:
    assert side.world is not None
    ids = side.world.mine
    scheme = "dark" if size == "phone" else "light"
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{side.url}/invitation/{ids['token']}")
    look(page, size)
    log_in(page, side.url)
    for path in (
        "/settings/people", f"/settings/people/{ids['person']}", "/settings/alerts", "/settings/alerts/new",
        f"/settings/alerts/rules/{ids['rule']}", "/settings/alerts/log", "/settings/channels/new",
        f"/settings/channels/{ids['channel']}", "/settings/organisation", "/settings/api-keys", "/settings/audit",
        "/settings/audit?check=yes", "/settings/erasure", "/settings/erasure?q=lind", "/settings/sessions",
        "/settings/second-factor",
    ):  # fmt: skip
        page.goto(side.url + path)
        look(page, size)
    with page.expect_navigation():
        page.get_by_role("button", name="Begin").click()
    look(page, size)
    page.goto(f"{side.url}/settings/api-keys")
    page.evaluate("document.querySelectorAll('[required]').forEach((e) => e.removeAttribute('required'))")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    page.context.clear_cookies()
    page.goto(f"{side.url}/login")
    page.get_by_label("E-mail address").fill("op@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{side.url}/system")
    look(page, size)
    page.goto(f"{side.url}/system/groups")
    look(page, size)
    context.close()


@pytest.mark.statement("S1", "S46")
def test_invite_restrict_and_remove_a_person_without_javascript(side: Side, browser: Browser) -> None:
    """Walk: invite, take up, put a second factor on, limit, remove."""
    owner = browser.new_context(java_script_enabled=False).new_page()
    log_in(owner, side.url)
    owner.goto(f"{side.url}/settings/people")
    form = owner.locator("form", has=owner.get_by_role("heading", name="Invite somebody"))
    form.get_by_label("E-mail address").fill("kim@example.org")
    form.get_by_label("editor:").check()
    form.get_by_role("button", name="Invite").click()
    link = re.search(r"http\S+/invitation/\S+", owner.get_by_role("listitem").filter(has_text="kim@").inner_text())
    assert link is not None, "without a mail server the link is handed over by hand"

    new = browser.new_context(java_script_enabled=False).new_page()
    new.goto(link[0])
    new.get_by_label("Your name").fill("Kim Novel")
    new.get_by_label("Password").fill("sunflower ladder beside the quay")
    new.get_by_role("button", name="Accept the invitation").click()
    expect(new.get_by_role("heading", level=1)).to_have_text("Today")
    new.goto(f"{side.url}/settings/second-factor")
    new.get_by_role("button", name="Begin").click()
    secret = new.locator("pre").inner_text().replace(" ", "")
    new.get_by_label("Code of your app").fill(pyotp.TOTP(secret).at(NOW))
    new.get_by_role("button", name="Put it on").click()
    expect(new.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    owner.goto(f"{side.url}/settings/people")
    owner.get_by_role("link", name="Kim Novel").click()
    owner.get_by_label("only these", exact=True).check()
    owner.get_by_label("North Street Physiotherapy").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("status").first).to_contain_text("Saved.")
    new.goto(f"{side.url}/inbox")
    expect(new.get_by_role("heading", level=1)).to_have_text("Log in")
    owner.get_by_role("link", name="Kim Novel").click()
    owner.get_by_role("button", name="Remove from the group").click()
    expect(owner.get_by_role("link", name="Kim Novel")).to_have_count(0)
