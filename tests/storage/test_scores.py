"""The scoring pass: what waits, in order and completely, and no score on words that have changed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.storage import (
    Storage,
    Transaction,
    erasure,
    retention,
    review_lists,
    reviews,
    scores,
    theme_periods,
    themes,
)
from reviews.storage.scores import (
    START,
    PendingScore,
    Score,
    ThemeCounts,
    count_scored,
    find_unscored_of_source,
    save_scores,
)
from tests.builders import NOW, Place, add_place, make_review, next_run, save


def find_pending(tx: Transaction, scorer: str, limit: int, **more: Any) -> list[PendingScore]:
    return scores.find_pending(tx, scorer, limit, **more)[0]


def answer(pending: PendingScore, scorer: str = "s/2", label: str | None = "positive") -> Score:
    return Score(
        group_id=pending.group_id,
        review_id=pending.review_id,
        content_hash=pending.content_hash,
        scorer=scorer,
        compound=None if label is None else 0.123456789012345,
        label=label,
    )


def fill(tx: Transaction, count: int = 6) -> Place:
    place = add_place(tx)
    save(tx.group(place.group_id), place, *(make_review(f"r{n}", text=f"Words {n}.") for n in range(count)))
    return place


def test_what_waits_comes_with_its_words(storage: Storage) -> None:
    review = make_review("a", title="Titre", text="Très bien.", language="fr")
    with storage.write() as tx:
        place = add_place(tx)
        (id_,) = save(tx.group(place.group_id), place, review).new_ids
        assert find_pending(tx, "s/1", 10) == [
            PendingScore(
                group_id=place.group_id,
                clinic_id=place.clinic_id,
                review_id=id_,
                title="Titre",
                text="Très bien.",
                language="fr",
                stars100=review.rating.stars100 if review.rating else None,
                content_hash=review.content_hash,
            )
        ]


def test_a_score_is_stored_exactly_and_so_is_that_none_could_be_given(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 2)
        g = tx.group(place.group_id)
        one, two = find_pending(tx, "s/2", 10)
        assert save_scores(tx, [answer(one), answer(two, label=None)]) == 2
        held = reviews.get_review(g, one.review_id)
        assert (held.compound, held.label, held.scorer) == (0.123456789012345, "positive", "s/2")
        held = reviews.get_review(g, two.review_id)
        assert (held.compound, held.label, held.scorer) == (None, None, "s/2")
        assert find_pending(tx, "s/2", 10) == []
        assert count_scored(g) == {"s/2": 2}
        assert save_scores(tx, []) == 0


def test_a_better_scorer_reads_everything_again(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx)
        waiting = find_pending(tx, "s/1", 4)
        save_scores(tx, [answer(each, "s/1") for each in waiting])
        assert count_scored(tx.group(place.group_id)) == {"": 2, "s/1": 4}
        assert len(find_pending(tx, "s/2", 10)) == 6


def test_words_that_changed_meanwhile_keep_no_score(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 2)
        g = tx.group(place.group_id)
        waiting = find_pending(tx, "s/2", 10)
        changed = reviews.get_review(g, waiting[0].review_id)
        save(g, next_run(g, place), make_review(changed.identity_key, text="Other."))
        assert save_scores(tx, [answer(each) for each in waiting]) == 1
        held = reviews.get_review(g, changed.id)
        assert (held.compound, held.label, held.scorer) == (None, None, "")
        assert [each.text for each in find_pending(tx, "s/2", 10)] == ["Other."]


def test_a_run_finds_what_it_has_brought_to_its_own_source(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = fill(tx, 3), fill(tx, 2)
        g = tx.group(place.group_id)
        waiting = find_unscored_of_source(g, place.source_id, 10)
        assert len(waiting) == 3
        assert find_unscored_of_source(g, place.source_id, 2) == waiting[:2]
        assert find_unscored_of_source(g, other.source_id, 10) == []
        save_scores(tx, [answer(each) for each in waiting[:1]])
        assert find_unscored_of_source(g, place.source_id, 10) == waiting[1:]


def test_a_score_for_another_group_is_not_stored(storage: Storage) -> None:
    with storage.write() as tx:
        fill(tx, 1)
        other = fill(tx, 1)
        one = find_pending(tx, "s/2", 10)[0]
        assert save_scores(tx, [replace(answer(one), group_id=other.group_id)]) == 0
        assert len(find_pending(tx, "s/2", 10)) == 2


def test_any_walk_meets_each_waiting_review_once_whoever_read_it_last(storage: Storage) -> None:
    with storage.write() as tx:
        places = [fill(tx, 12), fill(tx, 12)]
        everything = find_pending(tx, "none", 100)
    assert {each.group_id for each in everything} == {place.group_id for place in places}

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(st.lists(st.sampled_from(["s/1", "s/2", "s/3"]), min_size=24, max_size=24), st.integers(1, 11))
    def check(scorers: list[str], limit: int) -> None:
        own = {places[1].group_id: "s/3"}  # the second group has words of its own
        with storage.write() as tx:
            save_scores(tx, [answer(each, scorer) for each, scorer in zip(everything, scorers, strict=True)])
            expected = {
                each.review_id
                for each, scorer in zip(everything, scorers, strict=True)
                if scorer != own.get(each.group_id, "s/2")
            }
            found: list[PendingScore] = []
            page, key = scores.find_pending(tx, "s/2", limit, START, own=own)
            while page:
                assert len(page) <= limit
                found += page
                page, key = scores.find_pending(tx, "s/2", limit, key, own=own)
            assert len(found) == len(expected)
            assert {each.review_id for each in found} == expected

    check()


EVER = themes.Slice(since=NOW - timedelta(days=9999), until=NOW + timedelta(days=9999))
WAITING = ThemeCounts(theme="waiting", positive=0, neutral=1, negative=2, words=("an hour", "late"))
STAFF = ThemeCounts(theme="staff", positive=1, neutral=0, negative=0, words=("kind",))


def with_themes(pending: PendingScore, *found: ThemeCounts, attention: tuple[str, ...] = ()) -> Score:
    return replace(answer(pending), themes=found, attention=attention)


def all_themes(tx: Transaction, place: Place) -> dict[str, themes.ThemeFigures]:
    return themes.count_themes(tx.group(place.group_id), EVER, ["waiting", "staff"])


def test_themes_are_stored_with_the_score_and_counted_by_sentence(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 3)
        g = tx.group(place.group_id)
        one, two, _ = find_pending(tx, "s/2", 10)
        save_scores(tx, [with_themes(one, WAITING, STAFF), with_themes(two, WAITING, attention=("disagree", "risk"))])
        assert all_themes(tx, place) == {
            "waiting": themes.ThemeFigures(reviews=2, criticizing=2, neutral=2, negative=4),
            "staff": themes.ThemeFigures(reviews=1, praising=1, positive=1),
        }
        assert themes.count_words(g, EVER, "waiting") == [("an hour", 2), ("late", 2)]
        assert themes.count_themes(g, EVER, ["staff"]).keys() == {"staff"}
        assert sum(each.reviews for each in themes.count_months(g, EVER, "waiting").values()) == 2
        for elsewhere in (replace(EVER, clinic_id=place.clinic_id + 99), replace(EVER, source_id=place.source_id + 99)):
            assert themes.count_themes(g, elsewhere, ["waiting", "staff"]) == {}
        assert reviews.get_review(g, two.review_id).attention == ("disagree", "risk")
        # Again, by a better scorer: in place of what was said before.
        save_scores(tx, [replace(with_themes(one, STAFF), scorer="s/3")])
        assert all_themes(tx, place)["waiting"].reviews == 1


def test_a_list_finds_what_a_theme_counts_and_what_calls_a_person(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 4)
        g = tx.group(place.group_id)
        one, two, three, _ = find_pending(tx, "s/2", 10)
        mixed = replace(WAITING, positive=1)
        save_scores(
            tx,
            [
                with_themes(one, WAITING, attention=("sentence", "risk")),
                with_themes(two, mixed, STAFF, attention=("disagree",)),
                with_themes(three, STAFF),
            ],
        )

        def ids(**filters: Any) -> set[int]:
            page = review_lists.find_reviews(g, review_lists.ReviewFilters(**filters))
            assert page.total_capped == len(page.rows)
            return {row.id for row in page.rows}

        assert ids(theme="waiting") == {one.review_id, two.review_id}
        assert ids(theme="waiting", said="praised") == {two.review_id}
        assert ids(theme="waiting", said="criticized") == {one.review_id, two.review_id}
        assert ids(theme="staff", said="criticized") == set()
        assert ids(attention="risk") == {one.review_id}
        assert ids(attention="disagree") == {two.review_id}
        assert ids(attention="s") == set()
        assert len(ids(until=NOW + timedelta(days=1))) == 4
        assert ids(until=NOW - timedelta(days=9000)) == set()


def test_themes_of_words_that_changed_meanwhile_are_not_stored(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 2)
        g = tx.group(place.group_id)
        one, two = find_pending(tx, "s/2", 10)
        save_scores(tx, [with_themes(one, STAFF, attention=("risk",)), with_themes(two, STAFF)])
        key = reviews.get_review(g, one.review_id).identity_key
        save(g, next_run(g, place), make_review(key, text="Other."))
        assert all_themes(tx, place)["staff"].reviews == 1
        assert reviews.get_review(g, one.review_id).attention == ()
        save_scores(tx, [with_themes(one, WAITING)])
        assert all_themes(tx, place).keys() == {"staff"}


def test_themes_go_with_the_content_whoever_takes_it(storage: Storage) -> None:
    with storage.write() as tx:
        place = fill(tx, 3)
        g = tx.group(place.group_id)
        save_scores(tx, [with_themes(each, STAFF, attention=("risk",)) for each in find_pending(tx, "s/2", 10)])
        first = review_lists.find_reviews(g, review_lists.ReviewFilters(), 1).rows[0]
        erasure.erase(g, first.id, NOW)
        assert all_themes(tx, place)["staff"].reviews == 2
        assert reviews.get_review(g, first.id).attention == ()
        assert retention.purge_content(g, first.origin, NOW + timedelta(days=1), NOW) == 2
        assert all_themes(tx, place) == {}


def test_a_group_sees_and_changes_its_own_themes_alone(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = fill(tx, 1), fill(tx, 1)
        pending = find_pending(tx, "s/2", 10)
        save_scores(tx, [with_themes(each, STAFF) for each in pending])
        for each in (place, other):
            assert all_themes(tx, each)["staff"].reviews == 1
        theme_periods.drop_themes(tx.group(other.group_id), [each.review_id for each in pending])
        assert all_themes(tx, place)["staff"].reviews == 1
        assert all_themes(tx, other) == {}
