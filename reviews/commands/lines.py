"""The commands that read JSON lines and write one JSON line for each: `guard`, `claims`, `excerpt`.

Nothing is kept between lines. A line that is not understood is answered by a fault with its number.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from reviews.reputation.excerpts import excerpt
from reviews.rules import AdvertisingRow, RuleBook, jurisdiction_of
from reviews.rules.claims import claims_of
from reviews.rules.guard import ClinicFacts, Guard, Original
from reviews.rules.places import JURISDICTIONS, PROFESSIONS

Detect = Callable[[str], str | None]
Sign = Callable[[str], int]
_COUNTRIES = {"UK": "GB", "ENGLAND": "GB", "EEA": "EU"}


def answer_lines(
    lines: Iterable[str], answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> Iterator[tuple[str | None, str | None]]:
    """For each line an answer or a fault, never both: ``(json, None)`` or ``(None, "line 3: …")``."""
    for number, line in enumerate(lines, 1):
        try:
            given = _read(line)
            yield json.dumps({"id": given["id"], **answer(given)}, allow_nan=False), None
        except (ValueError, RecursionError) as error:
            yield None, f"line {number}: {error}"


def answer_claims(given: dict[str, Any]) -> dict[str, Any]:
    """The four statements of a review's text that advertising rules name."""
    return dict(claims_of(given["text"]))


def answer_excerpt(
    given: dict[str, Any], sign_in: Callable[[str | None], Sign | None], detect: Detect
) -> dict[str, Any]:
    """What would stand before "View All": the whole text, or whole sentences from its start.

    `sign_in` gives for a language how a text in it reads (−1, 0, 1), or None where that cannot be said.
    """
    limit = given.get("limit_words", 50)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise ValueError('"limit_words" is no whole number of at least 1')
    text = given["text"]
    return {"excerpt": excerpt(text, limit, sign=sign_in(_text(given, "language") or detect(text))).head}


def answer_guard(given: dict[str, Any], guard: Guard, book: RuleBook, detect: Detect) -> dict[str, Any]:
    """What the reply guard says. Without a review, `language` is what the reply should be written in."""
    text, review = given["text"], _text(given, "review")
    language = _text(given, "language") or None
    original = Original(
        text=review, author=_text(given, "author"), language=(detect(review) if review else None) or language
    )
    verdict = guard(
        text,
        original,
        _clinic(given.get("clinic")),
        platform=_text(given, "platform"),
        row=row_of(book, _text(given, "jurisdiction"), _text(given, "profession")),
        language=detect(text) or language,
    )
    findings = [
        {"rule": finding.rule, "words": finding.words, "severity": finding.severity.value}
        for finding in verdict.findings
    ]
    return {"verdict": verdict.level.value, "findings": findings}


def row_of(book: RuleBook, jurisdiction: str, profession: str) -> AdvertisingRow | None:
    """The advertising rule as it counts before anybody has confirmed it; None unless place and profession are given.

    A place is a code ("CA-ON", "AU"), a province's letters ("ON"), or a name ("Ontario", "Australia").
    """
    if not jurisdiction.strip() or not profession.strip():
        return None
    name = profession.strip().lower().replace(" ", "_").replace("-", "_")
    return book.merge(_place(jurisdiction.strip()), [name if name in PROFESSIONS else "other"], set())


def _place(given: str) -> str:
    code = _COUNTRIES.get(given.upper(), given.upper())
    for known in (code, f"CA-{code}", jurisdiction_of("CA", given)):
        if known in JURISDICTIONS and known != "CA":
            return known
    return "CA" if code == "CA" else jurisdiction_of(given, "")


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
    return given


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f'"{name}" is no string')
    return value


def _clinic(given: Any) -> ClinicFacts | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise ValueError('"clinic" is no object')
    staff = given.get("staff") or []
    if isinstance(staff, str):
        staff = [staff]
    if not isinstance(staff, list) or not all(isinstance(person, str) for person in staff):
        raise ValueError('"staff" is no list of names')
    fields = {name: _text(given, name) for name in ("name", "telephone", "email", "address")}
    return ClinicFacts(**fields, staff=tuple(staff))
