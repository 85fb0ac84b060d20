"""A misbehaving server and a fetcher that may dial it."""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from reviews.fetcher import Fetcher, FetchPolicy, Pace
from tests.conftest import NOW
from tests.platforms import raw_server

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.fixture
def server() -> Iterator[raw_server.Server]:
    with raw_server.serve() as running:
        yield running


@pytest.fixture
def make_fetcher(server: raw_server.Server) -> Callable[..., Fetcher]:
    """A fetcher that may dial `server`; keyword arguments change its policy, or replace its parts."""

    def make(*, parts: dict[str, Any] | None = None, **policy: Any) -> Fetcher:
        base = FetchPolicy(
            user_agent="ClinicReviews-Test/1 (+https://reviews.example.org)",
            allow_private_nets=LOOPBACK,
            allow_ports=(80, 443, server.port),
        )
        return Fetcher(
            replace(base, **policy), **{"pace": Pace(sleep=lambda _: None), "now": lambda: NOW} | (parts or {})
        )

    return make


@pytest.fixture
def fetcher(make_fetcher: Callable[..., Fetcher]) -> Fetcher:
    return make_fetcher()
