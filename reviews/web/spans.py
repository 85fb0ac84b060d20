"""Spans of time in words."""

from datetime import timedelta

from reviews.i18n import Words


def duration(span: timedelta, words: Words) -> str:
    """A span in its largest fitting unit: 4 minutes, 6 hours, 3 days."""
    minutes = max(1, int(span.total_seconds() // 60))
    if minutes < 60:
        return words.plural("{n} minute", "{n} minutes", minutes)
    if minutes < 48 * 60:
        return words.plural("{n} hour", "{n} hours", minutes // 60)
    return words.plural("{n} day", "{n} days", minutes // 1440)
