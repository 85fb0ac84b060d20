"""The guard itself: reads a reply by rules R1–R13 and G1–G5. Pure, and the same answer for everybody.

The text is read in layers. Contact data, the clinic's name and what neither confirms nor denies anything are taken out
first; then denials and "see you again", so that their words count once; then polite turns whose "you" tells nothing.
What is left decides whether a sentence speaks of the reader. At the end the reply is weighed as a whole: what no
pattern has explained may still read like a story, and a story that a loose pattern has found may read like none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from reviews.rules.book import AdvertisingRow
from reviews.rules.guard import catalogue
from reviews.rules.guard.contacts import Contact, find_contacts
from reviews.rules.guard.loading import Lexicon, load_lexicon
from reviews.rules.guard.people import find_names
from reviews.rules.guard.platforms import over_limit
from reviews.rules.guard.telling import told_verbs
from reviews.rules.guard.tongue import guess_language
from reviews.rules.guard.verdict import ClinicFacts, Finding, Level, Original, Verdict
from reviews.rules.plain import MASK, Plain, fold, mask, sentences

MAX_SENTENCES = 5
_YOU = re.compile(
    r"(?<![\w'])(?<!rendez-)(?<!rendez )(?:you|your|yours|yourself|yourselves|ya|u|ur|vous|votre|vos)(?!\w)"
)
_TU = re.compile(r"(?<![\w])(?:tu|toi|ton|ta|tes|t')(?!\w)|(?<!\w)t'(?=\w)")
_THANKS = re.compile(r"thank(?:ing)? you|call you|contact you|(?:you|vous) (?:may|can|could|pouvez) ")
_ORDER = (*(f"R{n}" for n in range(1, 14)), *(f"G{n}" for n in range(1, 6)))
_STORIES = ("R1", "R3", "R4", "R7")

Span = tuple[int, int]


class Guard:
    """Judges replies; safe to share between threads. Made by `load`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __call__(
        self,
        reply: str,
        original: Original | None = None,
        clinic: ClinicFacts | None = None,
        *,
        platform: str = "",
        row: AdvertisingRow | None = None,
        language: str | None = None,
    ) -> Verdict:
        """What speaks against posting this reply.

        `platform` is the name or kind of the source; `row` the clinic's advertising rule, where it is known; `language`
        that of the reply. Languages that are not given are guessed, and only English and French are.
        """
        reading = _Reading(self._lexicon, reply, original or Original(), clinic or ClinicFacts(), language)
        found = sorted(
            {(*span, rule, level, reason) for rule, level, span, reason in _found(reading, platform, row)},
            key=lambda each: (each[0], _ORDER.index(each[2]), each[1]),
        )
        findings = tuple(self._finding(reply, *each) for each in found)
        blocks = any(finding.severity is Level.BLOCK for finding in findings)
        level = Level.BLOCK if blocks else Level.WARN if findings else Level.PASS
        return Verdict(level=level, findings=findings)

    def weighed_words(self, reply: str, clinic: ClinicFacts) -> str:
        """The part of a reply that is weighed as a whole."""
        return _Reading(self._lexicon, reply, Original(), clinic, None).own_words

    def _finding(self, reply: str, start: int, end: int, rule: str, level: Level, reason: str) -> Finding:
        about = catalogue.RULES[rule]
        return Finding(
            rule=rule,
            severity=level,
            start=start,
            end=end,
            words=reply[start:end],
            reason=reason or about.reason,
            safer=about.safer,
            url=about.url,
            checked_on=self._lexicon.checked_on,
        )


def load() -> Guard:
    """Read the guard's data files and make the guard."""
    return Guard(load_lexicon())


@dataclass(frozen=True)
class _Reading:
    """One reply, and its text layer by layer; all layers have the same length and offsets."""

    lexicon: Lexicon
    reply: str
    original: Original
    clinic: ClinicFacts
    language: str | None

    @cached_property
    def plain(self) -> Plain:
        return fold(self.reply)

    @cached_property
    def contacts(self) -> list[Contact]:
        return find_contacts(self.plain, self.clinic)

    @cached_property
    def text(self) -> str:
        """Without contact data, the clinic's name, and what neither confirms nor denies."""
        return mask(_without_own(self.plain.folded, self.contacts, self.clinic), self.lexicon.safe)

    @cached_property
    def weight(self) -> float:
        """What the whole reply sounds like."""
        return self.lexicon.points.weigh(self.own_words)

    @cached_property
    def own_words(self) -> str:
        """The reply with its capitals, without contact data, the clinic's name, and sentences of nothing but thanks."""
        text = _without_own(self.plain.cased, self.contacts, self.clinic)
        for start, end in self.sentences:
            if self.lexicon.idle.fullmatch(self.text, start, end):
                text = text[:start] + "." * (end - start) + text[end:]
        return text

    @cached_property
    def care_text(self) -> str:
        """`text` without denials and "see you again": what R1, R3 and G4 read."""
        return mask(mask(self.text, self.lexicon.rules["R2.over"]), self.lexicon.rules["R7.over"])

    @cached_property
    def sentences(self) -> list[Span]:
        return list(sentences(self.plain.folded))

    @cached_property
    def plain_text(self) -> str:
        """`text` without polite turns."""
        return mask(self.text, self.lexicon.polite)

    @cached_property
    def plain_care_text(self) -> str:
        """`care_text` without polite turns."""
        return mask(self.care_text, self.lexicon.polite)

    @cached_property
    def told_text(self) -> str:
        """`care_text` without what holds for everybody, and what the clinic does with its own house and mail."""
        return mask(mask(self.care_text, self.lexicon.general), self.lexicon.ours)

    def speaks_of_reader(self, plain_text: str, sentence: Span) -> bool:
        """Whether a "you" is left in a sentence once polite turns are taken out."""
        rest = plain_text[slice(*sentence)]
        return bool(_YOU.search(rest) or (self.reply_language == "fr" and _TU.search(rest)))

    def names_staff(self, before: int) -> bool:
        """Whether somebody of the clinic is named before this offset."""
        names = {word for name in self.clinic.staff for word in re.findall(r"[a-z]{3,}", fold(name).folded)}
        return any(word in names for word in re.findall(r"[a-z]{3,}", self.plain.folded[:before]))

    @cached_property
    def matters_of_review(self) -> frozenset[str]:
        """The matters of health that the review names."""
        written = fold(self.original.text).folded
        if not self.lexicon.any_matter.search(written):
            return frozenset()
        return frozenset(matter for matter, pattern in self.lexicon.matters.items() if pattern.search(written))

    @cached_property
    def reply_language(self) -> str | None:
        return guess_language(self.plain.folded) or self.language

    def hits(self, name: str, text: str, sentence: Span | None = None) -> Iterator[Span]:
        """Where a list of patterns matches, inside one sentence or anywhere."""
        start, end = sentence or (0, len(text))
        for match in self.lexicon.rules[name].finditer(text, start, end):
            yield match.span()

    def outside(self, span: Span) -> Span:
        """Offsets in the reply as given."""
        return self.plain.span(*span)


def _without_own(text: str, contacts: Sequence[Contact], clinic: ClinicFacts) -> str:
    """A folded text without contact data and the clinic's name."""
    for contact in contacts:
        text = text[: contact.start] + MASK * (contact.end - contact.start) + text[contact.end :]
    name = fold(clinic.name).folded.strip()
    return mask(text, re.compile(re.escape(name), re.IGNORECASE)) if len(name) > 2 else text


_Found = tuple[str, Level, Span, str]


def _found(reading: _Reading, platform: str, row: AdvertisingRow | None) -> Iterator[_Found]:
    by_words = list(_by_words(reading, row))
    loose: list[_Found] = []
    for further in (_told, _rest):
        loose += further(reading, [span for _, level, span, _ in (*by_words, *loose) if level is Level.BLOCK])
    for rule, level, span, reason in (*by_words, *_weighed(reading, by_words, loose)):
        yield rule, level, reading.outside(span), reason
    end = len(reading.reply)
    limit = over_limit(reading.reply, platform)
    if limit is not None:
        yield "R12", Level.BLOCK, limit, ""
    if len(reading.sentences) > MAX_SENTENCES:
        start = reading.outside((reading.sentences[MAX_SENTENCES][0], len(reading.plain.folded)))[0]
        yield "G2", Level.WARN, (start, end), ""
    if not any(contact.is_own for contact in reading.contacts):
        yield "G3", Level.WARN, (end, end), ""
    original = reading.original
    asked = original.language or guess_language(fold(original.text).folded)
    if asked is None and not original.text:
        asked = reading.language
    if reading.reply_language and asked and _primary(reading.reply_language) != _primary(asked):
        yield "G5", Level.WARN, (0, end), ""


def _weighed(reading: _Reading, by_words: list[_Found], loose: list[_Found]) -> Iterator[_Found]:
    """What loose patterns have found, and what the reply as a whole says to it, unless something sure is blocked."""
    points = reading.lexicon.points
    if any(level is Level.BLOCK for _, level, _, _ in by_words):
        yield from loose
    elif loose:
        is_harmless = reading.weight < points.harmless
        for rule, level, span, reason in loose:
            perhaps = is_harmless and rule in _STORIES
            yield (rule, Level.WARN, span, catalogue.PERHAPS_A_STORY) if perhaps else (rule, level, span, reason)
    elif reading.sentences and reading.weight > points.story:
        yield "R1", Level.BLOCK, points.heaviest(reading.own_words, reading.sentences), catalogue.SOUNDS_LIKE_A_STORY


def _by_words(reading: _Reading, row: AdvertisingRow | None) -> Iterator[_Found]:
    for rule, name, text in (
        ("R1", "says", reading.care_text),
        ("R2", "over", reading.text),
        ("R3", "says", reading.care_text),
        ("R4", "says", reading.text),
        ("R7", "over", reading.text),
        ("R7", "says", reading.care_text),
        ("R9", "says", reading.text),
        ("R11", "says", reading.text),
    ):
        for span in reading.hits(f"{rule}.{name}", text):
            yield rule, Level.BLOCK, span, ""
    for sentence in reading.sentences:
        yield from _of_sentence(reading, sentence)
    for span in reading.hits("G1.says", reading.text):
        yield "G1", Level.WARN, span, ""
    yield from _rewards(reading)
    for contact in reading.contacts:
        if not contact.is_own:
            yield "R8", Level.BLOCK, (contact.start, contact.end), ""
    own = [(contact.start, contact.end) for contact in reading.contacts if contact.is_own]
    for person in find_names(reading.plain, reading.original, reading.clinic, reading.lexicon.names, own):
        level, reason = (Level.WARN, catalogue.STAFF_OR_SHOWN) if person.is_known else (Level.BLOCK, "")
        yield "R5", level, (person.start, person.end), reason
    yield from _comparisons(reading, row)


def _told(reading: _Reading, blocked: list[Span]) -> Iterator[_Found]:
    """What tells of one person's care without "you", in sentences that no other rule has blocked."""
    for sentence in reading.sentences:
        if _has_blocked(sentence, blocked) or reading.lexicon.idle.fullmatch(reading.text, *sentence):
            continue
        for rule in ("R1", "R2", "R3", "R4", "R7", "R8", "R9", "R10", "R11"):
            text = reading.text if rule in ("R2", "R8", "R9", "R10") else reading.told_text
            for span in reading.hits(f"{rule}.told", text, sentence):
                yield rule, Level.BLOCK, span, ""
        if reading.lexicon.any_matter.search(reading.told_text, *sentence):
            for rule in ("R3", "R11"):
                for span in reading.hits(f"{rule}.of_health", reading.told_text, sentence):
                    yield rule, Level.BLOCK, span, ""
        yield from _somebody(reading, sentence)


def _somebody(reading: _Reading, sentence: Span) -> Iterator[_Found]:
    """One piece of care in a sentence that does not speak in general, or told in the past; a "she" who is no staff."""
    lexicon, text = reading.lexicon, reading.told_text
    definite = lexicon.definite.search(text, *sentence)
    if definite and not lexicon.marks.search(reading.plain.folded, *sentence):
        yield "R1", Level.BLOCK, definite.span(), ""
    verb = next(told_verbs(text, *sentence, lexicon.tense), None)
    if verb and not lexicon.at_large.search(reading.plain.folded, *sentence):
        found = ((rule, pattern.search(text, *sentence)) for rule, pattern in lexicon.care.items())
        rule, match = next(((rule, match) for rule, match in found if match), ("", None))
        if match:
            yield rule, Level.BLOCK, (min(verb[0], match.start()), max(verb[1], match.end())), ""
    for span in reading.hits("R1.third", text, sentence):
        if not (lexicon.staff.search(reading.plain.folded, 0, span[0]) or reading.names_staff(span[0])):
            yield "R1", Level.BLOCK, span, ""


def _has_blocked(sentence: Span, blocked: list[Span]) -> bool:
    return any(sentence[0] <= start < sentence[1] for start, _ in blocked)


def _rest(reading: _Reading, blocked: list[Span]) -> Iterator[_Found]:
    """A "you" that nothing harmless explains, in sentences that no other rule has blocked."""
    text = mask(reading.plain_care_text, reading.lexicon.rules["R1.harmless"])
    for sentence in reading.sentences:
        if _has_blocked(sentence, blocked):
            continue
        match = _YOU.search(text, *sentence)
        if match:
            yield "R1", Level.BLOCK, (match.start(), _some_words_on(reading.plain.folded, match.end(), sentence[1])), ""


def _some_words_on(text: str, at: int, end: int) -> int:
    following = re.compile(r"(?: [\w'-]+){0,4}").match(text, at, end)
    return following.end() if following else at


def _of_sentence(reading: _Reading, sentence: Span) -> Iterator[_Found]:
    """The rules that depend on whether a sentence speaks of the reader: R1, R3, R6 and G4."""
    of_reader = reading.speaks_of_reader(reading.plain_care_text, sentence)
    rule, level, name = ("R1", Level.BLOCK, "R1.with_you") if of_reader else ("G4", Level.WARN, "G4.says")
    for span in (
        *reading.hits(name, reading.care_text, sentence),
        *reading.lexicon.misspelt.find(reading.care_text, *sentence),
    ):
        yield rule, level, span, ""
    yield from _health(reading, sentence, of_reader)
    dated_reader = reading.speaks_of_reader(reading.plain_text, sentence)
    hours = [match.span() for match in reading.lexicon.hours.finditer(reading.text, *sentence)] if dated_reader else []
    for span in reading.hits("R6.says", reading.text, sentence):
        if dated_reader and not any(start <= span[0] < end for start, end in hours):
            yield "R6", Level.BLOCK, span, ""
        else:
            yield "R6", Level.WARN, span, catalogue.GENERAL_DATE


def _health(reading: _Reading, sentence: Span, of_reader: bool) -> Iterator[_Found]:
    """Words of health beside the reader, about a matter that the review names, or in joy or hope about somebody's."""
    if not reading.lexicon.any_matter.search(reading.care_text, *sentence):
        return
    named = _YOU.search(_THANKS.sub("", reading.care_text[slice(*sentence)]))
    of_somebody = of_reader or named or any(reading.hits("R3.of_somebody", reading.told_text, sentence))
    named_there = reading.matters_of_review
    answers = bool(named_there) and not reading.lexicon.marks.search(reading.plain.folded, *sentence)
    for matter, pattern in reading.lexicon.matters.items():
        for match in pattern.finditer(reading.care_text, *sentence):
            if of_somebody or answers or matter in named_there:
                yield "R3", Level.BLOCK, match.span(), ""


def _rewards(reading: _Reading) -> Iterator[_Found]:
    """A reward and a review in one sentence, or in two that follow each other when the reward is for the reader; and a
    present that is handed to the reader, who is there because of a review."""
    has_review = [any(reading.hits("R10.review", reading.text, sentence)) for sentence in reading.sentences]
    for at, sentence in enumerate(reading.sentences):
        near = any(has_review[max(0, at - 1) : at + 2]) and _YOU.search(reading.text[slice(*sentence)])
        if has_review[at] or near:
            for span in reading.hits("R10.reward", reading.text, sentence):
                yield "R10", Level.BLOCK, span, ""
        elif any(reading.hits("R10.given", reading.text, sentence)):
            for span in reading.hits("R10.present", reading.text, sentence):
                yield "R10", Level.BLOCK, span, ""


def _comparisons(reading: _Reading, row: AdvertisingRow | None) -> Iterator[_Found]:
    filters = row.filters if row is not None else frozenset()
    text = mask(reading.text, reading.lexicon.rules["R13.safe"])
    seen: list[Span] = []
    for kind in ("comparative", "superlative"):
        for start, end in reading.hits(f"R13.{kind}", text):
            if any(start < other and one < end for one, other in seen):
                continue
            seen.append((start, end))
            is_barred = kind in filters
            reason = catalogue.BARRED_COMPARISON if is_barred else ""
            yield "R13", Level.BLOCK if is_barred else Level.WARN, (start, end), reason


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()
