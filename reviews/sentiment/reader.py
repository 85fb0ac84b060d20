"""One language's reading of a text: sentences, phrases, points, evidence, themes. Pure, and shared by threads."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reviews.model import Hit, Sentence, Sentiment, Theme, ThemeWord
from reviews.sentiment.lexicon import Entry, Keyword, Lexicon
from reviews.sentiment.patterns import Anchors, Pattern, find_patterns, key_of, longest, parse_patterns
from reviews.sentiment.text import Line, cut, plain_marks, read_lines
from reviews.sentiment.vader import Vader, points_of
from reviews.sentiment.vocabulary import SAYS_MORE, SCORES, Modifiers, Vocabulary, Word


@dataclass(frozen=True, slots=True)
class Limits:
    """Where labels change and people are called; data, and part of the scorer's version."""

    negative_below: float
    positive_above: float
    alert_below: float
    short_alert_below: float
    short_tokens: float
    disagree_above: float
    disagree_below: float
    sentence_below: float

    def label(self, compound: float) -> str:
        """``negative``, ``neutral`` ("cannot tell") or ``positive``."""
        if compound < self.negative_below:
            return "negative"
        return "positive" if compound > self.positive_above else "neutral"


@dataclass(frozen=True)
class Language:
    """What a language's texts are read with: entries on top of a base lexicon, and the words that change others."""

    code: str
    lexicon: Lexicon
    base: Mapping[str, float]
    modifiers: Modifiers
    fold: "Fold"
    risks: Mapping[str, str]
    """Written phrase → kind of risk."""
    is_beta: bool


def combine(points: Sequence[float], tokens: int) -> float:
    """The compound of sentences' points and their tokens together: −1..1, four places.

    x = Σ points / √(Σ tokens + 5), compound = x / √(x² + 4). The root of the length keeps long complaints with
    courtesies from looking like praise.
    """
    x = math.fsum(points) / math.sqrt(tokens + 5)
    return round(x / math.sqrt(x * x + 4), 4)


class Finder:
    """Points and source of a word: exact entries before beginnings, those before the base lexicon."""

    def __init__(self, words: Mapping[str, Entry], base: Mapping[str, float], fold: "Fold") -> None:
        self._base = base
        self._exact = {fold(term): entry for term, entry in words.items() if not term.endswith("*")}
        prefixes = [(fold(term[:-1]), entry) for term, entry in words.items() if term.endswith("*")]
        self._prefixes = sorted(prefixes, key=lambda pair: -len(pair[0]))
        self._beginnings = tuple(prefix for prefix, _ in prefixes)

    def entry(self, lower: str) -> Entry | None:
        """The entry that decides about a word, if one does."""
        found = self._exact.get(lower)
        if found is None and lower.startswith(self._beginnings):
            found = next((entry for prefix, entry in self._prefixes if lower.startswith(prefix)), None)
        return found

    def __call__(self, lower: str) -> tuple[float | None, str]:
        entry = self.entry(lower)
        if entry is None:
            return self._base.get(lower), "vader"
        return entry.points or None, entry.source


class Fold:
    """Lower case, and without accents where a language is often typed without them."""

    def __init__(self, accents: Mapping[int, int] | None = None) -> None:
        self._accents = accents

    def __call__(self, word: str) -> str:
        lower = word.lower()
        return lower if self._accents is None or lower.isascii() else lower.translate(self._accents)


class Reader:
    """Scores texts of one language."""

    def __init__(self, name: str, language: Language, vader: Vader, limits: Limits) -> None:
        self.name = name
        self.is_beta = language.is_beta
        self.lexicon = lexicon = language.lexicon
        self._limits = limits
        self._emoji = vader.emoji
        fold = language.fold
        self._finder = Finder(lexicon.words, language.base, fold)
        self._topics, self._topic_prefixes = _single_words(
            lexicon.keywords.values(), lambda term: language.modifiers.unelided(fold(term))
        )
        self._topic_beginnings = tuple(prefix for prefix, _ in self._topic_prefixes)
        longer = [keyword for keyword in lexicon.keywords.values() if " " in keyword.term]
        self._phrase_words = {entry.term: _phrase_word(entry) for entry in lexicon.phrases.values()}
        phrases: tuple[Entry | Keyword, ...] = (*lexicon.phrases.values(), *longer)
        self._anchors = Anchors(
            pattern
            for entry in phrases
            for pattern in parse_patterns(language.modifiers.unelided(fold(entry.term)), entry)
        )
        self._vocabulary = Vocabulary(
            language.modifiers, self._finder, fold=fold, enrich=self._enrich, emoji=vader.emoji
        )

    def _enrich(self, word: Word) -> bool:
        topics = list(self._topics.get(word.key, ()))
        for prefix, keywords in self._topic_prefixes if word.key.startswith(self._topic_beginnings) else ():
            if word.key.startswith(prefix):
                topics += [keyword for keyword in keywords if keyword not in topics]
        word.topics = tuple((keyword.theme, keyword.topic) for keyword in topics)
        word.anchor = self._anchors.find(word.key)
        return self._anchors.ask_for(word.key)

    def entry_of(self, term: str) -> Entry | None:
        """The entry that gave a word or phrase of the evidence its points; None where it was VADER's lexicon."""
        words = [self._vocabulary.work_out(raw) for raw in plain_marks(term).split()]
        for start, end, pattern in find_patterns(words, range(len(words))):
            if end - start == len(words) and isinstance(pattern.meaning, Entry):
                return pattern.meaning
        return self._finder.entry(words[0].lower) if len(words) == 1 else None

    def read(self, given: str) -> Sentiment | None:
        """How a text reads; None where it says nothing. Offsets count code points of the text as given."""
        shown = cut(given, self._emoji.signs)
        plain = plain_marks(shown)
        if not self._has_word(plain):
            return None
        sentences: list[Sentence] = []
        mentions: list[tuple[int, ThemeWord]] = []
        for line in read_lines(plain, self._vocabulary):
            first = 0
            for end in line.ends:
                sentences.append(self._sentence(given, line, first, end, mentions, len(sentences)))
                first = end
        compound = combine([sentence.points for sentence in sentences], sum(s.tokens for s in sentences))
        return Sentiment(
            compound=compound,
            label=self._limits.label(compound),
            evidence=tuple(sentences),
            scorer=self.name,
            cut=len(shown) < len(given),
            themes=self._themes(sentences, mentions) if mentions else (),
            is_beta=self.is_beta,
        )

    def _has_word(self, plain: str) -> bool:
        """A letter, a digit, an emoji or an emoticon of the lexicon."""
        if any(character.isalnum() for character in plain):
            return True
        return self._emoji.is_in(plain) or any(self._vocabulary[raw].value is not None for raw in plain.split())

    def _sentence(
        self, given: str, line: Line, first: int, end: int, mentions: list[tuple[int, ThemeWord]], number: int
    ) -> Sentence:
        words = line.words[first:end]
        shifted = line.shifted
        ends: dict[int, int] = {}
        origins: list[int] | None = None
        scored = words
        if more := [at for at, word in enumerate(words) if word.flags & SAYS_MORE]:
            phrases = self._more(given, line, first, words, more, mentions, number)
            if phrases:
                scored, origins, ends = self._with_phrases(words, phrases)
        hits: list[Hit] = []
        total = 0.0
        for at, value in points_of(scored):
            word = scored[at]
            if origins is not None and at in ends:
                start, stop = _span(line, first + origins[at], first + ends[at])
            else:
                at = first + (at if origins is None else origins[at])
                start = shifted[at] + at + word.lead
                stop = start + word.size
            if value != word.value:
                value = round(value, 4)
            if hits and hits[-1].start == start:  # the words of one emoji's description
                value = round(value + hits.pop().points, 4)
            if value:
                hits.append(Hit(start, stop, given[start:stop], value, word.source))
        if hits:
            total = round(sum([hit.points for hit in hits]), 4)
        tokens = end - first
        if line.is_split:  # an emoji is one token, however many words describe it
            tokens = len({shifted[at] + at for at in range(first, end)})
        last = end - 1
        return Sentence(shifted[first] + first, shifted[last] + last + len(line.raws[last]), total, tokens, tuple(hits))

    def _with_phrases(
        self, words: list[Word], phrases: list[tuple[int, int, Pattern]]
    ) -> tuple[list[Word], list[int], dict[int, int]]:
        """The sentence with each phrase as one word, where its words come from, and where its phrases end."""
        scored: list[Word] = []
        origins: list[int] = []
        ends: dict[int, int] = {}
        at = 0
        for start, end, pattern in phrases:
            scored += words[at:start]
            origins += range(at, start)
            ends[len(scored)] = end
            scored.append(self._phrase_words[pattern.meaning.term])
            origins.append(start)
            at = end
        scored += words[at:]
        origins += range(at, len(words))
        return scored, origins, ends

    def _more(
        self,
        given: str,
        line: Line,
        first: int,
        words: list[Word],
        places: list[int],
        mentions: list[tuple[int, ThemeWord]],
        number: int,
    ) -> list[tuple[int, int, Pattern]]:
        """Notes the theme words of a sentence; answers its phrases."""
        phrases: list[tuple[int, int, Pattern]] = []
        for at in places:
            word = words[at]
            for theme, topic in word.topics:
                start = line.shifted[first + at] + first + at + word.lead
                stop = start + word.size
                mentions.append((number, ThemeWord(start, stop, given[start:stop], theme, topic)))
        for begin, end, pattern in find_patterns(words, places):
            meaning = pattern.meaning
            if isinstance(meaning, Keyword):
                start, stop = _span(line, first + begin, first + end)
                mentions.append((number, ThemeWord(start, stop, given[start:stop], meaning.theme, meaning.topic)))
            else:
                phrases.append((begin, end, pattern))
        return longest(phrases) if len(phrases) > 1 else phrases

    def _themes(self, sentences: list[Sentence], mentions: list[tuple[int, ThemeWord]]) -> tuple[Theme, ...]:
        """Each theme once, in the order of first mention, with its sentences' polarity and the words that caused it."""
        by_theme: dict[str, tuple[dict[ThemeWord, None], dict[int, None]]] = {}
        for number, word in mentions:
            words, numbers = by_theme.setdefault(word.theme, ({}, {}))
            words[word] = numbers[number] = None
        labels: dict[int, str] = {}
        for number, _ in mentions:
            if number not in labels:
                sentence = sentences[number]
                labels[number] = self._limits.label(combine((sentence.points,), sentence.tokens))
        return tuple(
            [
                Theme(theme, polarity_of({labels[number] for number in numbers}), tuple(words), tuple(numbers))
                for theme, (words, numbers) in by_theme.items()
            ]
        )


def polarity_of(labels: set[str]) -> str:
    """``mixed`` with a negative and a positive sentence, else the sign that occurs, else ``neutral``."""
    if "negative" in labels:
        return "mixed" if "positive" in labels else "negative"
    return "positive" if "positive" in labels else "neutral"


def _span(line: Line, first: int, end: int) -> tuple[int, int]:
    """From the first word to the end of the last, without the punctuation around them."""
    last = end - 1
    word = line.words[last]
    return line.start(first) + line.words[first].lead, line.start(last) + word.lead + word.size


def _phrase_word(entry: Entry) -> Word:
    """A phrase as one word with its points; 0 takes its words out."""
    word = Word(value=entry.points or None)
    word.flags = SCORES if word.value else 0
    word.source = "own" if entry.source == "own" else "phrase"
    return word


def _single_words(
    keywords: Iterable[Keyword], as_read: Callable[[str], str]
) -> tuple[dict[str, list[Keyword]], list[tuple[str, list[Keyword]]]]:
    exact: dict[str, list[Keyword]] = {}
    prefixes: dict[str, list[Keyword]] = {}
    for keyword in keywords:
        if " " in keyword.term:
            continue
        for term in keyword.term.split("|"):
            key = key_of(as_read(term))
            if key.endswith("*"):
                prefixes.setdefault(key[:-1], []).append(keyword)
            else:
                exact.setdefault(key, []).append(keyword)
    return exact, list(prefixes.items())
