"""Reading URLs and judging addresses: one strict reading, the same as every other reader's."""

import ipaddress
import re
import threading
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.util import parse_url

from reviews import errors
from reviews.fetcher import addresses
from reviews.fetcher.addresses import check_addresses, is_public, parse_target

PORTS = (80, 443, 8080, 8443)


def read(url: str) -> addresses.Target:
    return parse_target(url, allow_ports=PORTS)


@pytest.mark.parametrize(
    ("given_url", "canonical"),
    [
        ("https://Clinic.Example.ORG", "https://clinic.example.org/"),
        ("http://clinic.example.org:80/a?b=c#d", "http://clinic.example.org/a?b=c"),
        ("http://clinic.example.org:8080/", "http://clinic.example.org:8080/"),
        ("http://clinic.example.org./x", "http://clinic.example.org/x"),
        ("https://clinique-santé.example.org/équipe/", "https://xn--clinique-sant-nhb.example.org/%C3%A9quipe/"),
        ("https://clinic.example.org/our team?q=a b", "https://clinic.example.org/our%20team?q=a%20b"),
        ("https://clinic.example.org/a%20b", "https://clinic.example.org/a%20b"),
        ("https://clinic.example.org?page=2", "https://clinic.example.org/?page=2"),
        ("https://[2001:4860:4860::8888]/", "https://[2001:4860:4860::8888]/"),
        ("https://[2001:4860:4860:0:0::8888]:8443/", "https://[2001:4860:4860::8888]:8443/"),
    ],
)
def test_an_ordinary_url_has_one_canonical_form(given_url: str, canonical: str):
    assert read(given_url).url == canonical
    assert read(canonical).url == canonical


def whatwg_host(host: str) -> str:
    """What a browser makes of an ASCII host (WHATWG URL standard, section 3.5, the IPv4 parser)."""
    if host.startswith("["):
        return str(ipaddress.IPv6Address(host[1:-1]))
    parts = host.lower().removesuffix(".").split(".")
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", parts[-1]):
        return ".".join(parts)
    numbers = []
    for part in parts:
        if part.startswith("0x"):
            numbers.append(int(part[2:] or "0", 16))
        else:
            numbers.append(int(part, 8 if part.startswith("0") and len(part) > 1 else 10))
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        raise ValueError(host)
    value = numbers[-1] + sum(number * 256 ** (3 - place) for place, number in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


PIECES = st.sampled_from(
    [
        "127",
        "0",
        "0x7f",
        "017",
        "1",
        "255",
        "256",
        "a",
        "example",
        "org",
        ".",
        "..",
        "@",
        ":",
        "80",
        "8080",
        "22",
        "\\",
        "/",
        "?",
        "#",
        "%2e",
        "%40",
        "[",
        "]",
        "::1",
        "::ffff:10.0.0.1",
        "-",
        "_",
        "１",
        "。",
        "é",
        "ß",
        "//",
        "http:",
        "user",
        "\u200b",
        "xn--",
        "ﬁ",
        "2130706433",
        " ",
        "\t",
        "\n",
    ]
)


@pytest.mark.statement("Q7", "T6")
@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(["http://", "https://", "HTTP://", "http:/", ""]))
@example("[::ffff:10.0.0.1]", "http://")
@example("a.example.org:80@127.0.0.1", "http://")
def test_what_is_accepted_means_the_same_host_to_every_reader(rest: str, scheme: str):
    try:
        target = read(scheme + rest)
    except errors.SourceRequestError:
        return
    split, other = urlsplit(target.url), parse_url(target.url)
    assert split.hostname == target.host
    assert (other.host or "").strip("[]") == target.host
    netloc_host = re.sub(r":[0-9]+$", "", target.netloc)
    assert whatwg_host(netloc_host) == target.host
    assert target.port in PORTS
    assert target.url.isascii()
    assert "@" not in target.netloc


@pytest.mark.statement("Q7")
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_our_own_error(text: str):
    refusal = ""
    try:
        assert read("http://" + text).host
    except errors.SourceRequestError as error:
        refusal = error.message
    assert refusal.isascii()


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_disguise_is_judged_by_its_ipv4_part(address: ipaddress.IPv4Address):
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)


@given(st.ip_addresses(v=4))
def test_no_translated_form_of_an_ipv4_address_is_public(address: ipaddress.IPv4Address):
    number = int(address)
    for form in (
        ipaddress.IPv6Address(number),  # IPv4-compatible
        ipaddress.IPv6Address((0xFFFF << 48) + number),  # IPv4-translated
        ipaddress.IPv6Address((0x64FF9B << 96) + number),  # NAT64
        ipaddress.IPv6Address((0x2002 << 112) + (number << 80)),  # 6to4
        ipaddress.IPv6Address((0x20010000 << 96) + number),  # Teredo
    ):
        if form.ipv4_mapped is None:
            assert not is_public(form)


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_does_not_call_global(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
):
    if is_public(address):
        assert addresses.effective(address).is_global
        assert not address.is_multicast


@pytest.mark.parametrize("address", ["198.41.0.4", "8.8.8.8", "2001:500:2f::f", "2606:4700::1111", "100.128.0.1"])
def test_ordinary_addresses_are_public(address: str):
    assert is_public(ipaddress.ip_address(address))


def test_only_networks_that_the_operator_named_are_allowed_besides():
    loopback = (ipaddress.ip_network("127.0.0.0/8"),)
    assert len(check_addresses("h", ["127.0.0.1", "8.8.8.8"], loopback)) == 2
    with pytest.raises(errors.SourceBlocked):
        check_addresses("h", ["127.0.0.1", "10.0.0.1"], loopback)
    with pytest.raises(errors.SourceBlocked):
        check_addresses("h", ["127.0.0.1", "::1"], loopback)


def test_a_name_without_any_address_is_unavailable():
    with pytest.raises(errors.SourceUnavailable):
        check_addresses("h", [], ())


def test_a_resolver_that_never_answers_is_left_behind():
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[tuple[object, ...]]:
        release.wait()
        return []

    with pytest.raises(errors.SourceUnavailable, match="not resolved within"):
        addresses.resolve(read("http://clinic.example.org/"), hang, 0.05, ())
    release.set()
