"""What of ours stands on a page: elements, scripts, frames, pictures, and the policies in its head. Pure."""

from dataclasses import dataclass

import lxml.html
from lxml.etree import ParserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeds:
    """Addresses and slugs as they stand in the page; `policies` are those of ``<meta http-equiv>``.

    `scripts` are (address, nonce), `frames` and `pictures` addresses.
    """

    widgets: tuple[str, ...] = ()
    scripts: tuple[tuple[str, str], ...] = ()
    frames: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


def find_embeds(body: bytes, charset: str | None) -> Embeds:
    """What a page holds of elements, scripts, frames and pictures; an empty page holds nothing."""
    try:
        tree = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding=charset or "utf-8"))
    except (ParserError, LookupError, ValueError):
        return Embeds()
    return Embeds(
        widgets=tuple(each.get("widget") or "" for each in tree.iter("clinic-reviews")),
        scripts=tuple((each.get("src") or "", each.get("nonce") or "") for each in tree.iter("script")),
        frames=tuple(each.get("src") or "" for each in tree.iter("iframe")),
        pictures=tuple(
            address for each in tree.iter("img", "source") for name in ("src", "srcset") if (address := each.get(name))
        ),
        policies=tuple(
            each.get("content") or ""
            for each in tree.iter("meta")
            if (each.get("http-equiv") or "").lower() == "content-security-policy"
        ),
    )
