"""Feeds read again and again, in any order and any pieces, and edited, gone, back: against a small model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.model import ReportedTotal, Review, Snapshot
from reviews.storage import Storage, review_lists, reviews, snapshots, summaries, totals, widgets
from tests.builders import Place, add_place, make_review, next_run, save
from tests.conftest import NOW

FEED = [
    make_review(
        f"r{number}",
        stars=1 + number % 5,
        text=f"Visit number {number}." if number % 3 else "",
        date=NOW - timedelta(days=11 * number) if number % 4 else None,
        reply="Thank you." if number % 5 == 0 else None,
        position=number,
    )
    for number in range(12)
]
TABLES = (
    "reviews",
    "review_contents",
    "review_versions",
    "replies",
    "review_reads",
    "reported_totals",
    "monthly_summaries",
    "summaries",
    "widgets",
    "widget_clinics",
    "snapshots",
    "counters",
    "clinics",
    "outbox",
    "audit_entries",
)
POINTERS_TO_RUNS = ("last_run_id",)
many_examples = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def digest(storage: Storage) -> dict[str, list[str]]:
    """All rows of all tables but runs and the sources' leases."""
    found: dict[str, list[str]] = {}
    with storage.session(writable=False) as session:
        for table in TABLES:
            rows = session.execute(f"SELECT * FROM {table}").rows
            found[table] = sorted(
                repr(sorted((name, value) for name, value in row.items() if name not in POINTERS_TO_RUNS))
                for row in rows
            )
    return found


def natural(storage: Storage, place: Place) -> list[Any]:
    """The reviews of a place without what is drawn by chance or counted up."""
    found: list[Any] = []
    with storage.read() as tx:
        g = tx.group(place.group_id)
        listed = review_lists.find_reviews(g, review_lists.ReviewFilters(source_id=place.source_id), limit=500)
        for row in listed.rows:
            plain = replace(row, id=0, public_id="", clinic_id=0, source_id=0, created_run_id=0, last_run_id=0)
            replies = [(each.text, each.state, each.version) for each in reviews.find_replies(g, row.id)]
            versions = [(each.version, each.text) for each in reviews.find_versions(g, row.id)]
            found.append((plain, replies, versions))
        months = [replace(month, source_id=0) for month in summaries.find_months(g, place.clinic_id)]
    return [*sorted(found, key=lambda each: each[0].identity_key), months]


@pytest.mark.statement("R1")
def test_the_same_feed_ten_times_changes_nothing(storage: Storage) -> None:
    total = ReportedTotal(
        average=None, best=None, worst=None, stars100=None, rating_count=12, review_count=None, raw="12 ratings"
    )
    with storage.write() as tx:
        place = add_place(tx)
        g = tx.group(place.group_id)
        widget = widgets.add_widget(g, slug="north", now=NOW, clinic_ids=[place.clinic_id]).id
    digests = []
    for time in range(10):
        with storage.write() as tx:
            g = tx.group(place.group_id)
            place = next_run(g, place) if time else place
            counts = save(g, place, *FEED)
            reviews.mark_missed(g, place.source_id, place.run_id, NOW)
            totals.save_total(g, source_id=place.source_id, run_id=place.run_id, total=total, now=NOW)
            summaries.refresh_months(g, place.clinic_id)
            sample = review_lists.sample_figures(g, place.clinic_id)
            summaries.save_summary(g, place.clinic_id, {"count": sample.count}, NOW + timedelta(days=time))
            body = str(sample.count).encode()
            page = Snapshot(
                path="w/north/data.json",
                content_type="application/json",
                body=body,
                body_gzip=body,
                etag=f'"{body.hex()}"',
                made_at=NOW + timedelta(days=time),
            )
            snapshots.save_snapshots(g, widget, [page], NOW + timedelta(days=time))
        assert (counts.new, counts.changed, counts.unchanged) == ((0, 0, 12) if time else (12, 0, 0))
        digests.append(digest(storage))
    assert all(each == digests[0] for each in digests)
    assert len(digests[0]["snapshots"]) == 1


@st.composite
def readings(draw: st.DrawFn) -> list[list[Review]]:
    """The feed in any order, with repeats, cut into pages anywhere."""
    order = draw(st.permutations(FEED))
    repeats = draw(st.lists(st.sampled_from(FEED), max_size=6))
    everything = [*order]
    for each in repeats:
        everything.insert(draw(st.integers(0, len(everything))), each)
    cuts = sorted(draw(st.sets(st.integers(0, len(everything)), max_size=5)))
    return [everything[start:end] for start, end in zip([0, *cuts], [*cuts, len(everything)], strict=True)]


@pytest.mark.statement("R2")
def test_order_repeats_and_pages_do_not_matter(storage: Storage) -> None:
    with storage.write() as tx:
        plain = add_place(tx)
        g = tx.group(plain.group_id)
        save(g, plain, *FEED)
        summaries.refresh_months(g, plain.clinic_id)
    expected = natural(storage, plain)

    @many_examples
    @given(readings())
    def check(pages: list[list[Review]]) -> None:
        with storage.write() as tx:
            place = add_place(tx)
        counted = 0
        months: set[str] = set()
        for page in pages:
            with storage.write() as tx:
                counts = save(tx.group(place.group_id), place, *page)
                counted += counts.new + counts.changed + counts.unchanged
                months |= counts.months
        with storage.write() as tx:
            summaries.refresh_months(tx.group(place.group_id), place.clinic_id, place.source_id, months)
        assert natural(storage, place) == expected
        assert counted == len(FEED)

    check()


@dataclass
class ModelReview:
    """What one review should look like, by the rules alone."""

    texts: list[str]
    presence: str = "visible"
    missed: int = 0
    replies: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class ModelSource:
    """A source and the reviews that we hold of it."""

    held: dict[str, ModelReview] = field(default_factory=dict)

    def read(self, feed: dict[str, tuple[str, str | None]], is_complete: bool) -> tuple[int, int, int, int, int]:
        new = changed = unchanged = returned = missing = 0
        for key, (text, reply) in feed.items():
            if key not in self.held:
                self.held[key] = ModelReview([text])
                new += 1
            else:
                review = self.held[key]
                was_missing, review.missed = review.presence == "missing", 0
                if review.texts[-1] != text:
                    review.texts.append(text)
                    review.presence = "changed"
                    changed += 1
                else:
                    unchanged += 1
                if was_missing:
                    review.presence = "returned"
                    returned += 1
            self._reply(self.held[key], reply)
        if is_complete:
            for key in self.held.keys() - feed.keys():
                review = self.held[key]
                review.missed += 1
                if review.missed >= 2 and review.presence != "missing":
                    review.presence = "missing"
                    missing += 1
        return new, changed, unchanged, returned, missing

    def _reply(self, review: ModelReview, reply: str | None) -> None:
        last = review.replies[-1] if review.replies and review.replies[-1][1] == "confirmed" else None
        if last and last[0] == reply:
            return
        if last:
            review.replies[-1] = (last[0], "replaced" if reply else "removed")
        if reply:
            review.replies.append((reply, "confirmed"))


TEXTS = st.sampled_from(["Good.", "Good, really.", "Not good.", ""])
REPLIES = st.sampled_from([None, None, "Thanks.", "Thanks!"])
FEEDS = st.dictionaries(st.sampled_from("abcde"), st.tuples(TEXTS, REPLIES), max_size=5)
HISTORIES = st.lists(st.tuples(FEEDS, st.booleans()), min_size=1, max_size=8)


@pytest.mark.statement("R7", "R28", "S18", "Q10")
def test_edited_gone_and_back_go_as_in_the_model(storage: Storage) -> None:
    @many_examples
    @given(HISTORIES)
    def check(history: Sequence[tuple[dict[str, tuple[str, str | None]], bool]]) -> None:
        model = ModelSource()
        with storage.write() as tx:
            place = add_place(tx)
        for feed, is_complete in history:
            with storage.write() as tx:
                g = tx.group(place.group_id)
                place = next_run(g, place)
                counts = save(g, place, *(make_review(key, text=text, reply=r) for key, (text, r) in feed.items()))
                missing = reviews.mark_missed(g, place.source_id, place.run_id, NOW) if is_complete else 0
            told = (counts.new, counts.changed, counts.unchanged, counts.returned, missing)
            assert told == model.read(feed, is_complete)
            assert held(storage, place) == dict(_model_rows(model))

    check()


def held(storage: Storage, place: Place) -> dict[str, Any]:
    found = {}
    with storage.read() as tx:
        g = tx.group(place.group_id)
        listed = review_lists.find_reviews(g, review_lists.ReviewFilters(source_id=place.source_id), limit=500)
        for row in listed.rows:
            texts = [version.text for version in reviews.find_versions(g, row.id)] + [row.text]
            replies = [(each.text, each.state) for each in reviews.find_replies(g, row.id)]
            found[row.identity_key] = (texts, row.version, row.presence, row.missed_runs, replies)
    return found


def _model_rows(model: ModelSource) -> Iterable[tuple[str, Any]]:
    for key, each in model.held.items():
        yield key, (each.texts, len(each.texts), each.presence, each.missed, each.replies)
