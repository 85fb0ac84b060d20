"""A group's own templates of replies, and how it approves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.values import from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTemplate:
    """A template; `stars` are whole, 0 is without stars, and none means all."""

    public_id: str
    name: str
    language: str
    stars: tuple[int, ...]
    text: str


def find_templates(g: GroupTransaction) -> list[ReplyTemplate]:
    """The group's own templates by name."""
    return [_to_template(row) for row in g.rows("find_reply_templates")]


def get_template(g: GroupTransaction, public_id: str) -> ReplyTemplate:
    """One template; raises NotFound."""
    row = g.row("find_reply_templates", public_id=public_id)
    if row is None:
        raise NotFound(f"no template {public_id}")
    return _to_template(row)


def add_template(
    g: GroupTransaction, *, name: str, language: str, stars: Sequence[int], text: str, now: datetime
) -> str:
    """A new template; its public id."""
    public_id = new_public_id()
    stored = to_json(sorted(stars))
    g.run("add_reply_template", public_id=public_id, name=name, language=language, stars=stored, text=text, now=now)
    return public_id


def save_template(
    g: GroupTransaction, public_id: str, *, name: str, language: str, stars: Sequence[int], text: str, now: datetime
) -> None:
    """Change a template; raises NotFound."""
    stored = to_json(sorted(stars))
    if not g.run(
        "save_reply_template", public_id=public_id, name=name, language=language, stars=stored, text=text, now=now
    ):
        raise NotFound(f"no template {public_id}")


def delete_template(g: GroupTransaction, public_id: str) -> None:
    """Drop a template; raises NotFound."""
    if not g.run("delete_reply_template", public_id=public_id):
        raise NotFound(f"no template {public_id}")


def may_editors_approve(g: GroupTransaction) -> bool:
    """Whether editors of this group may approve and post."""
    row = g.row("find_reply_settings")
    return bool(row and row["editors_approve"])


def set_editors_approve(g: GroupTransaction, editors_approve: bool) -> None:
    """Whether editors of this group may approve and post from now on."""
    g.run("save_reply_settings", editors_approve=int(editors_approve))


def _to_template(row: Row) -> ReplyTemplate:
    return ReplyTemplate(
        public_id=row["public_id"],
        name=row["name"],
        language=row["language"],
        stars=tuple(from_json(row["stars"])),
        text=row["text"],
    )
