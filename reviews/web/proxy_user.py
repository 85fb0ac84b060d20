"""The person whom a proxy in front has logged in: believed from the proxies of the settings, from nobody else."""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from reviews.config import Settings

Environ = dict[str, Any]
KEY = "reviews.proxy_user"


class ProxyUser:
    """Takes the header out of every request, and keeps what it says where the direct peer is one of the proxies."""

    def __init__(self, app: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self._app = app
        self._name = "HTTP_" + settings.proxy_user_header.upper().replace("-", "_")
        self._proxies = tuple(ipaddress.ip_network(text) for text in settings.proxy_user_from)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The application's answer."""
        said = environ.pop(self._name, None)
        if said is not None and self._is_proxy(str(environ.get("REMOTE_ADDR", ""))):
            environ[KEY] = str(said)
        return self._app(environ, start_response)

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._proxies)


def know_proxy_user(app: Callable[..., Iterable[bytes]], settings: Settings) -> Callable[..., Iterable[bytes]]:
    """The application, which believes the header of the settings; outside everything that rewrites the peer."""
    return ProxyUser(app, settings) if settings.proxy_user_header else app


def find_proxy_user(environ: Environ) -> str | None:
    """The mail address of who has logged in at the proxy, or None; a doubled header names nobody."""
    said = str(environ.get(KEY, "")).strip().lower()
    is_one = (
        said.count("@") == 1
        and len(said) <= 254
        and said.isascii()
        and said.isprintable()
        and not set(said) & set(' ,;<>"')
    )
    return said if is_one else None
