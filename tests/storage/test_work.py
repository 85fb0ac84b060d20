"""The daily work: states that the collector sets, notes, tags, what was done to several at once, and search."""

from datetime import timedelta

import pytest

from reviews.errors import NotFound
from reviews.model import Reply
from reviews.rules import work as rules
from reviews.storage import GroupTransaction, Storage, erasure, people, review_lists, reviews, summaries, work
from reviews.storage.review_lists import ReviewFilters
from tests.builders import Place, add_place, make_date, make_review, next_run, save
from tests.conftest import NOW

ANN = "ann@example.org"


def add_person(storage: Storage, email: str = ANN) -> int:
    with storage.write() as tx:
        return people.add_person(tx, email=email, name="Ann", password_hash="x", now=NOW).id


def work_of(g: GroupTransaction, review_id: int) -> str:
    return reviews.get_review(g, review_id).work


def months(g: GroupTransaction, place: Place) -> summaries.MonthCounts:
    summaries.refresh_months(g, place.clinic_id)
    [found] = summaries.find_months(g, place.clinic_id)
    return found


# ---------------------------------------------------------------- what the collector sets
@pytest.mark.statement("S17")
@pytest.mark.parametrize("state", rules.STATES)
def test_a_reply_at_the_source_does_what_the_table_says(storage: Storage, state: str) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
        work.set_work(g, reviews.get_review(g, id_), state, NOW)
        save(g, next_run(g, place), make_review("a", reply="Thank you."))
        seen = rules.TABLE.get((state, "reply_seen"))
        assert work_of(g, id_) == (seen.to if seen else state)
        save(g, next_run(g, place), make_review("a"))
        before = seen.to if seen else state
        removed = rules.TABLE.get((before, "reply_removed"))
        assert work_of(g, id_) == (removed.to if removed else before)


@pytest.mark.statement("S17")
@pytest.mark.parametrize("state", rules.STATES)
def test_a_changed_text_does_what_the_table_says(storage: Storage, state: str) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
        work.set_work(g, reviews.get_review(g, id_), state, NOW)
        save(g, next_run(g, place), make_review("a", text="Other words."))
        changed = rules.TABLE.get((state, "text_changed"))
        assert work_of(g, id_) == (changed.to if changed else state)


def test_a_reply_that_the_platform_has_not_taken_yet_is_no_answer(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", reply=Reply(text="Thanks.", state="pending"))).new_ids
        assert work_of(g, id_) == "new"


def test_months_know_how_soon_answers_came_where_both_days_are_known(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)

        def reply(days: int) -> Reply:
            return Reply(text=f"Thanks {days}.", date=make_date(NOW - timedelta(days=10 - days)))

        written = make_date(NOW - timedelta(days=10))
        save(
            g, place, make_review("a", date=written, reply=reply(1)), make_review("b", date=written, reply=reply(5)),
            make_review("c", date=written, reply="No date."), make_review("d", date=written),
        )  # fmt: skip
        counts = months(g, place)
        assert (counts.count, counts.answered, counts.answer_known) == (4, 3, 2)
        assert (counts.answered_1d, counts.answered_3d, counts.answered_7d) == (1, 1, 2)


def test_an_answer_by_us_counts_in_its_month_and_opening_takes_it_back(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", date=NOW - timedelta(days=2))).new_ids
        work.set_work(g, reviews.get_review(g, id_), "answered", NOW)
        [counts] = summaries.find_months(g, place.clinic_id)
        assert (counts.answered, counts.answer_known, counts.answered_3d) == (1, 1, 1)
        work.set_work(g, reviews.get_review(g, id_), "open", NOW)
        [counts] = summaries.find_months(g, place.clinic_id)
        assert (counts.answered, counts.answer_known) == (0, 0)


# ---------------------------------------------------------------- notes, tags, assignee
def test_notes_are_told_by_whom_and_only_their_writer_deletes_them(storage: Storage) -> None:
    ann, bo = add_person(storage), add_person(storage, "bo@example.org")
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
        public_id = work.add_note(g, id_, person_id=ann, text="I call her.", now=NOW)
        assert [(note.person_name, note.text) for note in work.find_notes(g, id_)] == [("Ann", "I call her.")]
        foreign = tx.group(other.group_id)
        assert work.find_notes(foreign, id_) == []
        for attempt in (
            lambda: work.delete_note(g, public_id, person_id=bo),
            lambda: work.delete_note(foreign, public_id, person_id=ann),
            lambda: work.add_note(foreign, id_, person_id=ann, text="x", now=NOW),
        ):
            with pytest.raises(NotFound):
                attempt()
        work.delete_note(g, public_id, person_id=ann)
        assert work.find_notes(g, id_) == []


def test_tags_narrow_the_list_of_their_group_only(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g, foreign = tx.group(place.group_id), tx.group(other.group_id)
        one, two = save(g, place, make_review("a"), make_review("b")).new_ids
        work.add_tags(g, one, ["parking", "call back"])
        work.add_tags(g, one, ["parking"])
        work.add_tags(foreign, two, ["theirs"])
        assert work.find_tags(g, [one, two]) == {one: ("call back", "parking")}
        assert work.find_group_tags(g) == ["call back", "parking"]
        assert [row.id for row in review_lists.find_reviews(g, ReviewFilters(tag="parking")).rows] == [one]
        work.remove_tags(g, one, ["parking"])
        assert work.find_tags(g, [one]) == {one: ("call back",)}


def test_lists_narrow_to_what_waits_what_is_mine_and_what_is_low(storage: Storage) -> None:
    ann = add_person(storage)
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        low, high, done = save(
            g, place, make_review("a", stars=2), make_review("b", stars=5), make_review("c", stars=1)
        ).new_ids
        due = NOW + timedelta(hours=24)
        work.set_work(g, reviews.get_review(g, low), "open", NOW, assignee_id=ann, due_at=due)
        work.set_work(g, reviews.get_review(g, done), "closed", NOW)

        def ids(filters: ReviewFilters) -> set[int]:
            found = review_lists.find_reviews(g, filters)
            assert review_lists.count_capped(g, filters) == len(found.rows) == found.total_capped
            return {row.id for row in found.rows}

        assert ids(ReviewFilters(is_waiting=True)) == {low, high}
        assert ids(ReviewFilters(is_low=True)) == {low, done}
        assert ids(ReviewFilters(assignee_id=ann)) == {low}
        assert reviews.get_review(g, low).due_at == due
        work.set_work(g, reviews.get_review(g, low), "open", NOW, assignee_id=None)
        assert ids(ReviewFilters(assignee_id=ann)) == set()


def test_what_was_done_to_several_is_found_by_its_person_and_taken_back_once(storage: Storage) -> None:
    ann, bo = add_person(storage), add_person(storage, "bo@example.org")
    with storage.write() as tx:
        g = tx.group(add_place(tx).group_id)
        public_id = work.add_action(
            g, person_id=ann, action="close", value="", changes={"x": ["new", "closed"]}, now=NOW
        )
        action = work.get_action(g, public_id, person_id=ann)
        assert action.changes == {"x": ["new", "closed"]}
        with pytest.raises(NotFound):
            work.get_action(g, public_id, person_id=bo)
        assert work.find_actions(g, ann, NOW + timedelta(seconds=1)) == []
        assert work.find_actions(g, ann, NOW) == [action]
        assert work.mark_undone(g, action.id, NOW)
        assert not work.mark_undone(g, action.id, NOW)


# ---------------------------------------------------------------- search
def found(g: GroupTransaction, words: str, **filters: object) -> set[str]:
    rows = review_lists.find_reviews(g, ReviewFilters(words=words, **filters)).rows  # type: ignore[arg-type]
    return {row.identity_key for row in rows}


@pytest.mark.statement("S19")
def test_words_are_found_whatever_their_case_and_accents_until_the_review_is_erased(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g = tx.group(place.group_id)
        ids = save(
            g, place,
            make_review("a", text="Équipe très gentille, parking facile."),
            make_review("b", stars=1, text="The parking was full.", title="Late again", author="Zoé Roy"),
        ).new_ids  # fmt: skip
        save(tx.group(other.group_id), other, make_review("c", text="Their parking."))
        assert found(g, "parking") == {"a", "b"}
        assert found(g, "PARK") == {"a", "b"}
        assert found(g, "equipe") == found(g, "Équipe") == {"a"}
        assert found(g, "late parking") == found(g, "zoe") == {"b"}
        assert found(g, "parking", is_low=True) == {"b"}
        assert found(g, "par king") == found(g, "arking") == set()
        assert found(g, "\"'*:&|!() -") == found(g, "NEAR( OR NOT") == set()
        save(g, next_run(g, place), make_review("a", text="Tout autre chose."), make_review("b", stars=1, text="Full."))
        assert found(g, "parking") == set()
        assert found(g, "autre") == {"a"}
        erasure.erase(g, ids[0], NOW)
        assert found(g, "autre") == set()
