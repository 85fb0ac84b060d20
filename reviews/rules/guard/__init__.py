"""The reply guard: says what in a reply would harm a person's privacy, or break a rule, before anybody posts it.

Deterministic, offline, English and French. Not legal advice; a person reads every reply before it is posted.
"""

from reviews.rules.guard.catalogue import RULES, GuardRule
from reviews.rules.guard.judge import Guard, load
from reviews.rules.guard.platforms import Size, size_of
from reviews.rules.guard.verdict import ClinicFacts, Finding, Level, Original, Verdict

__all__ = [
    "RULES",
    "ClinicFacts",
    "Finding",
    "Guard",
    "GuardRule",
    "Level",
    "Original",
    "Size",
    "Verdict",
    "load",
    "size_of",
]
