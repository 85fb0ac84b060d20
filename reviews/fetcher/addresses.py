"""Which addresses may be asked: one strict reading of a URL, and one judgement of what a name resolves to.

`parse_target` reads a URL so that every later reader agrees with it; `check_addresses` refuses a name unless *every*
address it resolves to is public. Both are pure; `resolve` asks the system, with a limit in time.
"""

import ipaddress
import queue
import re
import socket
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import idna
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from reviews.errors import SourceBlocked, SourceRequestError, SourceUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[..., Sequence[tuple[Any, ...]]]
"""`socket.getaddrinfo`, or a pretended one."""

HINT_BAD_ADDRESS = "We cannot ask this address. Please check that it starts with https:// and has no typing mistake."
HINT_PRIVATE = "This address belongs to a private network, so we do not ask it. Please give the public address."
HINT_UNKNOWN_NAME = "We could not find a site of this name. Please check the address. The last good figures stay."

MAX_URL_LENGTH = 2000
DEFAULT_PORTS = {"http": 80, "https": 443}

# Each range with its reason; `is_global` of the standard library is asked as well, and changes between versions.
_REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier NAT; some clouds keep their metadata here
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # the inner server of a large cloud, public only by its number
            "169.254.0.0/16",  # link-local, cloud metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, cloud metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
"""The only range that is handed out for the internet (IANA). What is outside is refused without further thought:
``::1``, IPv4-compatible and translated forms, NAT64 (64:ff9b::/96), site-local (fec0::/10), ULA, link-local, …"""
_REFUSED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4 carries any IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One checked URL in its canonical ASCII form; `literal` is the address where the host is not a name."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def netloc(self) -> str:
        """Host with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The whole address, without a fragment."""
        return self.origin + self.path


def parse_target(url: str, *, allow_ports: Sequence[int]) -> Target:
    """`url` read strictly; raises SourceRequestError for whatever two readers might read differently.

    Only http and https, no user information, no backslash, no control characters, an allowed port, a host that is a
    plain name (IDNA 2008) or an address in its ordinary form: IPv4 as four decimal numbers, IPv6 without a zone.
    """
    try:
        target = _parse(url)
    except (ValueError, LocationParseError, UnicodeError) as error:
        raise _bad(url, str(error)) from error
    if target.port not in allow_ports:
        raise _bad(url, f"port {target.port} is not allowed")
    return target


def _bad(url: str, why: str) -> SourceRequestError:
    return SourceRequestError(f"address refused: {ascii(why)[1:-1]}: {url[:200]!a}", HINT_BAD_ADDRESS)


def _parse(url: str) -> Target:
    if len(url) > MAX_URL_LENGTH:
        raise ValueError(f"longer than {MAX_URL_LENGTH} characters")
    if "\\" in url or any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in url):
        raise ValueError("control character or backslash")
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise ValueError("neither http nor https")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise ValueError("user information or percent sign in the host")
    host, literal = _parse_host(parts.hostname or "", is_bracketed=parts.netloc.startswith("["))
    port = DEFAULT_PORTS[scheme] if parts.port is None else parts.port
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    target = Target(scheme=scheme, host=host, port=port, path=path, literal=literal)
    _check_agreement(target)
    return target


def _check_agreement(target: Target) -> None:
    """The form that is sent must mean the same to both readers in the house."""
    split, other = urlsplit(target.url), parse_url(target.url)
    seen = {(split.hostname, split.port), ((other.host or "").strip("[]").lower(), other.port)}
    if {(host, port or DEFAULT_PORTS[target.scheme]) for host, port in seen} != {(target.host, target.port)}:
        raise ValueError("two readers see two hosts")


def _parse_host(host: str, *, is_bracketed: bool) -> tuple[str, Address | None]:
    """(canonical host, address or None); raises ValueError."""
    if is_bracketed:
        address = ipaddress.IPv6Address(host)
        return str(address), address
    if ":" in host:
        raise ValueError("IPv6 without brackets")
    host = host.lower()
    if not host.isascii():
        host = unicodedata.normalize("NFC", host)
        if unicodedata.normalize("NFKC", host) != host:
            raise ValueError("the host's name has letters of other forms")
        host = idna.encode(host).decode("ascii")
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("not a host name")
    if _NUMBER.fullmatch(labels[-1]):
        # Browsers and libc read 2130706433, 0x7f.1 and 127.1 as addresses; here only the ordinary form is one.
        literal = ipaddress.IPv4Address(host)
        return str(literal), literal
    return host, None


def effective(address: Address) -> Address:
    """The address to judge: the IPv4 part of an IPv4-mapped form, else itself."""
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    address = effective(address)
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return address.is_global and not any(address in network for network in _REFUSED_V6)


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks that the operator has allowed."""
    address = effective(address)
    return any(address.version == network.version and address in network for network in networks)


def check_addresses(host: str, answers: Sequence[str], allowed: Sequence[Network]) -> tuple[Address, ...]:
    """All addresses of `host`; raises SourceBlocked unless every one is public or within `allowed`.

    One private address among public ones is enough: whoever answers so chooses which one is dialled.
    """
    if not answers:
        raise SourceUnavailable(f"{host} has no address", HINT_UNKNOWN_NAME)
    found = []
    for text in answers:
        try:
            address = ipaddress.ip_address(text)
        except ValueError as error:
            raise SourceBlocked(f"{host} resolves to something that is no address", HINT_PRIVATE) from error
        if not is_public(address) and not is_within(address, allowed):
            raise SourceBlocked(f"{host} resolves to {address}, which is not public", HINT_PRIVATE)
        if address not in found:
            found.append(address)
    return tuple(found)


def resolve(target: Target, resolver: Resolver, seconds: float, allowed: Sequence[Network]) -> tuple[Address, ...]:
    """The checked addresses of a target, asked once; raises SourceUnavailable after `seconds`, SourceBlocked."""
    if target.literal is not None:
        return check_addresses(target.host, [str(target.literal)], allowed)
    if "." not in target.host:
        if not allowed:
            raise SourceBlocked(f"{target.host} is a name of the local network", HINT_PRIVATE)
        name = target.host
    else:
        # With the dot at the end, the search domains of this machine never apply.
        name = target.host + "."
    return check_addresses(target.host, _ask(name, target.port, resolver, seconds), allowed)


def _ask(name: str, port: int, resolver: Resolver, seconds: float) -> list[str]:
    """Addresses of a name. `getaddrinfo` knows no time limit, so it is asked in a thread that may be left behind."""
    answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = resolver(name, port, type=socket.SOCK_STREAM)
            answer.put([str(row[4][0]) for row in rows])
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=max(seconds, 0.001))
    except queue.Empty as error:
        raise SourceUnavailable(f"{name} was not resolved within {seconds:.1f} s") from error
    if isinstance(found, Exception):
        raise SourceUnavailable(f"{name} could not be resolved: {found}", HINT_UNKNOWN_NAME) from found
    return found
