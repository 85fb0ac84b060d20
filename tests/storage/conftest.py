"""What the storage tests share: databases that nobody has set up, a second group, and rows to look for."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from reviews.model import Clinic, Source
from reviews.storage import Storage, clinics, groups, sources
from tests.conftest import NOW, database_uri


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database that nobody has set up; on SQLite there is no file yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "fresh" / "reviews.db")
        return
    server = request.getfixturevalue("postgres_server")
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield database_uri(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Tenant:
    """One group with one clinic and one source."""

    group_id: int
    clinic: Clinic
    source: Source


def add_tenant(storage: Storage, name: str, *, is_due: bool = True) -> Tenant:
    with storage.write() as tx:
        group = groups.add_group(tx, name=name, now=NOW)
        g = tx.group(group.id)
        clinic = clinics.add_clinic(g, slug=name, name=f"Clinic {name}", now=NOW)
        source = sources.add_source(
            g,
            clinic_id=clinic.id,
            kind="web_page",
            label="Own website",
            url=f"https://{name}.example.org/reviews",
            origin="own_site",
            config={"url": f"https://{name}.example.org/reviews"},
            now=NOW,
            next_due_at=NOW if is_due else None,
        )
    return Tenant(group.id, clinic, source)


@pytest.fixture
def tenant(storage: Storage) -> Tenant:
    return add_tenant(storage, "maple")


@pytest.fixture
def other(storage: Storage) -> Tenant:
    return add_tenant(storage, "harbour")
