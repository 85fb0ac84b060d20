"""Reading a body: its end, its coding and its caps."""

import contextlib
import gzip
import zlib
from email.message import Message
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import errors
from reviews.fetcher.body import Decoder, Limits, parse_coding, parse_framing, read_body

SMALL = Limits(raw_bytes=2000, unpacked_bytes=4000, gzip_members=3)


class Dribble(BytesIO):
    """A file whose reads are short, as a socket's are."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__(content)
        self._step = step

    def read1(self, size: int | None = -1, /) -> bytes:
        wanted = self._step if size is None or size < 0 else min(size, self._step)
        return self.read(wanted)


def head(**names: str | list[str]) -> Message:
    message = Message()
    for name, values in names.items():
        for value in [values] if isinstance(values, str) else values:
            message[name.replace("_", "-")] = value
    return message


def chunk(content: bytes, sizes: list[int]) -> bytes:
    wire, start = b"", 0
    for size in [*sizes, len(content)]:
        if piece := content[start : start + size]:
            wire += b"%X;note=1\r\n%s\r\n" % (len(piece), piece)
        start += size
    return wire + b"0\r\nX-Trailer: 1\r\n\r\n"


@pytest.mark.statement("Q8")
@given(
    content=st.binary(max_size=1500),
    coding=st.sampled_from(["", "gzip", "deflate"]),
    framing=st.sampled_from(["length", "chunked", "close"]),
    sizes=st.lists(st.integers(1, 400), max_size=5),
    step=st.integers(1, 700),
)
def test_a_whole_body_arrives_whatever_its_coding_framing_and_pieces(
    content: bytes, coding: str, framing: str, sizes: list[int], step: int
):
    packed = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding](content)
    headers = head(Content_Encoding=coding) if coding else head()
    if framing == "length":
        headers["Content-Length"] = str(len(packed))
    if framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        packed = chunk(packed, sizes)
    assert read_body(Dribble(packed, step), headers, Limits()) == content


@pytest.mark.statement("Q8", "R6")
@given(content=st.binary(min_size=1, max_size=500), cut=st.integers(1, 400), coding=st.sampled_from(["", "gzip"]))
def test_a_body_cut_anywhere_is_never_taken_for_a_whole_one(content: bytes, cut: int, coding: str):
    packed = gzip.compress(content) if coding else content
    headers = head(Content_Length=str(len(packed)), **({"Content_Encoding": coding} if coding else {}))
    with pytest.raises(errors.SourceUnavailable):
        read_body(Dribble(packed[: max(0, len(packed) - cut)], 97), headers, Limits())


@pytest.mark.statement("Q8")
@given(blocks=st.lists(st.binary(max_size=300), max_size=12), coding=st.sampled_from(["", "gzip", "deflate"]))
def test_any_bytes_are_decoded_within_the_cap_or_refused(blocks: list[bytes], coding: str):
    decoder = Decoder(coding, SMALL)
    total = 0
    try:
        for block in blocks:
            total += len(decoder.feed(block))
        decoder.finish(sum(map(len, blocks)))
    except (errors.SourceChanged, errors.SourceUnavailable):
        pass
    assert total <= SMALL.unpacked_bytes


@pytest.mark.statement("Q8", "F10")
@given(size=st.integers(4001, 3_000_000), step=st.integers(1, 4000))
def test_a_bomb_never_grows_beyond_the_cap(size: int, step: int):
    packed = gzip.compress(bytes(size))
    decoder = Decoder("gzip", SMALL)
    unpacked: list[int] = []

    def feed_all() -> None:
        for start in range(0, len(packed), step):
            unpacked.append(len(decoder.feed(packed[start : start + step])))

    with pytest.raises(errors.SourceChanged):
        feed_all()
    assert sum(unpacked) <= SMALL.unpacked_bytes


@pytest.mark.statement("Q8")
@given(wire=st.binary(max_size=600), chunked=st.booleans())
def test_any_bytes_on_the_wire_end_in_a_body_or_a_typed_refusal(wire: bytes, chunked: bool):
    headers = head(Transfer_Encoding="chunked") if chunked else head()
    with contextlib.suppress(errors.SourceError):
        assert len(read_body(Dribble(wire, 50), headers, SMALL)) <= SMALL.unpacked_bytes


def test_the_raw_cap_ends_a_body_without_a_length():
    with pytest.raises(errors.SourceChanged, match="more than 2000 bytes"):
        read_body(Dribble(b"x" * 2001, 700), head(), SMALL)
    assert len(read_body(Dribble(b"x" * 2000, 700), head(), SMALL)) == 2000


def test_an_announced_body_over_the_cap_is_not_read():
    file = Dribble(b"x" * 5000, 700)
    with pytest.raises(errors.SourceChanged, match="announced"):
        read_body(file, head(Content_Length="5000"), SMALL)
    assert file.tell() == 0


@pytest.mark.parametrize("length", ["-1", "+5", "5, 6", "0x5", "5.0", "", "٥", "9" * 13])
def test_a_length_that_is_no_plain_number_is_refused(length: str):
    with pytest.raises(errors.SourceUnavailable):
        parse_framing(head(Content_Length=length))


def test_the_same_length_twice_is_one_length():
    assert parse_framing(head(Content_Length=["5", "5"])).length == 5


@pytest.mark.parametrize(
    "headers",
    [
        head(Transfer_Encoding="chunked", Content_Length="5"),
        head(Transfer_Encoding="gzip, chunked"),
        head(Transfer_Encoding=["chunked", "chunked"]),
        head(Transfer_Encoding="identity"),
    ],
)
def test_an_unclear_framing_is_refused(headers: Message):
    with pytest.raises(errors.SourceUnavailable):
        parse_framing(headers)


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip, deflate", "zstd", "gzip;q=1"])
def test_only_one_known_coding_is_accepted(coding: str):
    with pytest.raises(errors.SourceChanged):
        parse_coding(head(Content_Encoding=coding))


def test_an_empty_body_needs_no_end_of_its_coding():
    assert read_body(BytesIO(b""), head(Content_Encoding="gzip", Content_Length="0"), SMALL) == b""


def test_bytes_behind_the_end_of_a_stream_are_refused():
    with pytest.raises(errors.SourceChanged):
        read_body(BytesIO(gzip.compress(b"x") + b"more"), head(Content_Encoding="gzip"), SMALL)
    with pytest.raises(errors.SourceChanged):
        read_body(BytesIO(zlib.compress(b"x") * 2), head(Content_Encoding="deflate"), SMALL)
