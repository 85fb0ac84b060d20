"""The lines of `reviews sentiment`: JSON objects in, JSON objects out, in the same order and without memory of them."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from reviews.model import Sentence, Theme
from reviews.sentiment.scorer import Scorer


def score_lines(
    lines: Iterable[str],
    scorer: Scorer,
    *,
    detect: Callable[[str], str | None],
    vader: bool = False,
) -> Iterator[tuple[str | None, str | None]]:
    """For each line an answer or a fault, never both: ``(json, None)`` or ``(None, "line 3: …")``.

    A line is an object with `id`, `text` and perhaps `language`; further keys are ignored. Without a language, `detect`
    is asked. `vader` adds the four numbers of stock VADER. Nothing is kept between lines.
    """
    for number, line in enumerate(lines, 1):
        try:
            yield json.dumps(_answer(_read(line), scorer, detect, vader), allow_nan=False), None
        except (ValueError, RecursionError) as error:
            yield None, f"line {number}: {error}"


def _read(line: str) -> dict[str, Any]:
    try:
        given = json.loads(line, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg})") from error
    if not isinstance(given, dict):
        raise ValueError("not an object")
    if "id" not in given:
        raise ValueError('"id" is missing')
    if not isinstance(given.get("text"), str):
        raise ValueError('"text" is missing or no string')
    if not isinstance(given.get("language"), str | None):
        raise ValueError('"language" is no string')
    return given


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _answer(given: dict[str, Any], scorer: Scorer, detect: Callable[[str], str | None], vader: bool) -> dict[str, Any]:
    text = given["text"]
    found = scorer.score("", text, given.get("language") or detect(text))
    answer: dict[str, Any] = {
        "id": given["id"],
        "compound": found.compound if found else None,
        "label": found.label if found else None,
        "themes": [_theme(theme) for theme in found.themes] if found else [],
        "evidence": [_sentence(sentence) for sentence in found.evidence] if found else [],
        "scorer": found.scorer if found else scorer.name,
    }
    if found and found.is_beta:
        answer["beta"] = True
    if found and found.cut:
        answer["cut"] = True
    if vader:
        answer["vader"] = scorer.stock(text)
    return answer


def _theme(theme: Theme) -> dict[str, Any]:
    words = [{"start": word.start, "end": word.end, "term": word.term, "topic": word.topic} for word in theme.words]
    return {"theme": theme.theme, "polarity": theme.polarity, "words": words}


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "start": sentence.start,
        "end": sentence.end,
        "tokens": sentence.tokens,
        "points": sentence.points,
        "hits": [
            {"start": hit.start, "end": hit.end, "term": hit.term, "points": hit.points, "source": hit.source}
            for hit in sentence.hits
        ],
    }
