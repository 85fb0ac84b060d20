"""Walks from a negative review to a confirmed reply: by API and by hand, by keyboard, without JavaScript."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from reviews import i18n, rules, sentiment
from reviews.collect import Context, replying, run_claim
from reviews.sandbox import Sandbox
from reviews.secrets_box import SecretsBox
from reviews.storage import Storage, clinics, connections, open_storage, replies, review_lists, sources
from tests.browser.staff_support import check, log_in, settings_at, staff_side
from tests.conftest import NOW, FakeClock
from tests.platforms.google_business import GoogleBusinessFake
from tests.platforms.server import Platforms
from tests.ports import free_port
from tests.sources.doors import loopback_fetcher
from tests.web.support import FakeServices, World, make_world

GOOD = "Thank you for taking the time to write. We read every comment. Please call the office at +1 519 555 0142."
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 320, "height": 640}}


@dataclass
class Side:
    """The staff side over a world with a listing at a fake Google, and what a worker does to it."""

    url: str
    storage: Storage
    world: World
    context: Context
    fake: GoogleBusinessFake
    source: sources.Source
    clock: FakeClock

    def run(self) -> None:
        """A worker reads the source, a day later."""
        self.clock.advance(days=1)
        with self.storage.write() as tx:
            g = tx.group(self.world.group_id)
            claim = sources.claim_source(g, self.source.id, owner="test", now=self.clock(), lease_seconds=300)
        assert claim is not None
        assert run_claim(self.context, claim, trigger="command").is_good

    def review(self, key: str) -> str:
        """The address of the reply to a review."""
        with self.storage.read() as tx:
            rows = review_lists.find_reviews(tx.group(self.world.group_id), review_lists.ReviewFilters(), 50).rows
        return f"{self.url}/reviews/{next(row for row in rows if row.identity_key == key).public_id}/reply"

    def state(self, address: str) -> str:
        with self.storage.read() as tx:
            g = tx.group(self.world.group_id)
            rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), 50).rows
            review_id = next(row.id for row in rows if row.public_id in address)
            return replies.find_own(g, review_id)[-1].state


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    settings = settings_at(free_port(), tmp_path)
    storage = open_storage(settings.database_url)
    storage.migrate(NOW)
    world, clock = make_world(storage), FakeClock()
    with Platforms() as platforms, Sandbox(processes=1) as sandbox:
        fake = GoogleBusinessFake.running(platforms, 3)
        fake.edit(1, NOW, comment="I waited an hour and nobody said why.", starRating="ONE")
        with storage.write() as tx:
            g = tx.group(world.group_id)
            clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
            account = connections.add_connection(
                g, kind="google_business", label="Google", secrets=fake.oauth.connected(),
                box=SecretsBox(settings.fernet_keys()), now=NOW, person_id=None,
            )  # fmt: skip
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="google_business", label="Google", url="", origin="google_business",
                config={"account": "accounts/101", "location": "locations/7001"}, now=NOW, next_due_at=NOW,
                connection_id=account.id,
            )  # fmt: skip
        context = Context(
            storage=storage, settings=settings, fetcher=loopback_fetcher(quick=True, stand_ins=platforms.stand_ins),
            sandbox=sandbox, scorer=sentiment.load(), book=rules.load(), catalogue=i18n.load(),
            clock=clock,
        )  # fmt: skip
        with staff_side(settings, storage, FakeServices()) as url:
            made = Side(url, storage, world, context, fake, source, clock)
            made.run()
            yield made
    storage.close()


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def two(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, Page]]:
    """Two people, each in a browser of their own; nothing may be said on the console."""
    noise: list[str] = []
    contexts = [browser.new_context(java_script_enabled=request.param == "with JavaScript") for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.on("console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: noise.append(str(error)))
    yield pages[0], pages[1]
    for context in contexts:
        context.close()
    assert noise == []


@pytest.mark.statement("S1", "S25", "S26", "S28")
def test_from_a_negative_review_to_a_reply_that_is_confirmed_online(side: Side, two: tuple[Page, Page]) -> None:
    writer, approver = two
    log_in(writer, side.url, "editor@north.example.org")
    log_in(approver, side.url, "manager@north.example.org")
    address = side.review("gb-0001")
    writer.goto(address.removesuffix("/reply"))
    writer.get_by_role("link", name="Write a reply").click()
    writer.get_by_label("Reply, as everybody will see it").fill(
        "We looked after you for an hour, and your back is better."
    )
    writer.get_by_role("button", name="Send for approval").click()
    expect(writer.get_by_role("status").first).to_contain_text("The guard stops this text")
    expect(writer.locator("#guard mark").first).to_be_visible()
    expect(writer.locator("#guard")).to_contain_text("Instead:")
    writer.get_by_label("Reply, as everybody will see it").fill(GOOD)
    writer.get_by_role("button", name="Send for approval").click()
    expect(writer.get_by_role("status").first).to_contain_text("Sent for approval.")
    expect(writer.get_by_text("nobody approves a text of their own")).to_be_visible()

    approver.goto(address)
    approver.get_by_role("button", name="Approve").click()
    expect(approver.get_by_role("status").first).to_contain_text("It can be posted now.")
    approver.get_by_role("button", name="Post to Google").click()
    expect(approver.get_by_text("On its way to Google.")).to_be_visible()
    assert replying.post_next(side.context)
    approver.get_by_role("link", name="Look again").click()
    expect(approver.get_by_text("It is not yet public.")).to_be_visible()
    assert side.fake.puts == [GOOD]
    side.fake.judge("gb-0001", "APPROVED")
    side.run()
    writer.goto(address.removesuffix("/reply"))
    expect(writer.get_by_text("confirmed online")).to_be_visible()


def test_by_keyboard_alone_and_by_hand(side: Side, two: tuple[Page, Page]) -> None:
    writer, approver = two
    log_in(writer, side.url, "manager@north.example.org")
    log_in(approver, side.url, "owner@north.example.org")
    with side.storage.read() as tx:
        rows = review_lists.find_reviews(tx.group(side.world.group_id), review_lists.ReviewFilters(), 50).rows
    address = f"{side.url}/reviews/{next(row for row in rows if row.author == 'Bo Berg').public_id}/reply"
    writer.goto(address)
    tab_to(writer, "text")
    writer.keyboard.type(GOOD)
    tab_to(writer, "Send for approval")
    writer.keyboard.press("Enter")
    writer.wait_for_url("**done=reply-sent#stands")
    approver.goto(address)
    tab_to(approver, "Approve")
    approver.keyboard.press("Enter")
    approver.wait_for_url("**done=reply-approved#stands")
    expect(approver.get_by_role("link", name="Copy and open")).to_have_attribute("target", "_blank")
    tab_to(approver, "I have posted it")
    approver.keyboard.press("Enter")
    approver.wait_for_url("**done=reply-posted#stands")
    assert side.state(address) == "posted"


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the field with this id or the button with this text."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]").count(name):
            return
    raise AssertionError(f"{name} cannot be reached with Tab")


@pytest.mark.statement("S28", "S25")
def test_the_live_check_says_what_the_server_says_and_keeps_unsaved_words(side: Side, browser: Browser) -> None:
    page = browser.new_page()
    log_in(page, side.url, "editor@north.example.org")
    page.goto(side.review("gb-0001"))
    field = page.get_by_label("Reply, as everybody will see it")
    field.press_sequentially("See you next time!")
    expect(page.locator("#guard")).to_contain_text("This implies that the writer was at the clinic and will return.")
    expect(page.locator("#guard-said")).to_contain_text("Nobody can approve this text.")
    expect(page.locator("#guard [data-size]")).to_have_text("18 of 4,096 bytes")
    page.reload()
    page.get_by_role("button", name="Bring it back").click()
    expect(field).to_have_value("See you next time!")
    field.press("Control+Enter")
    page.wait_for_url("**done=reply-saved")
    expect(page.get_by_text("There is a text here that was not saved.")).to_be_hidden()
    page.close()


@pytest.mark.statement("A42")
def test_logging_out_leaves_nothing_of_a_draft_in_the_browser(side: Side, browser: Browser) -> None:
    page = browser.new_page()
    log_in(page, side.url, "editor@north.example.org")
    page.goto(side.review("gb-0001"))
    dump = "() => JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])"
    page.get_by_label("Reply, as everybody will see it").press_sequentially("Half a thought")
    assert "Half a thought" in page.evaluate(dump), "kept for a session that ends while somebody writes"
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login**")
    assert page.evaluate(dump) == '[{},{},""]'
    page.close()


@pytest.mark.statement("S8")
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_pages_of_replies_are_accessible_in_every_state(
    side: Side, browser: Browser, size: str, scheme: Any
) -> None:
    page = browser.new_context(viewport=SIZES[size], color_scheme=scheme).new_page()  # type: ignore[arg-type]
    log_in(page, side.url, "owner@north.example.org")
    address = side.review("gb-0001")
    for path in (address, f"{side.url}/settings/replies", address.removesuffix("/reply")):
        page.goto(path)
        check(page)
    page.goto(address)
    page.get_by_label("Reply, as everybody will see it").fill("We are sorry. Your back is better, see you next time.")
    with page.expect_navigation():
        page.get_by_role("button", name="Check").click()
    check(page)
    with side.storage.read() as tx:
        g = tx.group(side.world.group_id)
        review = next(
            r for r in review_lists.find_reviews(g, review_lists.ReviewFilters(), 50).rows if r.public_id in address
        )
    editor = side.world.person_ids["editor@north.example.org"]
    with side.storage.write() as tx:
        g = tx.group(side.world.group_id)
        reply = replies.add_own(g, review_id=review.id, text="We are sorry. " + GOOD, person_id=editor, now=NOW)
    states = (
        "waiting",
        "approved",
        "posted",
        "pending",
        "confirmed",
        "rejected",
        "not_confirmed",
        "replaced",
        "removed",
    )
    for state in states:
        with side.storage.write() as tx:
            g = tx.group(side.world.group_id)
            sent = {"posted_by": editor, "posted_at": NOW, "posted_way": "hand"} if state == "posted" else {}
            replies.move(g, reply, state, **sent)
            reply = replies.get_own(g, reply.public_id)
        page.goto(address)
        check(page)
    page.context.close()
