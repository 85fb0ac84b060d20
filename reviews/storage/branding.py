"""How a group looks in its reports and mails: a colour, and a logo."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from reviews.storage.engine import GroupTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """`accent` as ``#0b5cad``, `logo` the digest of a logo; each "" for none."""

    accent: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogo:
    """A picture that was checked when it came, with its size in pixels."""

    digest: str
    content_type: str
    width: int
    height: int
    body: bytes


def find_brand(g: GroupTransaction) -> Brand:
    """How the group looks; plain where nobody has said anything."""
    row = g.row("find_branding")
    return Brand(**row) if row else Brand()


def save_brand(g: GroupTransaction, brand: Brand) -> None:
    """How the group looks from now on; reports that were made stay as they are."""
    g.run("save_branding", accent=brand.accent, logo=brand.logo)


def add_logo(
    g: GroupTransaction, *, body: bytes, content_type: str, width: int, height: int, now: datetime
) -> str:  # fmt: skip
    """Keep a logo that was checked; its digest."""
    digest = hashlib.sha256(body).hexdigest()
    g.run("add_logo", digest=digest, content_type=content_type, width=width, height=height, body=body, now=now)
    return digest


def find_logo(g: GroupTransaction, digest: str) -> StoredLogo | None:
    """The logo of this digest, or None."""
    row = g.row("find_logo", digest=digest) if digest else None
    return None if row is None else StoredLogo(**{**row, "body": bytes(row["body"])})
