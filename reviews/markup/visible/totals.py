# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""Totals that a page states in words: "4.9 from 212 Google reviews", "5,0 · 136 recensioni", "Ø 4,8 aus 57 Bewertungen"."""

import re
from collections.abc import Sequence
from functools import lru_cache

from reviews.markup.items import Item
from reviews.markup.tree import Element, collapse, tag_of
from reviews.markup.visible.pieces import Piece
from reviews.markup.visible.scene import Scene, lead_before
from reviews.markup.visible.words import ASKING, NOT_A_NAME, OTHERS, PLATFORMS, REVIEW_PHRASE, announces

_REVIEW_NOUN = (
    r"(?:reviews?|testimonials?|recensioni|recensione|rese[ñn]as?|opini(?:ones|ón|on|i|e|ons?|oni)|avis|bewertungen|bewertung|rezensionen|kundenbewertungen|"
    r"erfahrungsberichte|beoordelingen|beoordeling|recenzj[ei]|recenz[eií]|hodnocení|yorum\w*|görüş\w*|değerlendirme\w*|avaliações|avaliação|"
    r"отзыв\w*|відгук\w*|omdömen|recensioner|anmeldelser|arvostelua?|κριτικές|αξιολογήσεις|تقييم\w*|مراجع\w*|レビュー|口コミ|クチコミ|评价|评论|리뷰|후기|commentaires)"
)
_RATING_NOUN = (
    r"(?:ratings?|votes?|votos|valoraciones|valutazioni|voti|notes|évaluations|stimmen|ocen[ay]?|głos\w*|stemmen|waarderingen|oy|puanlama|"
    r"calificaciones|classificações|оцен\w*|betyg|bedømmelser)"
)
_ADJECTIVES = (
    r"(?:(?:verified|verifizierten?|vérifiés?|verificad[oa]s|verificat[ei]|google|facebook|yelp|trustpilot|patient|patients|client|clients|customer|"
    r"customers|user|online|total|gesamt|echte[n]?|genuine|happy|satisfied|müşteri|hasta|kullanıcı|de|of|on|di|5-star|five-star|public|recent|independent|pacjentów|"
    r"pazienti|pacientes|patienten|kunden|(?!(?:from|aus|sur|von|out|su|de|basiert|stars?|sterne?n?|étoiles?|estrellas?|stelle)\b)[^\W\d_]+)\s+){0,3}?"
)
_NUMBER = r"\d{1,3}(?:[.,’'\u00a0\u202f ]\d{3})+|\d{1,7}(?:[.,]\d)?\s?[kK](?![\w])|\d{1,7}"
_COUNT = re.compile(
    rf"(?<![\d.,/€$£])(?P<count>{_NUMBER})\s*(?P<plus>\+)?\s*{_ADJECTIVES}(?:(?P<reviews>{_REVIEW_NOUN})|(?P<ratings>{_RATING_NOUN}))(?![^\W\d_])",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(
    rf"(?:(?P<reviews>{_REVIEW_NOUN})|(?P<ratings>{_RATING_NOUN}))\s*[:(]\s*(?P<count>{_NUMBER})(?![\d.,/%])",
    re.IGNORECASE,
)
_RATED_BY = re.compile(
    r"(?:rated|rating|bewertet|noté|stars?|★)\D{0,40}?(?:by|from|von|par|based on)\s+(?:over |more than )?(?P<count>\d[\d.,]*)\+?\s+"
    r"(?P<ratings>patients?|clients?|customers?|people|users|kunden|patienten|personnes)\b",
    re.IGNORECASE,
)
_OUT_OF = r"(?:/|out of|of|von|sur|su|sobre|de|di|van|uit|z|ze|em|av|af|из|üzerinden|trên)"
_AVERAGE = re.compile(
    rf"(?<![\d.,])(?P<value>\d{{1,2}}(?:[.,]\d{{1,2}})?)\s*(?:stars?|★|⭐️?|sterne?n?|étoiles?|estrellas?|stelle|sterren)?"
    rf"\s*{_OUT_OF}\s*(?P<best>5|10|100|6)(?:[.,]0)?(?![\d.,]\d|\s?(?:years|months|min|jahre))\b",
    re.IGNORECASE,
)
_DECIMAL = re.compile(
    r"(?<![\d.,:/€$£])(?P<value>[0-5][.,]\d{1,2})(?![\d.,:]|\s?(?:%|km|mi\b|min|€|\$|h\b|hrs?\b|kg|am\b|pm\b|million|years|uhr))"
)
_WHOLE = re.compile(
    r"(?<![\d.,:/€$£])(?P<value>[1-5])(?=[\s-]?(?:stars?\b|★|⭐|sterne|étoiles|estrellas|stelle|sterren|gwiazd))",
    re.IGNORECASE,
)
_NUMBERED_STARS = re.compile(r"\b(?:all|only|über|over|more than|plus de|più di|más de|ponad)\s+\Z", re.IGNORECASE)
_BASED_ON = re.compile(
    r"\D{0,30}\d[\d.,]*\+?\s+(?:[^\W\d_]+\s+){0,2}(?:reviews?|ratings?|votes?|avis|bewertungen|rezensionen|opiniones|recensioni|opinii|beoordelingen|yorum)\W*",
    re.IGNORECASE,
)
_GRADED = re.compile(r"note\b|\bnoten", re.IGNORECASE)
MAX_PART = 300
_WINDOW = 260
_CLIMB = 5


def find_totals(scene: Scene, taken: set[Element]) -> list[Item]:
    """The totals that are stated outside the reviews themselves (`taken`), each platform's once, in page order."""
    found: list[tuple[Element, str, Item]] = []
    seen: set[Element] = set()
    counting = {element for element, text in scene.texts if _may_count(text)}
    for element in sorted(counting, key=lambda e: scene.order[e]):
        if element in taken or _is_within(element, taken):
            continue
        total = _climb(scene, element, taken, seen)
        if total is not None:
            found.append(total)
    # What holds another total says nothing of its own.
    around = {outer for node, _, _ in found for outer in node.iterancestors()}
    found = [total for total in found if total[0] not in around]
    others = _of_others(scene, [node for node, _, _ in found])
    scene.left_out.update(dict.fromkeys(others, "the total of something else that the page links to"))
    return _distinct([(platform, item) for node, platform, item in found if node not in others])


def _of_others(scene: Scene, nodes: Sequence[Element]) -> set[Element]:
    """The totals of other things: below a heading that says so, or beside a link to each of them within the site."""
    rows: dict[tuple[Element | None, str], dict[Element, str]] = {}
    leads = ((node, lead) for node in nodes for lead in lead_before(scene, node)[:1])
    found = {node for node, lead in leads if OTHERS.search(lead) and not announces(lead)}
    for node in nodes:
        part: Element | None = node
        name = ""
        for _ in range(3):
            # What holds more is the list, and would be walked through once for each of its parts.
            if part is None or scene.chars.get(part, 0) > MAX_PART or (name := _linked_name(part)):
                break
            part = part.getparent()
        if part is not None and name:
            rows.setdefault((part.getparent(), tag_of(part)), {})[node] = name
            if tag_of(part) == "li" and _is_within_site(part) and name.casefold() not in scene.title.casefold():
                found.add(node)
    return found | {node for row in rows.values() if len(set(row.values())) > 1 for node in row}


def _is_within_site(part: Element) -> bool:
    link = next(part.iter("a"), None)
    href = (link.get("href") or "").strip() if link is not None else ""
    return bool(href) and not href.startswith("#") and ":" not in href.split("/")[0] and not href.startswith("//")


def _linked_name(part: Element) -> str:
    """What the only link in a part is called, if that names neither a platform nor reviews."""
    links = list(part.iter("a"))
    text = collapse("".join(map(str, links[0].itertext()))) if len(links) == 1 else ""
    is_name = 3 < len(text) <= 60 and not _names_count(text) and not NOT_A_NAME.fullmatch(text)
    return text if is_name and not REVIEW_PHRASE.search(text) and not ASKING.search(text) else ""


def _may_count(text: str) -> bool:
    if not 2 < len(text) < 2_000:
        return False
    # A number and its noun stand in one text, or the noun stands alone as a label beside it.
    return (len(text) < 60 or bool(_DIGIT.search(text))) and _names_count(text)


@lru_cache(maxsize=2048)
def _names_count(text: str) -> bool:
    return bool(_NOUN.search(text))


_DIGIT = re.compile(r"\d")
_NOUN = re.compile(
    rf"(?:{_REVIEW_NOUN}|{_RATING_NOUN}|\b(?:patients?|clients?|customers?|people|users)\b)", re.IGNORECASE
)


def _is_within(element: Element, taken: set[Element]) -> bool:
    node = element.getparent()
    while node is not None:
        if node in taken:
            return True
        node = node.getparent()
    return False


def _climb(scene: Scene, element: Element, taken: set[Element], seen: set[Element]) -> tuple[Element, str, Item] | None:
    """The total in the smallest part around a count that also holds an average."""
    node: Element | None = element
    for _ in range(_CLIMB):
        if node is None or tag_of(node) in ("body", "html") or node in seen or scene.chars.get(node, 0) > 1_200:
            return None
        if any(inner in taken for inner in node.iter()):
            return None
        text = collapse(" ".join(map(str, node.itertext())))
        if scene.is_graded and _GRADED.search(text):
            return None
        read = read_sentence(text) if len(text) <= _WINDOW else _in_sentences(text) if node is element else None
        if read is None and len(text) <= _WINDOW and (counted := _count_in(text)) is not None:
            stars = next(
                (
                    s
                    for inner in node.iter()
                    if tag_of(inner) and (s := scene.walker.stars(inner)) is not None and "." in s.value
                ),
                None,
            )
            if stars is not None and counted[1] is not None:
                read = {
                    "ratingvalue": stars.value,
                    **({"bestrating": stars.best} if stars.best else {}),
                    counted[0]: counted[1],
                }
        if read is not None:
            seen.add(node)
            return node, _platform(node, text), _item(read)
        if len(text) > _WINDOW:
            return None
        node = node.getparent()
    return None


def _in_sentences(text: str) -> dict[str, str] | None:
    for sentence in re.split(r"(?<=[.!?])\s+(?=[^\W\d_])", text):
        if len(sentence) <= _WINDOW and (read := read_sentence(sentence)) is not None:
            return read
    return None


def _count_in(text: str) -> tuple[str, str] | None:
    found = _COUNT.search(text) or _COUNT_AFTER.search(text) or _RATED_BY.search(text)
    if found is None:
        return None
    groups = found.groupdict()
    return ("reviewcount" if groups.get("reviews") else "ratingcount"), found.group("count").strip()


def read_sentence(text: str) -> dict[str, str] | None:
    """Average, best and count in one short text, as properties of a total; None unless it states average and count."""
    text = collapse(text)
    counted = _COUNT.search(text) or _COUNT_AFTER.search(text) or _RATED_BY.search(text)
    if counted is None or _NUMBERED_STARS.search(text[: counted.start()]):
        return None
    rest = text[: counted.start("count")] + " \u0000 " + text[counted.end("count") :]
    average = _AVERAGE.search(rest) or _DECIMAL.search(rest) or _WHOLE.search(rest)
    if average is None:
        return None
    groups = counted.groupdict()
    # "112 five-star reviews", "112 recensioni 5 stelle": how many gave five stars is no average.
    between = text[counted.end("count") : counted.end()]
    if re.search(r"5|five|cinq|cinco|cinque|fünf", between, re.IGNORECASE):
        return None
    if average.re is _WHOLE and average.start() > counted.start("count"):
        return None
    best = average.groupdict().get("best")
    value = average.group("value")
    if best is not None and float(value.replace(",", ".")) > float(best):
        return None
    read = {
        "ratingvalue": value,
        ("reviewcount" if groups.get("reviews") else "ratingcount"): counted.group("count").strip(),
    }
    return read | ({"bestrating": best} if best else {})


def is_number_of_ratings(text: str) -> bool:
    """Whether a short text says how many have rated, and nothing else: "38 ratings", "1,204 Google reviews"."""
    return bool(_COUNT.fullmatch(text.strip(" ()·|•")))


def is_count(text: str) -> bool:
    """Whether a line says how many have rated, and how: that is said by the page, not by a person."""
    return len(text) < 80 and (bool(_BASED_ON.fullmatch(text)) or read_sentence(text) is not None)


def _platform(node: Element, text: str) -> str:
    """The platform that is named in a part, or in its pictures and links; "" where none is."""
    words = text.lower()
    for inner in list(node.iter())[:40]:
        words += (
            " "
            + (inner.get("alt") or "").lower()
            + " "
            + (inner.get("class") or "").lower()
            + " "
            + (inner.get("href") or "")[:120].lower()
        )
    plain = words.replace(" ", "")
    return next((label for key, label in PLATFORMS.items() if key in plain), "")


def _item(read: dict[str, str]) -> Item:
    return Item(
        types=("AggregateRating",),
        properties={key: (value,) for key, value in read.items()},
        syntax="visible",
        group="visible totals",
    )


def _distinct(found: Sequence[tuple[str, Item]]) -> list[Item]:
    """Each statement once; a total of several platforms together does not hide theirs."""
    known: set[tuple[str, ...]] = set()
    result = []
    for platform, item in found:
        key = (
            platform,
            *(str(item.properties.get(name, ("",))[0]) for name in ("ratingvalue", "reviewcount", "ratingcount")),
        )
        bare = ("", *key[1:])
        if key in known or bare in known or (not platform and any(other[1:] == key[1:] for other in known)):
            continue
        known.add(key)
        result.append(
            Item(
                types=item.types,
                properties={**item.properties, **({"platform": (platform,)} if platform else {})},
                syntax="visible",
                group=item.group,
            )
        )
    return result


def totals_of_lines(pieces: Sequence[Piece]) -> tuple[list[Item], set[int]]:
    """The totals in lines of plain text: in one line, or a rating and a count in two; and the places of those lines."""
    found: list[tuple[str, Item]] = []
    used: set[int] = set()
    for at, piece in enumerate(pieces):
        text = piece.text
        read = read_sentence(text) if len(text) <= _WINDOW else None
        if (
            read is None
            and piece.kind == "text"
            and len(text) <= 80
            and at
            and (stars := pieces[at - 1].stars) is not None
        ) and (counted := _count_in(text)) is not None:
            read = {
                "ratingvalue": stars.value,
                **({"bestrating": stars.best} if stars.best else {}),
                counted[0]: counted[1],
            }
            used.add(at - 1)
        if read is not None:
            used.add(at)
            found.append(("", _item(read)))
    return _distinct(found), used
