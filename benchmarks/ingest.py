"""Reviews per second of one core: parse → normalized → scored → stored, on both databases."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import figure, median, postgres
from benchmarks.workload import NOW, Place, api_page, clinic_of, declare, html_page, source_of
from reviews import normalize, sentiment
from reviews.markup import parse_page
from reviews.model import Clinic, Review, Source
from reviews.normalize import identity
from reviews.sources.example_api import parse_reviews
from reviews.storage import Storage, open_storage, runs, scores, sources
from reviews.storage import reviews as stored

Parse = Callable[[bytes], object]
REVIEWS = 4_000
PAGE = 100
ROUNDS = 3


def normalized(body: bytes, source: Source, clinic: Clinic, *, parse: Parse = parse_reviews) -> list[Review]:
    """The reviews of one page, as a run makes them."""
    wire = normalize.Context.of(source, clinic, read_at=NOW)
    found = [
        normalize.normalize_review(raw, wire, position=position)
        for position, raw in enumerate(parse(body).reviews)  # type: ignore[attr-defined]
    ]
    assert all(isinstance(review, Review) for review in found)
    return list(identity.match_known([], found))


def ingest(storage: Storage, place: Place, scorer: sentiment.Scorer, pages: list[bytes], parse: Parse) -> int:
    """Take pages in as a run does; how many reviews were new."""
    with storage.write() as tx:
        g = tx.group(place.group_id)
        claim = sources.claim_source(g, place.source_id, owner="benchmark", now=NOW, lease_seconds=3600)
        assert claim is not None
        run = runs.open_run(g, claim, trigger="command", now=NOW)
        source, clinic = source_of(g, place), clinic_of(g, place)
    new = 0
    for body in pages:
        reviews = normalized(body, source, clinic, parse=parse)
        with storage.write() as tx:
            g = tx.group(place.group_id)
            sources.check_lease(g, claim)
            new += stored.save_reviews(
                g, clinic_id=place.clinic_id, source_id=place.source_id, run_id=run.id, reviews=reviews, now=NOW
            ).new
    while True:
        with storage.read() as tx:
            pending = scores.find_unscored_of_source(tx.group(place.group_id), place.source_id, 500)
        if not pending:
            break
        done = []
        for each in pending:
            found = scorer.score(each.title, each.text, each.language)
            done.append(
                scores.Score(
                    group_id=each.group_id, review_id=each.review_id, content_hash=each.content_hash,
                    scorer=scorer.name, compound=found.compound if found else None,
                    label=found.label if found else None,
                )
            )  # fmt: skip
        with storage.write() as tx:
            scores.save_scores(tx, done)
    with storage.write() as tx:
        g = tx.group(place.group_id)
        runs.close_run(g, run.id, now=NOW, outcome="ok", is_complete=False)
        sources.release(g, claim, now=NOW, next_due_at=None, outcome="ok", failures=0, success=True, run_id=run.id)
    return new


def measure(name: str, urls: list[str], pages: list[bytes], parse: Parse, count: int, workload: str) -> None:
    scorer = sentiment.load()
    rates, again = [], []
    for url in urls:
        storage = open_storage(url)
        storage.migrate(NOW)
        place = declare(storage)
        began = time.process_time()
        assert ingest(storage, place, scorer, pages, parse) == count
        rates.append(count / (time.process_time() - began))
        began = time.process_time()
        assert ingest(storage, place, scorer, pages, parse) == 0
        again.append(count / (time.process_time() - began))
        storage.close()
    figure(f"{name}.new", median(rates), "reviews/s of CPU", n=len(urls), workload=workload)
    figure(f"{name}.unchanged", median(again), "reviews/s of CPU", n=len(urls), workload=f"{workload}, a second time")


def main() -> None:
    api = [api_page(first, PAGE) for first in range(0, REVIEWS, PAGE)]
    page = html_page()
    count = 50
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{n}.db") for n in range(2 * ROUNDS)]
        measure(
            "ingest.json.sqlite", files[:ROUNDS], api, parse_reviews, REVIEWS, f"{REVIEWS} reviews in pages of {PAGE}"
        )
        measure("ingest.html.sqlite", files[ROUNDS:], [page], _parse_html, count, f"one page of {len(page)} bytes")
    with postgres() as server:
        import psycopg

        names = [f"bench_{n}" for n in range(2 * ROUNDS)]
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE {name}")
        urls = [server.replace("/postgres?", f"/{name}?") for name in names]
        # CPU of this process alone: the server's is its own.
        measure(
            "ingest.json.postgres", urls[:ROUNDS], api, parse_reviews, REVIEWS, f"{REVIEWS} reviews in pages of {PAGE}"
        )
        measure("ingest.html.postgres", urls[ROUNDS:], [page], _parse_html, count, f"one page of {len(page)} bytes")


def _parse_html(body: bytes) -> object:
    return parse_page(body, "https://clinic.example/reviews", "utf-8")


if __name__ == "__main__":
    main()
