"""No address but a public one is ever dialled, whatever the URL, the resolver or a redirect says (H16)."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests

from reviews import errors
from reviews.fetcher import Fetcher, FetchPolicy, Pace
from tests.platforms import raw_server
from tests.platforms.raw_server import PAGE, Server

PUBLIC = "198.41.0.4"
OTHER_PUBLIC = "2001:500:2f::f"


class Net:
    """A pretended resolver and a pretended dial; the dial ends at a real server on loopback, whatever was asked."""

    def __init__(self, server: Server, names: dict[str, list[list[str]]]) -> None:
        self.server = server
        self.names = names
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []

    def resolve(self, name: str, port: int, **_: Any) -> Sequence[tuple[Any, ...]]:
        self.asked.append(name)
        answers = self.names.get(name.rstrip("."))
        if not answers:
            raise socket.gaierror(-2, "Name or service not known")
        current = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(0, 1, 6, "", (address, port)) for address in current]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=timeout)

    def fetcher(self, **policy: Any) -> Fetcher:
        return Fetcher(
            FetchPolicy(user_agent="ClinicReviews-Test/1", **policy),
            resolve=self.resolve,
            connect=self.connect,
            pace=Pace(sleep=lambda _: None),
        )


@pytest.fixture
def make_net(server: Server) -> Callable[..., Net]:
    def make(**names: list[list[str]]) -> Net:
        return Net(server, {name.replace("__", "-").replace("_", "."): answers for name, answers in names.items()})

    return make


MakeNet = Callable[..., Net]


@pytest.mark.statement("H16", "T6")
def test_a_public_name_is_dialled_by_the_address_that_was_checked(make_net: MakeNet):
    net = make_net(willow_example_org=[[PUBLIC]])
    assert net.fetcher().fetch("http://willow.example.org/page", obey_robots=False).body == PAGE
    assert net.dialled == [(PUBLIC, 80)]
    assert "Host: willow.example.org\r\n" in net.server.requests[0]


def test_search_domains_never_apply(make_net: MakeNet):
    net = make_net(willow_example_org=[[PUBLIC]])
    net.fetcher().fetch("http://willow.example.org/page", obey_robots=False)
    net.fetcher().fetch(f"http://{PUBLIC}/page", obey_robots=False)
    assert net.asked == ["willow.example.org."], "a dot at the end of names, and no question for an address"


PRIVATE_URLS = [
    "http://127.0.0.1/",
    "http://127.9.8.7:8080/",
    "http://[::1]/",
    "http://[::ffff:10.1.2.3]/",
    "http://[::ffff:0:10.1.2.3]/",
    "http://[::10.1.2.3]/",
    "http://[64:ff9b::a01:203]/",
    "http://[2002:a01:203::]/",
    "http://[2001:0:1::1]/",
    "http://[fe80::1]/",
    "http://[fec0::7]/",
    "http://[fd12::1]/",
    "http://[ff05::2]/",
    "http://10.1.2.3/",
    "http://100.99.1.1/",
    "http://168.63.129.16/",
    "http://169.254.10.10/",
    "http://172.20.0.1/",
    "http://192.0.0.5/",
    "http://192.88.99.7/",
    "http://192.168.7.7/",
    "http://198.19.0.1/",
    "http://224.0.0.251/",
    "http://250.1.1.1/",
    "http://0.0.0.0/",
    "http://127。0。0。2/",  # the ideographic full stop is a dot (UTS 46), to browsers too
    "http://printer/",
    "http://localhost/",
]
BAD_URLS = [
    "http://2130706434/",
    "http://0x7f000002/",
    "http://0177.0.0.2/",
    "http://127.2/",
    "http://127.0.0.0x2/",
    "http://１２７.０.０.２/",
    "http://willow.example.org:22/",
    "http://willow.example.org:0/",
    "http://willow.example.org:99999/",
    "http://willow.example.org\\@10.1.2.3/",
    "http://10.1.2.3\\@willow.example.org/",
    "http://staff:pass@willow.example.org/",
    "http://willow.example.org@10.1.2.3/",
    "http://10.1.2.3%2f@willow.example.org/",
    "http://10.1.2.3 /",
    "http://10.1.2.3\t/",
    "http://10.1.2.3\r\nX-Injected: 1/",
    "http://willow.example.org/\x00",
    "http://willow.exa\u200bmple.org/",
    "http://[fe80::1%25eth0]/",
    "http://[::1",
    "http:///10.1.2.3/",
    "http://wil..low/",
    "http://-willow.example.org/",
    "http://" + "w" * 64 + ".example.org/",
    "http://" + "w." * 130 + "example.org/",
    "http://willow.example.org/" + "w" * 3000,
    "ftp://willow.example.org/",
    "file:///etc/hostname",
    "gopher://willow.example.org/",
    "javascript:alert(1)",
    "data:text/html,hi",
    "//willow.example.org/",
    "/page",
    "willow.example.org",
    "",
]


@pytest.mark.statement("H16", "T6", "F11")
@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_a_private_address_is_blocked_and_not_dialled(make_net: MakeNet, url: str):
    net = make_net(printer=[["10.0.0.9"]], localhost=[["127.0.0.1"]])
    with pytest.raises(errors.SourceBlocked, match=r"not public|local network") as caught:
        net.fetcher().fetch(url)
    assert "private network" in caught.value.hint
    assert net.dialled == []


@pytest.mark.statement("H16", "T6", "F11", "A5")
@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_two_readers_may_read_differently_is_refused(make_net: MakeNet, url: str):
    net = make_net(willow_example_org=[[PUBLIC]])
    with pytest.raises(errors.SourceRequestError):
        net.fetcher().fetch(url)
    assert (net.asked, net.dialled) == ([], [])


@pytest.mark.statement("T7", "F11")
@pytest.mark.parametrize(
    "answers",
    [
        ["10.1.2.3"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC] * 40 + ["192.168.1.9"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%eth0"],
        [OTHER_PUBLIC, "fd00::1"],
        ["not an address"],
    ],
)
def test_one_private_answer_among_public_ones_blocks_the_name(make_net: MakeNet, answers: list[str]):
    net = make_net(willow_example_org=[answers])
    with pytest.raises(errors.SourceBlocked):
        net.fetcher().fetch("http://willow.example.org/page")
    assert net.dialled == []


@pytest.mark.statement("T7", "F11")
def test_a_name_that_changes_its_answer_is_judged_at_each_dial(make_net: MakeNet):
    net = make_net(willow_example_org=[[PUBLIC], ["127.0.0.1"]])
    fetcher = net.fetcher()
    assert fetcher.fetch("http://willow.example.org/page", obey_robots=False).body == PAGE
    with pytest.raises(errors.SourceBlocked):
        fetcher.fetch("http://willow.example.org/page", obey_robots=False)
    assert net.dialled == [(PUBLIC, 80)], "one question for one dial: nothing between check and use"


REDIRECTS = [
    "http://127.0.0.1/",
    "//127.0.0.1/page",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "http://rebound.example.org/",
    "https://willow.example.org:2222/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://willow.example.org\\@127.0.0.1/",
    "http://user@willow.example.org/",
]


@pytest.mark.statement("T7", "F11", "A38")
@pytest.mark.parametrize("location", REDIRECTS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_judged_like_a_first_address(make_net: MakeNet, location: str, status: int):
    net = make_net(willow_example_org=[[PUBLIC]], rebound_example_org=[["10.0.0.1"]])
    net.server.scripted["/from"] = [raw_server.message(f"{status} Moved", b"", f"Location: {location}")]
    with pytest.raises(errors.SourceBlocked):
        net.fetcher().fetch("http://willow.example.org/from", obey_robots=False)
    assert net.dialled == [(PUBLIC, 80)], "the first page only"


@pytest.mark.statement("H16", "T6")
def test_plain_requests_reach_the_loopback_server(server: Server):
    """The mutant: without our door the attack succeeds."""
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(server.url + "/page", timeout=5).content == PAGE
        # urllib3 and libc agree that this strange number is an address.
        assert session.get(f"http://2130706433:{server.port}/page", timeout=5).content == PAGE
    assert server.connections == 2


@pytest.mark.statement("H16")
def test_the_guarded_fetcher_does_not_reach_the_loopback_server(server: Server):
    fetcher = Fetcher(FetchPolicy(user_agent="x", allow_ports=(server.port,)), pace=Pace())
    for url in (
        f"{server.url}/page",
        f"http://2130706433:{server.port}/page",
        f"http://[::ffff:7f00:1]:{server.port}/",
    ):
        with pytest.raises(errors.SourceError):
            fetcher.fetch(url)
    assert server.connections == 0


@pytest.mark.statement("A38")
def test_a_connector_that_names_its_hosts_reaches_no_other(make_net: MakeNet):
    net = make_net(api_example_org=[[PUBLIC]], evil_example_org=[[PUBLIC]])
    hosts = {"api.example.org"}
    net.server.scripted["/away"] = [raw_server.message("302 Found", b"", "Location: http://evil.example.org/page")]
    fetcher = net.fetcher()
    assert fetcher.fetch("http://api.example.org/page", allowed_hosts=hosts, obey_robots=False).body == PAGE
    for url in ("http://evil.example.org/page", "http://api.example.org/away"):
        with pytest.raises(errors.SourceBlocked, match=r"evil\.example\.org is not a host of this source"):
            fetcher.fetch(url, allowed_hosts=hosts, obey_robots=False)
    assert [head.split(" ")[1] for head in net.server.requests] == ["/page", "/away"]


def test_robots_txt_cannot_lead_a_connector_to_another_host(make_net: MakeNet):
    net = make_net(api_example_org=[[PUBLIC]], evil_example_org=[[PUBLIC]])
    net.server.scripted["/robots.txt"] = [raw_server.message("302 Found", b"", "Location: http://evil.example.org/r")]
    with pytest.raises(errors.SourceBlocked):
        net.fetcher().fetch("http://api.example.org/page", allowed_hosts={"api.example.org"})
    assert len(net.server.requests) == 1


def test_all_checked_addresses_are_tried_until_one_answers(server: Server):
    dialled = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address[0])
        if address[0] == OTHER_PUBLIC:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", server.port), timeout=timeout)

    net = Net(server, {"willow.example.org": [[OTHER_PUBLIC, OTHER_PUBLIC, PUBLIC]]})
    fetcher = Fetcher(FetchPolicy(user_agent="x"), resolve=net.resolve, connect=connect, pace=Pace())
    assert fetcher.fetch("http://willow.example.org/page", obey_robots=False).body == PAGE
    assert dialled == [OTHER_PUBLIC, PUBLIC]


def test_an_unknown_name_is_unavailable_with_a_hint_about_the_name(make_net: MakeNet):
    with pytest.raises(errors.SourceUnavailable, match="could not be resolved") as caught:
        make_net().fetcher().fetch("http://nowhere.example.org/")
    assert "site of this name" in caught.value.hint
