"""Google, Yelp and Facebook in the demo: servers on this machine stand in for them, and their listings have a past.

The past is read by the real collector with its clock set back, one reading for each day of the history of a listing, so
that what was edited, went and came back is there when somebody looks for the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reviews.clock import utc_now
from reviews.collect import Context, open_context, run_claim
from reviews.config import Settings
from reviews.fetcher import Fetcher, FetchPolicy
from reviews.logs import get_logger
from reviews.model import Source
from reviews.secrets_box import SecretsBox
from reviews.sources.registry import get_connector
from reviews.storage import (
    GroupTransaction,
    Storage,
    Transaction,
    clinics,
    connections,
    groups,
    replies,
    review_lists,
    sources,
    work,
)
from reviews.storage.review_lists import ReviewFilters
from reviews.worker.upkeep import Upkeep

log = get_logger("demo")

ORIGINS = {
    "https://mybusiness.googleapis.com": "google",
    "https://mybusinessaccountmanagement.googleapis.com": "google-accounts",
    "https://mybusinessbusinessinformation.googleapis.com": "google-information",
    "https://oauth2.googleapis.com": "google-token",
    "https://api.yelp.com": "yelp",
    "https://graph.facebook.com": "facebook",
}
"""The platform's address → the part of examples/platforms.py that stands in for it."""
GOOGLE = {"client_id": "demo", "client_secret": "demo", "refresh_token": "demo"}
UNFINISHED = 7 * 24 * 60
"""The interval, in minutes, that marks a listing whose past is not whole yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReply:
    """A reply that the clinic posted by hand on a day of the past; what became of it, today's reading finds out."""

    author: str
    text: str
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoListing:
    """A listing at a platform that this machine plays; `past` are days before today on which it was read."""

    clinic: str
    kind: str
    label: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str]
    account: str
    past: tuple[int, ...] = ()
    interval_minutes: int = 6 * 60
    is_late: bool = False
    """Nobody reads it any more, which the pages must notice."""
    reply: DemoReply | None = None


LISTINGS = (
    DemoListing(
        clinic="alder-street", kind="google_business", label="Google", account="Google", secrets=GOOGLE,
        config={"account": "accounts/1", "location": "locations/1"}, past=(-21, -14, -7),
        reply=DemoReply(
            author="Hana Whitfield", day=-6,
            text="Thank you for taking the time to write. For anything else please call 250-555-0176.",
        ),
    ),
    DemoListing(
        clinic="alder-street", kind="yelp", label="Yelp", account="Yelp", secrets={"api_key": "demo"},
        config={"business": "alder-street-massage-therapy-kelowna"}, past=(-12,), interval_minutes=12 * 60,
    ),
    DemoListing(
        clinic="alder-street", kind="facebook", label="Facebook", account="Facebook", secrets={"page_token": "demo"},
        config={"page": "100200300"}, past=(-14, -7, -1),
    ),
    DemoListing(
        clinic="vieux-pont", kind="google_business", label="Google", account="Google", secrets=GOOGLE,
        config={"account": "accounts/1", "location": "locations/2"}, past=(-16, -9), interval_minutes=24 * 60,
        is_late=True,
    ),
)  # fmt: skip


def stand_ins(site_url: str, day: int = 0) -> tuple[str, ...]:
    """The setting `demo_stand_ins`: the platforms as they were on a day, counted from today."""
    return tuple(f"{origin}={site_url}/platforms/day/{day}/{name}" for origin, name in ORIGINS.items())


def fill_platforms(settings: Settings, storage: Storage, site_url: str) -> int:
    """Give the demo's clinics their listings at platforms, with their past; how many are new. Again: nothing more."""
    made = 0
    with open_context(settings, storage) as context:
        for listing in LISTINGS:
            with storage.write() as tx:
                g = _demo_group(tx)
                if g is None:
                    return made
                source = _find(g, listing)
                is_new = source is None
                source = source or _add(g, context, listing)
            if is_new:
                for day in listing.past:
                    _read_on(context, source, site_url, day)
                made += 1
            if is_new or source.interval_minutes == UNFINISHED:
                _finish(context, source, listing)
        Upkeep(context).purge_by_terms()  # what was read so long ago that its terms let nobody hold it
    return made


def _demo_group(tx: Transaction) -> GroupTransaction | None:
    found = next((group for group in groups.find_groups(tx) if group.is_demo), None)
    return None if found is None else tx.group(found.id)


def _find(g: GroupTransaction, listing: DemoListing) -> Source | None:
    clinic = clinics.find_clinic_by_slug(g, listing.clinic)
    assert clinic is not None
    found = sources.find_sources(g, clinic.id)
    return next((each for each in found if (each.kind, each.label) == (listing.kind, listing.label)), None)


def _add(g: GroupTransaction, context: Context, listing: DemoListing) -> Source:
    """The source, paused as long as its past is being read: no worker takes it meanwhile."""
    now = context.clock()
    clinic = clinics.find_clinic_by_slug(g, listing.clinic)
    assert clinic is not None
    accounts = connections.find_connections(g, listing.kind)
    account = next((each for each in accounts if each.label == listing.account), None)
    account = account or connections.add_connection(
        g, kind=listing.kind, label=listing.account, secrets=listing.secrets, now=now,
        box=SecretsBox(context.settings.fernet_keys()),
    )  # fmt: skip
    connector = get_connector(listing.kind)
    source = sources.add_source(
        g, clinic_id=clinic.id, kind=listing.kind, label=listing.label, url=connector.address(listing.config),
        origin=connector.traits.origin, config=dict(listing.config), now=now, connection_id=account.id,
        interval_minutes=UNFINISHED,
    )  # fmt: skip
    return sources.update_source(g, source.id, now=now, state="paused")


def _read_on(context: Context, source: Source, site_url: str, day: int) -> None:
    """One reading of a listing as it was on a day, at the same hour as now."""
    moment = utc_now() + timedelta(days=day)
    settings = replace(context.settings, demo_stand_ins=stand_ins(site_url, day))
    then = replace(
        context, settings=settings, fetcher=Fetcher(FetchPolicy.from_settings(settings)), clock=lambda: moment
    )
    with context.storage.write() as tx:
        claim = sources.claim_source(
            tx.group(source.group_id), source.id, owner="demo", now=moment, lease_seconds=settings.lease_seconds
        )
    if claim is not None:
        report = run_claim(then, claim, trigger="schedule", shows=False)
        log.info("demo_past_read", source=source.public_id, since=str(day), outcome=str(report.outcome))


def _finish(context: Context, source: Source, listing: DemoListing) -> None:
    """Hand the listing to the worker."""
    now = utc_now()
    due = now + timedelta(days=2) if listing.is_late else now
    with context.storage.write() as tx:
        if listing.reply is not None:
            _post(tx.group(source.group_id), source, listing.reply, now + timedelta(days=listing.reply.day))
        sources.update_source(
            tx.group(source.group_id), source.id, now=now, state="active", next_due_at=due,
            interval_minutes=listing.interval_minutes,
        )  # fmt: skip


def _post(g: GroupTransaction, source: Source, given: DemoReply, moment: datetime) -> None:
    """Note a reply as written, approved and posted by hand, unless that is done."""
    rows = review_lists.find_reviews(g, ReviewFilters(source_id=source.id), 200).rows
    review = next((each for each in rows if each.author == given.author), None)
    if review is None or replies.find_own(g, review.id):
        return
    draft = replies.add_own(g, review_id=review.id, text=given.text, person_id=None, now=moment)
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("waiting", {}),
        ("approved", {"approved_by": None, "approved_at": moment, "cleared": (), "review_hash": review.content_hash}),
        ("posted", {"posted_by": None, "posted_at": moment, "posted_way": "hand"}),
    )
    for state, also in steps:
        replies.move(g, replies.get_own_by_id(g, draft.id), state, **also)
    work.mark_answered(g, review, moment)
