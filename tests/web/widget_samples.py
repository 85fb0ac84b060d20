"""Invented widgets for the tests, as views and as real rows in a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from reviews import publish, rules
from reviews.config import Settings
from reviews.i18n import Catalogue
from reviews.model import (
    Claim,
    Clinic,
    Excerpt,
    Figure,
    Precision,
    Rating,
    Reply,
    ReportedTotal,
    Review,
    ReviewDate,
    Source,
)
from reviews.publish.view import Attribution, ClinicView, FigureView, QuoteView, SourceView, WidgetView
from reviews.storage import Storage, clinics, groups, runs, saving, sources, totals, widgets
from reviews.storage.widgets import Widget

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LONG = (
    "The desk found my file at once. The therapist asked what I wanted to do again, and wrote it down. "
    "We began with the stairs, slowly, with one hand on the rail. Each week there was one more step and one more "
    "question. I was told what would hurt and what would not, and that was true. "
    "After six weeks I walked down without the rail. My daughter filmed it from the side. I keep the card with "
    "the numbers in the kitchen drawer."
)
CUT = LONG.index(" After six weeks")


def month(year: int, number: int) -> ReviewDate:
    last = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    return ReviewDate(
        raw=f"{year}-{number:02d}",
        earliest=datetime(year, number, 1, tzinfo=UTC),
        latest=last,
        precision=Precision.MONTH,
    )


def quote(author: str | None = "Anna K.", text: str = "Short and kind.", **fields: object) -> QuoteView:
    values: dict[str, object] = {
        "clinic": "elm-street",
        "source": "Own website",
        "url": "https://elm.example/reviews",
        "attribution": None,
        "author": author,
        "stars100": 500,
        "excerpt": Excerpt(head=text, rest=None, reason="short"),
        "language": "en",
        "date": month(2026, 11),
    }
    return QuoteView(**{**values, **fields})  # type: ignore[arg-type]


def figure(**fields: object) -> FigureView:
    shown = FigureView(
        figure=Figure(
            kind="reported",
            source_id=1,
            source_label="Own website",
            origin="own_site",
            url="https://elm.example/reviews",
            average="4.6",
            stars100=460,
            best=5,
            count=222,
            count_of="reviews",
            read_at=NOW,
            raw="4.6 of 5, 222",
            is_primary=True,
        ),
        url="https://elm.example/reviews",
        read_on=date(2026, 11, 22),
    )
    return replace(shown, figure=replace(shown.figure, **fields))  # type: ignore[arg-type]


def clinic_view(**fields: object) -> ClinicView:
    values: dict[str, object] = {
        "slug": "elm-street",
        "name": "Elm Street Physio",
        "street": "12 Elm Street",
        "locality": "Burnaby",
        "region": "BC",
        "postal_code": "V5H 1A1",
        "country": "CA",
        "telephone": "604-555-0134",
        "figures": (figure(),),
    }
    return ClinicView(**{**values, **fields})  # type: ignore[arg-type]


def long_quote(**fields: object) -> QuoteView:
    return quote(excerpt=Excerpt(head=LONG[:CUT], rest=LONG[CUT:], reason="sentence"), **fields)


def widget_view(base_url: str = "https://reviews.example.org", **fields: object) -> WidgetView:
    values: dict[str, object] = {
        "slug": "elm-street",
        "language": "en",
        "layout": "list",
        "theme": "auto",
        "state": "ready",
        "base_url": base_url,
        "clinics": (clinic_view(),),
        "quotes": (
            long_quote(),
            quote("Jean-Luc P.", "Court et clair.", language="fr", stars100=None),
            quote("نور", "شكراً جزيلاً لكم على اللطف.", language="ar", stars100=460, reply="Thank you."),
            quote(None, "No name given.", date=None, url=None, title="A title"),
        ),
        "page_quotes": (quote("Page only", LONG),),
        "held": 41,
        "disclosure": {"en": ("{n} of 41 reviews with text, newest first.",), "fr": ("{n} sur 41 avis avec texte.",)},
        "page_disclosure": {"en": ("{n} on this page.",), "fr": ("{n} sur cette page.",)},
        "sources": (
            SourceView(
                clinic="elm-street",
                label="Own website",
                url="https://elm.example/reviews",
                held=41,
                complete=False,
                last_success_on=date(2026, 11, 22),
            ),
        ),
        "hidden": (("privacy", 2),),
    }
    return WidgetView(**{**values, **fields})  # type: ignore[arg-type]


def attributed() -> WidgetView:
    """A widget whose terms demand a text, a logo and a link beside figures and quotes."""
    given = Attribution(text="Elsewhere Reviews", logo="/widget/elsewhere.svg", url="https://elsewhere.example/")
    return widget_view(
        clinics=(clinic_view(figures=(replace(figure(), attribution=given),)),), quotes=(quote(attribution=given),)
    )


# ---------------------------------------------------------------- real rows
class Installed:
    """A clinic with a widget and a source in a real database."""

    def __init__(
        self,
        storage: Storage,
        folder: Path,
        catalogue: Catalogue,
        *,
        origin: str = "first_party",
        slug: str = "elm-street",
        jurisdiction: str = "CA-BC",
        profession: str = "massage_therapist",
    ) -> None:
        self.storage, self.catalogue = storage, catalogue
        self.settings = Settings(data_dir=folder, base_url="https://reviews.example.org")
        self.book = rules.load()
        with storage.write() as tx:
            self.group_id = groups.add_group(tx, name=f"Group {slug}", now=NOW).id
            g = tx.group(self.group_id)
            self.clinic: Clinic = clinics.add_clinic(
                g,
                slug=slug,
                name="Elm Street Physio",
                now=NOW,
                street="12 Elm Street",
                locality="Burnaby",
                region="BC",
                postal_code="V5H 1A1",
                country="CA",
                telephone="604-555-0134",
                website="https://elm.example/",
                jurisdiction=jurisdiction,
                professions=(profession,),
            )
            clinics.confirm_rule(
                g,
                jurisdiction=jurisdiction,
                profession=profession,
                row_version=self.book.version(jurisdiction, profession),
                person_id=None,
                person_name="Robin",
                now=NOW,
            )
            self.widget: Widget = widgets.add_widget(g, slug=slug, now=NOW, clinic_ids=[self.clinic.id])
            self.source: Source = sources.add_source(
                g,
                clinic_id=self.clinic.id,
                kind="web_page",
                label="Own website",
                url="https://elm.example/reviews",
                origin=origin,
                config={},
                now=NOW,
                next_due_at=NOW,
            )

    def collect(self, found: list[Review], now: datetime = NOW, average: str | None = "4.6", count: int = 222) -> None:
        """One run that read these reviews and this total."""
        with self.storage.write() as tx:
            g = tx.group(self.group_id)
            claim = sources.claim_source(g, self.source.id, owner="test", now=now, lease_seconds=60)
            assert isinstance(claim, Claim)
            run = runs.open_run(g, claim, trigger="command", now=now)
            saving.save_reviews(
                g, clinic_id=self.clinic.id, source_id=self.source.id, run_id=run.id, reviews=found, now=now
            )
            if average is not None:
                total = ReportedTotal(
                    average=Decimal(average),
                    best=Decimal(5),
                    worst=None,
                    stars100=int(Decimal(average) * 100),
                    rating_count=None,
                    review_count=count,
                    raw=f"{average} of 5, {count}",
                )
                totals.save_total(g, source_id=self.source.id, run_id=run.id, total=total, now=now)
            clinics.mark_stale(g, self.clinic.id, now)

    def refresh(self, now: datetime = NOW) -> int:
        """Publish."""
        return publish.refresh_clinic(
            self.storage, self.settings, self.book, self.catalogue, self.group_id, self.clinic.id, now
        )


def review(
    key: str,
    text: str = "Short and kind.",
    *,
    author: str | None = "Anna K.",
    stars: int | None = 5,
    day: int = 1,
    reply: str | None = None,
    title: str = "",
    origin: str = "first_party",
    language: str | None = "en",
) -> Review:
    """A normalized review, as collecting would give it."""
    moment = datetime(2026, 11, day, tzinfo=UTC)
    return Review(
        identity_key=f"id:{key}",
        identity_kind="id",
        origin=origin,
        place=key,
        rating=Rating(raw=str(stars), value=Decimal(stars), best=Decimal(5), stars100=100 * stars) if stars else None,
        title=title,
        text=text,
        language=language,
        author=author,
        date=ReviewDate(
            raw=moment.date().isoformat(),
            earliest=moment,
            latest=moment + timedelta(days=1) - timedelta(microseconds=1),
            precision=Precision.DAY,
        ),
        url=None,
        reply=Reply(text=reply) if reply else None,
        position=day,
        content_hash=f"{key}{text}{author}{stars}{title}",
        reply_hash=reply or "",
        volatile_hash="",
    )
