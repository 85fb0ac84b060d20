"""What every connector keeps, whatever its platform; a connector is not done before this suite passes.

A connector brings a `Bench`: a fake platform with sample data (at least three pages, at least ten reviews, or all that
a platform ever gives), and ways to damage it. The suite of a connector stands in test_contract.py or in test_<kind>.py.
"""

import builtins
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviews import rules
from reviews.errors import (
    ImportFileError,
    RateLimited,
    ReviewsError,
    SourceBlocked,
    SourceChanged,
    SourceGone,
    SourceUnauthorized,
    SourceUnavailable,
)
from reviews.model import Field, Page, Reject, Review, Source, Traits
from reviews.normalize.review import Context, normalize_review
from reviews.sources.base import Connector, Doors, keep_nothing, secret_names
from tests.conftest import NOW
from tests.platforms.server import Platforms
from tests.sources.doors import Vault, make_doors

HOSTILE_TEXTS = (
    "Quotes “ ” ‘ ’ « » \" ' and a back\\slash",
    "مرحبا بكم في العيادة، شكرا جزيلا",
    "Zażółć gęślą jaźń — łódź, Ωmega, ｆｕｌｌ ｗｉｄｔｈ",
    "Emoji 👩🏽‍⚕️🦷⭐️ and a flag 🇨🇦",
    "Braces {name} {0} %s $x `x` {{ 7*7 }}",
    "=SUM(A1:A9) is how my invoice began",
    "long " * 1_500 + "end",
    "'; DROP TABLE reviews; --",
    "http://attacker.invalid/?q=<not-a-tag and 3 < 4 > 2 & so on",
    "line one\nline two\r\nline three",
)


@dataclass
class Bench:
    """A connector with a fake platform full of sample data."""

    connector: Connector
    platforms: Platforms
    config: Mapping[str, Any]
    serve: Callable[[tuple[str, ...]], None]
    """Replace the platform's reviews by ones with these texts (each with a name, five stars and a day)."""
    damage: Callable[[], None]
    """Add exactly one record that cannot be understood, and change nothing else."""
    repeat: Callable[[], None]
    """Let a review of the first page stand on a later page too."""
    expected_count: int
    url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What its connection keeps."""
    has_validators: bool = True
    """Whether the platform can be asked "changed since?"; most APIs cannot."""
    min_pages: int = 3
    errors: Mapping[str, type[ReviewsError]] = field(default_factory=dict)
    """Where this connector's error for a fault differs from the common one."""

    def source(self, **changes: Any) -> Source:
        values: dict[str, Any] = {
            "id": 1, "public_id": "s1", "group_id": 1, "clinic_id": 1, "kind": self.connector.kind, "label": "Sample",
            "url": self.url, "origin": self.connector.traits.origin, "config": self.config, "cursor": {"full": True},
            "declared_complete": False, "state": "active", "interval_minutes": None, "next_due_at": None, "failures": 0,
            "fence": 1, "validators": {}, "expectations": {},
        }  # fmt: skip
        return Source(**{**values, **changes})

    def doors(self, *, quick: bool = False) -> Doors:
        return make_doors(quick=quick, stand_ins=self.platforms.stand_ins, vault=Vault(self.secrets))

    def fetch(self, doors: Doors | None = None, **changes: Any) -> list[Page]:
        return list(self.connector.fetch(self.source(**changes), doors or self.doors()))


def normalized(pages: list[Page]) -> list[Review | Reject]:
    context = Context(source_origin="unknown", read_at=NOW, assume_best=5, languages=())
    return [normalize_review(raw, context) for page in pages for raw in page.parsed.reviews]


def reviews_of(pages: list[Page]) -> dict[str, Review]:
    """Identity → review; what stands on two pages counts once."""
    return {found.identity_key: found for found in normalized(pages) if isinstance(found, Review)}


def told(pages: list[Page]) -> dict[str, tuple[object, ...]]:
    """What the reviews say, wherever they stand."""
    return {
        key: (review.author, review.rating, review.text, review.date, review.reply)
        for key, review in reviews_of(pages).items()
    }


def rejects_of(pages: list[Page]) -> list[Reject]:
    own = [reject for page in pages for reject in page.parsed.rejects]
    return own + [found for found in normalized(pages) if isinstance(found, Reject)]


COMMON_ERRORS: dict[str, type[ReviewsError]] = {
    "500": SourceUnavailable,
    "503": SourceUnavailable,
    "429": RateLimited,
    "401": SourceUnauthorized,
    "403": SourceBlocked,
    "404": SourceGone,
    "410": SourceGone,
    "timeout": SourceUnavailable,
    "half_body": SourceUnavailable,
    "slow_body": SourceUnavailable,
    "private": SourceBlocked,
    "truncated": SourceChanged,
    "wrong_type": SourceChanged,
    "login": SourceChanged,
}


class ConnectorContract:
    """The suite; a subclass gives the fixture `bench`."""

    # ------------------------------------------------------------ what it declares
    def test_declares_its_traits_completely(self, bench: Bench) -> None:
        traits = bench.connector.traits
        assert isinstance(traits, Traits)
        assert traits.ordered_by in ("updated", "created", "none")
        assert traits.rating_kind in ("stars", "recommend", "none")
        assert traits.reply_post in ("api", "partner", "link", "none")
        assert traits.interval_minutes >= 60
        assert not (traits.complete and traits.max_items), "what is capped is never complete"
        assert traits.full_scan_days is None or traits.full_scan_days > 0

    def test_its_origin_has_a_row_of_terms(self, bench: Bench) -> None:
        assert rules.load().terms(bench.connector.traits.origin).origin == bench.connector.traits.origin

    def test_declares_the_settings_it_asks_for(self, bench: Bench) -> None:
        names = [asked.name for asked in bench.connector.fields]
        assert len(set(names)) == len(names)
        for asked in bench.connector.fields:
            assert isinstance(asked, Field)
            assert asked.label
            assert asked.kind in ("url", "text", "choice", "file", "bool", "mapping", "secret")
            assert bool(asked.choices) == (asked.kind == "choice")
        assert set(bench.config) <= set(names)

    def test_its_secrets_are_the_connections(self, bench: Bench) -> None:
        kept = {name: value for name, value in bench.secrets.items() if name in secret_names(bench.connector)}
        if not bench.secrets:
            return
        assert not set(kept) & set(bench.config)
        assert kept, "what it keeps is declared, so that a form can ask for it"
        with pytest.raises(SourceUnauthorized):
            bench.fetch(replace(bench.doors(), secrets={}, save_secrets=keep_nothing))

    def test_never_gives_a_secret_in_what_is_stored(self, bench: Bench) -> None:
        pages = bench.fetch()
        secrets = {*bench.secrets.values()} - {""}
        told = repr([(page.url, page.position, page.validators, page.parsed) for page in pages])
        assert not any(secret in told for secret in secrets)

    def test_never_gives_a_secret_in_its_address(self, bench: Bench) -> None:
        secrets = [
            bench.config[f.name] for f in bench.connector.fields if f.kind == "secret" and f.name in bench.config
        ]
        secrets += list(bench.secrets.values())
        secrets = [value for value in secrets if value]
        assert not any(secret in bench.connector.address(bench.config) for secret in secrets)

    # ------------------------------------------------------------ what it fetches
    def test_gives_every_review_and_ends_with_the_last_page(self, bench: Bench) -> None:
        pages = bench.fetch()
        assert len(pages) >= bench.min_pages
        assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))
        assert all(page.position for page in pages[:-1])
        assert not pages[-1].position
        assert len(reviews_of(pages)) == bench.expected_count
        assert not rejects_of(pages)

    def test_gives_the_same_twice(self, bench: Bench) -> None:
        assert bench.fetch() == bench.fetch()

    def test_cut_off_anywhere_and_continued_gives_the_same(self, bench: Bench) -> None:
        whole = bench.fetch()
        for done in range(1, len(whole)):
            cursor = {"v": 1, "full": True, "position": dict(whole[done - 1].position)}
            rest = bench.fetch(cursor=cursor)
            assert rest[0].number == done + 1
            assert reviews_of(whole[:done] + rest) == reviews_of(whole)
            assert rest[-1].is_last

    def test_a_review_on_two_pages_counts_once(self, bench: Bench) -> None:
        before = set(reviews_of(bench.fetch()))
        bench.repeat()
        assert set(reviews_of(bench.fetch())) == before

    def test_says_unchanged_when_nothing_has_changed(self, bench: Bench) -> None:
        pages = bench.fetch()
        validators = pages[0].validators
        if not bench.has_validators:
            assert not any(page.validators for page in pages)
            if bench.connector.traits.ordered_by != "none":  # then a short run sees at its top that all is old
                again = bench.fetch(cursor={"mark": "2027-11-02T00:00:00.000000000Z"})
                assert len(again) < len(pages)
                assert again[-1].is_last
            return
        assert validators
        pages = bench.fetch(cursor={"mark": "2026-11-02T00:00:00Z"}, validators=validators)
        assert len(pages) == 1
        assert pages[0].unchanged
        assert pages[0].is_last
        assert not pages[0].parsed.reviews

    def test_a_clock_that_is_ten_minutes_off_loses_nothing(self, bench: Bench) -> None:
        whole = bench.fetch()
        newest = max((page.newest_key for page in whole if page.newest_key), default=None)
        if bench.connector.traits.ordered_by == "none":
            assert newest is None
            return
        assert newest is not None
        mark = datetime.fromisoformat(newest[:19]).replace(tzinfo=UTC) + timedelta(minutes=10)
        short = told(bench.fetch(cursor={"mark": f"{mark:%Y-%m-%dT%H:%M:%S}.000000000Z"}))
        young = {
            key
            for key, review in reviews_of(whole).items()
            if review.date and review.date.earliest > mark - timedelta(days=6)
        }
        assert young <= set(short)

    def test_reads_a_compressed_answer(self, bench: Bench) -> None:
        plain = bench.fetch()
        bench.platforms.faults["*"] = "gzip"
        assert reviews_of(bench.fetch()) == reviews_of(plain)

    # ------------------------------------------------------------ what can go wrong
    @pytest.mark.parametrize("fault", sorted(COMMON_ERRORS))
    @pytest.mark.statement("R4", "R6")
    def test_each_fault_has_its_own_error(self, bench: Bench, fault: str) -> None:
        bench.platforms.faults["*"] = fault
        expected = bench.errors.get(fault, COMMON_ERRORS[fault])
        with pytest.raises(expected) as caught:
            bench.fetch(bench.doors(quick=fault in ("timeout", "slow_body")))
        assert caught.value.hint
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after_seconds == 120

    def test_a_fault_on_a_later_page_leaves_the_pages_before(self, bench: Bench) -> None:
        doors = bench.doors()
        pages = bench.connector.fetch(bench.source(), doors)
        first = next(pages)
        if first.is_last:
            assert bench.min_pages == 1
            return
        bench.platforms.faults["*"] = "500"
        if bench.connector.kind in ("csv_file", "file_import"):  # one request brings all pages
            assert len([first, *pages]) >= 3
            return
        with pytest.raises(SourceUnavailable):
            next(pages)
        bench.platforms.faults.clear()
        rest = bench.fetch(cursor={"full": True, "position": dict(first.position)})
        assert len(reviews_of([first, *rest])) == bench.expected_count

    @pytest.mark.statement("R23")
    def test_one_bad_record_costs_no_other(self, bench: Bench) -> None:
        before = told(bench.fetch())
        bench.damage()
        pages = bench.fetch()
        assert told(pages) == before
        rejects = rejects_of(pages)
        assert len(rejects) == 1
        assert rejects[0].place
        assert rejects[0].reason

    def test_hostile_texts_come_through_as_written(self, bench: Bench) -> None:
        step = bench.connector.traits.max_items or len(HOSTILE_TEXTS)
        for start in range(0, len(HOSTILE_TEXTS), step):
            texts = HOSTILE_TEXTS[start : start + step]
            bench.serve(texts)
            found = [review.text for review in normalized(bench.fetch()) if isinstance(review, Review)]
            assert [" ".join(text.split()) for text in found] == [" ".join(text.split()) for text in texts]

    def test_touches_nothing_but_the_doors(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = Recorded(bench.doors().http)
        doors = replace(bench.doors(), http=answers)
        expected = bench.fetch(doors)
        answers.replay = True

        def refuse(*args: object, **options: object) -> None:
            raise AssertionError(f"reached for the world: {args}")

        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", refuse)
            patched.setattr(socket, "getaddrinfo", refuse)
            patched.setattr(builtins, "open", refuse)
            got = bench.fetch(doors)
        assert got == expected


class Recorded:
    """A door that remembers its answers and, in `replay`, gives them again without a network."""

    def __init__(self, door: Any) -> None:
        self.door, self.answers, self.replay = door, {}, False

    def fetch(self, url: str, **options: Any) -> Any:
        return self._answer(url, lambda: self.door.fetch(url, **options))

    def post_form(self, url: str, form: Any, **options: Any) -> Any:
        return self._answer(f"{url} {form}", lambda: self.door.post_form(url, form, **options))

    def post_json(self, url: str, value: Any, **options: Any) -> Any:
        return self._answer(f"{url} {value}", lambda: self.door.post_json(url, value, **options))

    def _answer(self, key: str, ask: Callable[[], Any]) -> Any:
        if not self.replay:
            self.answers[key] = ask()
        return self.answers[key]


__all__ = ["Bench", "ConnectorContract", "ImportFileError", "reviews_of"]
