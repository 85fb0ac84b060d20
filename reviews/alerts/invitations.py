"""Links of invitations, which only this installation can have made, and the mail that brings one."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from reviews.alerts.messages import Line, Message, one_line
from reviews.i18n import Words


def make_token(public_id: str, keys: Sequence[str]) -> str:
    """The part of the link that names an invitation and proves it."""
    return f"{public_id}-{_mark(public_id, keys[0])}"


def read_token(token: str, keys: Sequence[str]) -> str | None:
    """The public id of the invitation; None unless one of our keys has made the link."""
    found = re.fullmatch(r"([A-Za-z0-9_]{8,40})-([0-9a-f]{64})", token)
    if found is None:
        return None
    right = [hmac.compare_digest(found[2], _mark(found[1], key)) for key in keys]
    return found[1] if any(right) else None


def invitation_message(group: str, inviter: str, url: str, until: str, words: Words) -> Message:
    """What somebody reads who is invited."""
    asked = words.text("{person} invites you to {group}.", person=inviter, group=group) if inviter else (
        words.text("You are invited to {group}.", group=group)
    )  # fmt: skip
    return Message(
        subject=one_line(words.text("Invitation to {group} on Clinic Reviews", group=group)),
        heading=one_line(group),
        lines=(
            Line(text=one_line(asked)),
            Line(text=words.text("Clinic Reviews gathers what patients write about the clinics of this group.")),
            Line(text=words.text("The link works once, until {day}.", day=until)),
        ),
        action=Line(text=words.text("Accept the invitation"), url=url),
    )


def _mark(public_id: str, key: str) -> str:
    own = hashlib.sha256(b"clinic-reviews/invitation/1:" + key.encode()).digest()
    return hmac.new(own, public_id.encode(), "sha256").hexdigest()
