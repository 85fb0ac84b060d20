"""Names of persons in a reply: by title, greeting, family word, role, known first name, or the clinic's own staff."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reviews.rules.guard.verdict import ClinicFacts, Original
from reviews.rules.plain import Plain, fold

_NAME = r"[A-Z][\w'-]*[\w]"
_MEDICAL = frozenset({"dr", "dre", "drs", "doctor", "docteur", "docteure", "prof", "professor"})
_TITLES = (
    r"Mr|Mrs|Ms|Miss|Mx|Dr|Dre|Drs|DR|MR|MRS|MS|Doctor|Docteure?|Prof|Professor|M|MM|Mme|MME|Mlle|Monsieur|Madame|"
    r"Mademoiselle|Sir|Nurse|mr|mrs|ms|dr|dre|doctor|docteure?|mme|monsieur|madame"
)
_FORMS = frozenset(re.sub(r"\?", "", _TITLES).lower().split("|"))
_TITLE = re.compile(
    rf"(?<!\w)(?P<title>{_TITLES})\.? (?P<name>{_NAME}(?: (?:de |van |von |le |la |St\.? )?{_NAME})?|[A-Z]\.)"
)
_HELLO = (
    r"hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)|bonjour|bonsoir|salut|coucou|chere?s?|"
    r"merci(?: beaucoup| infiniment| encore)?|thanks(?: so much| a lot| again| very much)?|"
    r"thank you(?: so much| very much| again)?|cheers"
)
_GREETING = re.compile(
    rf"(?<![\w'])(?:{_HELLO})(?:,? )(?:to |dear |chere? )?(?P<name>{_NAME}(?: {_NAME}|(?: [A-Z]\.))?|[A-Z]\.)"
    r"(?= ?(?:[,.!:;\n-]|$)| (?:for|from|and|pour|de|et|d')(?: |(?<=')))",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"$|[,.!;\n]| (?:for|pour|de|d') ?")
_KIN = (
    r"little|petite?|bebe|husband|wife|son|daughter|mother|father|mom|mum|dad|partner|friend|brother|sister|child|baby|fiancee?|neighbou?r|boss|cousin|aunt|uncle|fils|fille|mari|femme|"
    r"epouse|epoux|mere|pere|conjointe?|amie?|frere|soeur|voisine?"
)
_ROLE = (
    r"receptionist|manager|assistant|hygienist|therapist|nurse|colleague|owner|dentist|physio|physiotherapist|chiropractor|doctor|practitioner|director|"
    r"receptionniste|gerante?|collegue|hygieniste|therapeute|infirmiere?|directrice|directeur|proprietaire|massotherapeute"
)
_ASKING = (
    r"(?:ask|asking) for|named|say hello to|(?:speak|spoke|talk|talked) (?:with|to)|demande[rz]|"
    r"parle[rz]? (?:a|avec)|nommee?|passez? le bonjour a"
)
_BESIDE = re.compile(rf"(?<!\w)(?:{_KIN}|{_ROLE}|{_ASKING}),? (?P<name>{_NAME}(?: {_NAME})?)")
_ADDRESSED = re.compile(rf"(?:^|[\n.!?] ?)(?P<name>{_NAME}(?: {_NAME}| [A-Z]\.)?)(?=, )")
_THANKED = re.compile(
    rf"(?:merci|thanks|thank you|hello|bonjour)[^.!?\n]{{0,40}}, (?P<name>{_NAME})(?= ?[.!]|$)", re.IGNORECASE
)
_CAPITAL = re.compile(rf"(?<![\w'])(?P<name>{_NAME})(?=(?P<more>(?: (?:de |van |von )?{_NAME}| [A-Z]\.(?= |$))?))")
_CLOSINGS = (
    r"thanks|regards|wishes|sincerely|signed|yours|truly|cordially|salutations|cordialement|sinceres|merci|"
    r"bien a vous|signe"
)
_SIGNED = re.compile(rf"(?:[\n.!?,] ?(?:\w+ ){{0,3}}?(?:{_CLOSINGS})[,\n]|[-~]) ?$|^(?:with|many|avec) \w+, $")
_IN_A_STREET = re.compile(
    r" (?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Square|Row|Place|Park|Court|Hill|Close|Way)(?![\w'])"
)
_OF_THE_HOUSE = re.compile(
    rf",? (?:(?:our|the|my|notre|la|le|from|at|in|de l') ?){{1,2}}(?:\w+ ){{0,2}}"
    rf"(?:{_ROLE}|accueil|reception|front|office|desk)(?!\w)"
)
"""What follows a name that is one of the house: ", our practice manager", " from the front desk"."""
_NOTHING_MORE = re.compile(r"[,.]?(?:[\n ,-]+(?:the |la |le )?[\w'-]+(?: [\w'-]+){0,4})?[.]?\s*")
_NO_NAME_WORDS = """
all there everyone everybody team folks friend friends reviewer neighbour neighbor neighbours neighbors customer guest
guests sir madam ma'am you we our the this that it your for and so very much again google yelp facebook trustpilot
birdeye tripadvisor patient patients client clients member community anonymous user someone madame monsieur mesdames
messieurs mademoiselle tous toutes tout toute equipe nous vous votre vos chers chere cher ami amie amis voisin voisine
internaute cliente patiente beaucoup infiniment encore a de pour d'avoir merci bonjour hello hi hey thanks thank dear
wow great good happy kind best sincerely regards yours please privacy office clinic manager reception front desk staff
health an i in on at to of from with by writing such unfortunately however yes no sorry well oh indeed finally also
meanwhile today here now first second
"""
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name: offsets in the folded text, and whether the platform shows it, or the clinic's staff bear it."""

    start: int
    end: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class FirstNames:
    """Names that are known by themselves, and those that are ordinary words too."""

    sure: frozenset[str]
    doubtful: frozenset[str]


def find_names(
    plain: Plain,
    original: Original,
    clinic: ClinicFacts,
    names: FirstNames,
    contacts: Collection[tuple[int, int]] = (),
) -> list[Name]:
    """All names of persons in a reply, none inside another; the clinic's own name, and `contacts`, are no person's."""
    cased = _without(plain.cased, fold(clinic.name).folded)
    for start, end in contacts:
        cased = cased[:start] + "\x01" * (end - start) + cased[end:]
    author = _tokens(original.author)
    staff = [_tokens(person) for person in clinic.staff]
    written = frozenset(re.findall(r"[a-z][\w'-]+", fold(original.text).folded))
    found: list[Name] = []
    for start, end, is_medical in _candidates(cased, names, author, staff):
        if any(start < other.end and other.start < end for other in found):
            continue
        tokens = _tokens(cased[start:end])
        if not tokens or _IN_A_STREET.search(cased, start, _end_of_word(cased, end)):
            continue
        known = tokens <= author or any(tokens <= person for person in staff)
        known = known or tokens <= written or (is_medical and not staff)
        known = known or (not staff and (_is_signature(cased, start, end) or bool(_OF_THE_HOUSE.match(cased, end))))
        found.append(Name(start, end, known))
    return sorted(found, key=lambda name: name.start)


def _candidates(
    cased: str, names: FirstNames, author: Collection[str], staff: list[frozenset[str]]
) -> Iterator[tuple[int, int, bool]]:
    for match in _TITLE.finditer(cased):
        if match["name"].split()[0].lower().strip(".,") not in _NO_NAMES:
            title = match["title"].lower()
            # "M. " is a title only in front of a name; "dr" in small letters needs one too.
            yield match.start(), match.end("name"), title in _MEDICAL
    for match in _GREETING.finditer(cased):
        name = match["name"]
        first = name.split()[0].lower().strip(".,")
        written_small = not name[0].isupper()
        known = first in names.sure or first in author
        if first in _NO_NAMES or (written_small and not known) or (name.isupper() and len(name) > 2 and not known):
            continue
        is_thanked = match[0].lower().startswith(("thank", "merci")) and not (known or first in names.doubtful)
        if is_thanked and not _AFTER_NAME.match(cased, match.end()):
            continue
        yield _name_end(cased, match.start("name"), match.end("name"))
    for match in _BESIDE.finditer(cased):
        if match["name"].split()[0].lower() not in _NO_NAMES:
            yield match.start("name"), match.end("name"), False
    for match in _ADDRESSED.finditer(cased):
        first, *rest = match["name"].split()
        if first.lower() in names.sure or first.lower() in author or (rest and first.lower() in names.doubtful):
            yield match.start("name"), match.end("name"), False
    for match in _THANKED.finditer(cased):
        if match["name"][0].isupper() and not match["name"].isupper() and match["name"].lower() not in _NO_NAMES:
            yield match.start("name"), match.end("name"), False
    first_names = {token for person in staff for token in person} - names.doubtful
    for match in _CAPITAL.finditer(cased):
        first = match["name"].lower()
        more = match["more"].strip().lower()
        at_start = _starts_sentence(cased, match.start())
        if first in names.sure or (first in first_names and not (at_start and first not in names.sure)):
            if first in names.sure and first in names.doubtful and not more:
                continue
            end = (
                match.end("more") if more and more not in _NO_NAMES and _is_surname(cased, match) else match.end("name")
            )
            yield match.start(), end, False
        elif first in names.doubtful and more and not at_start and more not in _NO_NAMES and len(more) > 2:
            yield match.start(), match.end("more"), False
        elif len(first) > 2 and first in author and first not in _NO_NAMES and not at_start:
            yield match.start(), match.end("name"), False


def _end_of_word(cased: str, at: int) -> int:
    """The end of the word behind the space at an offset."""
    following = re.compile(r" [\w']+").match(cased, at)
    return following.end() if following else at


def _name_end(cased: str, start: int, end: int) -> tuple[int, int, bool]:
    """Leaves a second word away that begins something else ("Hi Sandra Thank you")."""
    words = cased[start:end].split(" ")
    if len(words) > 1 and words[1].lower().strip(".") in _NO_NAMES:
        end = start + len(words[0])
    return start, end, False


def _is_surname(cased: str, match: re.Match[str]) -> bool:
    return not cased[match.start() : match.end("more")].isupper() or cased.isupper()


def _starts_sentence(cased: str, start: int) -> bool:
    before = cased[:start].rstrip(" \"'(")
    return not before or before[-1] in ".!?\n:"


def _is_signature(cased: str, start: int, end: int) -> bool:
    """At the end, after a closing formula, with at most a role behind it."""
    return bool(_NOTHING_MORE.fullmatch(cased, end) and _SIGNED.search(cased[max(0, start - 60) : start].lower()))


def _tokens(name: str) -> frozenset[str]:
    words = re.findall(r"[\w'-]+", fold(name).folded)
    kept = [word.removesuffix("'s") for word in words]
    return frozenset(word for word in kept if word not in _FORMS or len(kept) == 1)


def _without(cased: str, name: str) -> str:
    if len(name) < 3:
        return cased
    return re.sub(re.escape(name), lambda match: "\x01" * len(match[0]), cased, flags=re.IGNORECASE)
