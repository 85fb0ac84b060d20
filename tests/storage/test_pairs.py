"""Reviews in two places count once, also while content goes and comes back; what a person says stands."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from reviews.errors import NotFound
from reviews.normalize.pairs import FoundPair
from reviews.storage import (
    GroupTransaction,
    Storage,
    alerts,
    erasure,
    pairs,
    people,
    replies,
    review_lists,
    reviews,
    runs,
    scores,
    summaries,
    themes,
    work,
)
from reviews.storage.review_lists import ReviewFilters
from tests.builders import Place, add_place, add_run, add_source, make_review, next_run, save
from tests.conftest import NOW

LATER = NOW + timedelta(days=31)


@pytest.fixture
def two(storage: Storage) -> Iterator[tuple[GroupTransaction, Place, Place]]:
    """One clinic with two sources, each of which holds the reviews "a" and one of its own."""
    with storage.write() as tx:
        first = add_place(tx)
        g = tx.group(first.group_id)
        source_id = add_source(g, first.clinic_id, kind="google_business", origin="google_business")
        second = Place(
            group_id=first.group_id, clinic_id=first.clinic_id, source_id=source_id, run_id=add_run(g, source_id)
        )
        same = {"origin": "google_business", "shared_key": "google:ChZDSUhNMG9nS0"}
        save(g, first, make_review("a", **same), make_review("b", stars=2))
        save(g, second, make_review("x", **same), make_review("y", stars=3))
        yield g, first, second


def ids(g: GroupTransaction) -> dict[str, int]:
    return {row.identity_key: row.id for row in review_lists.find_reviews(g, ReviewFilters()).rows}


def pair_up(g: GroupTransaction, place: Place, **changes: Any) -> pairs.Pair:
    known = ids(g)
    one, other = sorted((known["a"], known["x"]))
    given = {"basis": "id", "likeness": 100, "is_same": True, **changes}
    pairs.save_pairs(g, place.clinic_id, [FoundPair(one_id=one, other_id=other, **given)], until=NOW, now=NOW)
    pairs.settle(g, place.clinic_id)
    return pairs.find_pairs(g, clinic_id=place.clinic_id)[0]


def counted(g: GroupTransaction, place: Place) -> tuple[int, int]:
    """In the sample, and in the months."""
    summaries.refresh_months(g, place.clinic_id)
    months = summaries.find_months(g, place.clinic_id)
    return review_lists.sample_figures(g, place.clinic_id).count, sum(month.count for month in months)


def test_what_is_one_review_counts_once_and_is_quoted_once(two):
    g, place, _ = two
    assert counted(g, place) == (4, 4)
    pair_up(g, place)
    assert counted(g, place) == (3, 3)
    assert [row.identity_key for row in review_lists.quote_candidates(g, place.clinic_id)].count("a") == 0
    assert "x" in [row.identity_key for row in review_lists.quote_candidates(g, place.clinic_id)], "the platform's own"


def test_a_proposal_changes_nothing_until_a_person_says_so_and_can_be_taken_back(two):
    g, place, _ = two
    pair = pair_up(g, place, is_same=False, basis="text")
    assert (counted(g, place), pairs.count_waiting(g)) == ((4, 4), 1)
    assert pairs.decide(g, pair, "same", now=NOW, person_id=None)
    assert (counted(g, place), pairs.count_waiting(g)) == ((3, 3), 0)
    assert not pairs.decide(g, pair, "same", now=NOW, person_id=None), "twice is once"
    assert pairs.decide(g, pair, "different", now=NOW, person_id=None)
    assert counted(g, place) == (4, 4)
    assert pair_up(g, place).state == "different", "what was decided is not asked again"
    assert counted(g, place) == (4, 4)


def test_three_places_are_one_review(two):
    g, place, _ = two
    third = add_source(g, place.clinic_id)
    save(g, Place(group_id=place.group_id, clinic_id=place.clinic_id, source_id=third, run_id=add_run(g, third)),
         make_review("q"))  # fmt: skip
    pair_up(g, place)
    known = ids(g)
    one, other = sorted((known["a"], known["q"]))
    found = FoundPair(one_id=one, other_id=other, basis="text", likeness=95, is_same=True)
    pairs.save_pairs(g, place.clinic_id, [found], until=NOW, now=NOW)
    pairs.settle(g, place.clinic_id)
    assert counted(g, place) == (3, 3)
    assert pairs.find_cluster(g, place.clinic_id, known["q"]) == sorted((known["a"], known["q"], known["x"]))


def test_when_one_place_loses_it_the_other_counts(two):
    g, place, second = two
    pair_up(g, place)
    for _ in range(2):
        second = next_run(g, second)
        save(g, second, make_review("y", stars=3))
        reviews.mark_missed(g, second.source_id, second.run_id, NOW)
    assert counted(g, place)[0] == 2, "until the refresh that follows each run"
    assert pairs.settle(g, place.clinic_id) == 2
    assert counted(g, place) == (3, 3)


def test_months_count_it_once_while_content_goes_and_comes_back(two):
    g, first, second = two
    pair_up(g, first)
    before = counted(g, first)[1]

    def purge(place: Place) -> None:
        reviews.purge_content(g, "google_business", LATER, LATER, source_id=place.source_id)

    def read_again(place: Place, key: str) -> Place:
        place = next_run(g, place)
        shared = {"origin": "google_business", "shared_key": "google:ChZDSUhNMG9nS0"}
        save(g, place, make_review(key, **shared), now=LATER)
        return place

    purge(second)
    assert counted(g, first)[1] == before, "the other place counts on"
    purge(first)
    assert counted(g, first)[1] == before, "as what was put aside"
    read_again(first, "a")
    assert counted(g, first)[1] == before
    read_again(second, "x")
    assert counted(g, first)[1] == before
    pairs.settle(g, first.clinic_id)
    assert counted(g, first)[1] == before


def test_what_a_person_has_hidden_is_hidden_in_every_place(two):
    g, place, _ = two
    reviews.hide(g, ids(g)["a"], "privacy", NOW)
    pair_up(g, place)
    assert reviews.get_review(g, ids(g)["x"]).publication == "hidden"
    assert {row.identity_key for row in review_lists.quote_candidates(g, place.clinic_id)} == {"b", "y"}


def test_hiding_one_place_as_a_duplicate_leaves_the_other(two):
    g, place, _ = two
    reviews.hide(g, ids(g)["a"], "duplicate", NOW)
    pair_up(g, place)
    assert reviews.get_review(g, ids(g)["x"]).publication == "listed"


def test_only_what_is_new_since_is_compared_again(two):
    g, place, second = two
    to_pair = pairs.find_to_pair(g, place.clinic_id)
    assert to_pair is not None
    assert (len(to_pair.candidates), len(to_pair.fresh)) == (4, 4)
    pairs.save_pairs(g, place.clinic_id, [], until=to_pair.until, now=NOW)
    assert pairs.find_to_pair(g, place.clinic_id) is None
    save(g, next_run(g, second), make_review("z"), now=LATER)
    again = pairs.find_to_pair(g, place.clinic_id)
    assert again is not None
    assert ids(g)["z"] in again.fresh


def test_pairs_of_another_group_do_not_exist(two, storage: Storage):
    g, place, _ = two
    pair = pair_up(g, place)
    other = g.tx.group(add_place(g.tx, name="South").group_id)
    assert pairs.find_pairs(other) == []
    with pytest.raises(NotFound):
        pairs.get_pair_by_public_id(other, pair.public_id)
    assert not pairs.decide(other, pair, "different", now=NOW, person_id=None)
    known = ids(g)
    found = FoundPair(one_id=known["b"], other_id=known["y"], basis="text", likeness=99, is_same=True)
    assert pairs.save_pairs(other, place.clinic_id, [found], until=NOW, now=NOW) == 0


def test_who_asks_to_be_forgotten_is_forgotten_in_both_places_and_counted_once(two):
    g, place, _ = two
    pair_up(g, place)
    known = ids(g)
    months = counted(g, place)[1]
    person = people.add_person(g.tx, email="a@example.org", name="Ada", password_hash="x", now=NOW)
    work.add_note(g, known["x"], person_id=person.id, text="I know her.", now=NOW)
    erasure.erase(g, known["a"], LATER)
    for name in ("a", "x"):
        found = reviews.get_review(g, known[name])
        assert (found.text, found.author, found.publication) == ("", None, "hidden")
    assert work.find_notes(g, known["x"]) == []
    assert reviews.get_review(g, known["b"]).text
    assert counted(g, place)[1] == months


def listed(g: GroupTransaction, **filters: Any) -> list[str]:
    found = review_lists.find_reviews(g, ReviewFilters(no_copies=True, **filters))
    assert review_lists.count_capped(g, ReviewFilters(no_copies=True, **filters)) == len(found.rows)
    return sorted(row.identity_key for row in found.rows)


def test_a_list_shows_what_is_one_review_once_and_says_where_else_it_stands(two):
    g, first, second = two
    assert listed(g) == ["a", "b", "x", "y"]
    pair = pair_up(g, first)
    assert listed(g) == ["b", "x", "y"], "the direct way in counts"
    known = ids(g)
    wanted = [known[name] for name in "abxy"]
    assert pairs.find_elsewhere(g, wanted) == {known["a"]: (second.source_id,), known["x"]: (first.source_id,)}
    assert pairs.find_elsewhere(g, []) == {}
    pairs.decide(g, pair, "different", now=NOW, person_id=None)
    assert listed(g) == ["a", "b", "x", "y"]
    assert pairs.find_elsewhere(g, wanted) == {}


def test_another_group_learns_nothing_of_where_a_review_stands(two):
    g, first, _ = two
    pair_up(g, first)
    other = add_place(g.tx)
    assert pairs.find_elsewhere(g.tx.group(other.group_id), list(ids(g).values())) == {}


def told(g: GroupTransaction, place: Place) -> set[int]:
    return {row.review_id for row in alerts.find_news(g, place.source_id, place.run_id, after_id=0, limit=10)}


def test_people_are_told_once_of_what_is_one_review_whichever_place_counts(two):
    g, first, second = two
    known = ids(g)
    assert told(g, second) == {known["x"], known["y"]}
    pair_up(g, first)
    assert (told(g, first), told(g, second)) == ({known["a"], known["b"]}, {known["y"]})


def test_a_week_counts_what_is_one_review_once(two):
    g, first, second = two
    same = {"origin": "google_business", "shared_key": "google:ChZDSUhNMG9nS1"}
    for place, name in ((first, "m"), (second, "n")):
        runs.close_run(g, place.run_id, now=NOW, outcome="ok", is_complete=True)
        save(g, next_run(g, place), make_review(name, **same))

    def week() -> int:
        return sum(row["n"] for row in alerts.count_week(g, NOW - timedelta(days=1), LATER))

    before = week()
    known = ids(g)
    found = FoundPair(one_id=known["m"], other_id=known["n"], basis="id", likeness=100, is_same=True)
    pairs.save_pairs(g, first.clinic_id, [found], until=NOW, now=NOW)
    pairs.settle(g, first.clinic_id)
    assert (before, week()) == (2, 1)


def test_what_waits_for_an_answer_and_what_went_missing_count_once(two):
    g, first, second = two

    def waiting() -> list[int]:
        return sorted(review_id for review_id, _, _ in alerts.find_unanswered(g, NOW - timedelta(days=1), 10))

    def answers() -> int:
        return len(replies.find_answers(g, NOW - timedelta(days=4000), LATER))

    assert (len(waiting()), answers()) == (4, 4)
    pair_up(g, first)
    assert (len(waiting()), answers()) == (3, 3)
    for _ in range(2):
        again = next_run(g, second)
        reviews.mark_missed(g, second.source_id, again.run_id, NOW)
    pairs.settle(g, first.clinic_id)
    known = ids(g)
    assert waiting() == sorted((known["a"], known["b"])), "the place where it still stands takes over"
    assert sum(alerts.count_missing(g, NOW - timedelta(days=1), LATER).values()) == 1, "one of the two is still there"


def test_themes_count_what_is_one_review_once_and_in_each_of_its_places(two):
    g, first, second = two
    theme = scores.ThemeCounts(theme="front_desk", positive=1, neutral=0, negative=0, words=("kind",))
    for row in review_lists.find_reviews(g, ReviewFilters()).rows:
        scored = scores.Score(
            group_id=g.group_id, review_id=row.id, content_hash=row.content_hash, scorer="s/1", compound=0.5,
            label="positive", themes=(theme,),
        )  # fmt: skip
        scores.save_scores(g.tx, [scored])

    def count(source_id: int | None = None) -> int:
        which = themes.Slice(since=NOW - timedelta(days=4000), until=LATER, source_id=source_id)
        months = themes.count_months(g, which, "front_desk")
        assert sum(each.reviews for each in months.values()) == themes.count_themes(g, which)["front_desk"].reviews
        assert len(themes.find_examples(g, which, "front_desk", "praised", 10)) == months.popitem()[1].reviews
        return themes.count_themes(g, which)["front_desk"].reviews

    assert count() == 4
    pair_up(g, first)
    assert (count(), count(first.source_id), count(second.source_id)) == (3, 2, 2)
