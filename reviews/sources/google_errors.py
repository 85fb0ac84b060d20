"""What an error of a Google API means: google.rpc.Status, whose reasons count before its code.

Reference: cloud.google.com/apis/design/errors (ErrorInfo, RetryInfo); read on 2026-11-22.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reviews.sources.json_api import Problem, part, plain_problem, text_of, try_object

MINUTE = 60
RESETS = ZoneInfo("America/Los_Angeles")
"""Google's daily quotas begin anew at midnight there."""

HINT_SCOPE = (
    "Google was connected without permission to read reviews. Please connect it again and tick all of Google's boxes."
)
HINT_API_OFF = (
    "This Google API is not switched on in your Google Cloud project. Please enable it there, then try again."
)
HINT_NO_QUOTA = (
    "Google has not yet approved your project for this API: its quota is zero. Please apply for access, then try again."
)
HINT_KEY = "Google does not accept this key here. Please check the key, its limits and the project's billing."

PERSON: Mapping[str, str | None] = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": HINT_SCOPE,
    "SERVICE_DISABLED": HINT_API_OFF,
    "API_KEY_INVALID": HINT_KEY,
    "API_KEY_SERVICE_BLOCKED": HINT_KEY,
    "BILLING_DISABLED": HINT_KEY,
}
_DELAY = re.compile(r"(\d{1,6})(?:\.\d{1,9})?s", re.ASCII)


def explain(body: bytes, status: int, headers: Mapping[str, str], now: datetime) -> Problem:
    """What an error with this body and status means."""
    error = part(try_object(body), "error")
    details = [each for each in error.get("details") or [] if isinstance(each, dict)] if error else []
    reasons = [reason for each in details if (reason := text_of(each.get("reason")))]
    word = text_of(error.get("status")) or ""
    message = f"status {status} {' '.join(reasons) or word}"[:200].strip()
    for reason in reasons:
        if reason == "ACCESS_TOKEN_EXPIRED":
            return Problem(kind="expired", message=message)
        if reason in PERSON:
            return Problem(kind="unauthorized", message=message, hint=PERSON[reason])
    if status == 429 or "RATE_LIMIT_EXCEEDED" in reasons:
        return _limited(details, message, now)
    if status == 401 or word == "UNAUTHENTICATED":
        return Problem(kind="expired", message=message)
    return plain_problem(status, " ".join(reasons) or word)


def _limited(details: list[dict[str, Any]], message: str, now: datetime) -> Problem:
    quotas = [part(each, "metadata") for each in details]
    limit = next(filter(None, (text_of(quota.get("quota_limit")) for quota in quotas)), "")
    value = next(filter(None, (text_of(quota.get("quota_limit_value")) for quota in quotas)), "")
    delay = next(filter(None, (text_of(each.get("retryDelay")) for each in details)), "")
    if "PerDay" in limit:
        return Problem(kind="limited", message=f"{message} {limit}", retry_after_seconds=seconds_to_reset(now))
    if value == "0":
        return Problem(kind="unauthorized", message=f"{message} quota 0", hint=HINT_NO_QUOTA)
    asked = _DELAY.fullmatch(delay)
    wait = int(asked[1]) + 1 if asked else MINUTE if "PerMinute" in limit else None
    return Problem(kind="limited", message=f"{message} {limit}".strip(), retry_after_seconds=wait)


def seconds_to_reset(now: datetime) -> int:
    """Seconds until the daily quotas begin anew."""
    local = now.astimezone(RESETS)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(int((midnight.astimezone(now.tzinfo) - now).total_seconds()), 1)
