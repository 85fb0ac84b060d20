"""How right the reply guard and the advertising claims are on the project's own labelled sets, and how fast."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks.common import cpu_seconds, figure
from reviews.rules.claims import claims_of
from tests.guard.judging import FRESH, PARTS, claim_scores, judge, level_scores, rule_scores
from tests.guard.scores import Score, read

HOSTILE = ("you ", "your visit ", "the ", "1 ", "a@", ".", "a", "y\u200bo\u200bu ", "WE SAW YOU ")


def main() -> None:
    for part in PARTS:
        _report("guard", part, level_scores(part))
        _report("guard", part, rule_scores(part))
        _report("claims", part, claim_scores(part))
    for name in FRESH:
        _report("guard", name, {"block": level_scores(None, name)["block"]})
    _speed("guard", [lambda item=item: judge(item) for item in read("guard_set.jsonl") if len(item["text"]) < 1000])
    _growth()
    _speed("claims", [lambda item=item: claims_of(item["text"]) for item in read("claims_set.jsonl")])


def _report(name: str, part: str, scores: Mapping[str, Score]) -> None:
    for label, score in scores.items():
        n = score.right + len(score.missed)
        workload = f"{part} part of our own set, {n} labelled, {len(score.false_alarms)} false alarms"
        figure(f"{name}.{label}.precision", score.precision, "share", n=n, workload=workload)
        figure(f"{name}.{label}.recall", score.recall, "share", n=n, workload=workload)


def _growth() -> None:
    """A reply of 4,000 characters, and what four times its length costs: 4 where the cost grows with the length."""
    texts = " ".join(item["text"] for item in read("guard_set.jsonl"))
    for name, text in {"replies": texts, **{repr(unit): unit * 16_000 for unit in HOSTILE}}.items():
        short, long = (min(cpu_seconds(partial(judge, {"text": text[:n]})) for _ in range(3)) for n in (4000, 16000))
        figure("guard.reply", 1000 * short, "ms", n=3, workload=f"4,000 characters of {name}", ratio=long / short)


def _speed(name: str, calls: list[Callable[[], object]]) -> None:
    started = time.perf_counter()
    for call in calls:
        call()
    figure(
        f"{name}.speed", len(calls) / (time.perf_counter() - started), "texts/s", n=len(calls), workload="short texts"
    )


if __name__ == "__main__":
    main()
