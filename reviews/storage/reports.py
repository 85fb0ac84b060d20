"""Reports as they were made, the links that share them, and the evidence of a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviews.clock import from_text
from reviews.errors import NotFound
from reviews.storage.engine import GroupTransaction, Row, Transaction
from reviews.storage.values import find_time, from_json, new_public_id, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report: its frozen inputs, and the version of the rules that draw them. `person_id` None: by the schedule."""

    id: int
    public_id: str
    clinic_id: int | None
    month: str
    recipe: int
    inputs: Mapping[str, Any]
    person_id: int | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLink:
    """A link to a report; whoever has it and its password sees the report until it ends."""

    public_id: str
    has_password: bool
    shows_authors: bool
    language: str
    expires_at: datetime
    revoked_at: datetime | None
    views: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Somebody gets the report of each month by mail; `clinic_id` None: of all clinics."""

    person_id: int
    clinic_id: int | None
    created_at: datetime


def add_report(
    g: GroupTransaction,
    *,
    clinic_id: int | None,
    month: str,
    recipe: int,
    inputs: Mapping[str, Any],
    person_id: int | None,
    now: datetime,
) -> str:
    """Freeze a report; its public id."""
    public_id = new_public_id()
    g.run(
        "add_report", public_id=public_id, clinic_id=clinic_id, month=month, recipe=recipe,
        inputs=to_json(dict(inputs)), person_id=person_id, now=now,
    )  # fmt: skip
    return public_id


def find_reports(g: GroupTransaction) -> list[StoredReport]:
    """The group's newest sixty reports."""
    return [_to_report(row) for row in g.rows("find_reports")]


def get_report(g: GroupTransaction, public_id: str) -> StoredReport:
    """One report; raises NotFound."""
    return _one(g.row("find_reports", public_id=public_id), public_id)


def get_report_by_id(g: GroupTransaction, report_id: int) -> StoredReport:
    """One report; raises NotFound."""
    return _one(g.row("find_reports", id=report_id), str(report_id))


def find_scheduled(g: GroupTransaction, month: str, clinic_id: int | None) -> StoredReport | None:
    """The report of a month that the schedule has made, of one clinic or of all (None)."""
    key = {"of_all": 1} if clinic_id is None else {"of_clinic": clinic_id}
    row = g.row("find_reports", by_schedule=month, **key)
    return None if row is None else _to_report(row)


def lock_schedule(g: GroupTransaction) -> None:
    """Wait until no other worker makes the group's monthly reports; holds until the transaction ends."""
    g.tx.row("lock_audit", id=g.group_id)


def subscribe(g: GroupTransaction, person_id: int, clinic_id: int | None, now: datetime) -> None:
    """From now on the person gets each month's report, of one clinic or of all (None), instead of what was before."""
    g.run("save_report_subscription", person_id=person_id, clinic_id=clinic_id, now=now)


def unsubscribe(g: GroupTransaction, person_id: int) -> bool:
    """The person gets no monthly reports any more; False if there were none."""
    return g.run("delete_report_subscription", person_id=person_id) > 0


def find_subscriptions(g: GroupTransaction, person_id: int | None = None) -> list[Subscription]:
    """Who gets monthly reports, or what one person gets."""
    key = {} if person_id is None else {"person_id": person_id}
    return [
        Subscription(
            person_id=row["person_id"], clinic_id=row["clinic_id"], created_at=from_text(row["created_at"])
        )
        for row in g.rows("find_report_subscriptions", **key)
    ]  # fmt: skip


def add_link(
    g: GroupTransaction,
    report_id: int,
    *,
    public_id: str,
    token_hash: str,
    password_hash: str,
    shows_authors: bool,
    language: str,
    expires_at: datetime,
    person_id: int,
    now: datetime,
) -> None:
    """A new link; raises NotFound."""
    if not g.run(
        "add_report_link", report_id=report_id, public_id=public_id, token_hash=token_hash, password_hash=password_hash,
        shows_authors=shows_authors, language=language, expires_at=expires_at, person_id=person_id, now=now,
    ):  # fmt: skip
        raise NotFound(f"no report {report_id}")


def find_links(g: GroupTransaction, report_id: int) -> list[ReportLink]:
    """The links to a report, the newest first."""
    return [
        ReportLink(
            public_id=row["public_id"],
            has_password=bool(row["password_hash"]),
            shows_authors=bool(row["shows_authors"]),
            language=row["language"],
            expires_at=from_text(row["expires_at"]),
            revoked_at=find_time(row["revoked_at"]),
            views=row["views"],
            created_at=from_text(row["created_at"]),
        )
        for row in g.rows("find_report_links", report_id=report_id)
    ]


def revoke_link(g: GroupTransaction, public_id: str, now: datetime) -> None:
    """A link ends; raises NotFound, also where it has ended before."""
    if not g.run("revoke_report_link", public_id=public_id, now=now):
        raise NotFound(f"no link {public_id}")


def find_link_by_hash(tx: Transaction, token_hash: str, now: datetime) -> Row | None:
    """The link of a token while it may be used: its group, report, password, whether it shows authors, language."""
    return tx.row("find_link_by_hash", token_hash=token_hash, now=now)


def count_view(tx: Transaction, link_id: int) -> None:
    """One more has looked."""
    tx.run("count_view", id=link_id)


def count_outcomes(g: GroupTransaction, since: datetime, until: datetime) -> Sequence[Mapping[str, Any]]:
    """How the runs of a time ended, by source and outcome."""
    return g.rows("count_outcomes", since=since, until=until)


def find_acts(g: GroupTransaction, since: datetime, until: datetime, actions: Sequence[str]) -> list[dict[str, Any]]:
    """Who did what of these kinds in a time, oldest first, at most 500."""
    rows = g.rows("find_acts", since=since, until=until, actions=actions)
    return [{**row, "after": from_json(row["after"])} for row in rows]


def _one(row: Row | None, name: str) -> StoredReport:
    if row is None:
        raise NotFound(f"no report {name}")
    return _to_report(row)


def _to_report(row: Row) -> StoredReport:
    return StoredReport(
        id=row["id"],
        public_id=row["public_id"],
        clinic_id=row["clinic_id"],
        month=row["month"],
        recipe=row["recipe"],
        inputs=from_json(row["inputs"]),
        person_id=row["person_id"],
        made_at=from_text(row["made_at"]),
    )
