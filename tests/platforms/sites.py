"""Pages of invented clinics, made from reviews, in the markup that real sites use."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """A review as an invented site shows it."""

    author: str
    stars: str
    text: str
    day: str = "2026-10-05"


REVIEWS = tuple(
    Written(author, stars, text, f"2026-10-{day:02d}")
    for day, (author, stars, text) in enumerate(
        (
            ("Ada L.", "5", "The wait was short and the plan was explained on paper."),
            ("Bo K.", "4", "My shoulder moves freely again after four visits."),
            ("Cleo M.", "2", "They changed my appointment twice without asking."),
            ("Dai N.", "5", "Calm rooms, clear words, no pressure to buy anything."),
            ("Edda O.", "5", "The exercises take ten minutes a day and they help."),
            ("Finn P.", "3", "Parking is difficult, but the people make up for it."),
        ),
        start=1,
    )
)


def json_ld_page(
    reviews: Sequence[Written],
    *,
    name: str = "Willow Lane Physiotherapy",
    total: tuple[str, str] | None = ("4.6", "222"),
    next_url: str | None = None,
    language: str = "en",
) -> str:
    """A page with one JSON-LD block for the clinic."""
    clinic = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "name": name,
        "telephone": "+1 604 555 0142",
        "review": [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": review.author},
                "datePublished": review.day,
                "reviewBody": review.text,
                "reviewRating": {"@type": "Rating", "ratingValue": review.stars, "bestRating": "5"},
            }
            for review in reviews
        ],
    }
    if total is not None:
        clinic["aggregateRating"] = {"@type": "AggregateRating", "ratingValue": total[0], "reviewCount": total[1]}
    block = json.dumps(clinic, ensure_ascii=False).replace("</", "<\\/")
    return frame(f'<script type="application/ld+json">{block}</script>', name, next_url, language)


def microdata_page(
    reviews: Sequence[Written], *, name: str = "Willow Lane Physiotherapy", next_url: str | None = None
) -> str:
    """A page with the same facts as microdata."""
    items = "".join(
        f'<div itemprop="review" itemscope itemtype="https://schema.org/Review">'
        f'<span itemprop="author">{html.escape(review.author)}</span>'
        f'<time itemprop="datePublished" datetime="{review.day}">in autumn</time>'
        f'<div itemprop="reviewRating" itemscope itemtype="https://schema.org/Rating">'
        f'<meta itemprop="ratingValue" content="{html.escape(review.stars)}"></div>'
        f'<p itemprop="reviewBody">{html.escape(review.text)}</p></div>'
        for review in reviews
    )
    body = (
        f'<div itemscope itemtype="https://schema.org/MedicalClinic"><h1 itemprop="name">{html.escape(name)}</h1>'
        f"{items}</div>"
    )
    return frame(body, name, next_url)


def frame(body: str, title: str, next_url: str | None = None, language: str = "en") -> str:
    """A whole page around a body."""
    link = f'<link rel="next" href="{html.escape(next_url)}">' if next_url else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{link}'
        f"</head><body>{body}</body></html>"
    )


LOGIN = frame(
    '<form action="/login" method="post"><label>E-mail <input name="who"></label>'
    '<label>Password <input type="password" name="word"></label><button>Log in</button></form>',
    "Please log in",
)
CAPTCHA = frame('<p>Checking your browser before you go on.</p><div class="g-recaptcha"></div>', "Just a moment…")
NEEDS_SCRIPT = (
    '<!doctype html><html><head><title>App</title><script src="/bundle.js"></script></head><body>'
    '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div></body></html>'
)
EMPTY = frame("<p>We look forward to your visit.</p>" * 5, "Welcome")
