"""Learns the points of `reviews/rules/data/points.toml` from the labelled replies, and prints that file.

    python -m benchmarks.points [further sets, a JSON object a line] > points.toml

A sign counts where at least four replies, of at least two sets, have it. The steps are always the same, so that the
same sets give the same points. Independent and further sets count twice: their writers had never seen the patterns.
"""

import json
import math
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from reviews.rules.guard.verdict import ClinicFacts
from reviews.rules.guard.weighing import STEADY, signs
from tests.guard.judging import FRESH, INDEPENDENT, loaded
from tests.guard.scores import read

ROUNDS, STEP, SHRINK, FEWEST, LEAST = 15, 0.25, 1e-3, 4, 0.6
STORY, HARMLESS = 0.75, -0.75
HEAD = """\
# Points in tenths for words, pairs of words ("# minutes": a number before it; "*": a name) and beginnings of words
# ("expla~"), for replies that no pattern explains; see `rules/guard/weighing.py`. Learnt from labelled replies with
# `python -m benchmarks.points`, and never while the guard runs. Above nought: what stories about somebody's care are
# told with.
"""


def main() -> None:
    own = [list(read(name)) for name in ("guard_set.jsonl", "oblique.jsonl", *FRESH)]
    further = [list(read(name)) for name in INDEPENDENT]
    further += [[json.loads(line) for line in Path(name).read_text().splitlines() if line] for name in sys.argv[1:]]
    sets = [[(_names(item), item["verdict"] == "block") for item in items] for items in (*own, *further)]
    in_sets = Counter(name for items in sets for name in set().union(*(names for names, _ in items)))
    replies = [reply for items in sets for reply in items] + [reply for items in sets[len(own) :] for reply in items]
    start, points = _learn([(sorted(name for name in names if in_sets[name] > 1), told) for names, told in replies])
    _print(start, points)


def _names(item: dict[str, Any]) -> set[str]:
    given = item.get("clinic") or {}
    name, telephone, email, address = (given.get(key) or "" for key in ("name", "telephone", "email", "address"))
    clinic = ClinicFacts(name=name, telephone=telephone, email=email, address=address)
    return {name for _, _, name in signs(loaded()[0].weighed_words(item["text"], clinic))}


def _learn(replies: list[tuple[list[str], bool]]) -> tuple[float, dict[str, float]]:
    """Logistic regression, one reply after the other, each sign with a step of its own."""
    seen = Counter(name for names, _ in replies for name in names)
    weights = {name: 0.0 for name in sorted(seen) if seen[name] >= FEWEST}
    squares = dict.fromkeys(weights, 1e-6)
    known = [([name for name in names if name in weights], told) for names, told in replies]
    start, order = 0.0, list(range(len(known)))
    chance = random.Random(1)
    for _ in range(ROUNDS):
        chance.shuffle(order)
        for at in order:
            names, told = known[at]
            share = 1 / math.sqrt(len(names) + STEADY)
            guess = 1 / (1 + math.exp(-start - share * sum(weights[name] for name in names)))
            start -= 0.005 * (guess - told)
            for name in names:
                slope = (guess - told) * share + SHRINK * weights[name]
                squares[name] += slope * slope
                weights[name] -= STEP * slope / math.sqrt(squares[name])
    return start, weights


def _print(start: float, points: dict[str, float]) -> None:
    rows = defaultdict(list)
    for name, value in sorted(points.items()):
        if abs(value) >= LEAST:
            rows[round(10 * value)].append(name)
    sys.stdout.write(f"{HEAD}\nstart = {start:.2f}\nstory = {STORY}\nharmless = {HARMLESS}\n\n[points]\n")
    for value, names in sorted(rows.items(), reverse=True):
        sys.stdout.write(f'"{value}" = "{", ".join(names)}"\n')


if __name__ == "__main__":
    main()
