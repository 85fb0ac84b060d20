"""Precision and recall of the guard and of the claims on the labelled sets beside this file."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass
class Score:
    """True and false positives, false negatives, and the ids that went wrong."""

    right: int = 0
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        found = self.right + len(self.false_alarms)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        wanted = self.right + len(self.missed)
        return self.right / wanted if wanted else 1.0

    def add(self, name: str, wanted: bool, found: bool) -> None:
        if wanted and found:
            self.right += 1
        elif found:
            self.false_alarms.append(name)
        elif wanted:
            self.missed.append(name)

    def __str__(self) -> str:
        n = self.right + len(self.missed)
        wrong = f"false alarms {len(self.false_alarms)}, missed {len(self.missed)}"
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  (n {n}, {wrong})"


def read(name: str, part: str | None = None) -> Iterator[dict[str, Any]]:
    """The items of a set, or those of one part (``dev``, ``held_back``)."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if part is None or item["part"] == part:
            yield item


def score(
    items: Iterable[dict[str, Any]],
    wanted: Callable[[dict[str, Any]], set[str]],
    found: Callable[[dict[str, Any]], set[str]],
    labels: Iterable[str],
) -> dict[str, Score]:
    """A score for each label."""
    scores = {label: Score() for label in labels}
    for item in items:
        right, given = wanted(item), found(item)
        for label, each in scores.items():
            each.add(item["id"], label in right, label in given)
    return scores
