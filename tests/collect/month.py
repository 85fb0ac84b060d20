"""A month of three clinics at all platforms: what the platforms do, and what may be held of it.

A `Shelf` is one listing at one fake platform. It adds, edits, deletes and brings back reviews as that platform does,
and tells what the platform shows. `Month` runs what is due, hour by hour, and keeps the books: nothing in them is read
from the program that is tested.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reviews.collect import Context, run_claim
from reviews.model import Clinic, Outcome, Source
from reviews.secrets_box import SecretsBox
from reviews.sources.registry import get_connector
from reviews.storage import connections, review_lists, snapshots, sources
from reviews.worker.loop import claim_next
from reviews.worker.upkeep import Upkeep
from tests.conftest import FakeClock
from tests.platforms import birdeye, facebook, google_business, podium, trustpilot, yelp
from tests.platforms.server import Asked, Platforms, Reply

Told = tuple[int | None, bool | None, str]
"""Stars in hundredths, recommendation, text."""
STARS = {"ONE": 100, "TWO": 200, "THREE": 300, "FOUR": 400, "FIVE": 500}
HOURS = {"google_business": 24, "yelp": 20, "facebook": 48, "trustpilot": 48, "birdeye": 48, "podium": 48}
"""How often each is read: slower than the platform's own pace, but Yelp's words may be a day old at most."""


class Stage(Platforms):
    """A server whose platforms can all be down: then nothing of a request is done, not even a token is renewed."""

    is_down = False

    def answer(self, asked: Asked) -> Reply:
        return Reply(500, b"down") if self.is_down else super().answer(asked)


@dataclass
class Shelf:
    """One listing at one platform, and the book about it: what changed when."""

    kind: str
    fake: Any
    config: dict[str, Any]
    secrets: dict[str, str]
    source: Source
    clinic: Clinic
    number: int = 0
    deleted: dict[int, Any] = field(default_factory=dict)
    changed_at: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """Id → when it changed last, and how: new, edit, delete, return."""
    trouble_until: datetime | None = None
    read_at: datetime | None = None
    is_retired: bool = False
    frozen: dict[str, Told] = field(default_factory=dict)

    @property
    def rows(self) -> list[Any]:
        if self.kind == "google_business":
            return self.fake.here  # type: ignore[no-any-return]
        return self.fake.rows["en_US"] if self.kind == "yelp" else self.fake.rows  # type: ignore[no-any-return]

    def add(self, now: datetime) -> None:
        number, self.number = self.number, self.number + 1
        row = _ROWS[self.kind](number, now)
        self.rows.append(row)
        self._changed(row, now, "new")

    def edit(self, number: int, now: datetime) -> None:
        row = self.find(number)
        row_text = f"On second thought, and after visit {number}, I see it another way today."
        if self.kind == "google_business":
            row |= {"comment": row_text, "starRating": "TWO", "updateTime": google_business.stamp(now)}
        elif self.kind == "podium":
            row["review"] |= {"body": row_text}
            row["updatedAt"] = podium.stamp(now)
        elif self.kind == "birdeye":
            row["comments"] = row_text
            self.fake.updated[str(row["reviewId"])] = now
        else:
            row["review_text" if self.kind == "facebook" else "text"] = row_text
        self._changed(row, now, "edit")

    def delete(self, number: int, now: datetime) -> None:
        row = self.find(number)
        self.rows.remove(row)
        self.deleted[number] = row
        self._changed(row, now, "delete")

    def bring_back(self, number: int, now: datetime) -> None:
        row = self.deleted.pop(number)
        self.rows.append(row)
        self._changed(row, now, "return")

    def find(self, number: int) -> Any:
        wanted = id_of(self.kind, _ROWS[self.kind](number, google_business.START))
        return next(row for row in self.rows if id_of(self.kind, row) == wanted)

    def shown(self) -> dict[str, Told]:
        """What the platform shows to us at this moment: its permitted view."""
        if self.is_retired:
            return dict(self.frozen)
        rows = self.rows
        if self.kind == "yelp":
            rows = sorted(rows, key=lambda row: row["time_created"], reverse=True)[: self.fake.plan]
        return {id_of(self.kind, row): told_by(self.kind, row) for row in rows}

    def retire(self) -> None:
        """The platform ends single reviews: what it had shown when we read it last stays, and nothing more comes."""
        read_at = self.read_at or google_business.START
        self.frozen = {name: told for name, told in self.shown().items() if self.changed_at[name][0] <= read_at}
        self.is_retired = self.fake.retired = True

    def bound(self, how: str) -> timedelta:
        """How long a change may stay unseen by the platform's own ways, at our pace."""
        pace, scan = timedelta(hours=2 * HOURS[self.kind] + 3), get_connector(self.kind).traits.full_scan_days
        if how == "delete":
            return 2 * timedelta(days=scan or 0) + 2 * pace
        is_invisible = how == "return" or (how == "edit" and self.kind == "trustpilot")
        return timedelta(days=scan) + pace if is_invisible and scan else pace

    def _changed(self, row: Any, now: datetime, how: str) -> None:
        self.changed_at[id_of(self.kind, row)] = (now, how)
        total = len(self.rows)
        if self.kind == "facebook":
            self.fake.count = total
        elif self.kind in ("trustpilot", "yelp"):
            self.fake.total = total


_ROWS: dict[str, Any] = {
    "google_business": lambda n, now: google_business.make_row(
        n, createTime=google_business.stamp(now), updateTime=google_business.stamp(now)
    ),
    "yelp": lambda n, now: yelp.make_row(n, time_created=f"{now:%Y-%m-%d %H:%M:%S}"),
    "facebook": lambda n, now: facebook.make_row(n, created_time=f"{now:%Y-%m-%dT%H:%M:%S}+0000"),
    "trustpilot": lambda n, now: trustpilot.make_row(n, createdAt=f"{now:%Y-%m-%dT%H:%M:%S}Z"),
    "birdeye": lambda n, now: birdeye.make_row(n, reviewDate=f"{now:%b %d, %Y}"),
    "podium": lambda n, now: {**podium.make_row(n), "createdAt": podium.stamp(now), "updatedAt": podium.stamp(now)},
}


def id_of(kind: str, row: Any) -> str:
    names = {"google_business": "reviewId", "yelp": "id", "trustpilot": "id", "birdeye": "reviewId", "podium": "uid"}
    return str(row["open_graph_story"]["id"] if kind == "facebook" else row[names[kind]])


def told_by(kind: str, row: Any) -> Told:
    if kind == "google_business":
        return STARS[row["starRating"]], None, row["comment"]
    if kind == "facebook":
        return None, row["recommendation_type"] == "positive", row["review_text"]
    if kind == "birdeye" and row["rating"] == 0:
        return None, row["recommended"] == 1, row["comments"]
    if kind == "birdeye":
        return int(row["rating"] * 100), None, row["comments"]
    if kind == "podium" and row["isRecommendation"]:
        return None, row["review"]["rating"] == 5, row["review"]["body"]
    if kind == "podium":
        return row["review"]["rating"] * 100, None, row["review"]["body"]
    return row["rating" if kind == "yelp" else "stars"] * 100, None, row["text"]


def make_shelves(context: Context, platforms: Platforms, clinic: Clinic) -> list[Shelf]:
    """A clinic's listing at every platform whose reviews may be held, connected."""
    google, pod = google_business.GoogleBusinessFake.running(platforms, 0), podium.PodiumFake.running(platforms, 0)
    yelped, faced = yelp.YelpFake.running(platforms), facebook.FacebookFake.running(platforms, 0)
    trusted, birds = trustpilot.TrustpilotFake.running(platforms, 0), birdeye.BirdeyeFake.running(platforms, 0)
    yelped.rows["en_US"] = []
    for fake in (google, faced, trusted, pod):
        fake.page_size = 20
    made = [
        (
            "google_business",
            google,
            {"account": "accounts/101", "location": "locations/7001"},
            google.oauth.connected(),
        ),
        ("yelp", yelped, {"business": yelped.business}, {"api_key": yelped.key}),
        ("facebook", faced, {"page": faced.page}, {"page_token": faced.token}),
        ("trustpilot", trusted, {"business": "willow.example.org"}, {"api_key": trusted.key}),
        ("birdeye", birds, {"business": birdeye.BUSINESS}, {"api_key": birds.key}),
        ("podium", pod, {"location": podium.HERE}, pod.oauth.connected()),
    ]
    box, now = SecretsBox(context.settings.fernet_keys()), context.clock()
    shelves = []
    with context.storage.write() as tx:
        g = tx.group(clinic.group_id)
        for kind, fake, config, secrets in made:
            account = connections.add_connection(g, kind=kind, label=kind, secrets=secrets, box=box, now=now)
            source = sources.add_source(
                g, clinic_id=clinic.id, kind=kind, label=kind, url="", origin=get_connector(kind).traits.origin,
                config=config, now=now, next_due_at=now, connection_id=account.id, interval_minutes=HOURS[kind] * 60,
            )  # fmt: skip
            shelves.append(Shelf(kind, fake, config, secrets, source, clinic))
    return shelves


@dataclass
class Month:
    """The three clinics, their shelves, and the books of the month."""

    contexts: dict[int, Context]
    clock: FakeClock
    shelves: list[Shelf]
    servers: dict[int, Stage]
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def context(self) -> Context:
        return next(iter(self.contexts.values()))

    def run_due(self) -> None:
        """Collect what is due now, as the worker does; then drop what terms let nobody hold any longer.

        Figures and websites follow once a day and after each purge, by the worker's upkeep.
        """
        while (claim := claim_next(self.context, "month", self.clock())) is not None:
            report = run_claim(self.contexts[claim.source.clinic_id], claim, trigger="schedule", shows=False)
            self.counts["runs"] += 1
            for shelf in self.shelves:
                if report.is_good and shelf.source.public_id == report.source_public_id:
                    shelf.read_at = self.clock()
            self.counts[f"runs {report.outcome}"] += 1
            self.counts["changed"] += report.counts.changed
            self.counts["missing"] += report.counts.missing
            self.counts["returned"] += report.counts.returned
            if report.outcome in (Outcome.FAILED, Outcome.REQUEST, Outcome.CHANGED):
                self.faults.append(f"{self.clock():%d %H:%M} {claim.source.kind}: {report.outcome} {report.hint}")
        upkeep = Upkeep(self.context)
        self.counts["purged"] += upkeep.purge_by_terms()
        if self.clock().hour == 1:
            upkeep.refresh_stale()

    def held(self, shelf: Shelf) -> dict[str, Told]:
        """What is held and stands of a listing."""
        found: dict[str, Told] = {}
        with self.context.storage.read() as tx:
            filters = review_lists.ReviewFilters(source_id=shelf.source.id)
            for row in review_lists.find_reviews(tx.group(shelf.clinic.group_id), filters, limit=500).rows:
                if row.presence == "missing" or row.content_purged_at is not None:
                    continue
                if row.identity_key in found:
                    self.faults.append(f"doubled: {shelf.kind} {row.identity_key}")
                found[row.identity_key] = (row.stars100, row.recommends, row.text)
        return found

    def check_terms(self) -> None:
        """No content is older than its terms allow, in the tables and in what websites get."""
        now, book = self.clock(), self.context.book
        with self.context.storage.session(writable=False) as session:
            rows = session.execute(
                "SELECT r.origin, r.last_read_at, c.text FROM reviews AS r "
                "JOIN review_contents AS c ON c.review_id = r.id"
            ).rows
            old = session.execute(
                "SELECT r.origin, v.content FROM review_versions AS v JOIN reviews AS r ON r.id = v.review_id "
                "WHERE v.content IS NOT NULL"
            ).rows
        contents = [(row["origin"], row["last_read_at"]) for row in rows]
        contents += [(row["origin"], json.loads(row["content"])["last_read_at"]) for row in old]
        for origin, read_at in contents:
            days = book.terms(origin).retention_days
            self.counts["contents checked"] += 1
            if days is not None and now - datetime.fromisoformat(read_at) > timedelta(days=days):
                self.faults.append(f"{now:%d %H:%M} term of {origin}: content read {read_at}")
        texts = {row["text"] for row in rows}
        with self.context.storage.read() as tx:
            served = snapshots.find_snapshot(tx, "w/month/data.json")
        for quote in json.loads(served.body)["quotes"] if served else ():
            self.counts["quotes checked"] += 1
            if not any(text.startswith(quote["head"]) for text in texts):
                self.faults.append(f"{now:%d %H:%M} a website shows what is not held: {quote['head']}")

    def check_freshness(self) -> None:
        """Nothing that the platform shows is lost or stale beyond the schedule, and nothing it removed stands."""
        now = self.clock()
        for shelf in self.shelves:
            shown, held = shelf.shown(), self.held(shelf)
            for name in {name for name in shown.keys() | held.keys() if shown.get(name) != held.get(name)}:
                if shelf.kind == "yelp" and name not in shown:
                    continue  # excerpts that others have pushed out are held until their day is over
                at, how = shelf.changed_at[name]
                waited = now - max(at, shelf.trouble_until or at)
                if waited > shelf.bound(how):
                    self.faults.append(f"{now:%d %H:%M} stale: {shelf.kind} {name} {how} {waited}")
