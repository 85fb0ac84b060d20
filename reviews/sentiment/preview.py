"""What own entries would change, shown before they are saved."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nlargest

from reviews.model import Sentiment
from reviews.sentiment.patterns import CONTRACTED, GAP
from reviews.sentiment.scorer import Scorer
from reviews.sentiment.text import plain_marks

LARGEST = 10


@dataclass(frozen=True, slots=True)
class PastReview:
    """A review to score twice."""

    id: int
    title: str
    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """How one review would read before and after; None where it is not scored."""

    id: int
    before: Sentiment | None
    after: Sentiment | None

    @property
    def size(self) -> float:
        """How far the compound moves."""
        before = self.before.compound if self.before else 0.0
        after = self.after.compound if self.after else 0.0
        return abs(after - before)

    @property
    def changes_label(self) -> bool:
        return (self.before.label if self.before else None) != (self.after.label if self.after else None)

    @property
    def changes_themes(self) -> bool:
        return _themes(self.before) != _themes(self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `count` past reviews, how many get another label, score, or other themes; the largest changes first."""

    count: int
    labels_changed: int
    scores_changed: int
    themes_changed: int
    largest: tuple[Change, ...]


def preview(before: Scorer, after: Scorer, reviews: Iterable[PastReview]) -> Preview:
    """What changes for these reviews between two scorers; `largest` are the ten whose score or label moves most."""
    changes: list[Change] = []
    count = labels = scores = themes = 0
    for review in reviews:
        count += 1
        change = Change(
            review.id,
            before.score(review.title, review.text, review.language),
            after.score(review.title, review.text, review.language),
        )
        labels += change.changes_label
        scores += change.size > 0
        themes += change.changes_themes
        if change.size or change.changes_label:
            changes = nlargest(LARGEST, [*changes, change], key=lambda found: (found.size, found.changes_label))
    return Preview(count, labels, scores, themes, tuple(changes))


def may_contain(term: str, fold: Callable[[str], str]) -> Callable[[str], bool]:
    """Whether a text may hold a word, phrase or pattern: quick, and never wrong when it says no."""
    best: tuple[str, ...] = ()
    for place in term.lower().split():
        parts = tuple(fold(_plain(part.rstrip("*"))) for part in place.split("|"))
        # What may be written in two words ("can't", "can not") is not looked for.
        if place != GAP and not any(part in CONTRACTED or part == "cannot" for part in parts):
            best = max(best, parts, key=lambda found: min(map(len, found), default=0))

    def check(text: str) -> bool:
        folded = fold(_plain(text))
        return any(part in folded for part in best)

    return check if best else lambda text: True


def _plain(text: str) -> str:
    return plain_marks(text).replace("'", "")


def _themes(found: Sentiment | None) -> frozenset[tuple[str, str]]:
    return frozenset((theme.theme, theme.polarity) for theme in found.themes) if found else frozenset()
