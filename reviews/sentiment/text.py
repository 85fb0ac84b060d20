"""A review's text made ready for scoring; every step keeps offsets, counted in code points of the text as given."""

import re
from collections.abc import Collection, Iterator
from itertools import accumulate

from reviews.sentiment.vader import MAYBE_EMOJI
from reviews.sentiment.vocabulary import ENDS, SPLITS, Vocabulary, Word

MAX_CHARACTERS = 5_000
MAX_EMOJI = 100

_ONE_FOR_ONE = str.maketrans(dict.fromkeys("‘’‚‛´`‹›", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("–—", " "))
_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_TOKEN = re.compile(r"\S+")


def full_text(title: str, text: str) -> str:
    """Title, line break and body: what offsets count in. Without a title, the body alone."""
    return f"{title}\n{text}" if title.strip() else text


def cut(text: str, emoji: Collection[str]) -> str:
    """The text up to 5,000 characters and 100 emoji."""
    text = text[:MAX_CHARACTERS]
    if text.isascii():
        return text
    places = [match.start() for match in MAYBE_EMOJI.finditer(text) if match[0] in emoji]
    return text[: places[MAX_EMOJI]] if len(places) > MAX_EMOJI else text


def plain_marks(text: str) -> str:
    """Curly quotes straight and dashes as spaces, one character for one."""
    return text if text.isascii() and "`" not in text else text.translate(_ONE_FOR_ONE)


class Line:
    """The words of one line, and where they stand.

    Word `i` begins at ``shifted[i] + i``: between words there is mostly one space, and sums of lengths are cheap.
    `ends` are the indexes behind the last words of the sentences.
    """

    __slots__ = ("ends", "is_split", "raws", "shifted", "words")

    def __init__(self, words: list[Word], shifted: list[int], raws: list[str], ends: list[int], is_split: bool) -> None:
        self.words = words
        self.shifted = shifted
        self.raws = raws
        self.ends = ends
        self.is_split = is_split
        """Whether several words may stand at one place: those of an emoji."""

    def start(self, at: int) -> int:
        """Where the raw token begins, with its punctuation."""
        return self.shifted[at] + at

    def end(self, at: int) -> int:
        """Where the raw token ends."""
        return self.shifted[at] + at + len(self.raws[at])


def read_lines(text: str, vocabulary: Vocabulary) -> Iterator[Line]:
    """The lines of a text that have words.

    A sentence ends at a line break, at ``. ! ? …`` with closing quotes before white space, and where the space after
    such a mark is missing ("great.She").
    """
    for match in _LINE.finditer(text):
        raws = match[0].split()
        if raws:
            yield _line(match[0], match.start(), raws, vocabulary)


def _line(text: str, start: int, raws: list[str], vocabulary: Vocabulary) -> Line:
    words = list(map(vocabulary.__getitem__, raws))
    shifted = list(accumulate(map(len, raws), initial=start))
    if shifted[-1] - start + len(raws) - 1 != len(text):
        shifted = _shifted(text, start, len(raws))
    ends = [at for at, word in enumerate(words, 1) if word.flags >= ENDS]
    is_split = max([words[at - 1].flags for at in ends], default=0) >= SPLITS
    if is_split:
        words, shifted, raws = _split(words, shifted, raws, vocabulary)
        ends = [at for at, word in enumerate(words, 1) if word.flags & ENDS]
    if not ends or ends[-1] != len(words):
        ends.append(len(words))
    return Line(words, shifted, raws, ends, is_split)


def _shifted(text: str, start: int, count: int) -> list[int]:
    """The same where there is not just one space between words: two behind a full stop, a tab."""
    pieces = text.split(" ")
    starts = accumulate(map(len, pieces), initial=start)
    found = [at + index for index, (piece, at) in enumerate(zip(pieces, starts, strict=False)) if piece]
    if len(found) != count:
        found = [start + match.start() for match in _TOKEN.finditer(text)]
    return [at - index for index, at in enumerate(found)]


def _split(
    words: list[Word], shifted: list[int], raws: list[str], vocabulary: Vocabulary
) -> tuple[list[Word], list[int], list[str]]:
    """The same with tokens that are several in pieces: those with emoji, and words that a missing space glued."""
    new_words: list[Word] = []
    starts: list[int] = []
    pieces_of: list[str] = []
    for at, word in enumerate(words):
        start = shifted[at] + at
        pieces = vocabulary.pieces(raws[at]) if word.flags & SPLITS else [(0, len(raws[at]), word)]
        for offset, size, piece in pieces:
            new_words.append(piece)
            starts.append(start + offset)
            pieces_of.append(raws[at][offset : offset + size])
    return new_words, [start - at for at, start in enumerate(starts)], pieces_of
