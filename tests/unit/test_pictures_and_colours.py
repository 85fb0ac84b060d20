"""A logo is a small picture and nothing else; an accent colour is one on which white text can be read."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from reviews.normalize.picture import NoPicture, read_picture
from reviews.reputation.colours import contrast_with_white, darken, read_colour

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def picture(kind: str, width: int = 40, height: int = 20, **options: object) -> bytes:
    out = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def look(body: bytes) -> bytes:
    with Image.open(BytesIO(body)) as opened:
        return opened.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("lossless", [False, True])
def test_a_picture_is_read_as_what_it_is_and_looks_the_same(kind: str, lossless: bool) -> None:
    body = picture(kind, lossless=lossless)
    found = read_picture(body)
    assert (found.content_type, found.width, found.height) == (FORMATS[kind], 40, 20)
    assert look(found.body) == look(body)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_stands_beside_the_picture_is_left_out(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    body = picture(kind, exif=exif, icc_profile=b"SECRET PROFILE" * 9)
    if kind == "JPEG":
        body = body[:2] + b"\xff\xfe\x00\x10SECRET COMMENT" + body[2:]
    if kind == "PNG":
        text = b"tEXtComment\x00SECRET TEXT"
        chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
        body = body[:33] + chunk + body[33:]
    assert b"SECRET" in body
    found = read_picture(body + b"<script>SECRET</script>")
    assert b"SECRET" not in found.body
    assert b"script" not in found.body
    assert look(found.body) == look(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x04\x00\x00\x00WEBP", b"GIF89a" + bytes(40),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<?xml version='1.0'?><svg/>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + bytes(60),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(NoPicture):
        read_picture(body)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_cut_anywhere_is_refused_and_never_read_beyond_its_end(kind: str) -> None:
    body = picture(kind)
    for end in range(0, len(body) - 2, 7):
        with pytest.raises(NoPicture):
            read_picture(body[:end])


def test_an_animation_is_refused() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(NoPicture):
        read_picture(out.getvalue())


@pytest.mark.parametrize(
    ("text", "colour"),
    [("#0B5CAD", "#0b5cad"), (" 0b5cad ", "#0b5cad"), ("#fff", None), ("red", None), ("#0b5cag", None)],
)
def test_colours_are_six_digits(text: str, colour: str | None) -> None:
    assert read_colour(text) == colour


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast_is_that_of_the_standard(colour: str, ratio: float) -> None:
    assert round(contrast_with_white(colour), 2) == ratio


@pytest.mark.parametrize("colour", ["#ffcc00", "#7fd3ff", "#777777", "#ffffff", "#0b5cad"])
def test_the_darker_shade_can_be_read_and_is_no_darker_than_needed(colour: str) -> None:
    shade = darken(colour)
    assert contrast_with_white(shade) >= 4.5
    assert contrast_with_white(shade) < 4.75 or shade == colour
