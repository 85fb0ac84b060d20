"""A message as a mail: a complete text part, an HTML part, the picture of stars inside. Pure.

Headers follow RFC 5322, RFC 8058 (one-click unsubscribing) and RFC 3834 (sent by a program).
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reviews.alerts.badge import stars_png
from reviews.alerts.messages import Line, Message, one_line, say_stars
from reviews.config import find_folder
from reviews.i18n import Words
from reviews.storage.branding import StoredLogo

ACCENT = "#0b5cad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a mail says beside its message.

    `id` becomes the Message-ID, the same in every attempt; mails of one `thread` stand together. `accent`
    and `logo` are the look of the `group`, "" and None for ours. `why` says in the
    reader's language why it came; `unsubscribe` is the address that ends such mails with one click, "" for none.
    """

    id: str
    host: str
    sender: str
    to_name: str
    to_address: str
    now: datetime
    why: str
    unsubscribe: str = ""
    thread: str = ""
    accent: str = ""
    logo: StoredLogo | None = None
    group: str = ""


def build_mail(message: Message, envelope: Envelope, words: Words) -> EmailMessage:
    """The mail, ready to be sent; line ends and controls never reach a header. Raises ValueError for a bad address."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = envelope.sender
    mail["To"] = Address(one_line(envelope.to_name), addr_spec=envelope.to_address)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(envelope.now)
    mail["Message-ID"] = f"<{envelope.id}@{envelope.host}>"
    if envelope.thread:
        mail["References"] = f"<{envelope.thread}@{envelope.host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if envelope.unsubscribe:
        mail["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text_part(message, envelope, words), cte="quoted-printable")
    badge = f"stars.{envelope.id}@{envelope.host}" if message.stars else ""
    mail.add_alternative(html_part(message, envelope, words, badge), subtype="html", cte="quoted-printable")
    html = mail.get_body(("html",))
    assert html is not None
    if envelope.logo:
        kind = envelope.logo.content_type.removeprefix("image/")
        html.add_related(envelope.logo.body, "image", kind, cid=f"<{_logo_id(envelope)}>", filename=f"logo.{kind}")
    if message.stars:
        html.add_related(stars_png(message.stars), "image", "png", cid=f"<{badge}>", filename="stars.png")
    mail["Content-Language"] = words.language  # last, since a new part takes all headers about content with it
    return mail


def _logo_id(envelope: Envelope) -> str:
    return f"logo.{envelope.id}@{envelope.host}" if envelope.logo else ""


def text_part(message: Message, envelope: Envelope, words: Words) -> str:
    """Everything that the message says, as text."""
    blocks = [message.heading]
    if message.stars:
        blocks.append(say_stars(message.stars, words))
    blocks += [_text_line(line) for line in message.lines]
    for section in message.sections:
        blocks.append("\n".join([section.heading, *(f"- {_text_line(line)}" for line in section.lines)]))
    if message.action:
        blocks.append(_text_line(message.action))
    blocks.append("-- \n" + _footer(envelope, words))
    return "\n\n".join(blocks) + "\n"


def html_part(message: Message, envelope: Envelope, words: Words, badge: str = "") -> str:
    """The same as HTML with inline CSS; nothing in it is fetched from anywhere. `badge` is the picture's content id."""
    return _environment().get_template("message.html").render(
        message=message,
        badge=badge,
        stars=say_stars(message.stars, words) if message.stars else "",
        language=words.language,
        direction=words.direction,
        why=envelope.why,
        unsubscribe=envelope.unsubscribe,
        stop=words.text("Stop these mails"),
        accent=envelope.accent or ACCENT,
        logo=envelope.logo,
        logo_id=_logo_id(envelope),
        group=envelope.group,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment(folder: Path | None = None) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder or find_folder("templates") / "email"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text_line(line: Line) -> str:
    if line.quote:
        return "\n".join(f"> {part}".rstrip() for part in line.text.splitlines())
    return f"{line.text}: {line.url}" if line.url else line.text


def _footer(envelope: Envelope, words: Words) -> str:
    stop = f"\n{words.text('Stop these mails')}: {envelope.unsubscribe}" if envelope.unsubscribe else ""
    return envelope.why + stop
