"""What a site allows programs to read: robots.txt after RFC 9309, remembered for a day."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from reviews.errors import (
    RateLimited,
    SourceBlocked,
    SourceChanged,
    SourceError,
    SourceGone,
    SourceRequestError,
    SourceUnauthorized,
    SourceUnavailable,
)

HINT_ROBOTS = "The site asks programs not to read this page (robots.txt). We have stopped asking."
HINT_ROBOTS_UNKNOWN = "The site did not say what programs may read (robots.txt). We try again by ourselves."

DAY_SECONDS = 86_400
MAX_CRAWL_DELAY_SECONDS = 10.0
MAX_ROBOTS_BYTES = 512 * 1024
MAX_ORIGINS = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one origin, and when they were read (monotonic seconds)."""

    parsed: Protego
    read_at: float


class Robots:
    """Answers whether an address may be read; `read` fetches a robots.txt and `clock` is monotonic seconds."""

    def __init__(self, *, user_agent: str, clock: Callable[[], float]) -> None:
        self._user_agent = user_agent
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Rules] = {}

    def check(self, origin: str, url: str, read: Callable[[str], bytes]) -> float:
        """Seconds that the site wants between requests (0 where it does not say).

        Raises SourceBlocked where robots.txt forbids `url` or is itself forbidden, SourceUnavailable where it cannot be
        read: then nothing is known, and so nothing is allowed.
        """
        rules = self._find(origin)
        if rules is None:
            rules = Rules(_parse(origin, read), self._clock())
            self._remember(origin, rules)
        if not rules.parsed.can_fetch(url, self._user_agent):
            raise SourceBlocked(f"robots.txt of {origin} forbids this page", HINT_ROBOTS)
        return min(float(rules.parsed.crawl_delay(self._user_agent) or 0), MAX_CRAWL_DELAY_SECONDS)

    def _find(self, origin: str) -> Rules | None:
        with self._lock:
            rules = self._known.get(origin)
            if rules is not None and self._clock() - rules.read_at < DAY_SECONDS:
                return rules
            return None

    def _remember(self, origin: str, rules: Rules) -> None:
        with self._lock:
            if len(self._known) >= MAX_ORIGINS:
                del self._known[min(self._known, key=lambda known: self._known[known].read_at)]
            self._known[origin] = rules


def _parse(origin: str, read: Callable[[str], bytes]) -> Protego:
    try:
        body = read(f"{origin}/robots.txt")
    except (SourceGone, SourceRequestError):
        body = b""  # "unavailable" in the words of RFC 9309 section 2.3.1.3: there are no rules
    except (SourceBlocked, SourceUnauthorized, SourceUnavailable, SourceChanged) as error:
        if (explained := _explain(origin, error)) is error:
            raise
        raise explained from error
    return Protego.parse(body.decode("utf-8-sig", errors="replace"))


def _explain(origin: str, error: SourceError) -> SourceError:
    """The same failure, said about robots.txt; a failure with a hint of its own (a private address) says enough."""
    is_said = isinstance(error, RateLimited) or error.hint != error.hint_default
    if is_said and not isinstance(error, SourceChanged):
        return error
    if isinstance(error, SourceBlocked | SourceUnauthorized):
        return SourceBlocked(f"robots.txt of {origin} is forbidden: {error.message}", HINT_ROBOTS)
    return SourceUnavailable(f"robots.txt of {origin} is unknown: {error.message}", HINT_ROBOTS_UNKNOWN)
