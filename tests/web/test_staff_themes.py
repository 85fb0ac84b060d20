"""Themes and the group's own words, as staff see them."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reviews import sentiment
from reviews.collect.scoring import score_review
from reviews.model import OwnEntry
from reviews.storage import Storage, audit, clinics, lexicon, review_lists, reviews, scores, sources
from reviews.storage.review_lists import ReviewFilters
from tests.web.support import NOW, SCORER, World, add_run, get, log_in, make_review, post

EDITOR = "editor@north.example.org"
VIEWER = "viewer@north.example.org"
WAITED = "We waited two hours and nobody explained why. The room was clean."
KIND = "The receptionist was friendly and kind."
FREE_BUS = {
    "kind": "words", "language": "en", "term": "shuttle*", "points": "2.5", "leaning": "praise", "topic": "",
    "reason": "patients like our free shuttle",
}  # fmt: skip


def read_all(storage: Storage, limit: int = 1_000) -> int:
    """What the worker's pass does: every review with its group's current words."""
    scorers = sentiment.OwnScorers(SCORER)
    with storage.write() as tx:
        own = lexicon.find_own_names(tx, scorers)
        pending, _ = scores.find_pending(tx, SCORER.name, limit, own=own)
        done = [score_review(lexicon.choose_scorer(tx.group(each.group_id), scorers), each) for each in pending]
        return scores.save_scores(tx, done)


@pytest.fixture
def told(world: World) -> World:
    """The world with texts about waiting and the front desk, in two periods and at two sources; all read."""
    texts = [(WAITED, 200, 3), (WAITED, 200, 12), (KIND, 500, 5), (f"{KIND} {WAITED}", 300, 20), (KIND, 500, 110)]
    found = [make_review(f"t{n}", text=text, stars=stars, days_ago=ago) for n, (text, stars, ago) in enumerate(texts)]
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        add_run(g, sources.get_source_by_public_id(g, world.mine["page"]), found)
        table = sources.get_source_by_public_id(g, world.mine["table"])
        add_run(g, table, [make_review("t9", text="Parking was a nightmare, I waited.", days_ago=8)], trigger="import")
    read_all(world.storage)
    return world


def numbers(page: str) -> list[tuple[int, str]]:
    """Every number of the page that leads to the inbox, with its address."""
    links = re.findall(r'<a [^>]*?href="(/inbox[^"]*theme=[^"]*)"[^>]*>(.*?)</a>', page, re.S)
    return [(int(re.search(r"\d+", re.sub("<[^>]+>", "", text))[0]), unescape(url)) for url, text in links]  # type: ignore[index]


def total(client: FlaskClient, url: str) -> int:
    page = get(client, url).get_data(as_text=True)
    return len(set(re.findall(r'href="/reviews/(\w+)', page)))


@pytest.mark.statement("S2", "V26")
def test_each_number_is_the_number_of_reviews_behind_it(app: Flask, told: World) -> None:
    client = log_in(app, VIEWER)
    narrow = f"source={told.mine['page']}"
    seen = 0
    for path in ("/themes", "/themes?period=30", f"/themes?period=365&{narrow}", "/themes/waiting", "/themes/staff"):
        found = numbers(get(client, path).get_data(as_text=True))
        assert found
        for number, url in found:
            assert total(client, url) == number, (path, url)
            assert ("source" in parse_qs(urlsplit(url).query)) == (narrow in path)
        seen += len(found)
    assert seen > 20


def test_shares_are_by_sentence_and_say_of_how_many(app: Flask, told: World) -> None:
    page = get(log_in(app, VIEWER), "/themes/waiting?period=90").get_data(as_text=True)
    with told.storage.read() as tx:
        held = review_lists.find_reviews(tx.group(told.group_id), ReviewFilters(theme="waiting", since=None), 50).rows
    read = [SCORER.score(row.title, row.text, row.language) for row in held]
    sentences = [each.sentences for one in read if one for each in one.themes if each.theme == "waiting"]
    assert f"of {sum(map(len, sentences))} sentences" in page
    assert "too few reviews to compare" in page
    assert get(log_in(app, VIEWER), "/themes/no-such-theme").status_code == 404
    assert get(log_in(app, VIEWER), f"/themes?clinic={told.other['clinic']}").status_code == 404


@pytest.mark.statement("S15")
def test_charts_have_a_title_and_a_description_beside_a_table_of_the_same_numbers(app: Flask, told: World) -> None:
    page = get(log_in(app, VIEWER), "/themes/waiting").get_data(as_text=True)
    chart = re.search(r'<svg class="columns".*?</svg>', page, re.S)
    assert chart is not None
    for name in re.search(r'aria-labelledby="([^"]+)"', chart[0])[1].split():  # type: ignore[index]
        assert re.search(rf'id="{name}">[^<]+<', chart[0])
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page)
    assert len(rows) == 12
    assert rows[-1][0] == "November 2026"
    assert len(re.findall(r'class="gap"', chart[0])) == sum("nobody speaks of it" in cells for _, cells in rows)
    assert "style=" not in page


@pytest.mark.statement("V28")
def test_examples_show_the_words_that_matched(app: Flask, told: World) -> None:
    page = get(log_in(app, VIEWER), "/themes").get_data(as_text=True)
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.S)
    assert quotes
    assert all("<mark>" in quote for quote in quotes)
    assert any("waited" in quote for quote in quotes)


def test_two_readings_are_never_mixed_and_the_progress_is_shown(app: Flask, told: World) -> None:
    client = log_in(app, VIEWER)
    with told.storage.write() as tx:
        g = tx.group(told.group_id)
        entry = OwnEntry(language="en", kind="words", term="room", points=1.0, leaning="praise", reason="ours")
        lexicon.put_entry(g, entry, person_id=None, now=NOW)
        count = sum(scores.count_scored(g).values())
    read_all(told.storage, limit=4)
    page = get(client, "/themes").get_data(as_text=True)
    assert f"4 of {count} reviews re-scored" in page
    assert numbers(page) == []
    assert f"4 of {count} reviews re-scored" in get(client, "/themes/waiting").get_data(as_text=True)
    read_all(told.storage)
    page = get(client, "/themes").get_data(as_text=True)
    assert "re-scored" not in page
    assert numbers(page)


def test_nothing_to_show_says_why_and_what_to_do(app: Flask, world: World) -> None:
    page = get(log_in(app, VIEWER), "/themes?period=30").get_data(as_text=True)
    assert "No text of this period speaks of a theme." in page
    assert "period=365" in page


@pytest.mark.statement("S8")
def test_themes_speak_french(app: Flask, told: World) -> None:
    client = log_in(app, VIEWER)
    post(client, "/settings/language", {"language": "fr"}, form_on="/settings/sessions")
    for path in ("/themes", "/themes/waiting", "/themes/words", "/themes/words?look=pain"):
        page = get(client, path).get_data(as_text=True)
        assert '<html lang="fr"' in page
        assert not re.search(r">(Criticize|Reason|All themes|Look up)<", page), path


# ---------------------------------------------------------------- the group's own words
def add_shuttle_reviews(world: World) -> None:
    texts = ["They sent a shuttle.", "A shuttle again, and the wait was an hour late.", "Shuttles run all day."]
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        add_run(g, page, [make_review(f"s{n}", text=text, days_ago=n) for n, text in enumerate(texts)])
    read_all(world.storage)


@pytest.mark.statement("V14")
def test_a_word_is_tried_on_past_reviews_before_it_is_saved(app: Flask, world: World) -> None:
    add_shuttle_reviews(world)
    client = log_in(app, EDITOR)
    page = client.get("/themes/words/try", query_string=FREE_BUS, base_url="http://127.0.0.1:8000").get_data(
        as_text=True
    )
    assert "3 hold the word." in page
    assert re.search(r"Another label</dt><dd><strong>2<", page)
    assert page.count("<article") == 3
    assert "no word with points" in page
    assert "+2.5" in page
    with world.storage.read() as tx:
        assert lexicon.find_version(tx.group(world.group_id)) == 0


@pytest.mark.statement("V14", "S6")
def test_saving_a_word_is_noted_once_and_all_reviews_are_read_with_it(app: Flask, world: World) -> None:
    add_shuttle_reviews(world)
    client = log_in(app, EDITOR)
    hidden = {**FREE_BUS}
    answer = post(client, "/themes/words", hidden, form_on="/settings/sessions")
    assert answer.status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        (stored,) = lexicon.find_entries(g)
        assert (stored.entry.term, stored.entry.points, stored.person_name) == ("shuttle*", 2.5, "Editor North")
        newest = audit.find_entries(g, limit=1)[0]
        assert (newest.action, newest.before) == ("lexicon.saved", {})
        assert newest.after["term"] == "shuttle*"
        assert lexicon.find_entries(tx.group(world.other_group_id)) == []
    assert read_all(world.storage) > 3
    with world.storage.read() as tx:
        rows = review_lists.find_reviews(tx.group(world.group_id), ReviewFilters(label="positive"), 50).rows
        assert "Shuttles run all day." in {row.text for row in rows}
        others = review_lists.find_reviews(tx.group(world.other_group_id), ReviewFilters(), 50).rows
        assert {row.scorer for row in others} == {SCORER.name}
        assert "own/" in rows[0].scorer
    review = next(row for row in rows if row.text.startswith("Shuttles"))
    assert "Shuttles" in re.findall(r'<mark class="pos">([^<]*)<', get(client, f"/reviews/{review.public_id}").text)
    page = get(client, "/themes/words").get_data(as_text=True)
    assert "shuttle*" in page
    # Changed, then removed, each with its line in the trail.
    post(client, "/themes/words", {**FREE_BUS, "points": "1"}, form_on="/settings/sessions")
    path = f"/themes/words/{stored.public_id}/remove"
    assert "Without" in get(client, path).get_data(as_text=True)
    assert post(client, path, {}, form_on="/settings/sessions").status_code == 303
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        assert lexicon.find_entries(g) == []
        actions = [each.action for each in audit.find_entries(g, limit=3)]
        assert actions == ["lexicon.removed", "lexicon.saved", "lexicon.saved"]
    read_all(world.storage)
    with world.storage.read() as tx:
        assert set(scores.count_scored(tx.group(world.group_id))) == {SCORER.name}


@pytest.mark.statement("V14")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"term": ""}, "term"),
        ({"term": "never"}, "term"),
        ({"term": "<b>"}, "term"),
        ({"points": "1.3"}, "points"),
        ({"points": "-2"}, "points"),
        ({"leaning": "love"}, "leaning"),
        ({"reason": ""}, "reason"),
        ({"language": "xx"}, "language"),
        ({"kind": "themes", "topic": "weather"}, "topic"),
    ],
)
def test_a_faulty_entry_names_its_field_and_nothing_is_saved(
    app: Flask, world: World, change: dict[str, str], field: str
) -> None:
    client = log_in(app, EDITOR)
    given = {**FREE_BUS, **change}
    page = client.get("/themes/words/try", query_string=given, base_url="http://127.0.0.1:8000").get_data(as_text=True)
    assert f'href="#{field}"' in page
    assert post(client, "/themes/words", given, form_on="/settings/sessions").status_code == 400
    with world.storage.read() as tx:
        assert lexicon.find_entries(tx.group(world.group_id)) == []


@pytest.mark.statement("V28")
def test_theme_words_are_added_and_muted(app: Flask, world: World) -> None:
    add_shuttle_reviews(world)
    client = log_in(app, EDITOR)
    themes_of = {**FREE_BUS, "kind": "themes", "term": "shuttle*", "topic": "parking_access"}
    page = client.get("/themes/words/try", query_string=themes_of, base_url="http://127.0.0.1:8000").get_data(
        as_text=True
    )
    assert re.search(r"Other themes</dt><dd>3<", page)
    post(client, "/themes/words", themes_of, form_on="/settings/sessions")
    post(client, "/themes/words", {**themes_of, "term": "wait", "topic": "none"}, form_on="/settings/sessions")
    read_all(world.storage)
    with world.storage.read() as tx:
        g = tx.group(world.group_id)
        for theme, expected in (("access", 3), ("waiting", 1)):
            found = review_lists.find_reviews(g, ReviewFilters(theme=theme), 50).rows
            assert len([row for row in found if "huttle" in row.text]) == expected


def test_a_word_can_be_looked_up(app: Flask, world: World) -> None:
    client = log_in(app, VIEWER)
    page = get(client, "/themes/words?look=rude").get_data(as_text=True)
    assert "English: −3" in page
    assert "speaks of “Staff”" in page
    page = get(client, "/themes/words?look=awesome").get_data(as_text=True)
    assert "from the general word list VADER" in page
    assert "nothing about this word" in get(client, "/themes/words?look=qwertz").get_data(as_text=True)
    assert 'action="/themes/words/try"' not in page


def test_figures_and_lists_leave_out_other_groups(app: Flask, told: World) -> None:
    with told.storage.read() as tx:
        g = tx.group(told.other_group_id)
        assert clinics.find_clinics(g)
        assert {row.clinic_id for row in review_lists.find_reviews(g, ReviewFilters(theme="waiting"), 50).rows} <= {
            clinic.id for clinic in clinics.find_clinics(g)
        }
        assert reviews.get_review_by_public_id(g, told.other["review"])
    page = get(log_in(app, "owner@south.example.org"), "/themes").get_data(as_text=True)
    assert "North" not in page


# ---------------------------------------------------------------- how a review was read
@pytest.mark.statement("V19", "V20", "V21")
def test_what_is_shown_of_a_reading_adds_up_to_its_score(app: Flask, told: World) -> None:
    client = log_in(app, VIEWER)
    with told.storage.read() as tx:
        held = review_lists.find_reviews(tx.group(told.group_id), ReviewFilters(has_text=True), 50).rows
    review = next(row for row in held if row.text == f"{KIND} {WAITED}")
    page = get(client, f"/reviews/{review.public_id}").get_data(as_text=True)
    card = page[page.index('id="reads"') :]
    card = card[: card.index("</section>")]
    words = [float(text.replace("−", "-")) for text in re.findall(r"</bdi> ([+−][\d.]+)</a>", card)]
    total, divided, compound = (
        float(text.replace("−", "-")) for text in re.findall(r"<dd>(?:<strong>)?([+−]?[\d.]+)", card)
    )
    assert abs(sum(words) - total) < 0.02
    assert abs(divided / (divided**2 + 4) ** 0.5 - compound) < 0.01
    assert review.compound is not None
    assert abs(review.compound - compound) < 0.01
    look = re.findall(r'href="(/themes/words\?look=[^"#]+)', card)
    assert len(look) == len(words)
    known = get(client, unescape(look[0])).get_data(as_text=True)
    assert "nothing about this word" not in known


@pytest.mark.statement("V2", "V36")
def test_a_label_says_what_it_rests_on_and_an_unread_language_is_named(app: Flask, world: World) -> None:
    with world.storage.write() as tx:
        g = tx.group(world.group_id)
        page = sources.get_source_by_public_id(g, world.mine["page"])
        found = [
            make_review("nl", text="De wachttijd was lang.", language="nl", days_ago=1),
            make_review("only", text="", stars=100, days_ago=1),
            make_review("odd", text="Lovely, friendly and wonderful people, thank you!", stars=100, days_ago=1),
        ]
        add_run(g, page, found)
    read_all(world.storage)
    client = log_in(app, VIEWER)
    inbox = get(client, "/inbox").get_data(as_text=True)
    for text in ("not read: Dutch", "Negative by its stars, no text", "Positive by its stars, no text", "Wrong star?"):
        assert text in inbox, text
    with world.storage.read() as tx:
        rows = review_lists.find_reviews(tx.group(world.group_id), ReviewFilters(), 50).rows
    dutch, rating = (next(row for row in rows if row.identity_key == key) for key in ("nl", "only"))
    assert "not read: Dutch" in get(client, f"/reviews/{dutch.public_id}").get_data(as_text=True)
    assert "Negative by its stars, no text" in get(client, f"/reviews/{rating.public_id}").get_data(as_text=True)
