"""One page of HTML → what it says about reviews. Pure; hostile pages are the sandbox's matter.

Each syntax has a reader; to teach the program another one, write ``(Document) -> Found`` and add it to `READERS`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urljoin

from reviews.markup.barriers import find_barrier, needs_script
from reviews.markup.items import Found, Item
from reviews.markup.jsonld import read_jsonld
from reviews.markup.links import find_next_url
from reviews.markup.merge import merge_reviews, with_seen_authors, without_positional_anchors
from reviews.markup.microdata import read_microdata, read_rdfa
from reviews.markup.microformats import read_microformats
from reviews.markup.schema_org import Meaning, read_meaning
from reviews.markup.subjects import Subject, choose_main, is_article, is_called, label_of
from reviews.markup.tree import Document, read_document
from reviews.markup.visible import read_facts, read_visible
from reviews.model import Business, ParsedPage, RawReview

READERS: tuple[Callable[[Document], Found], ...] = (
    read_jsonld,
    read_microdata,
    read_rdfa,
    read_microformats,
    read_visible,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def parse_page(body: bytes, url: str, charset: str | None, business: str | None = None) -> ParsedPage:
    """What a page says: reviews, totals, whose they are, where the list goes on.

    `charset` is the HTTP header's. `business` names the one that counts where a page shows several; without it such a
    page gives all their reviews, and `business_count` says that a person must choose. Raises SourceChanged for a page
    over 2 MB.
    """
    document = read_document(body, url, charset)
    items: list[Item] = []
    lines: list[str] = [f"encoding: {document.encoding}"]
    for reader in READERS:
        found = reader(document)
        items.extend(found.items)
        lines.extend(found.diagnostics)
    meaning = read_meaning(items)
    lines.extend(meaning.lines)
    subjects, count = _choose(meaning, business, lines)
    _add_facts(subjects, meaning, document, lines)
    page = _with_absolute_urls(_gather(subjects, meaning, lines), document.url)
    is_empty = not page.reviews and not page.totals and not page.rejects
    return replace(
        page,
        business_count=count,
        next_url=find_next_url(document),
        needs_script=is_empty and needs_script(document),
        barrier="cut" if document.is_cut else find_barrier(document) if is_empty else "",
        language=_language_of(document),
        signature=_signature(meaning),
        diagnostics=tuple(lines),
    )


def _choose(meaning: Meaning, business: str | None, lines: list[str]) -> tuple[list[Subject], int]:
    """The subjects whose reviews count, the page's own first; and how many rated ones there are to choose from."""
    main, candidates = choose_main(meaning.index.all)
    rated = [subject for subject in candidates if subject.is_rated]
    left_out = [s for s in meaning.index.all if s.is_rated and s.is_named and s not in candidates]
    if left_out:
        lines.append(f"left out, because they are not the page's own business: {len(left_out)} rated things")
    nameless = [s for s in meaning.index.all if s.is_rated and not s.is_named]
    # What an article without a headline is rated says nothing of the business beside it.
    nameless = [s for s in nameless if not (rated and is_article(s.business))]
    if business and len(rated) > 1:
        chosen = [s for s in rated if is_called(s.business, business)]
        if not chosen:
            lines.append("the chosen business is not on this page")
        others = [Subject(business=s.business) for s in rated if s not in chosen]
        return [*chosen, *others], len(rated)
    if main is None and len(rated) > 1:
        lines.append("several rated businesses: " + " | ".join(label_of(s.business) for s in candidates[:20]))
        return [*candidates, *nameless, _loose(meaning)], len(candidates)
    # Nothing is rated under its own name: the business that the page tells most about is the one it is about.
    gathered = main or max(candidates, key=lambda s: _told(s.business), default=None) or Subject()
    for extra in (*nameless, _loose(meaning)):
        gathered.reviews.extend(extra.reviews)
        gathered.totals.extend(total for total in extra.totals if total not in gathered.totals)
    return [gathered], int(gathered.is_rated)


def _add_facts(subjects: list[Subject], meaning: Meaning, document: Document, lines: list[str]) -> None:
    """Fill what the markup does not say about the page's own business with what the page shows."""
    if len(subjects) != 1:
        return
    own = subjects[0]
    things = [other for other in meaning.index.all if other.is_named and not other.is_related]
    is_own_business = own.is_business or not things
    rates_something = bool(meaning.shapes or meaning.lines)
    if own.business.name and not is_own_business:
        return
    shown = read_facts(document, names_thing=rates_something, known=own.business)
    name = own.business.name
    if own.is_business and not own.is_rated and not own.is_meant:
        name = _family_name((thing.business.name for thing in things if thing.is_business), name) or name
    found = replace(
        own.business,
        name=name or shown.name,
        telephone=own.business.telephone or shown.telephone,
        street=own.business.street or (None if own.business.postal_code or own.business.locality else shown.street),
    )
    if found != own.business:
        lines.append("the business: in part from what the page shows, beside its markup")
    own.business = found


def _family_name(names: Iterable[str | None], own: str | None) -> str | None:
    """Where the page's business is one branch of several, the name of the whole, if that stands by itself."""
    begun = [name for name in names if name and own and name != own and own.casefold().startswith(name.casefold())]
    return min(begun, key=len, default=None)


def _told(business: Business) -> int:
    return sum(bool(part) for part in (business.telephone, business.street, business.postal_code, business.url))


def _loose(meaning: Meaning) -> Subject:
    return Subject(reviews=meaning.loose_reviews, totals=meaning.loose_totals)


def _gather(subjects: list[Subject], meaning: Meaning, lines: list[str]) -> ParsedPage:
    reviews: list[RawReview] = []
    for subject in subjects:
        found, used_seen = with_seen_authors(subject.reviews)
        if used_seen:
            lines.append("every record names the same author; the names that visitors see were taken")
        merged = merge_reviews(found)
        if len(merged) < len(found):
            lines.append(f"{len(found) - len(merged)} reviews were given more than once and count once")
        merged, dropped = without_positional_anchors(merged)
        if dropped:
            lines.append("ids that only count places in the list are not used")
        reviews.extend(merged)
    if len(reviews) > 2 and len({review.author for review in reviews}) == 1 and reviews[0].author:
        lines.append("every review has the same author")
    for name in ("rating", "text", "author", "date"):
        if missing := sum(getattr(review, name) is None for review in reviews):
            lines.append(f"{missing} of {len(reviews)} reviews without {name}")
    return ParsedPage(
        reviews=tuple(reviews),
        totals=tuple(total for subject in subjects for total in subject.totals),
        businesses=tuple(subject.business for subject in subjects if subject.business.name or subject.business.street),
        rejects=tuple(meaning.rejects),
    )


def _with_absolute_urls(page: ParsedPage, base: str) -> ParsedPage:
    """The page with the addresses that it gives relative to itself made whole."""
    return replace(
        page,
        reviews=tuple(replace(r, url=_absolute(r.url, base)) if r.url else r for r in page.reviews),
        totals=tuple(replace(t, url=_absolute(t.url, base)) if t.url else t for t in page.totals),
        businesses=tuple(replace(b, url=_absolute(b.url, base)) if b.url else b for b in page.businesses),
    )


def _absolute(url: str, base: str) -> str | None:
    try:
        whole = urljoin(base, url)
    except ValueError:
        return None
    return whole if whole.startswith(("http://", "https://")) else None


def _signature(meaning: Meaning) -> str:
    """How reviews and totals are marked up, the most frequent shape of each kind: the same from day to day."""
    best: dict[str, tuple[int, str]] = {}
    for shape, count in meaning.shapes.items():
        kind = shape.partition("[")[0]
        best[kind] = max(best.get(kind, (0, "")), (count, shape))
    return "; ".join(sorted(shape for _, shape in best.values()))


def _language_of(document: Document) -> str | None:
    """What the page says about its language, as a BCP 47 tag."""
    candidates = [document.root.get("lang"), document.root.get("{http://www.w3.org/XML/1998/namespace}lang")]
    for meta in document.root.iter("meta"):
        if (meta.get("http-equiv") or "").lower() == "content-language" or meta.get("property") == "og:locale":
            candidates.append(meta.get("content"))
    for candidate in candidates:
        if candidate and (found := _LANGUAGE.fullmatch(candidate.strip())):
            return found.group().replace("_", "-")
    return None
