"""Keys, cookies and passwords of this machine go to nobody but the one they are for, and TLS is verified."""

import datetime
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reviews import errors
from reviews.fetcher import Fetcher
from tests.platforms import raw_server
from tests.platforms.raw_server import PAGE, Server, message

MakeFetcher = Callable[..., Fetcher]
KEY = {"Authorization": "Bearer canary-1", "X-Api-Key": "canary-2"}


@pytest.fixture
def other() -> Iterator[Server]:
    """A second origin."""
    with raw_server.serve() as running:
        yield running


@pytest.fixture
def two_origins(server: Server, other: Server, make_fetcher: MakeFetcher) -> Fetcher:
    server.scripted["/away"] = [message("302 Found", b"", f"Location: {other.url}/page")]
    server.scripted["/here"] = [message("302 Found", b"", "Location: /page")]
    return make_fetcher(allow_ports=(server.port, other.port))


@pytest.mark.statement("F10")
def test_a_key_does_not_follow_a_redirect_to_another_origin(server: Server, other: Server, two_origins: Fetcher):
    assert two_origins.fetch(server.url + "/away", headers=KEY).body == PAGE
    assert "canary" in server.asked("/away")[0]
    assert "canary" not in "".join(other.requests + server.asked("/robots.txt"))


def test_a_key_follows_a_redirect_within_its_origin(server: Server, two_origins: Fetcher):
    two_origins.fetch(server.url + "/here", headers=KEY)
    assert server.asked("/page")[0].count("canary") == 2


@pytest.mark.statement("F10")
def test_plain_requests_would_send_an_api_key_to_another_origin(server: Server, other: Server, two_origins: Fetcher):
    with requests.Session() as session:
        session.trust_env = False
        session.get(server.url + "/away", headers=KEY, timeout=5)
    assert "canary-2" in other.requests[0]


def test_no_cookie_is_kept_or_sent(server: Server, fetcher: Fetcher):
    fetcher.fetch(server.url + "/cookie")
    fetcher.fetch(server.url + "/cookie")
    assert "ookie:" not in "".join(server.requests)
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(2):
            session.get(server.url + "/cookie", timeout=5)
    assert "Cookie: visit=1" in server.requests[-1], "the plain client does keep it"


@pytest.mark.statement("F10")
def test_netrc_and_proxies_of_this_machine_are_ignored(
    server: Server, other: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login staff password canary-3\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", other.url)
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.setenv("no_proxy", "")
    assert fetcher.fetch(server.url + "/page").body == PAGE
    assert "Authorization" not in server.asked("/page")[0]
    assert other.connections == 0
    requests.get(server.url + "/page", timeout=5)
    assert "Authorization" in other.requests[0], "the plain client does both"


def test_a_header_cannot_carry_a_second_header(server: Server, fetcher: Fetcher):
    with pytest.raises(errors.SourceRequestError):
        fetcher.fetch(server.url + "/page", headers={"X-Note": "a\r\nX-Injected: 1"}, obey_robots=False)
    assert server.requests == []


class Authority(NamedTuple):
    ca_file: str
    context: Callable[[str], ssl.SSLContext]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of our own, and server contexts with certificates for a name."""
    folder = tmp_path_factory.mktemp("tls")
    now = datetime.datetime.now(datetime.UTC)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])

    def builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    ca = builder(ca_name, ca_key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def context(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        signed = builder(subject, key).add_extension(names, critical=False).sign(ca_key, hashes.SHA256())
        path = folder / f"{name}.pem"
        path.write_bytes(
            signed.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(path)
        return made

    return Authority(str(ca_file), context)


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[Server]:
    with raw_server.serve(authority.context("clinic.example.org")) as running:
        yield running


@pytest.fixture
def make_tls_fetcher(tls_server: Server, make_fetcher: MakeFetcher) -> MakeFetcher:
    def make(**policy: object) -> Fetcher:
        resolve = {"resolve": lambda name, port, **_: [(2, 1, 6, "", ("127.0.0.1", port))]}
        return make_fetcher(parts=resolve, allow_ports=(tls_server.port, 443), **policy)

    return make


@pytest.mark.statement("A37")
def test_the_certificate_is_checked_against_the_name_and_the_address_is_dialled(
    tls_server: Server, make_tls_fetcher: MakeFetcher, authority: Authority
):
    fetcher = make_tls_fetcher(ca_file=authority.ca_file)
    assert fetcher.fetch(f"https://clinic.example.org:{tls_server.port}/page").body == PAGE
    assert f"Host: clinic.example.org:{tls_server.port}" in tls_server.requests[0]


@pytest.mark.statement("A37")
@pytest.mark.parametrize("host", ["other.example.org", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(
    tls_server: Server, make_tls_fetcher: MakeFetcher, authority: Authority, host: str
):
    with pytest.raises(errors.SourceUnavailable, match="certificate refused") as caught:
        make_tls_fetcher(ca_file=authority.ca_file).fetch(f"https://{host}:{tls_server.port}/page")
    assert "certificate" in caught.value.hint
    assert tls_server.requests == []


@pytest.mark.statement("A37")
def test_a_certificate_of_an_unknown_authority_is_refused(tls_server: Server, make_tls_fetcher: MakeFetcher):
    with pytest.raises(errors.SourceUnavailable, match="certificate refused"):
        make_tls_fetcher().fetch(f"https://clinic.example.org:{tls_server.port}/page")
    assert tls_server.requests == []


@pytest.mark.statement("R6")
def test_a_tls_stream_without_its_closing_word_may_be_half_a_body(
    tls_server: Server, make_tls_fetcher: MakeFetcher, authority: Authority
):
    # The server shuts its socket without TLS's close_notify, as an attacker in the middle would.
    with pytest.raises(errors.SourceUnavailable, match="connection broke"):
        make_tls_fetcher(ca_file=authority.ca_file).fetch(f"https://clinic.example.org:{tls_server.port}/until-close")


@pytest.mark.statement("H7")
def test_the_deadline_holds_inside_the_handshake(server: Server, make_fetcher: MakeFetcher):
    # The plain server waits for a head that a TLS handshake never sends, and stays silent.
    with pytest.raises(errors.SourceUnavailable, match="deadline"):
        make_fetcher().fetch(f"https://127.0.0.1:{server.port}/page", deadline_seconds=0.3)


@pytest.mark.statement("F11")
def test_https_is_never_left_for_http(
    server: Server, tls_server: Server, make_tls_fetcher: MakeFetcher, authority: Authority
):
    tls_server.scripted["/down"] = [message("302 Found", b"", f"Location: {server.url}/page")]
    fetcher = make_tls_fetcher(ca_file=authority.ca_file, allow_private_nets=(ipaddress.ip_network("127.0.0.0/8"),))
    with pytest.raises(errors.SourceBlocked):
        fetcher.fetch(f"https://clinic.example.org:{tls_server.port}/down")
    assert server.connections == 0
