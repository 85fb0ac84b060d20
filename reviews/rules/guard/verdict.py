"""What the guard answers with, and what it may know."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """``block`` stops approval and posting for everybody, ``warn`` needs a second person, ``pass`` found nothing."""

    BLOCK = "block"
    WARN = "warn"
    PASS = "pass"  # noqa: S105  the verdict, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule says about a reply.

    `start` and `end` count code points of the reply; both are its length where words are missing rather than wrong.
    `reason` and `safer` are message ids; `url` may be empty where the rule is our own caution.
    """

    rule: str
    severity: Level
    start: int
    end: int
    words: str
    reason: str
    safer: str
    url: str
    checked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The strictest severity among the findings, and the findings in the order of the text."""

    level: Level
    findings: tuple[Finding, ...] = ()

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The review that is answered: its text, its author as the platform shows it, its language where known."""

    text: str = ""
    author: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicFacts:
    """What of the clinic may stand in a reply. Contact data of a kind that is left empty count as the clinic's own."""

    name: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""
    staff: tuple[str, ...] = ()
