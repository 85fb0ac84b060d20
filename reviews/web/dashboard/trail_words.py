"""What the audit trail says in plain words: each action as a phrase, and its settings as label and value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviews.i18n import N_, Words
from reviews.storage.audit import Entry
from reviews.web.dashboard.base import HIDE_REASONS, PUBLICATIONS
from reviews.web.dashboard.filters import ORDERS, SHOWN, THEMES
from reviews.web.dashboard.filters import STATES as WORK_STATES
from reviews.web.dashboard.reply_view import REPLY_STATES
from reviews.web.dashboard.settings_group import ORIGINS
from reviews.web.dashboard.widget_quotes import RULES
from reviews.web.dashboard.word_pages import LEANINGS, TOPICS
from reviews.web.policy import ROLE_NAMES

ACTIONS: Mapping[str, str] = {
    "alert.added": N_("Added a rule of alerts"),
    "alert.changed": N_("Changed a rule of alerts"),
    "alert.deleted": N_("Deleted a rule of alerts"),
    "channel.added": N_("Added a channel for alerts"),
    "channel.address": N_("Changed the address of a channel"),
    "channel.deleted": N_("Deleted a channel for alerts"),
    "channel.key": N_("Gave a channel a new signing key"),
    "channel.key_dropped": N_("Dropped the old signing key of a channel"),
    "channel.state": N_("Stopped a channel or started it again"),
    "clinic.added": N_("Added a clinic"),
    "clinic.changed": N_("Changed a clinic"),
    "clinic.deleted": N_("Deleted a clinic with all that it had"),
    "connection.added": N_("Connected an account at a platform"),
    "connection.disconnected": N_("Disconnected an account at a platform"),
    "connection.renewed": N_("Connected an account at a platform again"),
    "connection.state": N_("An account at a platform changed its state"),
    "demo.removed": N_("Removed the demo data"),
    "entered.by_hand": N_("Entered reviews by hand"),
    "export.api": N_("Exported reviews with an API key"),
    "file.imported": N_("Imported a file"),
    "file.queued": N_("Left a large file to be imported"),
    "group.added": N_("Added this group"),
    "group.imported": N_("Brought this group over from another installation"),
    "group.branding": N_("Changed the colour or the logo"),
    "group.keeping": N_("Changed for how long copies are kept"),
    "group.renamed": N_("Renamed the group"),
    "group.reply_settings": N_("Changed who may approve replies"),
    "group.second_factor": N_("Changed whether a second factor is needed"),
    "import.undone": N_("Took an import back"),
    "invitation.withdrawn": N_("Withdrew an invitation"),
    "key.added": N_("Made an API key"),
    "key.revoked": N_("Revoked an API key"),
    "lexicon.imported": N_("Took a list over into the group’s own words"),
    "lexicon.removed": N_("Removed a word from the group’s own words"),
    "lexicon.saved": N_("Saved a word among the group’s own words"),
    "mapping.deleted": N_("Forgot how a kind of file is read"),
    "mapping.saved": N_("Remembered how a kind of file is read"),
    "message.again": N_("Had a message sent again"),
    "operator.joined": N_("The operator joined this group"),
    "operator.left": N_("The operator left this group"),
    "pair.decided": N_("Decided whether two reviews are the same"),
    "person.added": N_("Added a person"),
    "person.changed": N_("Changed what a person may do"),
    "person.identity_linked": N_("Signed in with the organisation’s account for the first time"),
    "person.invited": N_("Invited a person"),
    "person.joined": N_("Accepted an invitation"),
    "person.logged_out": N_("Signed a person out everywhere"),
    "person.removed": N_("Removed a person from the group"),
    "remark.added": N_("Added a remark to the trends"),
    "remark.deleted": N_("Deleted a remark from the trends"),
    "reply.approve": N_("Approved a reply"),
    "reply.discarded": N_("Threw the draft of a reply away"),
    "reply.not_posted": N_("Said that a reply was not posted after all"),
    "reply.post_by_hand": N_("Posted a reply by hand"),
    "reply.posted": N_("The platform took a reply"),
    "reply.queued": N_("Had a reply posted by the program"),
    "reply.refused": N_("The platform refused a reply"),
    "reply.saved": N_("Saved the text of a reply"),
    "reply.seen": N_("Looked what became of a reply online"),
    "reply.send": N_("Sent a reply for approval"),
    "reply.send_back": N_("Sent a reply back to its writer"),
    "reply.stopped": N_("Stopped the posting of a reply"),
    "reply.try_again": N_("Tried a refused reply again"),
    "reply_template.added": N_("Added a reply template"),
    "reply_template.changed": N_("Changed a reply template"),
    "reply_template.deleted": N_("Deleted a reply template"),
    "report.link_revoked": N_("Ended a shared link of a report"),
    "report.made": N_("Made the report of a month"),
    "report.sent": N_("Sent a report by mail"),
    "report.shared": N_("Shared a report by a link"),
    "report.subscription": N_("Changed whether the monthly report comes by mail"),
    "review.assigned": N_("Gave a review to somebody, or took it back"),
    "review.corrected": N_("Corrected a review that was entered by hand"),
    "review.erased": N_("Erased a review for good"),
    "review.featured": N_("Chose a review for the website"),
    "review.hidden": N_("Hid a review from the website"),
    "review.note_deleted": N_("Deleted a note on a review"),
    "review.noted": N_("Wrote a note on a review"),
    "review.shown": N_("Let a review be shown again, or chose it no longer"),
    "review.tagged": N_("Tagged a review"),
    "review.untagged": N_("Took a tag off a review"),
    "review.work": N_("Changed the state of a review"),
    "reviews.exported": N_("Exported a list of reviews"),
    "rule.confirmed": N_("Confirmed the advertising rule of a clinic"),
    "setup.step": N_("Moved on in the first steps"),
    "source.accepted": N_("Said that what a source shows is right"),
    "source.added": N_("Added a source"),
    "source.changed": N_("Changed a source"),
    "source.deleted": N_("Deleted a source with all that it had"),
    "source.paused": N_("Paused a source"),
    "source.scheduled": N_("Changed how often a source is read"),
    "source.resumed": N_("Started a source again"),
    "source.run_asked": N_("Asked for a source to be read now"),
    "upload.added": N_("Uploaded a file"),
    "upload.deleted": N_("Deleted an uploaded file"),
    "view.deleted": N_("Deleted a saved view"),
    "view.saved": N_("Saved a view of the inbox"),
    "widget.changed": N_("Changed a widget"),
}
"""Every action that the program writes; a test reads the source and finds what lacks here."""
KINDS: Mapping[str, str] = {
    "alert": N_("a rule of alerts"),
    "channel": N_("a channel"),
    "clinic": N_("a clinic"),
    "connection": N_("an account at a platform"),
    "group": N_("the group"),
    "invitation": N_("an invitation"),
    "key": N_("an API key"),
    "lexicon_entry": N_("a word"),
    "list": N_("a list of reviews"),
    "mapping": N_("a kind of file"),
    "message": N_("a message"),
    "pair": N_("two reviews"),
    "person": N_("a person"),
    "remark": N_("a remark"),
    "reply": N_("a reply"),
    "reply_template": N_("a reply template"),
    "report": N_("a report"),
    "review": N_("a review"),
    "run": N_("a reading or import"),
    "setup": N_("a first step"),
    "source": N_("a source"),
    "upload": N_("an uploaded file"),
    "view": N_("a saved view"),
    "widget": N_("a widget"),
}
FIELDS: Mapping[str, str] = {
    "accent": N_("Colour"),
    "clinic": N_("Clinic"),
    "clinics": N_("Clinics"),
    "choice": N_("Which reviews"),
    "columns": N_("Columns"),
    "config": N_("How it is read"),
    "country": N_("Country"),
    "answer_within_hours": N_("Hours until a reply is due"),
    "by": N_("Done by"),
    "cleared": N_("Warnings that were let stand"),
    "day": N_("Day"),
    "days": N_("Days that the link works"),
    "declared_complete": N_("Shows all its reviews"),
    "editors_approve": N_("Editors may approve"),
    "filters": N_("Only these"),
    "format": N_("File format"),
    "interval_minutes": N_("Minutes between readings"),
    "issuer": N_("Account of"),
    "jurisdiction": N_("Advertising rule of"),
    "kind": N_("Kind"),
    "language": N_("Language"),
    "languages": N_("Languages"),
    "layout": N_("Layout"),
    "leaning": N_("Leaning"),
    "locality": N_("Town"),
    "logo": N_("Logo"),
    "max_quotes": N_("Reviews at most"),
    "month": N_("Month"),
    "name": N_("Name"),
    "new": N_("New reviews"),
    "note_months": N_("Months that notes are kept"),
    "notes": N_("Notes"),
    "origin": N_("Where reviews come from"),
    "person": N_("Person"),
    "points": N_("Points"),
    "postal_code": N_("Postal code"),
    "prefix": N_("Begins with"),
    "professions": N_("Professions"),
    "publication": N_("On the website"),
    "purged": N_("Reviews whose text was dropped"),
    "query": N_("Only these"),
    "rating_markup": N_("Rating described to search engines"),
    "reason": N_("Reason"),
    "region": N_("Region"),
    "required": N_("Needed"),
    "review_months": N_("Months that reviews are kept"),
    "reviews": N_("Reviews"),
    "role": N_("Role"),
    "rows": N_("Rows of data"),
    "scopes": N_("May"),
    "shared": N_("For everybody"),
    "show": N_("Columns"),
    "slug": N_("Part of its address"),
    "sort": N_("Order"),
    "sources": N_("Sources"),
    "state": N_("State"),
    "step": N_("State"),
    "street": N_("Street"),
    "tag": N_("Tag"),
    "telephone": N_("Telephone"),
    "term": N_("Word"),
    "theme": N_("Theme"),
    "time_zone": N_("Time zone"),
    "topic": N_("Topic"),
    "url": N_("Address"),
    "way": N_("How"),
    "website": N_("Website"),
    "what": N_("What"),
    "why": N_("Reason"),
    "wish": N_("By mail"),
    "work": N_("Work"),
}
HIDDEN = frozenset({
    "connection", "expectations", "link", "note", "recipe", "review", "secrets", "source", "version",
})  # fmt: skip
"""Ids and inner figures that say nothing to a person; of secrets not even the names."""
COUNTED = frozenset({"sources"})
"""Lists of ids, of which the number is told."""
_COMMON = {
    "active": N_("in use"),
    "paused": N_("stopped for now"),
    "needs_person": N_("needs somebody"),
    "disabled": N_("switched off"),
    "disconnected": N_("disconnected"),
    "gone": N_("no longer there"),
    "proposed": N_("not decided"),
    "same": N_("the same review"),
    "different": N_("two reviews"),
}
_FOR_EVER = {"for_ever": N_("for ever")}
_STEPS = {"open": N_("open"), "skipped": N_("skipped"), "done": N_("done")}
VALUES: Mapping[str, Mapping[str, str]] = {
    "by": {"apply": N_("the installation’s settings file")},
    "choice": RULES,
    "clinics": {"all": N_("all")},
    "kind": {**ORIGINS, "file_import": N_("a file"), "web_page": N_("a web page"), "manual": N_("entered by hand")},
    "leaning": LEANINGS,
    "note_months": _FOR_EVER,
    "origin": ORIGINS,
    "publication": PUBLICATIONS,
    "reason": HIDE_REASONS,
    "review_months": _FOR_EVER,
    "role": ROLE_NAMES,
    "show": SHOWN,
    "sort": ORDERS,
    "state": _COMMON,
    "step": _STEPS,
    "what": FIELDS,
    "topic": TOPICS,
    "theme": THEMES,
    "way": {"api": N_("by the program"), "hand": N_("by hand")},
    "wish": {"yes": N_("yes"), "no": N_("no")},
    "work": WORK_STATES,
}
_OF_REPLIES = {name: badge.text for name, badge in REPLY_STATES.items()}


@dataclass(frozen=True, slots=True)
class Detail:
    """One setting: `before` or `after` is empty where there was or is none."""

    label: str
    before: str
    after: str


def say_action(action: str, words: Words) -> str:
    """The phrase of an action; an action of another version of the program stays as it is written."""
    return words.text(ACTIONS.get(action, action))


def say_kind(kind: str, words: Words) -> str:
    """What an entry is about."""
    return words.text(KINDS.get(kind, kind))


def details_of(entry: Entry, names: Mapping[str, str], words: Words) -> list[Detail]:
    """What was and what is, without what says nothing; `names` are by id."""
    found = []
    for name in dict.fromkeys((*entry.before, *entry.after)):
        if name in HIDDEN:
            continue
        before, after = (
            _say(name, side.get(name), entry.object_kind, names, words) for side in (entry.before, entry.after)
        )
        if name in entry.before and name in entry.after:
            if before == after:
                continue
            before, after = before or "–", after or "–"
        if before or after:
            found.append(Detail(_label(name, words), before, after))
    return found


def _label(name: str, words: Words) -> str:
    return words.text(FIELDS.get(name, name.replace("_", " ").capitalize()))


def _say(name: str, value: Any, kind: str, names: Mapping[str, str], words: Words) -> str:
    """One value as text, empty where there is nothing to say."""
    if isinstance(value, bool):
        return words.text(N_("yes") if value else N_("no"))
    if isinstance(value, int):
        return words.number(value)
    if isinstance(value, float):
        return words.decimal(str(value))
    if isinstance(value, Mapping):
        parts = ((key, _say(key, each, kind, names, words)) for key, each in value.items() if key not in HIDDEN)
        return ", ".join(f"{_label(key, words)} {said}" for key, said in parts if said)
    if isinstance(value, list | tuple):
        if name in COUNTED and value:
            return words.number(len(value))
        said = (_say(name, each, kind, names, words) for each in value)
        return ", ".join(each for each in said if each)
    if value in (None, ""):
        return ""
    text = str(value)
    table = _OF_REPLIES if (name, kind) == ("state", "reply") else VALUES.get(name, {})
    if name in ("language", "languages"):
        return str(words.locale.languages.get(text, text))
    return words.text(table[text]) if text in table else names.get(text, text)
