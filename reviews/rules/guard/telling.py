"""Where a sentence tells of something that happened: its verbs in the past, but for the clinic's own house.

A reply that speaks of policies, thanks and improvements stands in the present or the perfect; one that tells of a visit
stands in the past. The words come from ``narrative.toml``; a text is read once, word by word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_PARTICIPLE = re.compile(r"[a-z]{2,}(?:ee?s?|ie?s?|ue?s?|ise?s?|ite?s?|erte?s?|ainte?s?)")
_HAVE = frozenset({"ont", "n'ont", "avons", "n'avons", "j'ai", "ai", "qu'ont"})
_BETWEEN = frozenset(
    {"pas", "bien", "tous", "toutes", "jamais", "deja", "meme", "toujours", "tout", "aussi", "simplement"}
)
_WINDOW = 6
"""Words to either side of a verb in which the clinic's own house explains it."""


@dataclass(frozen=True, slots=True)
class Tense:
    """Words that show a past, and words that hide one.

    `past`: always one; `participles`: may be one, as words in -ed, unless one of `auxiliaries` stands within three
    words before or one of `before_adjective` right before; `not_past`: never; `house`: the clinic's own, beside which
    a past tells of nobody.
    """

    past: frozenset[str]
    participles: frozenset[str]
    not_past: frozenset[str]
    auxiliaries: frozenset[str]
    before_adjective: frozenset[str]
    house: frozenset[str]


def told_verbs(text: str, start: int, end: int, tense: Tense) -> Iterator[tuple[int, int]]:
    """Start and end of each verb in the past between two offsets that nothing of the clinic's own house explains."""
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text, start, end)]
    ours = [at for at, (word, _, _) in enumerate(words) if word in tense.house]
    for at, (word, first, last) in enumerate(words):
        if _is_past([each for each, _, _ in words[max(0, at - 3) : at]], word, tense) and not any(
            abs(at - other) <= _WINDOW for other in ours
        ):
            yield first, last


def _has_had(before: list[str]) -> bool:
    """Whether the words before make a French participle a past: "ont refait", "a ete refaite", "n'ont pas signe"."""
    rest = [word for word in before if word not in _BETWEEN]
    return bool(rest) and (rest[-1] in _HAVE or (rest[-1] == "ete" and len(rest) > 1))


def _is_past(before: list[str], word: str, tense: Tense) -> bool:
    if word in tense.past:
        return True
    if word in tense.not_past:
        return False
    if before and _PARTICIPLE.fullmatch(word) and _has_had(before):
        return True
    if word in tense.participles or (len(word) > 4 and word.endswith("ed")):
        return bool(before) and before[-1] not in tense.before_adjective and not tense.auxiliaries.intersection(before)
    return len(word) > 5 and word.endswith(("aient", "ait")) and not word.endswith(("raient", "rait"))
