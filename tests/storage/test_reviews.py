"""Saving reviews: what is new, changed, unchanged, returned, and what becomes of what was there before."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from reviews.errors import NotFound, StorageError
from reviews.model import Precision, Rating, Reply
from reviews.storage import GroupTransaction, Storage, people, reviews, scores, work
from reviews.storage.review_lists import ReviewFilters, find_reviews
from reviews.storage.scores import Score
from tests.builders import Place, add_place, make_date, make_review, next_run, save
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)


def by_key(g: GroupTransaction, place: Place) -> dict[str, reviews.StoredReview]:
    found = find_reviews(g, ReviewFilters(source_id=place.source_id), limit=2000)
    return {row.identity_key: row for row in found.rows}


def test_a_review_is_held_as_it_was_normalized(storage: Storage) -> None:
    review = make_review(
        "r1",
        rating=Rating(raw="4,6 von 5", value=Decimal("4.6"), best=Decimal(5), worst=Decimal(1), stars100=460),
        title="Née à Québec — “très bien”",
        text="Première phrase. 👍🏽 Seconde.\nTroisième.",
        language="fr",
        author="Zoé T.",
        date=make_date(NOW, Precision.MONTH),
        url="https://reviews.example.org/r/1?a=1&b=%20",
        translation="First sentence.",
        cut=True,
        position=7,
    )
    with storage.write() as tx:
        place = add_place(tx)
        counts = save(tx.group(place.group_id), place, review)
    with storage.read() as tx:
        held = reviews.get_review(tx.group(place.group_id), counts.new_ids[0])
        assert reviews.get_review_by_public_id(tx.group(place.group_id), held.public_id) == held
    for name in ("title", "text", "language", "author", "date", "url", "translation", "position", "rating", "origin"):
        assert getattr(held, name) == getattr(review, name), name
    assert held.is_cut
    assert held.stars100 == 460
    assert (held.presence, held.work, held.publication, held.version) == ("visible", "new", "listed", 1)
    assert review.date is not None
    assert held.written_at == review.date.latest


def test_a_recommendation_and_a_review_without_anything_are_held(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(
            g,
            place,
            make_review("yes", rating=Rating(raw="recommends", recommends=True)),
            make_review("bare", stars=None, text="", author=None, date=None, language=None),
        )
        held = by_key(g, place)
    assert held["yes"].recommends is True
    assert held["yes"].stars100 is None
    assert held["yes"].rating == Rating(raw="recommends", recommends=True)
    bare = held["bare"]
    assert (bare.rating, bare.stars100, bare.author, bare.date, bare.has_text) == (None, None, None, None, False)
    assert bare.written_at == NOW


def test_saving_tells_new_changed_unchanged_and_repeated_apart(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        first = save(g, place, make_review("a"), make_review("b"), make_review("c"))
        again = save(g, place, make_review("a"), make_review("c", text="Corrected."))
        place = next_run(g, place)
        second = save(g, place, make_review("a"), make_review("b", text="Edited."), make_review("d"), now=LATER)
        held = by_key(g, place)
    assert (first.new, first.changed, first.unchanged, first.returned, first.repeated) == (3, 0, 0, 0, 0)
    assert (again.new, again.changed, again.unchanged, again.repeated) == (0, 1, 0, 1)
    assert again.changed_ids == (held["c"].id,)
    assert (second.new, second.changed, second.unchanged, second.returned) == (1, 1, 1, 0)
    assert second.new_ids == (held["d"].id,)
    assert second.changed_ids == (held["b"].id,)
    assert held["a"].last_read_at == LATER
    assert held["a"].first_seen_at == NOW


def test_an_identity_that_stands_twice_in_one_page_counts_once(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        counts = save(g, place, make_review("a"), make_review("b"), make_review("a"))
        assert (counts.new, counts.repeated) == (2, 1)
        assert len(by_key(g, place)) == 2


def test_more_reviews_than_one_batch_are_all_saved(storage: Storage) -> None:
    many = [make_review(f"r{number:04}", position=number) for number in range(1203)]
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        counts = save(g, place, *many)
        assert counts.new == 1203
        assert len(set(counts.new_ids)) == 1203
        assert save(g, next_run(g, place), *many).unchanged == 1203
        held = by_key(g, place)
        assert [held[f"r{number:04}"].id for number in range(1203)] == list(counts.new_ids)


def test_an_edit_keeps_what_was_said_before(storage: Storage) -> None:
    old = make_review("a", stars=2, text="Slow.", language="en", date=make_date(NOW, Precision.MONTH))
    new = make_review("a", stars=5, text="Fast now.", title="Update", language="fr", date=NOW)
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, old).new_ids
        save(g, next_run(g, place, now=LATER), old, now=LATER)
        third = next_run(g, place, now=LATER)
        save(g, third, new, now=LATER + timedelta(hours=1))
        held = reviews.get_review(g, id_)
        (version,) = reviews.find_versions(g, id_)
    assert (held.text, held.title, held.stars100, held.language, held.version) == ("Fast now.", "Update", 500, "fr", 2)
    assert held.presence == "changed"
    assert held.changed_at == LATER + timedelta(hours=1)
    assert held.content_hash == new.content_hash
    assert (version.version, version.text, version.stars100, version.language) == (1, "Slow.", 200, "en")
    assert version.rating == old.rating
    assert version.date == old.date
    assert (version.seen_from, version.read_at) == (NOW, LATER)
    assert version.seen_until == LATER + timedelta(hours=1)
    assert (version.run_id, version.content_hash) == (third.run_id, old.content_hash)


def test_what_is_volatile_makes_nothing(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", volatile="3 likes")).new_ids
        before = reviews.get_review(g, id_)
        place = next_run(g, place)
        counts = save(g, place, make_review("a", volatile="4 likes"))
        assert counts.unchanged == 1
        assert reviews.get_review(g, id_) == replace(before, last_run_id=place.run_id)
        assert reviews.find_versions(g, id_) == []


@pytest.mark.parametrize("change", [{"text": "Other."}, {"stars": 1}, {"author": "Somebody Else"}])
def test_an_edit_withdraws_a_quote_chosen_by_hand(storage: Storage, change: dict[str, object]) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
        g.run("set_publication", review_id=id_, publication="featured", hide_reason=None)
        save(g, next_run(g, place), make_review("a", volatile="x"))
        assert reviews.get_review(g, id_).publication == "featured"
        save(g, next_run(g, place), make_review("a", **change))
        assert reviews.get_review(g, id_).publication == "listed"


def test_a_hidden_review_stays_hidden_when_it_is_edited(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
        reviews.hide(g, id_, "privacy", NOW)
        save(g, next_run(g, place), make_review("a", text="Other."))
        held = reviews.get_review(g, id_)
        assert (held.publication, held.hide_reason) == ("hidden", "privacy")
        reviews.unhide(g, id_)
        held = reviews.get_review(g, id_)
        assert (held.publication, held.hide_reason) == ("listed", None)


@pytest.mark.statement("S13")
def test_a_review_cannot_be_hidden_for_being_negative(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        (id_,) = save(tx.group(place.group_id), place, make_review("a", stars=1)).new_ids
    with pytest.raises(StorageError), storage.write() as tx:
        reviews.hide(tx.group(place.group_id), id_, "negative", NOW)
    with storage.read() as tx:
        assert reviews.get_review(tx.group(place.group_id), id_).publication == "listed"


def test_closed_work_opens_again_when_the_review_changes(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        closed, settled = save(g, place, make_review("a"), make_review("b")).new_ids
        work.set_work(g, reviews.get_review(g, closed), "closed", NOW)
        work.set_work(g, reviews.get_review(g, settled), "no_reply_needed", NOW)
        save(g, next_run(g, place), make_review("a"), make_review("b"))
        assert reviews.get_review(g, closed).work == "closed"
        save(g, next_run(g, place), make_review("a", text="Other."), make_review("b", text="Other."))
        assert reviews.get_review(g, closed).work == "open"
        assert reviews.get_review(g, settled).work == "no_reply_needed"


def test_a_score_of_other_words_is_forgotten(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        review = make_review("a")
        (id_,) = save(g, place, review).new_ids
        score = Score(
            group_id=place.group_id,
            review_id=id_,
            content_hash=review.content_hash,
            scorer="s/1",
            compound=0.4215,
            label="positive",
        )
        assert scores.save_scores(tx, [score]) == 1
        save(g, next_run(g, place), make_review("a", volatile="x"))
        held = reviews.get_review(g, id_)
        assert (held.compound, held.label, held.scorer) == (0.4215, "positive", "s/1")
        save(g, next_run(g, place), make_review("a", text="Other."))
        held = reviews.get_review(g, id_)
        assert (held.compound, held.label, held.scorer) == (None, None, "")


@pytest.mark.statement("S18")
def test_a_review_is_missing_after_two_complete_runs_and_returns_with_its_history(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"), make_review("b"))
        save(g, next_run(g, place), make_review("a"), make_review("b", text="Edited."))
        for expected, presence, day in ((0, "changed", 1), (1, "missing", 2), (0, "missing", 3)):
            place = next_run(g, place)
            save(g, place, make_review("a"))
            assert reviews.count_would_miss(g, place.source_id, place.run_id) == (1 if day == 1 else 0)
            assert reviews.mark_missed(g, place.source_id, place.run_id, NOW + timedelta(days=day)) == expected
            held = by_key(g, place)
            assert held["a"].presence == "visible"
            assert (held["b"].presence, held["b"].missed_runs) == (presence, day)
        assert held["b"].missing_since == NOW + timedelta(days=2)
        place = next_run(g, place)
        counts = save(g, place, make_review("a"), make_review("b", text="Edited."))
        assert (counts.unchanged, counts.returned) == (2, 1)
        back = by_key(g, place)["b"]
        assert (back.presence, back.missed_runs, back.missing_since) == ("returned", 0, None)
        assert [version.version for version in reviews.find_versions(g, back.id)] == [1]


def test_one_miss_between_two_sightings_is_forgotten(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"), make_review("b"))
        for _ in range(3):
            place = next_run(g, place)
            save(g, place, make_review("a"))
            assert reviews.mark_missed(g, place.source_id, place.run_id, NOW) == 0
            place = next_run(g, place)
            save(g, place, make_review("a"), make_review("b"))
            assert reviews.mark_missed(g, place.source_id, place.run_id, NOW) == 0
        assert by_key(g, place)["b"].presence == "visible"


def test_a_withdrawn_review_is_never_counted_as_missed(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a")).new_ids
    with storage.session(writable=True) as session:
        session.execute("UPDATE reviews SET presence = 'withdrawn'")
    with storage.write() as tx:
        g = tx.group(place.group_id)
        for _ in range(2):
            place = next_run(g, place)
            assert reviews.count_would_miss(g, place.source_id, place.run_id) == 0
            assert reviews.mark_missed(g, place.source_id, place.run_id, NOW) == 0
        assert reviews.get_review(g, id_).presence == "withdrawn"
        assert save(g, place, make_review("a")).returned == 1


def test_replies_are_found_changed_removed_and_found_again(storage: Storage) -> None:
    first = Reply(text="Thank you!", author="The clinic", date=make_date(NOW))
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", reply=first)).new_ids
        (reply,) = reviews.find_replies(g, id_)
        assert (reply.text, reply.author, reply.date) == (first.text, first.author, first.date)
        assert (reply.written_by, reply.state, reply.version) == ("elsewhere", "confirmed", 1)
        counts = save(g, next_run(g, place), make_review("a", reply=first), now=LATER)
        assert counts.unchanged == 1
        (reply,) = reviews.find_replies(g, id_)
        assert (reply.first_seen_at, reply.last_seen_at) == (NOW, LATER)
        counts = save(g, next_run(g, place), make_review("a", reply="Thank you, Zoé!"))
        assert (counts.unchanged, counts.changed) == (1, 0)
        save(g, next_run(g, place), make_review("a"))
        save(g, next_run(g, place), make_review("a"))
        states = [(each.text, each.state) for each in reviews.find_replies(g, id_)]
        assert states == [("Thank you!", "replaced"), ("Thank you, Zoé!", "removed")]
        save(g, next_run(g, place), make_review("a", reply="Thank you, Zoé!"))
        last = reviews.find_replies(g, id_)[-1]
        assert (last.text, last.state, last.version) == ("Thank you, Zoé!", "confirmed", 3)
        assert reviews.find_versions(g, id_) == []
        assert reviews.get_review(g, id_).presence == "visible"


def test_a_source_whose_origin_was_named_meanwhile_passes_it_on(storage: Storage) -> None:
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        (id_,) = save(g, place, make_review("a", origin="unknown")).new_ids
        save(g, next_run(g, place), make_review("a", origin="google"))
        assert reviews.get_review(g, id_).origin == "google"


def test_find_known_gives_what_matching_needs_of_reviews_without_an_id(storage: Storage) -> None:
    print_ = make_review("f1", identity_kind="fingerprint", text="Good.", stars=4)
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, make_review("a"), print_, make_review("n", identity_kind="anchor", date=None, author=None))
        known = {each.identity_key: each for each in reviews.find_known(g, place.source_id)}
    assert known.keys() == {"f1", "n"}
    assert print_.date is not None
    one = known["f1"]
    assert (one.author, one.stars100, one.text, one.content_hash) == (print_.author, 400, "Good.", print_.content_hash)
    assert (one.date_earliest, one.date_precision) == (print_.date.earliest, "day")
    assert (known["n"].author, known["n"].date_earliest) == (None, None)


def test_find_identities_says_what_an_import_would_change(storage: Storage) -> None:
    one, two = make_review("a"), make_review("b", identity_kind="fingerprint")
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g = tx.group(place.group_id)
        save(g, place, one, two)
        assert reviews.find_identities(g, place.source_id, ["a", "b", "never"]) == {
            "a": one.content_hash,
            "b": two.content_hash,
        }
        assert reviews.find_identities(tx.group(other.group_id), place.source_id, ["a", "b"]) == {}


def test_read_and_unread_are_a_persons_own(storage: Storage) -> None:
    with storage.write() as tx:
        place, other = add_place(tx), add_place(tx)
        g = tx.group(place.group_id)
        one, two = save(g, place, make_review("a"), make_review("b")).new_ids
        (foreign,) = save(tx.group(other.group_id), other, make_review("a")).new_ids
        ann = people.add_person(tx, email="ann@example.org", name="Ann", password_hash="x", now=NOW).id
        bob = people.add_person(tx, email="bob@example.org", name="Bob", password_hash="x", now=NOW).id
        reviews.mark_read(g, ann, [one, foreign], NOW)
        reviews.mark_read(g, ann, [one], LATER)

        def unread(person_id: int) -> list[int]:
            return sorted(row.id for row in find_reviews(g, ReviewFilters(unread_by=person_id)).rows)

        assert unread(ann) == [two]
        assert unread(bob) == sorted([one, two])
        assert len(find_reviews(tx.group(other.group_id), ReviewFilters(unread_by=ann)).rows) == 1
        reviews.mark_unread(g, ann, [one])
        assert unread(ann) == sorted([one, two])


@pytest.mark.statement("S3")
def test_no_function_reaches_into_another_group(storage: Storage) -> None:
    with storage.write() as tx:
        mine, theirs = add_place(tx), add_place(tx)
        (id_,) = save(tx.group(theirs.group_id), theirs, make_review("a", identity_kind="anchor", reply="Hi")).new_ids
        held = reviews.get_review(tx.group(theirs.group_id), id_)
        person = people.add_person(tx, email="ann@example.org", name="Ann", password_hash="x", now=NOW).id
        g = tx.group(mine.group_id)
        assert reviews.find_known(g, theirs.source_id) == []
        assert reviews.find_versions(g, id_) == []
        assert reviews.find_replies(g, id_) == []
        assert reviews.count_would_miss(g, theirs.source_id, theirs.run_id + 1) == 0
        assert reviews.mark_missed(g, theirs.source_id, theirs.run_id + 1, NOW) == 0
        reviews.mark_read(g, person, [id_], NOW)
        assert reviews.purge_content(g, "own_site", LATER, LATER) == 0
        for attempt in (
            lambda: reviews.get_review(g, id_),
            lambda: reviews.get_review_by_public_id(g, held.public_id),
            lambda: reviews.hide(g, id_, "privacy", NOW),
            lambda: reviews.unhide(g, id_),
            lambda: work.set_work(g, held, "closed", NOW),
            lambda: reviews.undo_run(g, theirs.run_id, NOW),
            lambda: save(g, theirs, make_review("b")),
            lambda: save(g, replace(theirs, clinic_id=mine.clinic_id), make_review("a", text="Other.")),
            lambda: save(g, replace(mine, run_id=theirs.run_id), make_review("b")),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert reviews.get_review(tx.group(theirs.group_id), id_) == held
        assert find_reviews(g, ReviewFilters()).rows == ()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_reading_a_review_again_on_the_same_day_writes_to_no_index(storage: Storage) -> None:
    review = make_review("a")
    with storage.write() as tx:
        place = add_place(tx)
        save(tx.group(place.group_id), place, review)
    with storage.write() as tx:
        g = tx.group(place.group_id)
        assert save(g, next_run(g, place), review, now=NOW + timedelta(minutes=1)).unchanged == 1
        counts = tx.session.execute(
            """SELECT pg_stat_get_xact_tuples_updated('reviews'::regclass) AS updated,
            pg_stat_get_xact_tuples_hot_updated('reviews'::regclass) AS in_place"""
        ).rows[0]
    assert counts == {"updated": 1, "in_place": 1}


@pytest.mark.parametrize("is_counted", [False, True])
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_worker_finds_reviews_by_index_though_the_tables_are_nearly_empty(storage: Storage, is_counted: bool) -> None:
    review = make_review("a", reply=Reply(text="Thanks."))
    with storage.write() as tx:  # a connection that is open before the worker says so is made anew
        place = add_place(tx)
        save(tx.group(place.group_id), place, review)
    if is_counted:
        storage.optimize()
    storage.go_by_index()
    with storage.write() as tx:
        g = tx.group(place.group_id)
        place = next_run(g, place)
        assert save(g, place, review, make_review("b"), now=LATER).new == 1
        scans = tx.session.execute("SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0").rows
    # Ten rows for good: who checks a reference to them (the server itself) may read them all.
    assert [row for row in scans if row["relname"] in ("reviews", "review_contents", "replies", "sources")] == []
