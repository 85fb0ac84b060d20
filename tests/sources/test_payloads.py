"""Golden pairs of the platforms: a payload written for what is hard in it, and all that should be read from it."""

import json
from typing import Any

import pytest

from reviews.model import ParsedPage, Review
from reviews.normalize.review import Context, normalize_review
from tests.conftest import NOW
from tests.sources.platform_parsers import PARSERS, PAYLOADS


def told(review: Review) -> dict[str, Any]:
    """What a review says, without what it does not."""
    rating, date, reply = review.rating, review.date, review.reply
    replied = reply.date if reply else None
    values = {
        "id": review.identity_key,
        "origin": review.origin,
        "author": review.author,
        "stars100": rating.stars100 if rating else None,
        "recommends": rating.recommends if rating else None,
        "title": review.title,
        "text": review.text,
        "translation": review.translation,
        "cut": review.cut or None,
        "language": review.language,
        "date": f"{date.earliest:%Y-%m-%dT%H:%M:%S} {date.precision}" if date else None,
        "url": review.url,
        "reply": reply.text if reply else None,
        "reply_date": f"{replied.earliest:%Y-%m-%dT%H:%M:%S} {replied.precision}" if replied else None,
        "reply_state": f"{reply.state} {reply.reason}".strip() if reply else None,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def read(kind: str, parsed: ParsedPage) -> dict[str, Any]:
    context = Context(source_origin=kind, read_at=NOW, assume_best=5, languages=())
    found = [normalize_review(raw, context) for raw in parsed.reviews]
    totals = [
        {name: value for name in ("average", "best", "rating_count", "review_count") if (value := getattr(total, name))}
        for total in parsed.totals
    ]
    return {
        "reviews": [told(review) for review in found if isinstance(review, Review)],
        "rejects": [reject.reason for reject in parsed.rejects],
        "totals": totals,
        "next": parsed.next_url,
    }


@pytest.mark.parametrize("kind", sorted(PARSERS))
def test_reads_what_a_person_reads(kind: str):
    parsed = PARSERS[kind]((PAYLOADS / f"{kind}.json").read_bytes())
    expected = json.loads((PAYLOADS / f"{kind}.expected.json").read_text(encoding="utf-8"))
    assert read(kind, parsed) == expected
    assert "canary" not in repr(parsed).lower()
