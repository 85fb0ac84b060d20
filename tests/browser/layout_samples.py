"""A widget as clinics have it: six quotes of all lengths, long source names, three lines of disclosure."""

from typing import Any

from reviews.model import Excerpt
from reviews.publish.view import WidgetView
from tests.web.widget_samples import clinic_view, figure, long_quote, quote, widget_view

SENTENCES = (
    "The waiting room was calm and the plants were real.",
    "I was told what would happen before it happened, and it happened like that.",
    "Exercises came on one sheet of paper that my son could follow too.",
    "On the third visit the stairs were only stairs again.",
    "The bill had one line and it was the line that I expected.",
)
LINES = {
    "en": (
        "Shown: {n} of 41 reviews with text, newest first, whatever their stars.",
        "Own website reports 222 reviews; 41 reviews with text are held here. Read on 22 November 2026.",
        "Own website: the clinic does not verify that authors were patients.",
    ),
    "fr": (
        "Affichés : {n} des 41 avis avec texte, les plus récents d’abord, quelles que soient leurs étoiles.",
        "Own website annonce 222 avis ; 41 avis avec texte sont conservés ici. Lu le 22 novembre 2026.",
        "Own website : la clinique ne vérifie pas que les auteurs sont des patients.",
    ),
}


def full_view(base_url: str, **fields: Any) -> WidgetView:
    """Six quotes, one of them cut, one without stars, one in Arabic, one with a reply."""
    quotes = (
        long_quote(),
        quote("Ben", " ".join(SENTENCES[:3])),
        quote("Zoë M.", SENTENCES[4], stars100=400),
        quote("نور", "شكراً جزيلاً لكم على اللطف والصبر في كل زيارة.", language="ar", stars100=460),
        quote("Jean-Luc P.", "Court et clair.", language="fr", stars100=None),
        quote("Per", " ".join(SENTENCES), excerpt=Excerpt(head=" ".join(SENTENCES), rest=None, reason="short")),
    )
    values: dict[str, Any] = {
        "clinics": (
            clinic_view(figures=(figure(), figure(source_label="Elsewhere", is_primary=False, average="4.8"))),
        ),
        "quotes": quotes,
        "page_quotes": quotes,
        "disclosure": LINES,
    }
    return widget_view(base_url, **{**values, **fields})
