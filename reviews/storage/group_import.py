"""Reading a whole group's export back into an installation that has none of it, with equal counts.

Ids in an export mean something only inside it: each row gets a new one, and what refers to it follows. Which column
refers to which table is read from the database's own catalogue. Public ids stay, so that addresses and snippets go on
working; one that exists already ends the import, and nothing of it is stored.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from reviews.clock import to_text
from reviews.errors import Conflict, StorageError
from reviews.rules.replies import UNSURE
from reviews.storage import audit, groups
from reviews.storage.backup import EXPORT_FORMAT, NOT_EXPORTED, OF_PEOPLE
from reviews.storage.catalogue import Table, find_links, find_tables
from reviews.storage.engine import Row, Session, Storage, Transaction
from reviews.storage.leaving_out import SHORT_LIVED
from reviews.storage.manifest import from_line
from reviews.storage.migrate import read_ledger
from reviews.storage.theme_periods import count_again

LOOSE = {"sources": ("last_run_id",), "clinics": ("primary_source_id",), "reviews": ("last_run_id",)}
"""Columns that hold an id without a reference, since the two rows name each other."""
LOOSE_TARGETS = {"last_run_id": "runs", "primary_source_id": "sources"}
FIXED = {"connections": {"secrets": "", "state": "needs_person"}, "channels": {"secrets": "", "state": "disabled"},
         "people": {"password_hash": ""}}  # fmt: skip
"""What no export says, since it is secret: it is entered again, and people get a new password."""


def import_group(storage: Storage, lines: Iterable[str], now: datetime) -> dict[str, int]:
    """Store an export whole or not at all; how many rows of each table.

    Raises StorageError for a file that is none or of another schema, Conflict when the group exists already.
    """
    given = iter(lines)
    try:
        head = json.loads(next(given))
    except (StopIteration, ValueError) as error:
        raise StorageError("this is no export of a group") from error
    with storage.session(writable=True) as session:
        schema = max(read_ledger(session), default=0)
        if not isinstance(head, dict) or head.get("clinic-reviews-export") != EXPORT_FORMAT:
            raise StorageError("this is no export of a group, or one of another form")
        if head.get("schema") != schema:
            raise StorageError(f"the export has schema {head.get('schema')}, this installation has {schema}")
        return _Import(session, now).run(given)


class _Import:
    """One import under way: the new ids by table and old id."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.tables: dict[str, Table] = {table.name: table for table in find_tables(session)}
        self.links: Mapping[str, Mapping[str, str]] = find_links(session, self.tables)
        self.ids: dict[str, dict[int, int]] = {}
        self.counts: dict[str, int] = {}
        self.late: list[tuple[str, int, str, int]] = []

    def run(self, lines: Iterator[str]) -> dict[str, int]:
        for number, line in enumerate(lines, 2):
            if not line.strip():
                continue
            try:
                given = json.loads(line)
                name, row = given["table"], from_line(json.dumps(given["row"]).encode())
                table = self.tables[name]
            except (ValueError, KeyError, TypeError) as error:
                raise StorageError(f"line {number} of the export cannot be read") from error
            self._add(table, row)
        for name, new_id, column, old_target in self.late:
            target = self.ids.get(LOOSE_TARGETS[column], {}).get(old_target)
            if target is not None:
                text = f'UPDATE "{name}" SET "{column}" = :target WHERE id = :id'  # noqa: S608 - names of the catalogue
                self.session.execute(text, {"target": target, "id": new_id})
        (group_id,) = self.ids["groups"].values()
        tx = Transaction(self.session)
        for clinic_id in self.ids.get("clinics", {}).values():
            count_again(tx.group(group_id), clinic_id)
        audit.chain_anew(tx.group(group_id))
        audit.add_entry(
            tx.group(group_id), now=self.now, person_id=None, action="group.imported", object_kind="group",
            object_id=groups.get_group(tx, group_id).public_id, after={"rows": sum(self.counts.values())},
        )  # fmt: skip
        return self.counts

    def _add(self, table: Table, row: dict[str, Any]) -> None:
        if table.name in NOT_EXPORTED or table.name in SHORT_LIVED or not self._is_of_group(table):
            raise StorageError(f"an export of a group has no rows of {table.name}")
        allowed = {"people": OF_PEOPLE}.get(table.name, table.columns)
        if unknown := row.keys() - set(allowed):
            raise StorageError(
                f"the export has columns of {table.name} that are not known: {', '.join(sorted(unknown))}"
            )
        old_id = row.pop("id", None)
        if table.name == "people" and (known := self._find_person(row["email"])) is not None:
            self.ids.setdefault("people", {})[old_id] = known  # the same person, who keeps password and name
            self.counts["people"] = self.counts.get("people", 0) + 1
            return
        values = {**row, **FIXED.get(table.name, {}), **self._ended(table.name, row)}
        if table.name == "groups":
            values.setdefault("created_at", to_text(self.now))
        late = [(column, values[column]) for column in LOOSE.get(table.name, ()) if values.get(column) is not None]
        for column, target in self.links.get(table.name, {}).items():
            if values.get(column) is not None:
                values[column] = self._new_id(target, values[column], table.name, column)
        for column, _ in late:
            values[column] = None if column == "primary_source_id" or table.name == "sources" else 0
        if table.name == "sources":
            values |= {"lease_owner": None, "lease_until": None}
        if table.name == "clinics":
            values["stale_since"] = to_text(self.now)
        new_id = self._insert(table, values)
        if old_id is not None and new_id is not None:
            self.ids.setdefault(table.name, {})[old_id] = new_id
            self.late += [(table.name, new_id, column, old) for column, old in late]
        self.counts[table.name] = self.counts.get(table.name, 0) + 1

    @staticmethod
    def _is_of_group(table: Table) -> bool:
        return table.name in ("groups", "people") or "group_id" in table.columns

    def _ended(self, table_name: str, row: Row) -> dict[str, Any]:
        """What still waited to be told or posted where the group comes from: that is done there, and not twice."""
        now = to_text(self.now)
        if table_name == "outbox" and row["sent_at"] is None:
            return {"sent_at": now}
        if table_name == "deliveries" and row["state"] == "waiting":
            return {"state": "dropped", "lease_until": None}
        if table_name == "reply_posts" and row["state"] == "waiting":
            return {"state": "unsure", "said": UNSURE, "finished_at": now, "lease_until": None}
        return {}

    def _find_person(self, email: str) -> int | None:
        rows = self.session.execute("SELECT id FROM people WHERE email = :email", {"email": email}).rows
        return int(rows[0]["id"]) if rows else None

    def _new_id(self, target: str, old: int, table: str, column: str) -> int | None:
        try:
            return self.ids[target][old]
        except KeyError:
            if target == "people":
                return None  # somebody who had left the group; what they did stays, without the name
            raise StorageError(
                f"the export is not whole: {table}.{column} names a row of {target} that is not in it"
            ) from None

    def _insert(self, table: Table, values: Mapping[str, Any]) -> int | None:
        columns = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f":{name}" for name in values)
        has_id = "id" in table.columns
        text = f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})' + (" RETURNING id" if has_id else "")  # noqa: S608
        try:
            found = self.session.execute(text, values).rows
        except Conflict as error:
            raise Conflict(
                "this group, or a part of it, is here already; import it into an empty installation"
            ) from error
        return int(found[0]["id"]) if has_id else None
