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


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_neither_a_second_photograph_nor_a_small_one_nor_a_late_remark_comes_along() -> None:
    """Telephones put a second picture, with place and time of its own, behind the end of the first."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    plain = picture("JPEG", 200, 200, progressive=True)
    small = b"\xff\xe0\x00\x0eJFXX\x00\x10SECRET"
    between = plain.index(b"\xff\xc4", plain.index(b"\xff\xda"))  # tables between two scans
    body = plain[:2] + small + plain[2:between] + b"\xff\xfe\x00\x08SECRET" + plain[between:]
    body += picture("JPEG", exif=exif)
    assert body.count(b"SECRET") == 3
    found = read_picture(body)
    assert b"SECRET" not in found.body
    assert (found.width, found.height) == (200, 200)
    assert look(found.body) == look(plain)


def test_a_picture_that_names_two_sizes_or_has_no_pixels_is_refused() -> None:
    """Whoever draws it may believe the other size, and a few bytes can stand for a wall of pixels."""
    png, webp = picture("PNG"), picture("WEBP", 3000, 3000)[12:]
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + bytes([39, 0, 0, 19, 0, 0])
    jpeg = picture("JPEG")
    frame = jpeg.index(b"\xff\xc0")
    for body in (
        png[:8] + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)) + png[8:],
        png[:33] + chunk(b"IEND", b""),
        *(b"RIFF" + struct.pack("<I", 22 + len(webp)) + b"WEBP" + both for both in (canvas + webp, webp + canvas)),
        jpeg[:frame] + b"\xff\xc0\x00\x11\x08\x75\x30\x75\x30" + jpeg[frame + 9 : frame + 19] + jpeg[frame:],
    ):
        with pytest.raises(NoPicture):
            read_picture(body)


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
