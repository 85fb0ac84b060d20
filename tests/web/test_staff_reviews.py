"""Today, the inbox and the page of a review: what they show and what they write."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask

from reviews import sentiment
from reviews.model import Hit as ModelHit
from reviews.model import Precision, ReviewDate, Sentence, Sentiment
from reviews.sentiment import lexicon
from reviews.storage import Storage, audit, clinics, review_lists, reviews, sources
from reviews.storage.review_lists import ReviewFilters
from reviews.web.dashboard.differences import differences
from reviews.web.dashboard.review import THEMES, marked
from tests.web.support import NOW, FakeServices, World, add_run, get, log_in, make_review, post, tokens

OWNER = "owner@north.example.org"
VIEWER = "viewer@north.example.org"


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="go"[^>]*><bdi>([^<]*)</bdi>', page)


def fill(storage: Storage, world: World, count: int) -> None:
    """More reviews on the group's page, one a day, "Number 0" the newest."""
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        more = [
            make_review(f"n{i}", title=f"Number {i}", days_ago=100 + i, stars=100 * (i % 5 + 1)) for i in range(count)
        ]
        add_run(g, page, more, now=NOW + timedelta(minutes=5))


# ---------------------------------------------------------------- the list
@pytest.mark.statement("S5")
def test_the_list_pages_by_key_and_shows_each_review_once(app: Flask, world: World, storage: Storage) -> None:
    fill(storage, world, 60)
    client = log_in(app, OWNER)
    seen: list[str] = []
    path: str | None = "/inbox?source=" + world.mine["page"]
    pages = 0
    while path:
        text = get(client, path).get_data(as_text=True)
        seen += titles(text)
        pages += 1
        if pages == 1:
            with storage.write() as tx:
                g = tx.group(world.group_id)
                page = sources.get_source_by_public_id(g, world.mine["page"])
                add_run(g, page, [make_review("late", title="Arrived meanwhile", days_ago=0)], now=NOW)
        found = re.search(r'href="([^"]*)" rel="next"', text)
        path = found[1].replace("&amp;", "&") if found else None
    assert pages == 3
    assert len(seen) == 64
    assert len(set(seen)) == 64
    assert "Arrived meanwhile" not in seen


@pytest.mark.statement("S4")
def test_filters_live_in_the_address_and_are_shown_as_chips(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    text = get(client, "/inbox?stars=2&stars=5&language=en").get_data(as_text=True)
    assert titles(text) == ["Review by Bo Berg", "Marker title", "Review without a name"]
    assert "3 reviews" in text
    assert 'name="stars" value="5" checked' in text
    chips = re.findall(r'<a class="chip" href="([^"]*)">([^<]*)<', text)
    assert [(href.replace("&amp;", "&"), name.strip()) for href, name in chips] == [
        ("/inbox?language=en", "2, 5 stars"),
        ("/inbox?stars=2&stars=5", "English"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("language=fr", ["Review by Zoé Roy"]),
        ("publication=hidden", []),
        ("presence=missing", []),
        ("read=no&stars=2", ["Review by Bo Berg"]),
        ("stars=0", []),
        ("stars=nonsense", None),
        ("label=loud", None),
    ],
)
def test_each_filter_narrows_and_nonsense_does_not(
    app: Flask, world: World, query: str, expected: list[str] | None
) -> None:
    found = titles(get(log_in(app, OWNER), f"/inbox?{query}").get_data(as_text=True))
    assert len(found) == 5 if expected is None else found == expected


def test_clinic_and_source_filter_by_public_id_and_know_no_strangers(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert len(titles(get(client, f"/inbox?clinic={world.mine['clinic']}").get_data(as_text=True))) == 5
    assert len(titles(get(client, f"/inbox?source={world.mine['table']}").get_data(as_text=True))) == 1
    assert get(client, f"/inbox?clinic={world.other['clinic']}").status_code == 404
    assert get(client, f"/inbox?source={world.other['page']}").status_code == 404
    assert get(client, f"/inbox?after={world.other['review']}").status_code == 404


def test_filters_that_hide_everything_say_how_much_each_hides(app: Flask, world: World) -> None:
    text = get(log_in(app, OWNER), "/inbox?stars=1&language=fr").get_data(as_text=True)
    assert "No reviews with these filters." in text
    assert "“1 star” hides 1 review." in text
    assert "“French” hides" not in text
    assert "Remove this filter" in text


def test_a_group_without_a_source_is_shown_the_ways_in(app: Flask, storage: Storage, world: World) -> None:
    from reviews.storage import clinics, groups, people

    with storage.write() as tx:
        group = groups.add_group(tx, name="Empty", now=NOW)
        clinics.add_clinic(tx.group(group.id), slug="empty", name="Empty Lane", now=NOW)
        person = people.add_person(
            tx, email="empty@north.example.org", name="Eve", now=NOW,
            password_hash=people.get_person(tx, world.person_ids[OWNER]).password_hash,
        )  # fmt: skip
        people.add_membership(tx.group(group.id), person_id=person.id, role="owner", now=NOW)
    client = log_in(app, "empty@north.example.org")
    for path in ("/", "/inbox", "/sources"):
        text = get(client, path).get_data(as_text=True)
        assert all(way in text for way in ("From a web page", "From a file", "python -m reviews demo")), path
        assert "<table" not in text


# ---------------------------------------------------------------- today
@pytest.mark.statement("S2")
def test_every_number_of_today_counts_the_rows_behind_it(app: Flask, world: World, storage: Storage) -> None:
    fill(storage, world, 12)
    client = log_in(app, OWNER)
    text = get(client, "/").get_data(as_text=True)
    tiles = re.findall(
        r'<a href="(/inbox\?read=no&amp;stars=\d)" data-count="\d+">.*?<span class="big">(\d+)</span>', text, re.S
    )
    assert len(tiles) == 5
    for href, number in tiles:
        page = get(client, href.replace("&amp;", "&")).get_data(as_text=True)
        assert len(titles(page)) == int(number), href


@pytest.mark.statement("S17")
def test_read_is_each_persons_own(app: Flask, world: World) -> None:
    mine, other = log_in(app, OWNER), log_in(app, VIEWER)
    path = f"/reviews/{world.mine['review']}"
    assert post(mine, f"{path}/read", {"read": "yes"}, form_on=path).status_code == 303
    assert len(titles(get(mine, "/inbox?read=no").get_data(as_text=True))) == 4
    assert len(titles(get(other, "/inbox?read=no").get_data(as_text=True))) == 5
    assert post(mine, f"{path}/read", {"read": "no"}, form_on=path).status_code == 303
    assert len(titles(get(mine, "/inbox?read=no").get_data(as_text=True))) == 5
    assert post(mine, "/read-all").status_code == 303
    assert "Nothing waits for you." in get(mine, "/").get_data(as_text=True)
    assert "Nothing waits for you." not in get(other, "/").get_data(as_text=True)


def test_opening_a_review_by_get_does_not_mark_it(app: Flask, world: World) -> None:
    client = log_in(app, OWNER)
    assert "data-auto" in get(client, f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert len(titles(get(client, "/inbox?read=no").get_data(as_text=True))) == 5


# ---------------------------------------------------------------- one review
def test_a_review_shows_what_was_found_and_how_exactly(app: Flask, world: World) -> None:
    text = get(log_in(app, OWNER), f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert "marker-North Very kind" in re.sub("</?mark[^>]*>", "", text)
    assert "Marker title" in text
    assert "Thank you for your words." in text
    assert '<time datetime="2026-11-12">12 November 2026</time>' in text
    assert 'aria-label="5 out of 5 stars"' in text
    assert 'href="https://north.example.org/reviews"' in text


def test_an_edit_is_shown_word_by_word_and_the_old_version_stays(app: Flask, world: World, storage: Storage) -> None:
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(
            g,
            page,
            [make_review("a", title="Marker title", text="marker-North Very kind, but late.", stars=300)],
            now=NOW + timedelta(hours=1),
        )
    text = get(log_in(app, OWNER), f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert "Version 1" in text
    assert "<ins>" in text
    assert "<del>" in text
    assert 'aria-label="3 out of 5 stars"' in text
    assert "Edited by its author" in get(log_in(app, OWNER), "/inbox").get_data(as_text=True)


@pytest.mark.statement("S13", "S6")
def test_hiding_takes_a_neutral_reason_is_noted_once_and_can_be_undone(
    app: Flask, world: World, storage: Storage
) -> None:
    client = log_in(app, "editor@north.example.org")
    path = f"/reviews/{world.mine['review']}"
    page = get(client, path).get_data(as_text=True)
    reasons = set(re.findall(r'name="reason" value="(\w+)"', page))
    assert reasons == {"privacy", "abuse", "off_topic", "wrong_clinic", "legal", "author_asked", "duplicate"}
    form = {**tokens(client, path), "reason": "privacy"}
    for _ in range(2):
        answer = client.post(f"{path}/hide", data=form, base_url="http://127.0.0.1:8000")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?done=hidden")
    with storage.read() as tx:
        g = tx.group(world.group_id)
        found = reviews.get_review_by_public_id(g, world.mine["review"])
        assert (found.publication, found.hide_reason) == ("hidden", "privacy")
        [entry] = [entry for entry in audit.find_entries(g) if entry.action == "review.hidden"]
        assert entry.person_id == world.person_ids["editor@north.example.org"]
        assert entry.after == {"publication": "hidden", "reason": "privacy"}
        assert entry.before == {"publication": "listed", "reason": None}
        assert entry.object_id == world.mine["review"]
        assert audit.verify_chain(g) is None
        assert [clinic_id for _, clinic_id, _ in clinics.find_stale_clinics(tx, 10)] == [found.clinic_id]
    assert "Hidden from the website" in get(client, "/inbox?publication=hidden").get_data(as_text=True)
    assert post(client, f"{path}/unhide", form_on=path).status_code == 303
    with storage.read() as tx:
        found = reviews.get_review_by_public_id(tx.group(world.group_id), world.mine["review"])
        assert (found.publication, found.hide_reason) == ("listed", None)


def test_a_viewer_sees_no_button_that_the_server_would_refuse(app: Flask, world: World) -> None:
    client = log_in(app, VIEWER)
    text = get(client, f"/reviews/{world.mine['review']}").get_data(as_text=True)
    assert "/hide" not in text
    assert "Add a source" not in get(client, "/sources").get_data(as_text=True)
    assert "Run now" not in get(client, f"/sources/{world.mine['page']}").get_data(as_text=True)
    assert "Undo this import" not in get(client, f"/imports/{world.mine['imported']}").get_data(as_text=True)


@pytest.mark.statement("T1", "T4", "T5")
def test_foreign_words_are_text_and_foreign_addresses_are_no_scripts(
    app: Flask, world: World, storage: Storage
) -> None:
    nasty = '"><script>alert(1)</script>\u202e{{7*7}}'
    with storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        sources.update_source(g, page.id, now=NOW, label=nasty, url="javascript:alert(2)")
        bad = make_review(
            "bad", title=nasty, text=nasty, author=nasty, reply=nasty, days_ago=0, url="javascript:alert(3)"
        )
        add_run(g, sources.get_source(g, page.id), [bad], now=NOW)
        newest = review_lists.find_reviews(g, ReviewFilters(), 1).rows[0]
    client = log_in(app, OWNER)
    for path in ("/", "/inbox", "/sources", f"/reviews/{newest.public_id}", f"/sources/{world.mine['page']}"):
        text = get(client, path).get_data(as_text=True)
        assert "<script>alert" not in text, path
        assert 'href="javascript' not in text, path
        assert "{{7*7}}" in text, path


# ---------------------------------------------------------------- pure parts
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("same", "same", [("same", "same")]),
        ("a b", "a c", [("same", "a "), ("del", "b"), ("ins", "c")]),
        ("", "new", [("ins", "new")]),
        ("gone", "", [("del", "gone")]),
    ],
)
def test_differences_are_by_word(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert differences(old, new) == expected


def test_differences_of_long_texts_stay_cheap_and_whole() -> None:
    old, new = "word " * 5000, "other " * 5000
    pieces = differences(old, new)
    assert "".join(text for kind, text in pieces if kind != "ins") == old
    assert "".join(text for kind, text in pieces if kind != "del") == new


def test_marked_words_leave_the_text_as_it_was() -> None:
    from typing import cast

    from reviews.storage.review_rows import StoredReview

    class Found:
        title = "Nice"
        text = "Kind people. Awful wait."

    hits = tuple(
        ModelHit(start=start, end=end, term="", points=points, source="")
        for start, end, points in ((0, 4, 1.0), (5, 9, 2.0), (7, 9, 1.0), (18, 23, -2.0))
    )
    evidence = (Sentence(start=0, end=29, points=2.0, tokens=6, hits=hits),)
    read = Sentiment(compound=0.1, label="positive", evidence=evidence, scorer="x")
    pieces = marked(cast(StoredReview, Found()), read)
    assert "".join(text for _, text in pieces) == Found.text
    assert [piece for piece in pieces if piece[0]] == [("pos", "Kind"), ("neg", "Awful")]


def test_themes_stand_beside_the_score_with_the_words_that_said_so(
    app: Flask, world: World, fakes: FakeServices
) -> None:
    scorer = sentiment.load()
    text = "Friendly receptionist & clean rooms. I waited <an hour> and nobody explained why."
    fakes.scorer = scorer
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, page, [make_review("themes", text=text)])
        row = next(r for r in review_lists.find_reviews(g, ReviewFilters(), 20).rows if r.text == text)
    page_text = get(log_in(app, VIEWER), f"/reviews/{row.public_id}").get_data(as_text=True)
    expected = scorer.score("", text, "en")
    assert expected is not None
    assert {theme.theme for theme in expected.themes} >= {"staff", "waiting"}
    shown = {unescape(word).casefold() for word in re.findall(r"<q [^>]*>([^<]*)</q>", page_text)}
    assert shown == {text[word.start : word.end].casefold() for theme in expected.themes for word in theme.words}
    assert "What it speaks of" in page_text
    assert "<an hour>" not in page_text


def test_every_theme_of_the_reader_has_a_name() -> None:
    assert set(THEMES) == set(lexicon.THEMES)


@pytest.mark.statement("S7")
@pytest.mark.parametrize(
    ("precision", "relative", "days", "expected", "machine"),
    [
        (Precision.DAY, False, 1, "14 March 2025", "2025-03-14"),
        (Precision.MONTH, False, 31, "March 2025", "2025-03"),
        (Precision.YEAR, False, 300, "2025", "2025"),
        (Precision.DAY, True, 1, "March 2025", "2025-03"),
        (Precision.YEAR, True, 300, "about 2025", "2025"),
    ],
)
def test_a_date_is_never_more_exact_than_known(
    app: Flask, precision: Precision, relative: bool, days: int, expected: str, machine: str
) -> None:
    from reviews.web.pages import machine_date, staff_date

    start = datetime(2025, 3, 14 if days == 1 else 1, tzinfo=UTC)
    date = ReviewDate(
        raw="", earliest=start, latest=start + timedelta(days=days) - timedelta(seconds=1), precision=precision,
        relative=relative,
    )  # fmt: skip
    with app.test_request_context(base_url="http://127.0.0.1:8000"):
        app.preprocess_request()
        assert (staff_date(date, UTC), machine_date(date, UTC)) == (expected, machine)


def test_a_day_without_a_zone_is_that_day_for_every_clinic(app: Flask) -> None:
    from zoneinfo import ZoneInfo

    from reviews.web.pages import machine_date, staff_date

    day = datetime(2026, 8, 22, tzinfo=UTC)
    bare = ReviewDate(raw="2026-08-22", earliest=day, latest=day + timedelta(hours=23), precision=Precision.DAY)
    evening = ReviewDate(raw="x", earliest=day, latest=day, precision=Precision.INSTANT)
    with app.test_request_context(base_url="http://127.0.0.1:8000"):
        app.preprocess_request()
        for name in ("America/Vancouver", "Pacific/Auckland"):
            zone = ZoneInfo(name)
            assert (staff_date(bare, zone), machine_date(bare, zone)) == ("22 August 2026", "2026-08-22")
        assert machine_date(evening, ZoneInfo("America/Vancouver")) == "2026-08-21", "a moment is in the clinic's day"
