"""What messages about a source say: in trouble, well again, too much gone at once. Pure."""

from reviews.alerts.messages import Line, Message, one_line
from reviews.i18n import Words


def trouble_message(clinic: str, source: str, what: str, url: str, words: Words) -> Message:
    """A source is in trouble: what happened and what it means, in plain words."""
    return Message(
        subject=one_line(words.text("Needs attention: {source} – {clinic}", source=source, clinic=clinic)),
        heading=one_line(f"{clinic} – {source}"),
        lines=(
            Line(text=what or words.text("This source could not be read.")),
            Line(text=words.text("You are told once; another message comes when it is well again.")),
        ),
        action=Line(text=words.text("See what to do"), url=url),
    )


def recovered_message(clinic: str, source: str, url: str, words: Words) -> Message:
    """A source that was in trouble is well again."""
    return _well_again(clinic, source, words.text("This source is read again. Nothing has to be done."), url, words)


def pull_failed_message(clinic: str, source: str, what: str, url: str, words: Words) -> Message:
    """Notes of changes cannot be fetched: reviews come, but later."""
    return Message(
        subject=one_line(words.text("Changes come later: {source} – {clinic}", source=source, clinic=clinic)),
        heading=one_line(f"{clinic} – {source}"),
        lines=(
            Line(text=what),
            Line(text=words.text("Reviews are read as planned; only what is new is not noticed at once.")),
            Line(text=words.text("You are told once; another message comes when it is well again.")),
        ),
        action=Line(text=words.text("See what to do"), url=url),
    )


def pull_recovered_message(clinic: str, source: str, url: str, words: Words) -> Message:
    """Notes of changes are fetched again."""
    said = words.text("What is new is noticed at once again. Nothing has to be done.")
    return _well_again(clinic, source, said, url, words)


def removals_message(clinic: str, source: str, what: str, url: str, words: Words) -> Message:
    """Many reviews are not in the list any more: a person is asked, and nothing is believed until then."""
    return Message(
        subject=one_line(
            words.text("Please look: many reviews gone: {source} – {clinic}", source=source, clinic=clinic)
        ),
        heading=one_line(f"{clinic} – {source}"),
        lines=(
            Line(text=what or words.text("Many reviews are not in the list any more.")),
            Line(text=words.text("Figures and website stay as they are until somebody has looked.")),
        ),
        action=Line(text=words.text("See what to do"), url=url),
    )


def _well_again(clinic: str, source: str, said: str, url: str, words: Words) -> Message:
    return Message(
        subject=one_line(words.text("Well again: {source} – {clinic}", source=source, clinic=clinic)),
        heading=one_line(f"{clinic} – {source}"),
        lines=(Line(text=said),),
        action=Line(text=words.text("See this source"), url=url),
    )
