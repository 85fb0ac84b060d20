"""What one saved page or file holds, as plain data for a person or another program: the command `reviews extract`."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from reviews.clock import utc_now
from reviews.errors import ReviewsError
from reviews.markup import label_of, parse_page
from reviews.model import Business, ParsedPage, Precision, RawReview, RawTotal, Reject, Review, ReviewDate
from reviews.normalize.dates import find_day_order
from reviews.normalize.ratings import normalize_total
from reviews.normalize.review import Context, normalize_review
from reviews.sources.any_file import has_nested_reviews, read_any, read_nested_table, sniff
from reviews.sources.csv_file import parse_table
from reviews.sources.saved_page import parse_saved_page
from reviews.sources.spreadsheet import to_csv

Reader = Callable[[bytes, str], ParsedPage]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def extract(body: bytes, name: str, url: str = "") -> dict[str, Any]:
    """Business, total and reviews of a page or a file, numbers as numbers, with ``diagnostics`` (lines of English).

    The form is that of a JSON object with ``business``, ``businesses`` (where several are rated), ``aggregate`` and
    ``reviews``; what the input does not say is null. Raises SourceChanged or ImportFileError for what cannot be read.
    """
    parsed = reader_of(body, name)(body, url or "http://localhost/")
    lines = list(parsed.diagnostics)
    reviews = []
    context = _context(parsed)
    for raw in parsed.reviews:
        found = normalize_review(raw, context)
        if isinstance(found, Reject):
            lines.append(_rejected(found))
        else:
            reviews.append(_review(found, raw))
    lines += [_rejected(reject) for reject in parsed.rejects]
    if parsed.needs_script:
        lines.append("the page shows its reviews only after a script has run")
    if parsed.barrier:
        lines.append(f"in the way: {parsed.barrier}")
    aggregates = [_aggregate(total, parsed.language) for total in parsed.totals]
    return {
        "business": _business(parsed.businesses[0]) if parsed.businesses else None,
        "businesses": [label_of(business) for business in parsed.businesses] if parsed.business_count > 1 else [],
        "aggregate": next((aggregate for aggregate in aggregates if aggregate), None),
        "reviews": reviews,
        "next_url": parsed.next_url,
        "diagnostics": lines,
    }


def reader_of(body: bytes, name: str) -> Reader:
    """The reader for a file, by its first bytes and its name; raises ImportFileError for a kind that is not read."""
    if name.startswith(("http://", "https://")):
        # What a site hands to its own scripts is read from saved files only.
        return lambda given, url: parse_page(given, url or name, None)
    if not Path(name).suffix and not body[:4].startswith(b"PK"):
        return lambda given, url: parse_saved_page(given, url)
    kind = sniff(body, name)
    if kind not in ("table", "sheet"):
        return lambda given, url: read_any(given, name, url)
    table = to_csv(body, name) if kind == "sheet" else body
    if has_nested_reviews(table):
        return lambda given, _: read_nested_table(table, name)
    return lambda given, _: parse_table(table, {}, file=name)


def _context(parsed: ParsedPage) -> Context:
    return Context(
        source_origin="unknown",
        read_at=utc_now(),
        languages=(),
        page_language=parsed.language,
        day_first=find_day_order(review.date for review in parsed.reviews),
        assume_best=5,
    )


def _review(review: Review, raw: RawReview) -> dict[str, Any]:
    rating = review.rating
    return {
        "author": review.author,
        "rating": _number(rating.value) if rating else None,
        "best": _stated(raw.rating.best) if raw.rating else None,
        "worst": _stated(raw.rating.worst) if raw.rating else None,
        "stars": rating.stars100 / 100 if rating and rating.stars100 is not None else None,
        "recommends": rating.recommends if rating else None,
        "date": _date(review.date),
        "date_raw": raw.date,
        "title": review.title or None,
        "text": review.text or None,
        "language": review.language,
        "reply": review.reply.text if review.reply else None,
        "url": review.url,
        "place": review.place,
    }


def _aggregate(raw: RawTotal, language: str | None) -> dict[str, Any] | None:
    total = normalize_total(raw, language, assume_best=5)
    if total.average is None and not total.rating_count and not total.review_count and total.recommend_percent is None:
        return None
    return {
        "rating_value": _number(total.average),
        "best": _stated(raw.best),
        "worst": _stated(raw.worst),
        "stars": total.stars100 / 100 if total.stars100 is not None else None,
        "rating_count": total.rating_count,
        "review_count": total.review_count,
        "recommend_percent": total.recommend_percent,
    }


def _business(business: Business) -> dict[str, Any]:
    parts = (business.street, business.locality, business.region, business.postal_code, business.country)
    return {
        "name": business.name,
        "address": " ".join(part for part in parts if part) or None,
        "telephone": business.telephone,
        "url": business.url,
    }


def _date(date: ReviewDate | None) -> str | None:
    """The calendar date as the source wrote it, never shifted to another zone; null for "a month ago"."""
    if date is None or date.relative:
        return None
    if found := _DAY.match(date.raw.strip()):
        return found.group()
    lengths = {Precision.YEAR: 4, Precision.MONTH: 7}
    return date.earliest.date().isoformat()[: lengths.get(date.precision, 10)]


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _stated(text: str | None) -> int | float | None:
    try:
        return _number(Decimal(text.replace(",", "."))) if text else None
    except ArithmeticError:
        return None


def _rejected(reject: Reject) -> str:
    reason = reject.reason
    values: Mapping[str, str] = dict(reject.values)
    for name, value in values.items():
        reason = reason.replace("{" + name + "}", value)
    column = f", column {reject.column}" if reject.column else ""
    return f"{reject.place}{column}: {reason} [{reject.sample}]"


def main() -> None:
    """The command in its smallest form: a path, then perhaps the page's address."""
    path = Path(sys.argv[1])
    try:
        found = extract(path.read_bytes(), path.name, sys.argv[2] if len(sys.argv) > 2 else "")
    except ReviewsError as error:
        sys.exit(f"{path}: {error.message}")
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
