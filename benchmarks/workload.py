"""Invented reviews for the benchmarks, always the same ones."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reviews.model import Clinic, Review, Source
from reviews.storage import Storage, clinics, groups, runs, sources, summaries, widgets
from reviews.storage import reviews as stored

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OPENINGS = (
    "The receptionist found me a chair before I had said a word.",
    "I waited forty minutes and nobody told me why.",
    "They explained every step and drew it on paper.",
    "My shoulder moves freely again after four visits.",
    "The bill did not match the price list at the desk.",
    "Parking is difficult in the morning, easy after lunch.",
)
MIDDLES = (
    "The exercises take ten minutes a day, and they help more than I thought they would.",
    "Nobody rushed me, and my questions were answered in words that I could still read at home.",
    "However, I had to call three times to change an appointment, which is two times too many.",
    "The room was calm, warm and clean, although the music was not to my taste at all.",
    "I was told to rest, then told to move, and I would have liked one answer instead of two.",
)
ENDINGS = (
    "I would go again.",
    "I have told my sister about it.",
    "I am not sure that I will be back.",
    "Thank you to everybody there.",
    "It is what I needed.",
)
NAMES = ("Ada", "Bo", "Cleo", "Dai", "Edda", "Finn", "Gwen", "Hugo", "Ines", "Joni", "Kofi", "Lena", "Mira", "Nils")


@dataclass(frozen=True)
class Place:
    """Where the reviews go."""

    group_id: int
    clinic_id: int
    source_id: int


def declare(storage: Storage, *, kind: str = "example_api") -> Place:
    """A group with a clinic, its widget and one source."""
    with storage.write() as tx:
        group = groups.add_group(tx, name="North", now=NOW)
        g = tx.group(group.id)
        clinic = clinics.add_clinic(
            g, slug="willow-lane", name="Willow Lane", now=NOW, jurisdiction="US", professions=("physiotherapist",)
        )
        widgets.add_widget(g, slug="willow-lane", now=NOW, clinic_ids=[clinic.id])
        source = sources.add_source(
            g, clinic_id=clinic.id, kind=kind, label="Example", url="", origin="own_site", config={}, now=NOW
        )
    return Place(group_id=group.id, clinic_id=clinic.id, source_id=source.id)


def allow_quotes(storage: Storage, place: Place) -> None:
    """Confirm the clinic's advertising rule, so that its widget shows quotes."""
    from reviews import rules

    with storage.write() as tx:
        clinics.confirm_rule(
            tx.group(place.group_id),
            jurisdiction="US",
            profession="physiotherapist",
            row_version=rules.load().version("US", "physiotherapist"),
            person_id=None,
            person_name="Robin",
            now=NOW,
        )


def text(number: int) -> str:
    """A text of 150–450 characters that no other number has."""
    chance = random.Random(number)
    parts = [chance.choice(OPENINGS), *chance.sample(MIDDLES, chance.randint(1, 4)), chance.choice(ENDINGS)]
    return " ".join([*parts, f"Visit {number}."])


def record(number: int) -> dict[str, Any]:
    """One review in the shape of the Example Reviews API."""
    moment = NOW - timedelta(minutes=number * 37)
    reply = (
        {"text": "Thank you for writing.", "updated_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}"} if number % 5 == 0 else None
    )
    return {
        "id": f"r-{number}",
        "author": {"display_name": f"{NAMES[number % len(NAMES)]} {chr(65 + number % 26)}."},
        "stars": ("FIVE", "FOUR", "FIVE", "TWO", "ONE")[number % 5],
        "recommends": None,
        "text": text(number),
        "language": "en",
        "created_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "updated_at": f"{moment:%Y-%m-%dT%H:%M:%S}.{number:09d}Z",
        "likes": 0,
        "reply": reply,
    }


def api_page(first: int, count: int) -> bytes:
    """One page of the API."""
    return json.dumps({"reviews": [record(n) for n in range(first, first + count)], "next_page_token": None}).encode()


def html_page(count: int = 50, size: int = 300_000) -> bytes:
    """A page of about 300 KB with its reviews in one JSON-LD block, between a site's usual ballast."""
    clinic = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "name": "Willow Lane",
        "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.6", "reviewCount": "222"},
        "review": [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": f"{NAMES[n % len(NAMES)]} {n}"},
                "datePublished": f"2026-10-{n % 28 + 1:02d}",
                "reviewBody": text(n),
                "reviewRating": {"@type": "Rating", "ratingValue": str(n % 5 + 1), "bestRating": "5"},
            }
            for n in range(count)
        ],
    }
    head = f'<script type="application/ld+json">{json.dumps(clinic)}</script>'
    item = '<div class="card col-md-4"><a href="/page/{n}" class="link"><span>Service {n}</span></a><p>{t}</p></div>'
    body, number = [], 0
    while sum(map(len, body)) < size - len(head):
        body.append(item.format(n=number, t=MIDDLES[number % len(MIDDLES)]))
        number += 1
    start = f'<!doctype html><html lang="en"><head><title>Willow Lane</title>{head}</head><body>'
    return f"{start}{''.join(body)}</body></html>".encode()


def fill(storage: Storage, place: Place, count: int) -> None:
    """Store so many reviews, scored and counted."""
    from benchmarks.ingest import normalized

    with storage.write() as tx:
        g = tx.group(place.group_id)
        claim = sources.claim_source(g, place.source_id, owner="benchmark", now=NOW, lease_seconds=3600)
        assert claim is not None
        run = runs.open_run(g, claim, trigger="command", now=NOW)
        for first in range(0, count, 500):
            reviews: list[Review] = normalized(
                api_page(first, min(500, count - first)), source_of(g, place), clinic_of(g, place)
            )
            stored.save_reviews(
                g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=run.id, reviews=reviews, now=NOW
            )
        summaries.refresh_months(g, place.clinic_id)


def source_of(g: Any, place: Place) -> Source:
    return sources.get_source(g, place.source_id)


def clinic_of(g: Any, place: Place) -> Clinic:
    return clinics.get_clinic(g, place.clinic_id)
