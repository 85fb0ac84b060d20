"""The keys of the staff side: the one table that the help shows and the script obeys."""

from dataclasses import dataclass

from reviews.i18n import N_


@dataclass(frozen=True, slots=True)
class Key:
    """Keys that do something ("g i" are two, one after the other), its name in the script, and what it does."""

    keys: str
    action: str
    text: str


KEYS = (
    Key("j", "next", N_("Next review")),
    Key("k", "previous", N_("Previous review")),
    Key("o", "open", N_("Open the review (also Enter)")),
    Key("x", "select", N_("Select it")),
    Key("u", "unread", N_("Mark as unread")),
    Key("e", "close", N_("Close: nothing is left to do")),
    Key("a", "assign", N_("Assign it")),
    Key("r", "reply", N_("Reply")),
    Key("t", "tag", N_("Tag it")),
    Key("f", "feature", N_("Choose it for the website")),
    Key("/", "search", N_("Search")),
    Key("g i", "go_inbox", N_("Go to the inbox")),
    Key("g t", "go_today", N_("Go to Today")),
    Key("g s", "go_sources", N_("Go to the sources")),
    Key("[", "earlier", N_("Earlier period")),
    Key("]", "later", N_("Later period")),
    Key("?", "help", N_("This list")),
    Key("Ctrl+Enter", "save", N_("Save what you write (also ⌘ Enter)")),
    Key("Escape", "back", N_("Back")),
)
