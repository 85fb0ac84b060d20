"""What reading costs: pages of 300 KB with markup, with cards, with nothing; beside extruct where it is installed."""

import html
import json
import time
from collections.abc import Callable
from typing import Any

from benchmarks.common import figure, median
from reviews.markup import parse_page
from reviews.model import ParsedPage
from reviews.sandbox import Sandbox
from reviews.sources.file_import import pages_of

ROUNDS = 9
SIZE = 300_000
URL = "https://clinic.example.org/reviews"
FILLER = (
    '<section class="block"><h3>Part {n}</h3><p>We treat backs, knees and hands, and we say what to do '
    'at home. <a href="/part/{n}">More about it</a></p><ul><li>First point</li><li>Second point</li></ul></section>'
)
TEXT = "The team was patient with me and explained each exercise until I could do it at home, visit {n}."


def markup(count: int) -> str:
    reviews = [
        {
            "@type": "Review",
            "author": {"@type": "Person", "name": f"Person {n}"},
            "reviewRating": {"@type": "Rating", "ratingValue": n % 5 + 1},
            "reviewBody": TEXT.format(n=n),
            "datePublished": "2026-05-03",
        }
        for n in range(count)
    ]
    block = json.dumps({"@context": "https://schema.org", "@type": "MedicalClinic", "name": "Birch", "review": reviews})
    return f'<script type="application/ld+json">{block}</script>'


def cards(count: int) -> str:
    return (
        '<section class="reviews"><h2>What our patients say</h2>'
        + "".join(
            f'<div class="review-card"><div class="stars">{"★" * (n % 5 + 1)}</div>'
            f'<p class="text">{html.escape(TEXT.format(n=n))}</p>'
            f'<span class="author">Person {n}</span><span class="date">May 3, 2026</span></div>'
            for n in range(count)
        )
        + "</section>"
    )


def page(inner: str) -> bytes:
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reviews | Birch</title></head><body>'
    filler = "".join(FILLER.format(n=n) for n in range((SIZE - len(inner)) // len(FILLER)))
    return (head + filler + inner + "</body></html>").encode()


def milliseconds(function: Callable[[], Any]) -> float:
    """The median CPU time of a call, after one that does not count."""
    function()
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        function()
        times.append((time.process_time() - started) * 1_000)
    return median(times)


def beside(body: bytes) -> float | None:
    """The same page read by extruct (JSON-LD, microdata, RDFa, microformats), None where it is not installed."""
    try:
        import extruct
    except ImportError:
        return None
    text = body.decode()
    return milliseconds(lambda: extruct.extract(text, base_url=URL))


def main() -> None:
    kinds = {"JSON-LD, 100 reviews": page(markup(100)), "cards, 100 reviews": page(cards(100)), "no reviews": page("")}
    for name, body in kinds.items():
        found: ParsedPage = parse_page(body, URL, None)
        ours, theirs = milliseconds(lambda body=body: parse_page(body, URL, None)), beside(body)
        figure(
            "read one page", ours, "ms", n=ROUNDS, workload=f"{len(body) // 1000} KB, {name}", beside=theirs,
            ratio=ours / theirs if theirs else None, reviews=len(found.reviews),
        )  # fmt: skip
    body = kinds["cards, 100 reviews"]
    with Sandbox() as sandbox:
        sandbox.run(parse_page, body, URL, None)
        started = time.monotonic()
        for _ in range(30):
            sandbox.run(parse_page, body, URL, None)
        spent = time.monotonic() - started
        figure("pages through one sandbox", 30 / spent, "pages/s", n=30, workload=f"{len(body) // 1000} KB, cards")
        records = [{"id": n, "author": f"P{n}", "rating": 5, "text": TEXT.format(n=n)} for n in range(10_000)]
        export = json.dumps({"reviews": records}).encode()
        started = time.monotonic()
        count = sum(len(page.parsed.reviews) for page in pages_of(export, {}, sandbox, file="export.json"))
        spent = time.monotonic() - started
        figure("records of a JSON file", count / spent, "reviews/s", n=count, workload=f"{len(export) // 1000} KB")


if __name__ == "__main__":
    main()
