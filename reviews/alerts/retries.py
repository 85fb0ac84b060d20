"""What a receiver's answer means, and when to try again (Standard Webhooks 1.0, and what Slack and Teams document)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

GAPS = tuple(
    timedelta(**each)
    for each in (
        {"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5}, {"hours": 10}, {"hours": 14},
        {"hours": 20}, {"hours": 24},
    )
)  # fmt: skip
"""Between one attempt and the next; the first is made at once, the last about three days later. Then it is dead."""
GIVE_UP_AFTER = timedelta(days=4)
FEWEST_TRIES = 5
"""Also a receiver that asks for long pauses is given up some day, but no message before so many attempts: it may have
waited for others all the time."""
HOLDS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
"""How long all messages to a receiver wait that is down: after one failure, two in a row, … the last for ever."""
JITTER_PERCENT = 10
OFF = {"slack": (403, 404, 410), "teams": (403, 404, 410), "webhook": (410,), "apprise": (401, 403, 404, 410)}
"""Answers after which a channel is switched off until a person looks at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an attempt: taken; failed, try again; refused, this message never; off, the whole channel.

    `said` is for the delivery log and holds no address. `retry_after_seconds` is what the receiver asked for. `is_down`
    when the fault is the receiver's and not the message's, so that its other messages wait too.
    """

    outcome: Literal["taken", "failed", "refused", "off"]
    said: str
    retry_after_seconds: int | None = None
    is_down: bool = False


def find_next_try(
    key: str, attempts: int, first_at: datetime, now: datetime, retry_after_seconds: int | None = None
) -> datetime | None:
    """When attempt number `attempts` + 1 is due; None when the message is given up.

    Jitter makes a gap up to a tenth longer, always the same for the same message, so that receivers that come back are
    not asked by all at once.
    """
    if attempts > len(GAPS):
        return None
    gap = GAPS[attempts - 1]
    share = int.from_bytes(hashlib.sha256(f"{key}:{attempts}".encode()).digest()[:2]) / 0xFFFF
    gap += gap * share * JITTER_PERCENT / 100
    moment = now + max(gap, timedelta(seconds=retry_after_seconds or 0))
    is_late = moment - first_at > GIVE_UP_AFTER and attempts >= FEWEST_TRIES
    return None if is_late else moment


def judge(kind: str, status: int, body: bytes = b"", retry_after_seconds: int | None = None) -> Verdict:
    """What an HTTP answer to a channel of a kind means. No redirect is followed, so 3xx is a failure.

    Slack says 200 with the body ``ok``; Teams takes with 202 (older flows with 200); a webhook with any 2xx.
    """
    said = str(status)
    if status in OFF[kind]:
        return Verdict(outcome="off", said=said)
    if kind == "slack":
        taken = status == 200 and body.strip() == b"ok"
        if not taken:
            said = f"{status} {_word(body)}".strip()
    elif kind == "teams":
        taken = status in (200, 202)
    else:
        taken = 200 <= status < 300
    if taken:
        return Verdict(outcome="taken", said=said)
    is_down = status == 429 or status >= 500
    return Verdict(outcome="failed", said=said, retry_after_seconds=retry_after_seconds, is_down=is_down)


def find_hold(failures: int, now: datetime, retry_after_seconds: int | None) -> datetime:
    """Until when nothing is sent to a receiver that is down, after so many failures in a row (1, 2, …)."""
    return now + max(HOLDS[min(failures, len(HOLDS)) - 1], timedelta(seconds=retry_after_seconds or 0))


def _word(body: bytes) -> str:
    """Slack's answers are single words such as ``invalid_payload``; anything else is not repeated."""
    text = body[:40].decode("ascii", "replace").strip()
    return text if text.replace("_", "").isalnum() else ""
