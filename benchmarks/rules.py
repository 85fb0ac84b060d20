"""How right the reply guard and the advertising claims are on the project's own labelled sets, and how fast."""

import time
from collections.abc import Callable, Mapping

from benchmarks.common import figure
from reviews.rules.claims import claims_of
from tests.guard.judging import PARTS, claim_scores, judge, level_scores, rule_scores
from tests.guard.scores import Score, read


def main() -> None:
    for part in PARTS:
        _report("guard", part, level_scores(part))
        _report("guard", part, rule_scores(part))
        _report("claims", part, claim_scores(part))
    _speed("guard", [lambda item=item: judge(item) for item in read("guard_set.jsonl") if len(item["text"]) < 1000])
    _speed("claims", [lambda item=item: claims_of(item["text"]) for item in read("claims_set.jsonl")])


def _report(name: str, part: str, scores: Mapping[str, Score]) -> None:
    for label, score in scores.items():
        n = score.right + len(score.missed)
        workload = f"{part} part of our own set, {n} labelled, {len(score.false_alarms)} false alarms"
        figure(f"{name}.{label}.precision", score.precision, "share", n=n, workload=workload)
        figure(f"{name}.{label}.recall", score.recall, "share", n=n, workload=workload)


def _speed(name: str, calls: list[Callable[[], object]]) -> None:
    started = time.perf_counter()
    for call in calls:
        call()
    figure(
        f"{name}.speed", len(calls) / (time.perf_counter() - started), "texts/s", n=len(calls), workload="short texts"
    )


if __name__ == "__main__":
    main()
