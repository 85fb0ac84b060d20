"""Platform terms and advertising rules as dated data, and the one decision that everything asks before showing.

Not legal advice: a person of the group reads and confirms what binds its clinics.
"""

from reviews.rules.book import AdvertisingRow, Attribution, RuleBook, RulePart, Terms
from reviews.rules.decisions import NotShown, Purpose, Reason, ReviewFacts, Shown, days_up, decide, reason_text
from reviews.rules.loading import load
from reviews.rules.places import jurisdiction_of

__all__ = [
    "AdvertisingRow",
    "Attribution",
    "NotShown",
    "Purpose",
    "Reason",
    "ReviewFacts",
    "RuleBook",
    "RulePart",
    "Shown",
    "Terms",
    "days_up",
    "decide",
    "jurisdiction_of",
    "load",
    "reason_text",
]
