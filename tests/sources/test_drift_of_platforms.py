"""A platform that changes its shape: right, rejected with a reason, less, or SourceChanged, and never a wrong value.

Each payload is changed 200 times, one change at a time, everywhere it occurs or in one place: a key renamed, dropped,
its value of another type, or wrapped in something.
"""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from reviews.errors import SourceError
from reviews.model import Review
from reviews.normalize.review import Context, normalize_review
from tests.conftest import NOW
from tests.sources.platform_parsers import PARSERS, PAYLOADS
from tests.sources.test_payloads import told

MUTATIONS = 200
LESS = {None, "", "unknown"}


def keys_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all keys of objects."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from keys_in(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from keys_in(inner, (*path, number))


def retyped(value: Any, rng: random.Random) -> Any:
    """The same in another type, as platforms do it."""
    if value is None:
        return rng.choice([[], {}, [None], {"value": None}])
    if isinstance(value, bool):
        return rng.choice(["true", 1, [value], {"value": value}])
    if isinstance(value, (int, float)):
        return rng.choice([str(value), [value], {"value": value}, None, True])
    if isinstance(value, str):
        number = int(value) if value.isdigit() else value
        return rng.choice([[value], {"value": value}, None, True, number])
    return rng.choice([json.dumps(value), True, 7, [value] if isinstance(value, dict) else {"items": value}])


def change(holder: dict[str, Any], name: str, how: str, rng: random.Random) -> None:
    if how == "renamed":
        holder[name + "V2"] = holder.pop(name)
    elif how == "dropped":
        del holder[name]
    elif how == "retyped":
        holder[name] = retyped(holder[name], rng)
    else:
        holder[name] = {"value": holder[name]}


def mutate(payload: Any, seed: int) -> tuple[Any, str]:
    """The payload with one change, and its description."""
    rng = random.Random(seed)
    changed = copy.deepcopy(payload)
    paths = list(keys_in(changed))
    path = rng.choice(paths)
    how = rng.choice(("renamed", "dropped", "retyped", "nested"))
    alike = [path] if rng.random() < 0.5 else [each for each in paths if _shape(each) == _shape(path)]
    for each in alike:
        holder = changed
        for step in each[:-1]:
            holder = holder[step]
        change(holder, each[-1], how, rng)
    return changed, f"{how} {'.'.join(map(str, _shape(path)))}"


def _shape(path: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple("*" if isinstance(step, int) else step for step in path)


def read(kind: str, body: bytes) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Place → what its review says, and the totals."""
    context = Context(source_origin=kind, read_at=NOW, assume_best=5, languages=())
    parsed = PARSERS[kind](body)
    found = [normalize_review(raw, context) for raw in parsed.reviews]
    totals = [{name: getattr(total, name) for name in total.__slots__ if name != "place"} for total in parsed.totals]
    return {review.place: told(review) for review in found if isinstance(review, Review)}, totals


def wrong_values(kind: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What says something else than before, instead of the same, a part of it, or nothing."""
    may_differ = {"id"} if kind == "facebook" else set()  # without a story's id the author and time stand for it
    return [
        f"{name}: {before.get(name)!r} → {value!r}"
        for name, value in after.items()
        if name not in may_differ
        and value != before.get(name)
        and value not in LESS
        and not (isinstance(value, str) and value in str(before.get(name) or ""))
    ]


@pytest.mark.parametrize("kind", sorted(PARSERS))
def test_no_change_of_shape_gives_a_wrong_value(kind: str):
    payload = json.loads((PAYLOADS / f"{kind}.json").read_text(encoding="utf-8"))
    expected, totals = read(kind, json.dumps(payload).encode())
    outcomes = {"changed": 0, "less": 0, "right": 0}
    faults = []
    for seed in range(MUTATIONS):
        changed, what = mutate(payload, seed)
        try:
            found, found_totals = read(kind, json.dumps(changed).encode())
        except SourceError:
            outcomes["changed"] += 1
            continue
        for place, said in found.items():
            faults += [f"{what}, {place}: {fault}" for fault in wrong_values(kind, expected.get(place, {}), said)]
        for before, after in zip(totals, found_totals, strict=False):
            faults += [f"{what}, total: {fault}" for fault in wrong_values(kind, before, after)]
        outcomes["right" if (found, found_totals) == (expected, totals) else "less"] += 1
    assert not faults, "\n".join(faults)
    assert min(outcomes["less"], outcomes["right"]) > 20, outcomes
