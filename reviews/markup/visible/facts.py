# ruff: noqa: E501 - tables of words and patterns read best in long lines
"""What a page says about its own business outside all markup: its name, its address, its telephone."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from copy import deepcopy
from urllib.parse import unquote, urlsplit

from lxml import etree

from reviews.markup.tree import UNSEEN, Document, Element, collapse, element_text, tag_of
from reviews.markup.visible.words import OTHER_PHRASE, REVIEW_PHRASE
from reviews.model import Business

_PARTS = re.compile(r"\s+[|–—»«·•:~-]\s+|\s*[|»«•]\s*|:\s+")
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|&copy;|copyright)\s*(?:copyright)?[\s,|]*(?:(?:19|20)\d{2}\s*(?:[-–]\s*(?:(?:19|20)?\d{2,4}|present|now))?)?[\s,|:·-]*(?:by\s+)?"
    r"(?P<name>[^\W\d_][^|©•·\n]{1,70}?)\s*(?:(?:19|20)\d{2}\b.*)?(?=\.(?:\s|$)|\s*[|•·–—]|\s+-\s|\s*(?:all rights|alle rechte|tous droits|tutti i diritti|"
    r"todos los derechos|wszelkie|tüm hak|alle rechten)|\s*$)",
    re.IGNORECASE,
)
_COPYRIGHT_BEHIND = re.compile(
    r"(?P<name>[^\W\d_][^|©•·\n]{2,70}?)[\s,|·–-]*(?:©|\(c\))\s*(?:19|20)\d{2}\W*", re.IGNORECASE
)
_YEAR_OF_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)(?:\s*(?:©|\(c\)|copyright))*[\s,|]*(?:19|20)\d{2}(?:\s*[-–]\s*(?:19|20)?\d{2,4})?",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"\W*(?:home(?: ?page)?|start(?:seite)?|accueil|inicio|welcome|about(?: us)?|contact(?: us)?|index|untitled.*|document|page|our|the|logo|menu|website|all|"
    r"strona główna|kontakt|anasayfa|reviews?|testimonials?|blog|services?)\W*",
    re.IGNORECASE,
)
_TEL_TEXT = re.compile(
    r"(?:\b(?:t[eé]l(?:ephone|efon|éfono|efono)?|phone|call(?: us)?|ph|t|fon|telefoon|téléphone|telefon|mobile|mobil|whatsapp)\b\.?\s*[:.]?|☎|📞|✆)\s*"
    r"(?P<number>\+?\(?\d[\d\s().\-/\u00a0]{6,20}\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\d/.-])(?P<number>\+\d{1,3}[\s.-]?\(?\d{1,4}\)?(?:[\s.-]?\d{2,4}){2,4}|\(\d{3}\)\s?\d{3}[-. ]\d{4}|\d{3}[-.]\d{3}[-.]\d{4})(?![\d-])"
)
_STREET_WORD = (
    r"(?:street|st|road|rd|avenue|ave|drive|dr|boulevard|blvd|lane|ln|way|court|ct|place|pl|square|sq|highway|hwy|parkway|pkwy|plaza|terrace|crescent|close|"
    r"stra(?:ß|ss)e|str|platz|weg|allee|gasse|ring|damm|rue|allée|chemin|quai|impasse|via|viale|piazza|corso|largo|vicolo|calle|c/|avenida|avda|av|plaza|paseo|"
    r"carrer|ul|ulica|al|aleja|plac|laan|straat|plein|kade|caddesi|cad|sokak|sok|mahallesi|mah|bulvarı|rua|praça|travessa|улица|ул|проспект|náměstí|třída)"
)
_NUMBER = r"\d{1,5}(?:[-/]\d{1,5})?\s?[a-zA-Z]?(?:/\d{1,4})?"
_WORD = r"(?:(?-i:[A-ZÀ-Ž0-9])[\w.'’/-]*|d[eiu](?:ll?[aeo]?|s)?|l[aeo]s?|von|van|der|den|dem|y|e|i|św\.?|the|of)"
_BEFORE_NUMBER = (
    r"(?:rue|via|viale|piazza|corso|calle|c/|avenida|avda\.?|av\.|paseo|carrer|ul\.|ulica|al\.|aleja|pl\.|rua|ул\.?|улица|allée|chemin|quai|praça|"
    r"(?-i:Place|Avenue|Boulevard|Plaza|Plac))"
)
_STREET = re.compile(
    rf"(?:\b{_NUMBER},?\s+(?:{_WORD}\s+){{1,5}}?{_STREET_WORD}\b\.?)|"
    rf"(?:\b{_NUMBER},?\s+(?:bis\s+|ter\s+)?{_BEFORE_NUMBER}\s+(?:{_WORD}\s+){{0,5}}?{_WORD})|"
    rf"(?:(?<!\w){_BEFORE_NUMBER}\s+(?:{_WORD}\s+){{0,5}}?{_WORD},?\s+(?:n[º°.]?\s*)?{_NUMBER})|"
    rf"(?:(?-i:\b[A-ZÀ-Ž])[\w.'’-]*[\s-]?(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat|laan|plein|kade|damm|ring)\s+{_NUMBER})|"
    rf"(?:\b(?:{_WORD}\s+){{1,3}}(?:cad(?:desi|\.)|sok(?:ak|\.)|bulvarı)\s*(?:no\s*:?\s*)?{_NUMBER})",
    re.IGNORECASE,
)
_POSTAL = re.compile(
    r"\b(?:\d{5}(?:-\d{4})?|\d{4}\s?[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}\s\d{2}|\d{4}(?=\s+[A-ZÀ-Ž]))\b"
)
_CITY = re.compile(r"[A-ZÀ-Ž][\w'’.-]*(?:[\s-][\w'’.-]+){0,3}(?:,\s*[A-Z]{2})?")
_ZEROS = str.maketrans("123456789", "000000000")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"(?:\d[^\d]{0,4}){7}")
_CALLING = frozenset({"class", "id", "src"})
_LOGO_WORDS = ("logo", "brand", "site-title")
_CALLED_ADDRESS = ("p", "div", "li", "span", "a", "td", "dd", "address")
_CALLED_LOGO = ("a", "img", "div", "span", "p")
_ALL_TEXTS = etree.XPath(".//text()", smart_strings=False)
MAX_LOGOS = 30
NOTHING = Business()
MAX_LINE = 160
MAX_LINES = 20_000


def read_facts(document: Document, *, names_thing: bool = False, known: Business = NOTHING) -> Business:
    """Name, address in one line (as `street`) and telephone, as the page shows them; None where it does not say.

    `names_thing`: the page rates something, so that its main heading may be the name where nothing else is. What is
    `known` is not looked for.
    """
    if known.name and known.telephone and known.street:
        return known
    root = document.root
    texts = _texts(root)
    logos, addresses = _called(root)
    return Business(
        name=known.name or _name(root, document.url, texts, logos) or (_main_heading(root) if names_thing else None),
        street=known.street or _address(root, texts, addresses),
        telephone=known.telephone or _telephone(root, texts),
    )


# ---------------------------------------------------------------- the name
def _name(root: Element, url: str, texts: list[str], logos: Sequence[Element]) -> str | None:
    """The name on which most of logo, title, footer, meta data and host agree; else the one that says most."""
    heard: list[tuple[str, float]] = []
    for meta in root.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").lower() in (
            "og:site_name",
            "application-name",
            "apple-mobile-web-app-title",
        ):
            heard.append((meta.get("content") or "", 2.0))
    heard += [(text, 1.6) for text in _logos(logos)]
    heard += [(text, 1.5) for text in _copyrights(texts)]
    titles = _title_parts(root)
    heard += [(text, 1.0 - 0.2 * at) for at, text in enumerate(titles)]
    # A line that begins with a part of the title and goes on with an address: "Brindle Lane Surgery, 3 Brindle Lane".
    heard += [(part, 0.6) for part in titles if _is_at_address(part, texts)]
    names = [(collapse(text).strip(" .,|-–—·"), weight) for text, weight in heard]
    names = [(text, weight) for text, weight in names if _may_be_name(text)]
    if not names:
        return None
    host = _letters((urlsplit(url).hostname or "").removeprefix("www.").rsplit(".", 1)[0].replace("-", ""))
    canonical = root.find(".//link[@rel='canonical']")
    if canonical is not None and (found := urlsplit(_safe(canonical.get("href"))).hostname):
        host += " " + _letters(found.removeprefix("www.").replace("-", ""))
    scores: dict[str, float] = defaultdict(float)
    for text, weight in names:
        for other, extra in names:
            if _letters(text) == _letters(other):
                scores[text] += weight if other is text else extra
            elif _agree(text, other):
                scores[text] += 0.6 * extra
        if len(_letters(text)) > 4 and _letters(text) in host:
            scores[text] += 1.0
    best, score = max(scores.items(), key=lambda item: (item[1], -len(item[0])))
    return best if score >= 1.5 else None


def _is_at_address(name: str, texts: list[str]) -> bool:
    beginning = f"{name}, "
    lines = (line for line in texts if line.startswith(beginning) and len(line) <= MAX_LINE)
    return any(_POSTAL.search(line) or _STREET.search(line) for line in lines)


def _main_heading(root: Element) -> str | None:
    """The only main heading, when the title says it too."""
    heads = [element_text(element) for element in root.iter("h1")]
    title = root.find(".//title")
    said = collapse(" ".join(map(str, title.itertext()))) if title is not None else ""
    if len(heads) != 1 or not _may_be_name(heads[0]):
        return None
    # "Dr. Ada Roth, DPM" under the title "Dr. Ada Roth – Podiatrist": what stands before the comma is the name.
    name = _letters(heads[0].split(",")[0])
    return heads[0] if len(name) > 4 and name in _letters(said) else None


def _safe(url: str | None) -> str:
    return url if url and url.startswith(("http://", "https://")) and "[" not in url else ""


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _agree(one: str, other: str) -> bool:
    first, second = _letters(one), _letters(other)
    return min(len(first), len(second)) >= 4 and (first in second or second in first)


def _may_be_name(text: str) -> bool:
    if not 2 < len(text) <= 70 or _GENERIC.fullmatch(text) or not any(c.isalpha() for c in text):
        return False
    if REVIEW_PHRASE.search(text) and len(text.split()) <= 6:
        return False
    return len(text.split()) <= 9 and not text.endswith(("!", "?")) and "http" not in text


def _title_parts(root: Element) -> list[str]:
    """The parts of the title from the last to the first, since names of businesses stand at its end."""
    title = root.find(".//title")
    text = collapse(" ".join(str(piece) for piece in title.itertext())) if title is not None else ""
    parts = [part for part in _PARTS.split(text) if part]
    return list(reversed(parts))[:4]


def _logos(logos: Sequence[Element]) -> Iterable[str]:
    """What the logo says: its text, or what stands for its picture."""
    for element in logos[:MAX_LOGOS]:
        if tag_of(element) == "img":
            alt = re.sub(r"\b(?:the\s+)?logo\b(?: of| von| de)?", "", element.get("alt") or "", flags=re.IGNORECASE)
            yield alt
        else:
            yield _first_line(element)
            for img in element.iter("img"):
                yield re.sub(r"\blogo\b", "", img.get("alt") or "", flags=re.IGNORECASE)


def _called(root: Element) -> tuple[list[Element], list[Element]]:
    """The elements whose class or id speaks of a logo (pictures also by their file's name), and those of an address."""
    known: dict[str, tuple[bool, bool]] = {}
    logos, addresses = [], []
    for element in root.iter(*_CALLED_LOGO, *_CALLED_ADDRESS):
        if not element.keys():
            continue
        is_logo = is_address = False
        for name, said in element.items():
            if name not in _CALLING:
                continue
            value = str(said)
            if (found := known.get(value)) is None:
                lower = value.lower()
                found = known[value] = (any(word in lower for word in _LOGO_WORDS), "address" in lower)
            if name != "src":
                is_logo, is_address = is_logo or found[0], is_address or found[1]
            elif found[0]:
                is_logo = is_logo or (tag_of(element) == "img" and "logo" in value.lower())
        tag = tag_of(element) if is_logo or is_address else ""
        if is_logo and tag in _CALLED_LOGO:
            logos.append(element)
        if is_address and tag in _CALLED_ADDRESS:
            addresses.append(element)
    return logos, addresses


def _first_line(element: Element) -> str:
    """The first text of its own in an element, which is the name where a slogan stands behind it."""
    text = element_text(element)
    if len(text) > 200:
        return ""
    for piece in element.itertext():
        if line := collapse(str(piece)):
            return line if len(line) > 3 else text
    return ""


def _copyrights(texts: list[str]) -> Iterable[str]:
    for text in texts[-400:]:
        if not ("©" in text or "opyright" in text or "(c)" in text) or len(text) >= 400:
            continue
        if found := _COPYRIGHT_BEHIND.fullmatch(text) or _COPYRIGHT.search(text):
            yield re.sub(
                r"\s*(?:all rights.*|alle rechte.*|tous droits.*)$", "", found.group("name"), flags=re.IGNORECASE
            ).strip(" .,-–")


# ---------------------------------------------------------------- the telephone
def _telephone(root: Element, texts: list[str]) -> str | None:
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for link in root.iter("a"):
        href = (link.get("href") or "").strip()
        if href.lower().startswith("tel:"):
            number = unquote(href[4:]).split(";")[0].strip(" /")
            digits = re.sub(r"\D", "", number)
            if 6 <= len(digits) <= 15:
                key = digits[-9:]
                counts[key] += 1
                if key not in shown or (number.startswith("+") and not shown[key].startswith("+")):
                    shown[key] = number
    if counts:
        return shown[counts.most_common(1)[0][0]]
    numbered = [text for text in texts if 7 <= len(text) <= 300 and _DIGITS.search(text)]
    for pattern in (_TEL_TEXT, _PHONE):
        for text in numbered:
            if found := pattern.search(text):
                number = collapse(found.group("number"))
                if 7 <= len(re.sub(r"\D", "", number)) <= 15:
                    return number
    return None


# ---------------------------------------------------------------- the address
def _texts(root: Element) -> list[str]:
    """The texts of the page in order, each on one line, without those that no visitor sees."""
    body = root.find("body")
    seen = deepcopy(body if body is not None else root)
    etree.strip_elements(seen, *UNSEEN, with_tail=False)
    texts: list[str] = _ALL_TEXTS(seen)  # type: ignore[assignment]  # what this path selects are texts
    lines = (collapse(text) for text in texts[: 4 * MAX_LINES])
    return [line for line in lines if line][:MAX_LINES]


def _address(root: Element, texts: list[str], called: Sequence[Element]) -> str | None:
    for element in root.iter("address"):
        text = element_text(element)
        if 8 < len(text) <= MAX_LINE and (found := _STREET.search(text) or _POSTAL.search(text)):
            return _cut_address(text, found)
    for element in called:
        if len(element) > 6:
            continue
        text = element_text(element)
        if 8 < len(text) <= MAX_LINE and (found := _STREET.search(text)):
            return _cut_address(text, found)
    best: tuple[int, int, str] | None = None
    # Lists on a page differ in their numbers only: where one line is no street, those like it are none.
    without: set[str] = set()
    for at, line in enumerate(texts):
        # The year beside the sign is no house number: "© 2026 Bell Lane Dental".
        text = _YEAR_OF_COPYRIGHT.sub("©", line) if "©" in line or "opyright" in line or "(c)" in line else line
        if len(text) > MAX_LINE or not _DIGIT.search(text) or (shape := text.translate(_ZEROS)) in without:
            continue
        found = _STREET.search(text)
        if found is None:
            without.add(shape)
        if found is None or (len(text) > 90 and not _POSTAL.search(text)):
            continue
        whole = _with_next(text, texts[at + 1 : at + 4]) if not _POSTAL.search(text[found.start() :]) else text
        score = 2 * bool(_POSTAL.search(whole)) + (found.start() < 30) - (len(text) > 100)
        if best is None or score > best[0]:
            best = (score, at, _cut_address(whole, found))
    return best[2] if best is not None and best[0] >= 1 else None


def _with_next(text: str, following: list[str]) -> str:
    """A street with the lines behind it that hold unit, postal code and city."""
    for line in following:
        if len(line) > 60 or _TEL_TEXT.search(line) or _PHONE.search(line) or "@" in line or OTHER_PHRASE.search(line):
            break
        if _POSTAL.search(line):
            return f"{text.rstrip(',')}, {line}"
        if re.match(r"(?:suite|unit|floor|apt|room|#|piso|étage|local|interno|scala|stock)\b", line, re.IGNORECASE):
            text = f"{text.rstrip(',')}, {line}"
        elif _CITY.fullmatch(line) and len(line.split()) <= 4:
            return f"{text.rstrip(',')}, {line}"
        else:
            break
    return text


def _cut_address(text: str, found: re.Match[str]) -> str:
    """The address without what stands before it (a label, an icon) and the telephone behind it."""
    before = text[: found.start()]
    start = found.start()
    if found.re is _POSTAL or (any(character.isdigit() for character in before) and len(before) < 30):
        start = 0
    elif before and before.split() and before.split()[-1][0].islower() and not before.rstrip().endswith(":"):
        pass  # the end of a sentence, which is no part of the address
    elif before and len(before) <= 40:
        start = max(before.rfind(sign) + 1 for sign in ",:|•·📍\n") if any(sign in before for sign in ",:|•·📍") else 0
    line = text[start:]
    line = re.split(
        r"\s*(?:[|•·✆☎📞]|\b(?:tel|phone|fon|telefon|téléphone|t|p|ph)\b\s*[.:])", line, maxsplit=1, flags=re.IGNORECASE
    )[0]
    return line.strip(" ,;.-–")
