"""The scoring pass: what the current scorers have not read yet, and where their answers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.theme_periods import drop_themes, put_on
from reviews.storage.values import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingScore:
    """A text that waits for the current scorer; `content_hash` goes back with its score."""

    group_id: int
    clinic_id: int
    review_id: int
    title: str
    text: str
    language: str | None
    stars100: int | None
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeCounts:
    """A theme of one review: its sentences by sign, and the words that spoke of it, small letters."""

    theme: str
    positive: int
    neutral: int
    negative: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a scorer said about a content; compound and label are None where it cannot tell.

    `attention`: why a person should look (``text``, ``disagree``, ``sentence``, ``risk``).
    """

    scorer: str
    compound: float | None
    label: str | None
    attention: tuple[str, ...] = ()
    themes: tuple[ThemeCounts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Reading):
    """What a scorer said about the content with this hash."""

    group_id: int
    review_id: int
    content_hash: str


PassKey = tuple[int, str, int]
"""Where a pass goes on: group, the scorer that read last, id."""
START: PassKey = (0, "", 0)


def find_pending(
    tx: Transaction, scorer: str, limit: int, after: PassKey = START, *, own: Mapping[int, str] | None = None
) -> tuple[list[PendingScore], PassKey]:
    """At most `limit` reviews that the scorer of their group has not read, and where to go on; none is the end.

    `scorer` is that of groups that are not in `own`. In the order of groups and of who read them last, so that what is
    done costs nothing.
    """
    own = own or {}
    found: list[PendingScore] = []
    key = after  # its pair comes first, then every pair behind it
    pair: tuple[int, str] | None = after[:2] if after[2] else _next_pair(tx, after[:2])
    while pair is not None and len(found) < limit:
        group_id, name = pair
        if name != own.get(group_id, scorer):
            after_id = key[2] if key[:2] == pair else 0
            rows = tx.group(group_id).rows("find_scored_by", scorer=name, after_id=after_id, limit=limit - len(found))
            found += [_to_pending(row) for row in rows]
            if rows:
                key = (group_id, name, int(rows[-1]["id"]))
        if len(found) < limit:
            pair = _next_pair(tx, pair)
    return found, key


def find_unscored_of_source(g: GroupTransaction, source_id: int, limit: int) -> list[PendingScore]:
    """At most `limit` reviews of a source that no scorer has read yet."""
    return [_to_pending(row) for row in g.rows("find_unscored_of_source", source_id=source_id, limit=limit)]


def save_scores(tx: Transaction, scores: Sequence[Score]) -> int:
    """Store scores with their themes; how many.

    One whose review has other content by now is dropped: that waits again.
    """
    by_group: dict[int, list[Score]] = {}
    for score in scores:
        by_group.setdefault(score.group_id, []).append(score)
    return sum(_save(tx.group(group_id), of_group) for group_id, of_group in by_group.items())


def _save(g: GroupTransaction, scores: Sequence[Score]) -> int:
    items = to_json(
        {str(score.review_id): {"content_hash": score.content_hash, **score_columns(score)} for score in scores}
    )
    count = g.run("put_scores", items=items)
    current = {int(row["id"]) for row in g.rows("find_scored_now", items=items)}
    drop_themes(g, current)
    add_themes(g, {score.review_id: score.themes for score in scores if score.review_id in current})
    return count


def score_columns(score: Reading) -> dict[str, object]:
    """The columns of `reviews` that say how a content reads."""
    return {
        "scorer": score.scorer,
        "compound": score.compound,
        "label": score.label,
        "attention": " ".join(score.attention),
    }


def add_themes(g: GroupTransaction, themes: Mapping[int, Sequence[ThemeCounts]]) -> None:
    """Store what reviews, by id, speak of; they have no themes before."""
    items = [
        {
            "review_id": review_id,
            "theme": theme.theme,
            "positive": theme.positive,
            "neutral": theme.neutral,
            "negative": theme.negative,
            "words": to_json(theme.words),
        }
        for review_id, found in themes.items()
        for theme in found
    ]
    if items:
        g.run("add_themes", items=to_json({str(number): item for number, item in enumerate(items)}))
        put_on(g, [review_id for review_id, found in themes.items() if found])


def count_scored(g: GroupTransaction) -> dict[str, int]:
    """How many reviews of a group each scorer has read; "" = none yet."""
    return {row["scorer"]: int(row["n"]) for row in g.rows("count_scored")}


def is_read_by(g: GroupTransaction, scorer: str) -> bool:
    """Whether everything of a group that was read at all was read with this scorer; asks two rows of an index."""
    return not g.rows("find_other_scorer", below=scorer) and not g.rows("find_other_scorer", above=scorer)


def _to_pending(row: Row) -> PendingScore:
    return PendingScore(
        group_id=row["group_id"],
        clinic_id=row["clinic_id"],
        review_id=row["id"],
        title=row["title"],
        text=row["text"],
        language=row["language"],
        stars100=row["stars100"],
        content_hash=row["content_hash"],
    )


def _next_pair(tx: Transaction, pair: tuple[int, str]) -> tuple[int, str] | None:
    row = tx.row("next_scored", after_group_id=pair[0], after_scorer=pair[1])
    return None if row is None else (row["group_id"], row["scorer"])
