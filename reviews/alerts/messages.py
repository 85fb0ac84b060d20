"""What messages say: one shape for mail, Slack and Teams, in the reader's language. Pure.

A subject holds stars, clinic and source, never a word of a review (it is shown on locked screens and kept in logs).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviews.i18n import N_, Words

FULL, EMPTY = "★", "☆"
TEXT_LENGTH = 1500
SUBJECT_LENGTH = 160
SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `quote` when a reviewer wrote it. With `url` the whole line is a link."""

    text: str
    url: str = ""
    quote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message before it is written for a way of sending. `stars` asks for a picture of so many stars."""

    subject: str
    heading: str
    lines: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    action: Line | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A review as messages show it; `text` is empty where it has none, or where it may not leave the house (`kept_in`).

    `stars` are whole, 0 without; `reasons` are kinds of REASONS.
    """

    stars: int
    clinic: str
    source: str
    title: str
    text: str
    url: str
    kept_in: bool = False
    changed: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A figure of this week and of the week before, both as text; "" where there is none."""

    label: str
    now: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """What a weekly digest tells; `troubles` are (source, what is wrong, address) lines."""

    group: str
    new: int
    figures: tuple[FigureLine, ...]
    platforms: tuple[FigureLine, ...]
    to_answer: tuple[ReviewView, ...]
    quote: ReviewView | None
    troubles: tuple[Line, ...]
    source_count: int
    url: str


REASONS: Mapping[str, str] = {
    "stars": N_("1 or 2 stars"),
    "text": N_("the text reads badly"),
    "disagree": N_("stars and text disagree"),
    "sentence": N_("praise with a complaint in it"),
    "harm": N_("it speaks of harm"),
    "privacy": N_("it speaks of privacy"),
    "discrimination": N_("it speaks of discrimination"),
    "child": N_("it speaks of a child"),
    "lawyer": N_("it speaks of a lawyer"),
    "regulator": N_("it speaks of a regulator"),
    "crisis": N_("somebody may be in danger"),
}
WITHDRAWN: Mapping[str, str] = {
    "asked": N_("Somebody has taken the permission back."),
    "text_changed": N_("Its author has changed the review, and the permission was for the text as it was."),
    "expired": N_("The time for which it was permitted is over."),
    "retention": N_("The terms of its platform do not let the text be kept any longer."),
    "erased": N_("Its author asked to be forgotten."),
}
"""Why a quote is shown no longer, by `Permission.withdrawn_why`."""
RISKS = frozenset(REASONS) - {"stars", "text", "disagree", "sentence"}


def one_line(text: str, length: int = SUBJECT_LENGTH) -> str:
    """Text for a header or a heading: one line, without control and direction characters, not too long."""
    # Cc and Cf are controls and invisible marks, Zl and Zp separate lines, Cs cannot be written.
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def draw_stars(stars: int) -> str:
    """``★★☆☆☆``; empty without stars."""
    return FULL * stars + EMPTY * (5 - stars) if stars else ""


def say_stars(stars: int, words: Words) -> str:
    """Stars in words, for those who do not see them."""
    return words.plural("{n} star", "{n} stars", stars) if stars else words.text("without stars")


def review_message(view: ReviewView, words: Words) -> Message:
    """One review that should be looked at now."""
    new = words.text("changed review") if view.changed else words.text("new review")
    subject = one_line(f"{draw_stars(view.stars)} {new} – {view.clinic} ({view.source})")
    lines = []
    if view.reasons:
        why = ", ".join(words.text(REASONS[reason]) for reason in view.reasons if reason in REASONS)
        lines.append(Line(text=words.text("Why you are told at once: {reasons}.", reasons=why)))
    lines += quote_lines(view, words)
    if RISKS & set(view.reasons):
        lines.append(Line(text=words.text("Please let a person decide before anything is answered.")))
    return Message(
        subject=subject,
        heading=one_line(f"{view.clinic} – {view.source}"),
        lines=tuple(lines),
        action=Line(text=words.text("Open the review"), url=view.url),
        stars=view.stars or None,
    )


def quote_lines(view: ReviewView, words: Words) -> list[Line]:
    """Title and text of a review, or why they are not here."""
    if view.kept_in:
        return [Line(text=words.text("The terms of its platform keep the text out of messages; please read it there."))]
    if not view.title and not view.text:
        return [Line(text=words.text("It has stars and no text."))]
    lines = [Line(text=one_line(view.title), quote=True)] if view.title else []
    if view.text:
        cut = view.text if len(view.text) <= TEXT_LENGTH else view.text[:TEXT_LENGTH].rsplit(" ", 1)[0] + " …"
        lines.append(Line(text=cut, quote=True))
    return lines


def news_message(
    counts: Mapping[int, int], views: Sequence[ReviewView], url: str, words: Words, *, daily: bool
) -> Message:
    """Several new reviews in one message: how many by stars, and links. `counts` by whole stars, 0 without."""
    total = sum(counts.values())
    subject = words.plural("{n} new review", "{n} new reviews", total)
    places = list(dict.fromkeys(view.clinic for view in views))
    if len(places) == 1:
        subject += f" – {places[0]}"
    links = [
        Line(text=one_line(" ".join(filter(None, (draw_stars(v.stars), f"{v.clinic} ({v.source})")))), url=v.url)
        for v in views[:SHOWN]
    ]
    if total > len(links):
        links.append(Line(text=words.plural("and {n} more", "and {n} more", total - len(links)), url=url))
    return Message(
        subject=one_line(subject),
        heading=words.text("New since yesterday") if daily else words.text("New reviews"),
        lines=star_lines(counts, words),
        sections=(Section(heading=words.text("Reviews"), lines=tuple(links)),),
        action=Line(text=words.text("Open the inbox"), url=url),
    )


def star_lines(counts: Mapping[int, int], words: Words) -> tuple[Line, ...]:
    """One line per whole stars that occur, the most first; 0 stands for reviews without stars."""
    return tuple(
        Line(text=f"{draw_stars(stars) or words.text('without stars')}: {words.number(counts[stars])}")
        for stars in (5, 4, 3, 2, 1, 0)
        if counts.get(stars)
    )


def first_message(counts: Mapping[int, int], clinic: str, source: str, url: str, words: Words, *, how: str) -> Message:
    """The one message about many reviews at once; `how` is first, import or many."""
    total = sum(counts.values())
    if how == "first":
        said = words.plural("{n} review was read for the first time", "{n} reviews were read for the first time", total)
        more = words.text("They are as old as they are: from now on you are told of new ones.")
    elif how == "import":
        said = words.plural("{n} review was imported", "{n} reviews were imported", total)
        more = words.text("They came from a file, so nobody is told of each one.")
    else:
        said = words.plural("{n} new review", "{n} new reviews", total)
        more = words.text("That is so many at once that they come in one message. Somebody should look at them.")
    return Message(
        subject=one_line(f"{said} – {clinic} ({source})"),
        heading=one_line(f"{clinic} – {source}"),
        lines=(Line(text=f"{said}."), *star_lines(counts, words), Line(text=more)),
        action=Line(text=words.text("Open the inbox"), url=url),
    )


def silent_message(since: str, url: str, words: Words) -> Message:
    """No worker works: nothing is read, and nobody is told anything."""
    return Message(
        subject=words.text("The worker has stopped"),
        heading=words.text("The worker has stopped"),
        lines=(
            Line(text=words.text("It was last heard of at {time}.", time=since)),
            Line(text=words.text("Until it is back no source is read and no other message is sent. Nothing is lost.")),
            Line(text=words.text("Websites go on showing the last good figures.")),
            Line(
                text=words.text("Start it again with “reviews serve” or “reviews worker”; “reviews doctor” says more.")
            ),
            Line(text=words.text("You are told once; another message comes when it is well again.")),
        ),
        action=Line(text=words.text("See the state of the machine"), url=url),
    )


def back_message(since: str, url: str, words: Words) -> Message:
    """A worker works again."""
    return Message(
        subject=words.text("The worker is back"),
        heading=words.text("The worker is back"),
        lines=(
            Line(text=words.text("It works again since {time}.", time=since)),
            Line(text=words.text("What was due meanwhile is read now. Nothing has to be done.")),
        ),
        action=Line(text=words.text("See the state of the machine"), url=url),
    )


def withdrawn_message(clinic: str, source: str, why: str, url: str, words: Words) -> Message:
    """A quote that was chosen by hand is shown no longer; `why` is a key of WITHDRAWN."""
    lines = [Line(text=words.text("A review that was chosen for the website is not shown as a quote any more."))]
    if why in WITHDRAWN:
        lines.append(Line(text=words.text(WITHDRAWN[why])))
    lines.append(Line(text=words.text("Nothing has to be done; you can choose it again, or another one.")))
    return Message(
        subject=one_line(words.text("Quote taken from the website: {source} – {clinic}", source=source, clinic=clinic)),
        heading=one_line(f"{clinic} – {source}"),
        lines=tuple(lines),
        action=Line(text=words.text("Open the review"), url=url),
    )


def reply_message(clinic: str, source: str, url: str, reason: str, words: Words, *, rejected: bool) -> Message:
    """A reply was rejected by its platform, or is not to be seen there; `reason` is what the platform said."""
    if rejected:
        subject = words.text("Reply rejected: {source} – {clinic}", source=source, clinic=clinic)
        what = words.text("The platform did not accept your reply.")
    else:
        subject = words.text("Reply not to be seen yet: {source} – {clinic}", source=source, clinic=clinic)
        what = words.text("Your reply was posted, and the platform does not show it.")
    said = (Line(text=words.text("It said: {reason}", reason=one_line(reason, 300))),) if reason else ()
    return Message(
        subject=one_line(subject),
        heading=one_line(f"{clinic} – {source}"),
        lines=(Line(text=what), *said),
        action=Line(text=words.text("Open the review"), url=url),
    )


def digest_message(view: DigestView, words: Words) -> Message:
    """The week: figures with change, reviews to answer, a quote, sources in trouble; also when nothing happened."""
    news = words.plural("{n} new review", "{n} new reviews", view.new) if view.new else words.text("No new reviews")
    well = view.source_count - len(view.troubles)
    if view.troubles:
        health = words.plural("{n} source needs attention", "{n} sources need attention", len(view.troubles))
    elif view.source_count:
        health = words.plural("the source is healthy", "all {n} sources healthy", well)
    else:
        health = words.text("no source yet")
    sections = [Section(heading=words.text("Figures"), lines=tuple(_figure(each, words) for each in view.figures))]
    if view.platforms:
        lines = tuple(_figure(each, words) for each in view.platforms)
        sections.append(Section(heading=words.text("What the platforms say"), lines=lines))
    if view.to_answer:
        lines = tuple(
            Line(text=one_line(f"{draw_stars(v.stars)} {v.clinic} ({v.source})"), url=v.url) for v in view.to_answer
        )
        sections.append(Section(heading=words.text("Waiting for an answer"), lines=lines))
    if view.quote:
        where = Line(text=one_line(f"{view.quote.clinic} ({view.quote.source})"), url=view.quote.url)
        said = tuple(quote_lines(view.quote, words))
        sections.append(Section(heading=words.text("The newest words"), lines=(*said, where)))
    if view.troubles:
        sections.append(Section(heading=words.text("Sources that need attention"), lines=view.troubles))
    return Message(
        subject=one_line(words.text("Your week: {news}; {health} – {group}", news=_lower(news), health=health,
                                    group=view.group)),
        heading=one_line(words.text("The week at {group}", group=view.group)),
        lines=(Line(text=f"{news}; {health}."),),
        sections=tuple(sections),
        action=Line(text=words.text("Open Clinic Reviews"), url=view.url),
    )  # fmt: skip


def report_message(group: str, clinic: str, month: str, count: int, url: str, words: Words) -> Message:
    """The report of a month has been made; `month` as people write it, `clinic` empty for all of them."""
    place = clinic or group
    written = words.plural(
        "{n} review was written in {month}.", "{n} reviews were written in {month}.", count, month=month
    )
    return Message(
        subject=one_line(words.text("Report of {month} – {place}", month=month, place=place)),
        heading=one_line(words.text("Report of {month} – {place}", month=month, place=place)),
        lines=(
            Line(text=written),
            Line(text=words.text("What they said, how it compares, and what was done about it stands in the report.")),
        ),
        action=Line(text=words.text("Open the report"), url=url),
    )


def trial_message(url: str, words: Words) -> Message:
    """What the test button sends."""
    return Message(
        subject=words.text("Test message from Clinic Reviews"),
        heading=words.text("It works"),
        lines=(Line(text=words.text("Messages arrive here. Nothing else has happened.")),),
        action=Line(text=words.text("Open Clinic Reviews"), url=url),
    )


def _figure(figure: FigureLine, words: Words) -> Line:
    if not figure.before:
        return Line(text=f"{one_line(figure.label)}: {figure.now}")
    before = words.text("the week before: {value}", value=figure.before)
    return Line(text=f"{one_line(figure.label)}: {figure.now} ({before})")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
