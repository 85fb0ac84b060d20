"""Monday morning, as a practice of one person has it: from the login to the report, with every press counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from reviews.storage import people, replies, review_lists, sources
from reviews.storage.review_lists import ReviewFilters
from tests.browser.test_staff import Side
from tests.browser.test_staff_daily import LARGE, daily
from tests.conftest import NOW
from tests.web.support import PASSWORD, add_run, connect_yelp

__all__ = ["daily"]
OWNER = "owner@north.example.org"
BAD = "We looked after you for an hour, and your back is better."
GOOD = "Thank you for taking the time to write. We read every comment. Please call the office at +1 519 555 0142."
MOST_PRESSES = 15
"""Links, buttons and boxes from the login to the report; lower it when a step goes."""
MOST_TABS = 96
"""How often Tab is pressed for the same by keyboard, each page from its top, by way of "Skip to the content"."""


@dataclass
class Hand:
    """Somebody who presses: with the mouse, or with Tab, Enter and the space bar; each press and each Tab counts."""

    page: Page
    by_keyboard: bool
    presses: int = 0
    tabs: int = 0

    def press(self, target: Locator, *, key: str = "Enter") -> None:
        """Press a link, a button or a box."""
        self.presses += 1
        if not self.by_keyboard:
            target.click()
            return
        self.reach(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Write into a field, in place of what is there."""
        if not self.by_keyboard:
            target.fill(text)
            return
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def reach(self, target: Locator) -> None:
        """Press Tab until the focus is there."""
        for _ in range(80):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            self.tabs += 1
        raise AssertionError(f"{target} cannot be reached with Tab")

    def arrive(self, sign: Locator) -> None:
        """Wait until a page is there whole, its scripts too, which may move the focus; `sign` is on no earlier page."""
        expect(sign).to_be_visible()
        self.page.wait_for_load_state()

    def skip(self) -> None:
        """Go to the content of a page, as the first Tab offers."""
        if self.by_keyboard:
            self.reach(self.page.get_by_role("link", name="Skip to the content"))
            self.page.keyboard.press("Enter")


@pytest.fixture
def monday(daily: Side) -> Side:
    """The week's reviews, in a practice where nobody else logs in, with a platform that refuses the key."""
    assert daily.world is not None
    with daily.storage.write() as tx:
        g = tx.group(daily.world.group_id)
        for member in people.find_members(g):
            if member.role != "owner":
                people.remove_membership(g, member.person.id)
        yelp = connect_yelp(g, daily.world.mine["clinic"])
        hint = "Yelp no longer accepts our key. Please connect it again."
        add_run(g, yelp, [], now=NOW - timedelta(minutes=9), outcome="unauthorized", hint=hint, success=False)
        sources.update_source(g, yelp.id, now=NOW, state="needs_person")
    return daily


@pytest.fixture(params=["keyboard", "mouse without JavaScript"])
def hand(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Hand]:
    by_keyboard = request.param == "keyboard"
    context = browser.new_context(viewport=LARGE, java_script_enabled=by_keyboard)  # type: ignore[arg-type]
    yield Hand(context.new_page(), by_keyboard)
    context.close()


@pytest.mark.statement("S1")
def test_monday_morning_from_the_login_to_the_report(monday: Side, hand: Hand) -> None:
    page, steps = hand.page, list[tuple[str, int]]()

    def step(name: str, work: Callable[[Page, Hand], None]) -> None:
        before = hand.presses
        work(page, hand)
        steps.append((name, hand.presses - before))

    page.goto(f"{monday.url}/login")
    step("log in", log_in)
    step("see what changed", see_what_changed)
    step("answer a negative review", answer)
    step("choose a quote", choose_a_quote)
    step("look at a broken source", look_at_the_source)
    step("send the report", send_the_report)
    print(f"Monday morning: {hand.presses} presses, {hand.tabs} times Tab: {steps}")
    assert hand.presses <= MOST_PRESSES, steps
    assert hand.tabs <= MOST_TABS
    check_what_is_stored(monday)


def log_in(page: Page, hand: Hand) -> None:
    hand.write(page.get_by_label("E-mail address"), OWNER)
    hand.write(page.get_by_label("Password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Log in"))
    hand.arrive(page.get_by_role("heading", name="Today", exact=True, level=1))


def see_what_changed(page: Page, hand: Hand) -> None:
    expect(page.get_by_text("reviews that you have not opened yet")).to_be_visible()
    expect(page.get_by_text("One or two stars, and no reply yet.").first).to_be_visible()
    expect(page.get_by_text("Yelp no longer accepts our key.")).to_be_visible()


def answer(page: Page, hand: Hand) -> None:
    need = page.get_by_role("listitem").filter(has_text="One or two stars").first
    hand.skip()
    hand.press(need.get_by_role("link", name="Write a reply"))
    field = page.get_by_label("Reply, as everybody will see it")
    hand.arrive(field)
    hand.write(field, BAD)
    hand.press(page.get_by_role("button", name="Save, and read it again"))
    hand.arrive(page.get_by_text("The guard stops this text").first)
    hand.write(field, GOOD)
    hand.press(page.get_by_role("button", name="Save, and read it again"))
    opening = page.get_by_role("link", name="Copy and open")
    hand.arrive(opening)
    with page.context.expect_page() as opened:
        hand.press(opening)
    opened.value.close()
    hand.press(page.get_by_role("button", name="I have read it again and posted it"))
    hand.arrive(page.get_by_text("It counts as confirmed once a reading of the source sees it."))


def choose_a_quote(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Today"))
    hand.arrive(page.get_by_role("heading", name="Today", exact=True, level=1))
    hand.skip()
    hand.press(page.get_by_role("link", name="Review by Emil Saar").first)
    hand.arrive(page.get_by_role("heading", name="Emil Saar", exact=True, level=1))
    hand.skip()
    hand.press(page.get_by_role("checkbox", name="I have read the whole review"), key="Space")
    hand.press(page.get_by_role("button", name="Choose it as a quote"))
    hand.arrive(page.get_by_text("Somebody has chosen this review as a quote."))


def look_at_the_source(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Sources"))
    hand.arrive(page.get_by_role("heading", name="Sources", exact=True, level=1))
    hand.skip()
    hand.press(page.get_by_role("link", name="Yelp", exact=True))
    hand.arrive(page.get_by_role("heading", name="Yelp", exact=True, level=1))
    expect(page.get_by_text("Please connect it again.")).to_be_visible()
    expect(page.get_by_role("link", name="Connect again").first).to_be_visible()


def send_the_report(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Reports"))
    hand.arrive(page.get_by_role("heading", name="Reports", exact=True, level=1))
    hand.skip()
    hand.press(page.get_by_role("link", name="October 2026"))
    hand.arrive(page.get_by_role("heading", name="Report of October 2026", exact=True, level=1))
    hand.skip()
    hand.press(page.get_by_role("button", name="Make a link"))
    expect(page.get_by_label("Address of the link")).to_be_visible()


def check_what_is_stored(monday: Side) -> None:
    assert monday.world is not None
    with monday.storage.read() as tx:
        g = tx.group(monday.world.group_id)
        answered = review_lists.find_reviews(g, ReviewFilters(work="answered"), 50).rows
        posted = [reply for each in answered for reply in replies.find_own(g, each.id) if reply.state == "posted"]
        assert [reply.text for reply in posted] == [GOOD]
        quotes = review_lists.find_reviews(g, ReviewFilters(publication="featured"), 5).rows
        assert [review.author for review in quotes] == ["Emil Saar"]
