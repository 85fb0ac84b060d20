"""Doors for tests: the real fetcher on loopback, and a stand-in for the sandbox that runs in this process."""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from reviews.fetcher import Answer, Fetcher, FetchPolicy, Pace
from reviews.sources.base import Doors
from tests.conftest import NOW

T = TypeVar("T")


class Inline:
    """Runs the function here, after checking that the real sandbox would take it."""

    def run(self, function: Callable[..., T], *args: Any) -> T:
        assert function.__module__.startswith(("reviews.markup.", "reviews.sources."))
        assert "<" not in function.__qualname__
        return function(*args)


class QuickFetcher(Fetcher):
    """The real fetcher with a short deadline, so that a server that never answers costs a test little."""

    def fetch(self, url: str, **options: Any) -> Answer:
        return super().fetch(url, **{"deadline_seconds": 1.5, **options})


LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def loopback_fetcher(*, quick: bool = False, stand_ins: Mapping[str, str] | None = None) -> Fetcher:
    """A fetcher that may dial loopback on any port, without waiting between requests."""
    policy = FetchPolicy(
        user_agent="ClinicReviews/test",
        allow_private_nets=LOOPBACK,
        allow_ports=tuple(range(1024, 65536)),
        pace_seconds=0,
        stand_ins={} if stand_ins is None else stand_ins,
    )
    return (QuickFetcher if quick else Fetcher)(policy, pace=Pace())


class Vault:
    """The secrets and settings of one source, as storage keeps them for a connector."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})
        self.config: dict[str, Any] = {}

    def save_secrets(self, changes: Mapping[str, str]) -> Mapping[str, str]:
        self.secrets |= changes
        return dict(self.secrets)

    def save_config(self, changes: Mapping[str, Any]) -> None:
        self.config |= changes


def make_doors(
    *,
    quick: bool = False,
    read_file: Callable[[str], bytes] | None = None,
    stand_ins: Mapping[str, str] | None = None,
    vault: Vault | None = None,
    now: datetime = NOW,
) -> Doors:
    vault = vault or Vault()
    return Doors(
        http=loopback_fetcher(quick=quick, stand_ins=stand_ins),
        sandbox=Inline(),
        read_file=read_file,
        now=now,
        secrets=dict(vault.secrets),
        save_secrets=vault.save_secrets,
        save_config=vault.save_config,
    )
