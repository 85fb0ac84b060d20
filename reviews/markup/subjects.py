"""What a page rates: businesses and other things, told apart, each with its reviews and totals."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from reviews.markup.items import Item, first_text
from reviews.model import Business, RawReview, RawTotal

_BUSINESS_WORDS = re.compile(
    r"(?:business|clinic|dentist|dental|physician|hospital|pharmacy|organization|corporation|store|salon|restaurant|"
    r"hotel|agency|service|optician|physiotherapy|chiropractic|office|veterinarycare|therapy|center|centre|spa|gym|"
    r"local|hcard|vcard|h-card|place)$",
    re.IGNORECASE,
)
_NOT_BUSINESS = frozenset({"webpage", "website", "onlineservice"})
_LETTERS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReview:
    """A review with where it was found; `group` is one block, in which the page lists each review once."""

    review: RawReview
    syntax: str
    group: str
    author_seen: str = ""


@dataclass(slots=True, kw_only=True)
class Subject:
    """One thing that the page rates, while its reviews and totals are being gathered."""

    business: Business = field(default_factory=Business)
    is_business: bool = False
    is_related: bool = False
    is_meant: bool = False
    """The page gives it a place for reviews or a total, even if that is empty."""
    ids: set[str] = field(default_factory=set)
    reviews: list[FoundReview] = field(default_factory=list)
    totals: list[RawTotal] = field(default_factory=list)

    @property
    def is_rated(self) -> bool:
        return bool(self.reviews or self.totals)

    @property
    def is_named(self) -> bool:
        return bool(self.business.name or self.business.url or self.ids)


class SubjectIndex:
    """The subjects of a page; asks for the same thing under its id, name or address give the same subject."""

    def __init__(self) -> None:
        self.all: list[Subject] = []
        self._by_item: dict[int, Subject] = {}
        self._by_id: dict[str, Subject] = {}
        self._by_name: dict[str, list[Subject]] = {}

    def of_item(self, item: Item, *, is_related: bool) -> Subject:
        """The subject that this item describes; a new one if none fits."""
        if (known := self._by_item.get(id(item))) is not None:
            known.is_related = known.is_related and is_related
            return known
        business = read_business(item)
        # An id with a fragment names a thing; a bare id of microdata names an element, which is as good on one page.
        subject = self._by_id.get(item.id) if item.id else None
        subject = subject or self._matching(business)
        if subject is None:
            subject = self._add(Subject(business=business, is_related=is_related))
        subject.business = merge_business(subject.business, business)
        subject.is_business = subject.is_business or _is_business(item, business)
        subject.is_related = subject.is_related and is_related
        self._by_item[id(item)] = subject
        if item.id:
            subject.ids.add(item.id)
            self._by_id[item.id] = subject
        if business.name:
            named = self._by_name.setdefault(name_key(business.name), [])
            if subject not in named:
                named.append(subject)
        return subject

    def of_text(self, text: str) -> Subject:
        """The subject with this name, address or id; a new one if none fits."""
        if (known := self._by_id.get(text)) is not None:
            return known
        if same := self._by_name.get(name_key(text)):
            return same[0]
        for subject in self.all:
            if subject.business.url and subject.business.url.rstrip("/") == text.rstrip("/"):
                return subject
        is_address = text.startswith(("http://", "https://", "/", "#"))
        subject = self._add(Subject(business=Business(url=text) if is_address else Business(name=text)))
        if not is_address:
            self._by_name.setdefault(name_key(text), []).append(subject)
        return subject

    def _matching(self, business: Business) -> Subject | None:
        if business.name:
            for subject in self._by_name.get(name_key(business.name), ()):
                if not _differ(subject.business, business):
                    return subject
        return None

    def _add(self, subject: Subject) -> Subject:
        self.all.append(subject)
        return subject


def name_key(name: str) -> str:
    """A name for comparing: letters and digits only, without case."""
    return _LETTERS.sub("", name).casefold() or name.strip()


def label_of(business: Business) -> str:
    """How a person tells this business from others on the page: its name, and its street where it has one."""
    return ", ".join(part for part in (business.name or business.url, business.street) if part)


def is_called(business: Business, wanted: str) -> bool:
    """Whether a person who wrote `wanted` means this business: its label or its name."""
    return name_key(wanted) in {name_key(label_of(business)), name_key(business.name or "")} - {""}


def read_business(item: Item) -> Business:
    """Name, address and telephone of an item, as found."""
    street = locality = region = postal = country = None
    telephone = first_text(item, "telephone", "phone", "tel")
    for value in item.values("address", "adr"):
        if isinstance(value, str):
            street = street or value
            continue
        street = street or first_text(value, "streetaddress", "street-address", "street") or value.text or None
        locality = locality or first_text(value, "addresslocality", "locality", "city")
        region = region or first_text(value, "addressregion", "region", "state")
        postal = postal or first_text(value, "postalcode", "postal-code", "zip")
        country = country or first_text(value, "addresscountry", "country-name", "country")
        telephone = telephone or first_text(value, "telephone", "phone", "tel")
    if telephone is None:
        for value in item.values("contactpoint"):
            if isinstance(value, Item):
                telephone = telephone or first_text(value, "telephone")
    return Business(
        name=first_text(item, "name", "legalname", "alternatename", "headline"),
        street=street,
        locality=locality,
        region=region,
        postal_code=postal,
        country=country,
        telephone=telephone.removeprefix("tel:") if telephone else None,
        url=first_text(item, "url"),
        types=item.types,
    )


def merge_business(first: Business, second: Business) -> Business:
    """The first, its gaps filled from the second; address parts go together."""
    address = first if any((first.street, first.locality, first.postal_code)) else second
    return Business(
        name=first.name or second.name,
        street=address.street,
        locality=address.locality,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
        telephone=first.telephone or second.telephone,
        url=first.url or second.url,
        types=tuple(dict.fromkeys((*first.types, *second.types))),
    )


def choose_main(subjects: Iterable[Subject]) -> tuple[Subject | None, list[Subject]]:
    """The thing that the page is about, and all candidates; None when there are several and a person must choose."""
    named = [s for s in subjects if s.is_named]
    rated = [s for s in named if s.is_rated]
    articles = [s for s in rated if is_article(s.business)]
    others = [s for s in rated if s not in articles]
    if articles and any(s.is_business for s in others) and all(s.is_related for s in others):
        # An article beside neighbours only: whose page this is, nothing says.
        return None, []
    for candidates in (
        [s for s in rated if s.is_business and not s.is_related],
        [s for s in others if not s.is_related],
        [s for s in rated if not s.is_related],
        [s for s in rated if s.is_business],
        rated,
        [s for s in named if s.is_meant and not s.is_related],
        [s for s in named if s.is_business and not s.is_related],
    ):
        if candidates:
            return (candidates[0] if len(candidates) == 1 else None), candidates
    return None, []


def is_article(business: Business) -> bool:
    """Whether something is a text, which is no business."""
    return any(name.lower().rsplit("/", 1)[-1].endswith(("article", "blogposting")) for name in business.types)


def _is_business(item: Item, business: Business) -> bool:
    if any(name.lower() in _NOT_BUSINESS for name in item.types):
        return False
    if any(_BUSINESS_WORDS.search(name) for name in item.types):
        return True
    return bool(business.telephone and business.street)


def _differ(first: Business, second: Business) -> bool:
    """Whether two things of one name are two: another telephone, street or postal code."""
    for one, other in (
        (_DIGITS.sub("", first.telephone or "")[-7:], _DIGITS.sub("", second.telephone or "")[-7:]),
        (name_key(first.street or ""), name_key(second.street or "")),
        (name_key(first.postal_code or ""), name_key(second.postal_code or "")),
    ):
        if one and other and one != other:
            return True
    return False
