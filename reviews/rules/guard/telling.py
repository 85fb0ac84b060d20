"""Where a sentence tells of something that happened: its verbs in the past, but for the clinic's own house.

A reply that speaks of policies, thanks and improvements stands in the present or the perfect; one that tells of a visit
stands in the past. The words come from ``narrative.toml``; a text is read once, word by word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
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


def _is_past(before: list[str], word: str, tense: Tense) -> bool:
    if word in tense.past:
        return True
    if word in tense.not_past:
        return False
    if word in tense.participles or (len(word) > 4 and word.endswith("ed")):
        return bool(before) and before[-1] not in tense.before_adjective and not tense.auxiliaries.intersection(before)
    return len(word) > 5 and word.endswith(("aient", "ait")) and not word.endswith(("raient", "rait"))
