"""Erasure at somebody's request: a page for owners, which says what goes and what stays, on both engines."""

import pytest
from flask import Flask

from reviews.errors import StorageBusy
from reviews.storage import Storage, audit, clinics, erasure, groups, review_lists, reviews
from tests.conftest import FakeClock
from tests.web.support import FakeServices, World, get, log_in, post

PAGE = "/settings/erasure"
OWNER = "owner@north.example.org"


def erase(app: Flask, world: World, **fields: object) -> object:
    form = {"reviews": [world.mine["review"]], "reason": "author_asked", "sure": "yes", **fields}
    return post(log_in(app, OWNER), PAGE, form, form_on=PAGE)


@pytest.mark.statement("S19", "S6", "S45")
def test_an_owner_finds_a_person_and_erases_what_they_wrote(
    app: Flask, world: World, storage: Storage, fakes: FakeServices
) -> None:
    client = log_in(app, OWNER)
    page = get(client, f"{PAGE}?q=lind").get_data(as_text=True)
    assert world.mine["review"] in page
    assert "marker-North" in page
    answer = post(
        client, PAGE, {"reviews": [world.mine["review"]], "reason": "author_asked", "sure": "yes"}, form_on=PAGE
    )
    assert answer.status_code == 303
    after = get(client, answer.headers["Location"]).get_data(as_text=True)
    assert "Erased." in after
    assert "1 author asked to be forgotten" in after
    with storage.read() as tx:
        g = tx.group(world.group_id)
        found = reviews.get_review_by_public_id(g, world.mine["review"])
        assert (found.text, found.author, found.title) == ("", None, "")
        assert erasure.is_erased(g, found.source_id, found.identity_key)
        rows = review_lists.find_reviews(g, review_lists.ReviewFilters(words="marker")).rows
        (entry,) = [each for each in audit.find_entries(g, limit=50) if each.action == "review.erased"]
        assert audit.verify_chain(g) is None
    assert rows == ()
    # The trail says that, why and by whom; not whose it was.
    assert (entry.object_id, entry.before, entry.after) == (world.mine["review"], {}, {"reason": "author_asked"})
    assert entry.person_name == "Owner North"
    assert ("refresh", world.group_id, found.clinic_id) in fakes.asked
    page = get(client, f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert "It was erased for good" in page
    assert "Ada Lind" not in page
    assert "Erased a review for good" in get(client, "/settings/audit").get_data(as_text=True)


def test_the_page_of_a_review_leads_an_owner_to_the_erasure_of_all_that_its_author_wrote(
    app: Flask, world: World
) -> None:
    client = log_in(app, OWNER)
    page = get(client, f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert f'href="{PAGE}?review={world.mine["review"]}"' in page
    page = get(client, f"{PAGE}?review={world.mine['review']}").get_data(as_text=True)
    assert f'value="{world.mine["review"]}" checked' in page
    assert page.count('name="reviews"') == 2  # the form of the same author at another source
    editor = get(log_in(app, "editor@north.example.org"), f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert PAGE not in editor


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sure": ""}, "Please confirm"),
        ({"reason": "negative"}, "Choose a reason."),
        ({"reviews": []}, "Choose at least one review."),
    ],
)
def test_nothing_is_erased_without_a_neutral_reason_and_a_confirmation(
    app: Flask, world: World, storage: Storage, fields: dict[str, object], said: str
) -> None:
    answer = erase(app, world, review=world.mine["review"], **fields)
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert said in answer.get_data(as_text=True)  # type: ignore[attr-defined]
    with storage.read() as tx:
        g = tx.group(world.group_id)
        assert groups.count_forgotten(g) == 0
        assert reviews.get_review_by_public_id(g, world.mine["review"]).text


def test_a_review_of_another_group_is_not_found_and_then_nothing_is_erased(
    app: Flask, world: World, storage: Storage
) -> None:
    answer = erase(app, world, reviews=[world.mine["review"], world.other["review"]])
    assert answer.status_code == 404  # type: ignore[attr-defined]
    with storage.read() as tx:
        assert [groups.count_forgotten(tx.group(each)) for each in (world.group_id, world.other_group_id)] == [0, 0]


def test_an_erasure_holds_when_the_website_cannot_be_made_anew_at_once(
    app: Flask, world: World, storage: Storage, fakes: FakeServices, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy(list):  # type: ignore[type-arg]
        def append(self, asked: object) -> None:
            raise StorageBusy("in use")

    monkeypatch.setattr(fakes, "asked", Busy())
    assert erase(app, world).status_code == 303  # type: ignore[attr-defined]
    with storage.read() as tx:
        g = tx.group(world.group_id)
        clinic = clinics.get_clinic_by_public_id(g, world.mine["clinic"])
        assert clinics.get_stale_since(g, clinic.id) == clock()  # the worker does it
