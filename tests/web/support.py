"""A small world for the tests of the web: two groups, people of each role, clinics, sources, reviews."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviews import rules, sentiment
from reviews.collect import ImportReport, RunReport
from reviews.collect.looking import look_at_file
from reviews.config import Settings
from reviews.model import (
    Business,
    Clinic,
    Counts,
    Precision,
    Rating,
    Reject,
    Reply,
    ReportedTotal,
    Review,
    ReviewDate,
    Source,
)
from reviews.normalize.pairs import FoundPair
from reviews.publish.embed_check import Fault
from reviews.secrets_box import SecretsBox
from reviews.sources.base import Place
from reviews.storage import (
    GroupTransaction,
    Storage,
    clinics,
    connections,
    groups,
    lexicon,
    pairs,
    people,
    reply_templates,
    review_lists,
    reviews,
    runs,
    sources,
    totals,
    uploads,
    widgets,
)
from reviews.web.services import NO_SECRETS, FileJob, HandJob, Preview, Services
from tests.sources.doors import Inline

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"
PASSWORD = "violet lantern over the harbour"
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # what logins in most tests cost
PASSWORD_HASH = CHEAP_HASHER.hash(PASSWORD)
CSV = b"stars,text,author,date\n5,Kind people,Ada,2025-03-14\n4,Good,Bo,2025-02-01\nsix,Odd,Cy,2025-01-01\n"
SCORER = sentiment.load()
ROLES = ("owner", "manager", "editor", "viewer", "mail_only")


@dataclass
class World:
    """Ids of what was made; `mine` and `other` are two groups with one thing of each kind."""

    storage: Storage
    mine: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    group_id: int = 0
    other_group_id: int = 0
    person_ids: dict[str, int] = field(default_factory=dict)


def make_review(
    key: str,
    *,
    stars: int | None = 500,
    text: str = "Everybody was kind and the room was bright.",
    title: str = "",
    author: str | None = "Ada Lind",
    days_ago: int = 10,
    language: str | None = "en",
    reply: str | None = None,
    url: str | None = None,
) -> Review:
    written = NOW - timedelta(days=days_ago)
    day = written.replace(hour=0, minute=0)
    date = ReviewDate(
        raw=f"{day:%Y-%m-%d}", earliest=day, latest=day + timedelta(hours=23, minutes=59), precision=Precision.DAY
    )
    rating = None
    if stars is not None:
        rating = Rating(
            raw=str(stars / 100),
            value=Decimal(stars) / 100,
            best=Decimal(5),
            worst=Decimal(1),
            stars100=stars,
        )
    answer = Reply(text=reply, author="The clinic") if reply else None
    return Review(
        identity_key=key,
        identity_kind="id",
        origin="own_site",
        place=f"item {key}",
        rating=rating,
        title=title,
        text=text,
        language=language,
        author=author,
        date=date,
        url=url,
        reply=answer,
        position=0,
        content_hash=f"hash {key} {stars} {title} {text} {author}",
        reply_hash=f"reply {reply}",
        volatile_hash="",
    )


def add_run(
    g: GroupTransaction,
    source: Source,
    found: Sequence[Review],
    *,
    now: datetime = NOW,
    trigger: str = "schedule",
    outcome: str = "ok",
    total: ReportedTotal | None = None,
    rejects: Sequence[Reject] = (),
    hint: str = "",
    hint_values: dict[str, str] | None = None,
    success: bool = True,
) -> runs.Run:
    """A whole run, as the collector would leave it."""
    claim = sources.claim_source(g, source.id, owner="test", now=now, lease_seconds=60)
    assert claim is not None
    run = runs.open_run(g, claim, trigger=trigger, now=now, file_name="export.csv" if trigger == "import" else "")
    saved = reviews.save_reviews(
        g, clinic_id=source.clinic_id, source_id=source.id, run_id=run.id, reviews=found, now=now
    )
    if total is not None:
        totals.save_total(g, source_id=source.id, run_id=run.id, total=total, now=now)
    counts = Counts(
        pages=1,
        seen=saved.new + saved.changed + saved.unchanged,
        new=saved.new,
        changed=saved.changed,
        unchanged=saved.unchanged,
        rejected=len(rejects),
    )
    runs.add_counts(g, run.id, counts, rejects)
    runs.close_run(g, run.id, now=now, outcome=outcome, is_complete=False, hint=hint, hint_values=hint_values or {})
    sources.release(
        g,
        claim,
        now=now,
        next_due_at=now + timedelta(hours=24) if source.kind != "csv_file" else None,
        outcome=outcome,
        hint=hint,
        hint_values=hint_values or {},
        failures=0 if success else 1,
        success=success,
        run_id=run.id,
    )
    return runs.get_run(g, run.id)


def make_world(storage: Storage, *, confirmed: bool = True) -> World:
    """Two groups, each with a clinic, a page, a file, reviews; in the first one person of each role."""
    world = World(storage=storage)
    with storage.write() as tx:
        for name, ids, roles in (("North", world.mine, ROLES), ("South", world.other, ("owner",))):
            group = groups.add_group(tx, name=f"{name} Clinics", now=NOW)
            g = tx.group(group.id)
            for role in roles:
                email = f"{role}@{name.lower()}.example.org"
                person = people.add_person(
                    tx, email=email, name=f"{role.title()} {name}", password_hash=PASSWORD_HASH, now=NOW
                )
                people.add_membership(g, person_id=person.id, role=role, now=NOW)
                world.person_ids[email] = person.id
            _fill(g, name, ids, confirmed=confirmed)
            if ids is world.mine:
                world.group_id = group.id
            else:
                world.other_group_id = group.id
    return world


def _fill(g: GroupTransaction, name: str, ids: dict[str, str], *, confirmed: bool) -> None:
    slug = f"{name.lower()}-street"
    clinic = clinics.add_clinic(
        g,
        slug=slug,
        name=f"{name} Street Physiotherapy",
        now=NOW,
        street="12 North Street",
        locality="Guelph",
        telephone="+1 519 555 0142",
        country="CA",
        website=f"https://{name.lower()}.example.org",
        time_zone="America/Toronto",
        jurisdiction="CA-ON",
        professions=("physiotherapist",),
    )
    widget = widgets.add_widget(g, slug=slug, now=NOW, clinic_ids=[clinic.id])
    if confirmed:
        confirm(g, clinic)
    page = sources.add_source(
        g,
        clinic_id=clinic.id,
        kind="web_page",
        label="Own website",
        url=f"https://{name.lower()}.example.org/reviews",
        origin="own_site",
        config={"url": f"https://{name.lower()}.example.org/reviews"},
        now=NOW,
        next_due_at=NOW,
    )
    table = sources.add_source(
        g, clinic_id=clinic.id, kind="csv_file", label="Paper forms", url="", origin="first_party", config={}, now=NOW
    )
    found = [
        make_review("a", stars=500, title="Marker title", text=f"marker-{name} Very kind, and no pain at all now.",
                    reply="Thank you for your words."),
        make_review("b", stars=200, author="Bo Berg", text="I waited an hour, nobody said why. Terrible.", days_ago=4),
        make_review("c", stars=450, author=None, text="", days_ago=30),
        make_review("d", stars=500, author="Zoé Roy", text="Équipe très gentille.", language="fr", days_ago=2),
    ]  # fmt: skip
    total = ReportedTotal(
        average=Decimal("4.6"), best=Decimal(5), worst=Decimal(1), stars100=460, rating_count=222,
        review_count=None, raw="4.6 out of 5, 222 reviews",
    )  # fmt: skip
    run = add_run(g, page, found, total=total)
    reject = Reject(place="row 17", reason="The date could not be read.", column="date", sample="31/02/2025")
    imported = add_run(
        g, table, [make_review("x", stars=400, text="From a form.", days_ago=60)], trigger="import", rejects=[reject]
    )
    upload = uploads.add_upload(g, person_id=None, file_name="more.csv", body=CSV, now=NOW)
    template = reply_templates.add_template(
        g,
        name=f"Thanks of {name}",
        language="en",
        stars=[1, 2],
        text="Thank you for [what?]. Call {telephone}.",
        now=NOW,
    )
    review = reviews.get_review(g, _first_id(g))
    ids.update(
        clinic=clinic.public_id,
        page=page.public_id,
        table=table.public_id,
        run=run.public_id,
        imported=imported.public_id,
        upload=upload.public_id,
        review=review.public_id,
        slug=slug,
        widget=widget.public_id,
        template=template,
    )


KEYS = ("a secret for tests " * 2,)
OLD_KEY = "old-key-of-the-clinic"


def connect_yelp(g: GroupTransaction, clinic_id: str) -> Source:
    """A source that is read with a key."""
    clinic = clinics.get_clinic_by_public_id(g, clinic_id)
    box = SecretsBox(Settings(secret_keys=KEYS).fernet_keys())
    account = connections.add_connection(
        g, kind="yelp", label="Yelp", secrets={"api_key": OLD_KEY}, box=box, now=NOW, person_id=None
    )
    return sources.add_source(
        g,
        clinic_id=clinic.id,
        kind="yelp",
        label="Yelp",
        url="https://www.yelp.com/biz/old-place",
        origin="yelp",
        config={"business": "old-place"},
        now=NOW,
        next_due_at=NOW,
        connection_id=account.id,
    )


def add_connected(world: World) -> World:
    """The world with a connected platform in each group."""
    with world.storage.write() as tx:
        for group_id, ids in ((world.group_id, world.mine), (world.other_group_id, world.other)):
            ids["connected"] = connect_yelp(tx.group(group_id), ids["clinic"]).public_id
    return world


def add_pairs(world: World) -> World:
    """The world with two reviews in each group that may be one."""
    with world.storage.write() as tx:
        for group_id, ids in ((world.group_id, world.mine), (world.other_group_id, world.other)):
            g = tx.group(group_id)
            clinic = clinics.get_clinic_by_public_id(g, ids["clinic"])
            one = reviews.get_review_by_public_id(g, ids["review"]).id
            table = sources.get_source_by_public_id(g, ids["table"])
            filters = review_lists.ReviewFilters(source_id=table.id)
            other = review_lists.find_reviews(g, filters, 1).rows[0].id
            found = FoundPair(
                one_id=min(one, other), other_id=max(one, other), basis="text", likeness=96, is_same=False
            )
            pairs.save_pairs(g, clinic.id, [found], until=NOW, now=NOW)
            ids["pair"] = pairs.find_pairs(g)[0].public_id
    return world


def add_entered(world: World) -> World:
    """The world with a typed review, a mapping with a name and one more waiting file in each group."""
    with world.storage.write() as tx:
        for group_id, ids in ((world.group_id, world.mine), (world.other_group_id, world.other)):
            g = tx.group(group_id)
            clinic = clinics.get_clinic_by_public_id(g, ids["clinic"])
            source = sources.add_source(
                g, clinic_id=clinic.id, kind="manual", label="RateMDs", url="", origin="ratemds", config={}, now=NOW
            )
            typed = make_review("by-hand:1", text="Typed from the screen.", days_ago=70)
            add_run(g, source, [typed], trigger="import")
            rows = review_lists.find_reviews(g, review_lists.ReviewFilters(source_id=source.id), 1).rows
            mapping = uploads.save_mapping(g, name="Old forms", headers="none", config={"mapping": {}}, now=NOW)
            spare = uploads.add_upload(g, person_id=None, file_name="spare.csv", body=CSV, now=NOW)
            ids.update(
                by_hand=source.public_id,
                typed=rows[0].public_id,
                mapping=mapping.public_id,
                spare_upload=spare.public_id,
            )
    return world


def _first_id(g: GroupTransaction) -> int:
    rows = review_lists.find_reviews(g, review_lists.ReviewFilters(), 10).rows
    return next(row.id for row in rows if row.title == "Marker title")


def confirm(g: GroupTransaction, clinic: Clinic) -> None:
    book = rules.load()
    for profession in clinic.professions:
        clinics.confirm_rule(
            g,
            jurisdiction=clinic.jurisdiction,
            profession=profession,
            row_version=book.version(clinic.jurisdiction, profession),
            person_id=None,
            person_name="Olive Owner",
            now=NOW,
        )


@dataclass
class FakeServices:
    """Stands in for what reaches further than the database; remembers what it was asked."""

    found: Preview | Exception | None = None
    report: ImportReport | Exception | None = None
    asked: list[Any] = field(default_factory=list)
    permission: dict[str, str] | Exception | None = None
    places: tuple[Place, ...] | Exception = ()
    given_back: bool | Exception = True
    desk: Any = None
    website: list[Fault] | Exception | None = None
    importer: Callable[[FileJob], ImportReport] | None = None
    by_hand: Callable[[HandJob], RunReport] | None = None
    scorer: sentiment.Scorer | None = None
    _scorers: sentiment.OwnScorers | None = None

    def services(self) -> Services:
        return Services(
            preview=self._preview,
            take_permission=lambda permission: self._answer(self.permission, ("permission", permission)),
            find_places=lambda kind, secrets: self._answer(self.places, ("places", kind, dict(secrets))),
            places_of=lambda source: self._answer(self.places, ("places of", source.kind, source.connection_id)),
            give_back=lambda kind, secrets: self._answer(self.given_back, ("give back", kind, dict(secrets))),
            desk=lambda: self.desk,
            refresh=lambda group_id, clinic_id: self.asked.append(("refresh", group_id, clinic_id)),
            look_at_file=lambda body, name, column: look_at_file(Inline(), body, name, NOW, column),
            enter_by_hand=self._enter,
            check_file=lambda source, clinic, body, name: self._answer(self.report, ("check", source.config, name)),
            import_file=self._import,
            check_website=lambda url: self._answer(self.website, ("website", url)),
            scorer=self._choose_scorer,
            base_scorer=lambda: self.scorer or SCORER,
        )

    def _choose_scorer(self, g: GroupTransaction) -> sentiment.Scorer:
        if self._scorers is None:
            self._scorers = sentiment.OwnScorers(self.scorer or SCORER)
        return lexicon.choose_scorer(g, self._scorers)

    def _preview(self, source: Source, clinic: Clinic, secrets: Mapping[str, str] = NO_SECRETS) -> Preview:
        asked = ("preview", source.url, clinic.name)
        found: Preview = self._answer(self.found, (*asked, dict(source.config), dict(secrets)) if secrets else asked)
        return found

    def _import(self, job: FileJob) -> ImportReport:
        if self.importer is not None:
            self.asked.append(("import", job.file_name))
            return self.importer(job)
        return self._answer(self.report, ("import", job.file_name))

    def _enter(self, job: HandJob) -> RunReport:
        self.asked.append(("by hand", job.page))
        assert self.by_hand is not None
        return self.by_hand(job)

    def _answer(self, answer: Any, asked: Any) -> Any:
        self.asked.append(asked)
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer


def a_preview() -> Preview:
    return Preview(
        reviews=(make_review("p1", text="Previewed words."), make_review("p2", stars=300, author="Kim")),
        count=12,
        total=ReportedTotal(
            average=Decimal("4.6"), best=Decimal(5), worst=None, stars100=460, rating_count=222, review_count=None,
            raw="4.6 out of 5, 222 reviews",
        ),
        businesses=(Business(name="North Street Physiotherapy"),),
        rejects=(),
        goes_on=True,
    )  # fmt: skip


# ---------------------------------------------------------------- clients
def field_of(html: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]


def tokens(client: FlaskClient, path: str) -> dict[str, str]:
    """The two hidden fields of a page's form."""
    page = client.get(path, base_url=BASE).get_data(as_text=True)
    return {"csrf_token": field_of(page, "csrf_token"), "form_key": field_of(page, "form_key")}


def log_in(app: Flask, email: str, password: str = PASSWORD) -> FlaskClient:
    client = app.test_client()
    answer = client.post(
        "/login", data={"email": email, "password": password, **tokens(client, "/login")}, base_url=BASE
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def post(client: FlaskClient, path: str, data: dict[str, Any] | None = None, *, form_on: str = "/") -> TestResponse:
    """Send a form with the hidden fields of the page `form_on`."""
    return client.post(path, data={**tokens(client, form_on), **(data or {})}, base_url=BASE)


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, base_url=BASE)
