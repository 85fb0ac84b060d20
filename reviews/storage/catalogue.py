"""What tables a database really has, read from its own catalogue, for backups and for the test of the migrations."""

from collections.abc import Collection
from dataclasses import dataclass
from graphlib import TopologicalSorter

from reviews.storage.engine import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its columns in order, its primary key, and the columns that count by themselves."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    counted: tuple[str, ...] = ()


def find_tables(session: Session) -> list[Table]:
    """The tables of the database, each after those that it refers to."""
    found = _sqlite_tables(session) if session.dialect == "sqlite" else _postgres_tables(session)
    references = _sqlite_references(session, found) if session.dialect == "sqlite" else _postgres_references(session)
    sorter: TopologicalSorter[str] = TopologicalSorter({name: set() for name in sorted(found)})
    for name, target in sorted(references):
        if target != name and target in found and name in found:
            sorter.add(name, target)
    return [found[name] for name in sorter.static_order()]


def _sqlite_tables(session: Session) -> dict[str, Table]:
    rows = session.execute(
        r"""SELECT m.name AS table_name, c.name, c.pk FROM pragma_table_list m, pragma_table_info(m.name) c
        WHERE m.schema = 'main' AND m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
        ORDER BY m.name, c.cid"""
    ).rows
    found = {}
    for name in dict.fromkeys(row["table_name"] for row in rows):
        own = [row for row in rows if row["table_name"] == name]
        key = sorted((row["pk"], row["name"]) for row in own if row["pk"])
        found[name] = Table(
            name=name, columns=tuple(row["name"] for row in own), key=tuple(column for _, column in key)
        )
    return found


def find_links(session: Session, tables: Collection[str]) -> dict[str, dict[str, str]]:
    """Of each table the columns that refer to the id of another one, with that table's name."""
    if session.dialect == "sqlite":
        rows = [
            {"name": name, **row}
            for name in tables
            for row in session.execute(
                'SELECT "from" AS source, "table" AS target FROM pragma_foreign_key_list(:name)', {"name": name}
            ).rows
        ]
    else:
        rows = session.execute(
            """SELECT t.relname AS name, a.attname AS source, r.relname AS target FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            JOIN pg_class r ON r.oid = c.confrelid
            JOIN pg_namespace n ON n.oid = c.connamespace AND n.nspname = current_schema()
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
            WHERE c.contype = 'f'"""
        ).rows
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["name"], {})[row["source"]] = row["target"]
    return found


def _sqlite_references(session: Session, tables: dict[str, Table]) -> set[tuple[str, str]]:
    return {
        (name, row["target"])
        for name in tables
        for row in session.execute('SELECT "table" AS target FROM pragma_foreign_key_list(:name)', {"name": name}).rows
    }


def _postgres_tables(session: Session) -> dict[str, Table]:
    rows = session.execute(
        """SELECT c.table_name, c.column_name, c.is_identity = 'YES' AS counted
        FROM information_schema.columns c
        JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
        ORDER BY c.table_name, c.ordinal_position"""
    ).rows
    keys = session.execute(
        """SELECT t.relname AS table_name, a.attname AS column_name
        FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
        WHERE i.indisprimary ORDER BY t.relname, k.place"""
    ).rows
    return {
        name: Table(
            name=name,
            columns=tuple(row["column_name"] for row in rows if row["table_name"] == name),
            key=tuple(row["column_name"] for row in keys if row["table_name"] == name),
            counted=tuple(row["column_name"] for row in rows if row["table_name"] == name and row["counted"]),
        )
        for name in dict.fromkeys(row["table_name"] for row in rows)
    }


def _postgres_references(session: Session) -> set[tuple[str, str]]:
    rows = session.execute(
        """SELECT t.relname AS name, r.relname AS target FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_class r ON r.oid = c.confrelid
        JOIN pg_namespace n ON n.oid = c.connamespace AND n.nspname = current_schema()
        WHERE c.contype = 'f'"""
    ).rows
    return {(row["name"], row["target"]) for row in rows}
