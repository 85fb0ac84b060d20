"""Telephone numbers, e-mail addresses and postal addresses in a reply, and whether they are the clinic's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviews.rules.guard.verdict import ClinicFacts
from reviews.rules.plain import Plain, fold

MIN_DIGITS, MAX_DIGITS = 7, 15

_AT = (
    r"@|\(at\)|\[at\]|\{at\}|\(a\)|\(arobase\)| arobase |"
    r"(?<=\w) at (?=[\w-]+ (?:dot|\(dot\)|\[dot\]|point) )"
)
# A full stop with a space behind it ends a sentence, unless the end of an address follows.
_DOT = r"\.| ?\. ?(?=(?:com|org|net|ca|fr|uk|co|test|info)(?!\w))| ?(?:\(dot\)|\[dot\]|\(point\)| dot | point ) ?"
_EMAIL = re.compile(rf"(?<![\w@.+%-])[\w.+%-]+ ?(?:{_AT}) ?[\w-]+(?:(?:{_DOT})[a-z0-9-]+)+")
_TELEPHONE = re.compile(
    r"(?<![\w.,/-])(?:\+ ?|tel:)?\(?\d(?:[ ().\-/]{0,3}\d){6,14}(?: ?(?:x|ext\.?|extension|poste) ?\d{1,5})?"
    r"(?![\w@]|[/-]\d)"
    r"|(?<!\w)1?[ -]?(?:800|833|844|855|866|877|888)[ -][a-z][a-z0-9-]{5,9}(?!\w)"
)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d")
_WAYS = (
    r"street|st|road|rd|avenue|ave|boulevard|blvd|drive|dr|lane|ln|court|ct|way|crescent|cres|place|pl|square|sq|"
    r"terrace|parkway|pkwy|highway|hwy|close|trail|circle|mews|row|walk"
)
_RUES = (
    r"rue|avenue|av\.?|boulevard|boul\.?|bd|chemin|ch\.|route|place|allee|impasse|quai|cours|rang|montee|cote|square"
)
_ARTICLES = r"de la|de l'|des|du|de|d'|le|la|les|l'|saint|sainte|st|ste|st-|ste-"
_ADDRESS = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-z]?,? (?:(?:[a-z][\w'-]*|\d{{1,3}}(?:st|nd|rd|th))\.? ){{1,4}}?(?:{_WAYS})(?!\w)"
    rf"|(?<!\w)\d{{1,5}}(?: ?(?:bis|ter)|[a-z])?,? ?(?:{_RUES}) (?:(?:{_ARTICLES}) ?)*[\w'-]+"
    r"(?: (?:ouest|est|nord|sud)(?!\w))?"
    r"|(?<!\w)p\.? ?o\.? box \d+|(?<!\w)(?:case postale|c\.? ?p\.?|b\.? ?p\.?) \d{2,6}(?!\w)"
)
_POSTAL_CODE = re.compile(
    r"(?<!\w)(?:[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]{2} \d{5}(?:-\d{4})?)(?!\w)"
)
# An address about the reader is never the clinic's, whatever is known of the clinic.
# "Your call", "vos questions" speak of no address.
_YOUR_WORDS = r"mind|questions?|thoughts?|feedback|calls?|messages?|comments?|concerns?|ideas?|suggestions?|words|side"
_VOS_MOTS = (
    r"appels?|questions?|messages?|demandes?|remarques?|commentaires?|idees?|suggestions?|courriels?|mots?|retours?|"
    r"reponses?|attentes"
)
_OF_THE_READER = re.compile(
    rf"(?:your(?! (?:{_YOUR_WORDS}))|you (?:still |now |currently )?live|you (?:still |now )?reside|"
    rf"(?<!when )(?<!if )(?<!where )(?<!whenever )you are|you're|(?:votre|vos)(?! (?:{_VOS_MOTS}))|"
    r"vous (?:habitez|vivez|residez|demeurez))"
    r"(?<!a votre)(?: (?!ecoute|disposition|service|attention)\w+){0,3}:?,? ?(?:at |is |on |in |a |au |est |in the )?$"
    r"|(?:reach(?:ed)?|call(?:ed|ing)?|text(?:ed)?|phone[d]?|e-?mail(?:ed)?|writ(?:e|ten) to|wrote to|contact(?:ed)?|"
    r"find|found|sent)(?: \w+)? you(?: \w+)? (?:at|on|under|to) $"
    r"|vous (?:joindre|appeler|ecrire|contacter|avons \w+)(?: \w+)? (?:a|au|sur) (?:l'adresse |le )?$"
)
_STILL_YOURS = re.compile(r"^(?: \w+){0,2} (?:your|votre) ")


@dataclass(frozen=True, slots=True)
class Contact:
    """A piece of contact data: offsets in the folded text, and whether it is the clinic's own."""

    start: int
    end: int
    is_own: bool


def find_contacts(plain: Plain, clinic: ClinicFacts) -> list[Contact]:
    """All contact data of a reply, none inside another."""
    found: list[Contact] = []
    for start, end, is_known in _candidates(plain, clinic):
        if any(start < other.end and other.start < end for other in found):
            continue
        of_reader = _OF_THE_READER.search(plain.folded, max(0, start - 60), start) or _STILL_YOURS.match(
            plain.folded[end : end + 30]
        )
        is_sure = is_known and _is_given(plain.folded[start:end], clinic)
        found.append(Contact(start, end, is_sure or (is_known and not of_reader)))
    return found


def _candidates(plain: Plain, clinic: ClinicFacts) -> Iterator[tuple[int, int, bool]]:
    text = plain.folded
    for match in _EMAIL.finditer(text):
        yield *match.span(), not clinic.email or _email(match[0]) == _email(fold(clinic.email).folded)
    for match in _ADDRESS.finditer(text):
        yield *match.span(), not clinic.address or _is_within(match[0], clinic.address)
    for match in _POSTAL_CODE.finditer(plain.cased):
        yield *match.span(), not clinic.address or _is_within(match[0].lower(), clinic.address)
    for match in _TELEPHONE.finditer(text):
        digits = _digits(match[0])
        is_number = MIN_DIGITS <= len(digits) <= MAX_DIGITS and not _DATE.fullmatch(match[0].strip(" ()"))
        if is_number or any(character.isalpha() for character in match[0][-4:]):
            yield *match.span(), not clinic.telephone or _same_number(match[0], clinic.telephone)


def _is_given(found: str, clinic: ClinicFacts) -> bool:
    """Whether the clinic's own data hold just this number or address of mail: then it is theirs, whatever precedes."""
    if "@" in found:
        return bool(clinic.email) and _email(found) == _email(fold(clinic.email).folded)
    return bool(clinic.telephone) and len(_digits(found)) >= MIN_DIGITS and _same_number(found, clinic.telephone)


def _email(text: str) -> str:
    text = re.sub(r" ?(?:\(at\)|\[at\]|\{at\}|\(a\)|\(arobase\)| at | arobase ) ?", "@", text)
    return re.sub(r" ?(?:\(dot\)|\[dot\]|\(point\)| dot | point ) ?", ".", text).replace(" ", "").strip(".")


def _is_within(found: str, address: str) -> bool:
    own = set(re.findall(r"\w+", fold(address).folded)) | {re.sub(r"\W", "", fold(address).folded)}
    joined = re.sub(r"\W", "", fold(address).folded)
    ways = set(re.findall(r"[a-z]+", f"{_WAYS}|{_RUES}"))
    words = [word for word in re.findall(r"\w+", found) if word not in ways]
    return all(word in own or word in joined for word in words)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", re.split(r"x|ext|poste", text)[0])


def _same_number(found: str, telephone: str) -> bool:
    one, other = _digits(found), _digits(telephone.lower())
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return len(shorter) >= MIN_DIGITS and longer.endswith(shorter) if shorter != longer else True
