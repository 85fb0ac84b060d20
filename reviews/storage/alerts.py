"""Who is told what: channels of a group, rules per person and per channel, and the facts that messages are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound, StorageError
from reviews.storage.engine import GroupTransaction, Row
from reviews.storage.people import find_member_clinics
from reviews.storage.values import find_time, from_json, new_public_id, to_json

KINDS = ("slack", "teams", "webhook", "apprise")
WHEN = ("at_once", "daily", "never")
REASONS = ("risk", "disagree", "sentence")
"""Why a review may be urgent whatever its stars, if a rule asks for it: as in `scores.Score.attention`."""
CHANNEL_FIELDS = ("label", "host", "secrets", "language", "state", "reason", "failures", "held_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A shared place for messages. `sealed` is the address with its keys, encrypted; `host` is for people to see."""

    id: int
    public_id: str
    group_id: int
    kind: str
    label: str
    host: str
    sealed: str
    language: str
    state: str
    reason: str
    failures: int
    held_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a rule asks for; empty sets mean all, `stars` has 0 for reviews without stars.

    `urgent` and `news` are at_once, daily or never; `reasons` (of REASONS; none if empty) make a review urgent for this
    rule. Quiet hours are in the time zone of the clinics; None: never quiet.
    """

    clinics: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    stars: frozenset[int] = frozenset()
    reasons: frozenset[str] = frozenset({"risk"})
    urgent: str = "at_once"
    news: str = "daily"
    trouble: bool = True
    digest: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None
    urgent_passes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule with whose it is: a person's by mail (no channel), or about a channel (with or without a person)."""

    public_id: str
    person_id: int | None
    channel_id: int | None
    wishes: Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMember:
    """A person of the group who may get mail; `clinics` are the public ids of those to be told of, None: all."""

    person_id: int
    public_id: str
    email: str
    name: str
    language: str
    role: str
    since: datetime
    clinics: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRow:
    """A review that a run has brought or changed; `is_new` when the run saw it first."""

    review_id: int
    public_id: str
    clinic_id: int
    source_id: int
    stars100: int | None
    stars100_before: int | None
    language: str | None
    version: int
    is_new: bool
    title: str
    text: str


def add_channel(
    g: GroupTransaction, *, kind: str, label: str, host: str, sealed: str, now: datetime, language: str = "en"
) -> Channel:
    """A new channel; raises StorageError for an unknown kind."""
    if kind not in KINDS:
        raise StorageError(f"no kind of channel {kind}")
    row = g.row(
        "add_channel",
        public_id=new_public_id(), kind=kind, label=label, host=host, secrets=sealed, language=language, now=now,
    )  # fmt: skip
    assert row is not None
    return _to_channel(row)


def find_channels(g: GroupTransaction) -> list[Channel]:
    """The group's channels, oldest first."""
    return [_to_channel(row) for row in g.rows("find_channels")]


def get_channel(g: GroupTransaction, channel_id: int) -> Channel:
    """One channel; raises NotFound."""
    return _get_channel(g, id=channel_id)


def get_channel_by_public_id(g: GroupTransaction, public_id: str) -> Channel:
    """One channel; raises NotFound."""
    return _get_channel(g, public_id=public_id)


def update_channel(g: GroupTransaction, channel_id: int, *, now: datetime, **fields: Any) -> Channel:
    """Change the given fields (those of CHANNEL_FIELDS); raises NotFound."""
    if unknown := fields.keys() - set(CHANNEL_FIELDS):
        raise StorageError(f"a channel has no field {', '.join(sorted(unknown))} that can be set")
    row = g.row("update_channel", id=channel_id, now=now, **fields)
    if row is None:
        raise NotFound(f"no channel {channel_id} in this group")
    return _to_channel(row)


def delete_channel(g: GroupTransaction, channel_id: int) -> None:
    """Let a channel go, with its rules and what was sent there; raises NotFound."""
    if g.run("delete_channel", id=channel_id) == 0:
        raise NotFound(f"no channel {channel_id} in this group")


def add_rule(
    g: GroupTransaction, *, person_id: int | None, channel_id: int | None, wishes: Wishes, now: datetime
) -> AlertRule:
    """A new rule; raises NotFound for a person or channel that is not the group's."""
    if person_id is None and channel_id is None:
        raise StorageError("a rule is a person's, or a channel's, or both")
    if channel_id is not None:
        get_channel(g, channel_id)
    if person_id is not None and g.row("find_alert_members", person_id=person_id) is None:
        raise NotFound(f"no person {person_id} in this group")
    row = g.row(
        "add_alert_rule",
        public_id=new_public_id(), person_id=person_id, channel_id=channel_id, now=now, **_to_columns(wishes),
    )  # fmt: skip
    assert row is not None
    return _to_rule(row)


def find_rules(g: GroupTransaction, *, person_id: int | None = None, channel_id: int | None = None) -> list[AlertRule]:
    """The group's rules, or those of one person or channel."""
    keys = {"person_id": person_id, "channel_id": channel_id}
    return [
        _to_rule(row)
        for row in g.rows("find_alert_rules", **{name: key for name, key in keys.items() if key is not None})
    ]


def get_rule(g: GroupTransaction, public_id: str) -> AlertRule:
    """One rule; raises NotFound."""
    row = g.row("find_alert_rules", public_id=public_id)
    if row is None:
        raise NotFound(f"no rule {public_id} in this group")
    return _to_rule(row)


def update_rule(g: GroupTransaction, public_id: str, wishes: Wishes, *, now: datetime) -> AlertRule:
    """Put other wishes in place of a rule's; raises NotFound."""
    row = g.row("update_alert_rule", public_id=public_id, now=now, **_to_columns(wishes))
    if row is None:
        raise NotFound(f"no rule {public_id} in this group")
    return _to_rule(row)


def delete_rule(g: GroupTransaction, public_id: str) -> None:
    """Let a rule go; raises NotFound."""
    if g.run("delete_alert_rule", public_id=public_id) == 0:
        raise NotFound(f"no rule {public_id} in this group")


def find_mail_members(g: GroupTransaction, person_id: int | None = None) -> list[MailMember]:
    """The people of the group who may get mail, or only this one."""
    key = {} if person_id is None else {"person_id": person_id}
    limits = find_member_clinics(g)
    return [
        MailMember(
            person_id=row["id"],
            public_id=row["public_id"],
            email=row["email"],
            name=row["name"],
            language=row["language"],
            role=row["role"],
            since=from_text(row["member_since"]),
            clinics=None if row["all_clinics"] else limits.get(row["id"], frozenset()),
        )
        for row in g.rows("find_alert_members", **key)
    ]


def find_news(g: GroupTransaction, source_id: int, run_id: int, *, after_id: int, limit: int) -> list[NewsRow]:
    """What a run has brought to a source or changed there, by id, from after `after_id`."""
    return [
        NewsRow(
            review_id=row["id"],
            public_id=row["public_id"],
            clinic_id=row["clinic_id"],
            source_id=row["source_id"],
            stars100=row["stars100"],
            stars100_before=row["stars100_before"],
            language=row["language"],
            version=row["version"],
            is_new=row["version_before"] is None,
            title=row["title"] or "",
            text=row["text"] or "",
        )
        for row in g.rows("find_news", source_id=source_id, run_id=run_id, after_id=after_id, limit=limit)
    ]


def is_first_reading(g: GroupTransaction, source_id: int, run_id: int) -> bool:
    """Whether no earlier run of the source has ended well."""
    return g.row("find_earlier_good_run", source_id=source_id, run_id=run_id) is None


def count_first_reading(g: GroupTransaction, source_id: int, run_id: int | None = None) -> dict[int, int]:
    """How many reviews of a source stand there now, or those that one run saw first, by whole stars; 0 without."""
    key = {} if run_id is None else {"run_id": run_id}
    return {row["stars"]: row["n"] for row in g.rows("count_first_reading", source_id=source_id, **key)}


def count_week(g: GroupTransaction, since: datetime, until: datetime) -> Sequence[Mapping[str, int]]:
    """By source: `n` reviews first seen in a time, `low` of them under 2.5 stars, `stars_count`, `stars100_sum`."""
    return g.rows("count_week", since=since, until=until)


def count_missing(g: GroupTransaction, since: datetime, until: datetime) -> dict[int, int]:
    """By source id: how many reviews became missing in a time."""
    return {row["source_id"]: row["n"] for row in g.rows("count_missing_since", since=since, until=until)}


def find_unanswered(g: GroupTransaction, since: datetime, limit: int) -> list[tuple[int, int, int]]:
    """(review, source, clinic) of reviews with text that nobody has answered, fewest stars first."""
    return [
        (row["id"], row["source_id"], row["clinic_id"]) for row in g.rows("find_unanswered", since=since, limit=limit)
    ]


def find_totals_at(g: GroupTransaction, at: datetime) -> dict[int, Row]:
    """What each source said at a moment, by source id."""
    return {row["source_id"]: row for row in g.rows("find_totals_at", at=at)}


def _get_channel(g: GroupTransaction, **key: Any) -> Channel:
    row = g.row("find_channels", **key)
    if row is None:
        raise NotFound(f"no channel {key} in this group")
    return _to_channel(row)


def _to_channel(row: Row) -> Channel:
    plain = {name: row[name] for name in ("id", "public_id", "group_id", "kind", "label", "host", "language", "state")}
    return Channel(
        **plain,
        sealed=row["secrets"],
        reason=row["reason"],
        failures=row["failures"],
        held_until=find_time(row["held_until"]),
        created_at=from_text(row["created_at"]),
    )


def _to_columns(wishes: Wishes) -> dict[str, Any]:
    if (
        not {wishes.urgent, wishes.news} <= set(WHEN)
        or not wishes.stars <= set(range(6))
        or not wishes.reasons <= set(REASONS)
    ):
        raise StorageError("a rule asks for something that there is not")
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        raise StorageError("quiet hours have a beginning and an end")
    return {
        "clinic_ids": to_json(sorted(wishes.clinics)),
        "source_ids": to_json(sorted(wishes.sources)),
        "stars": to_json(sorted(wishes.stars)),
        "reasons": to_json(sorted(wishes.reasons)),
        **{name: getattr(wishes, name) for name in ("urgent", "news", "trouble", "digest", "urgent_passes")},
        "quiet_from": f"{wishes.quiet_from:%H:%M}" if wishes.quiet_from else "",
        "quiet_until": f"{wishes.quiet_until:%H:%M}" if wishes.quiet_until else "",
    }


def _to_rule(row: Row) -> AlertRule:
    wishes = Wishes(
        clinics=frozenset(from_json(row["clinic_ids"])),
        sources=frozenset(from_json(row["source_ids"])),
        stars=frozenset(from_json(row["stars"])),
        reasons=frozenset(from_json(row["reasons"])),
        urgent=row["urgent"],
        news=row["news"],
        trouble=bool(row["trouble"]),
        digest=bool(row["digest"]),
        quiet_from=time.fromisoformat(row["quiet_from"]) if row["quiet_from"] else None,
        quiet_until=time.fromisoformat(row["quiet_until"]) if row["quiet_until"] else None,
        urgent_passes=bool(row["urgent_passes"]),
    )
    return AlertRule(
        public_id=row["public_id"], person_id=row["person_id"], channel_id=row["channel_id"], wishes=wishes
    )
