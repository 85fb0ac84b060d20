"""Every query over rows of a group is bound to the group, as a reading of all query texts proves."""

import re

import pytest

from reviews.errors import StorageError
from reviews.storage import Storage
from reviews.storage.migrate import known_migrations
from reviews.storage.named import Query, all_queries, parse_query
from tests.storage.conftest import Tenant

_CONDITION = re.compile(r"/\*if (\w+): (.*?)\*/", re.DOTALL)
_FRAGMENT = re.compile(r"/\*(?:sqlite|postgres): (.*?)\*/", re.DOTALL)
_USE = re.compile(r"\b(FROM|JOIN|INTO|UPDATE|,)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE)
_KEYWORDS = (
    "set where on order group left inner cross join limit values select using having union returning for natural as"
)


def group_tables() -> set[str]:
    """The tables whose rows belong to a group."""
    found = set()
    for step in known_migrations():
        for name, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", step.text, re.DOTALL):
            if re.search(r"^\s+group_id\s+INTEGER NOT NULL", body, re.MULTILINE):
                found.add(name)
    return found


def scope_faults(query: Query, tables: set[str]) -> list[str]:
    """What keeps a query of scope group from being bound to its group."""
    if query.scope != "group":
        return []
    text = _FRAGMENT.sub(lambda part: part[1], query.text)
    always = _CONDITION.sub("", text)
    faults = [] if ":group_id" in always else ["does not bind :group_id"]
    faults += _faults_of(always, always, tables)
    for part in _CONDITION.finditer(text):
        faults += _faults_of(part[2], always + part[2], tables)
    return faults


def _faults_of(part: str, whole: str, tables: set[str]) -> list[str]:
    faults = []
    bound = set(re.findall(r"(\w+)\.group_id = :group_id", whole))
    links = re.findall(r"(\w+)\.group_id = (\w+)\.group_id", whole)
    for _ in links:
        for left, right in links:
            if left in bound or right in bound:
                bound |= {left, right}
    bare = len(re.findall(r"(?<![.\w])group_id = :group_id", part))
    for verb, table, alias in _USE.findall(part):
        if table not in tables:
            continue
        alias = "" if alias.lower() in _KEYWORDS.split() else alias
        if verb.upper() == "INTO":
            columns = re.search(rf"INTO {table}\s*(?:AS \w+ )?\((.*?)\)", part, re.DOTALL)
            if not columns or "group_id" not in re.split(r"[\s,]+", columns[1]) or ":group_id" not in part:
                faults.append(f"inserts into {table} without :group_id")
            # A row made from a bound parent has a key that belongs to that parent, and so has the row it meets.
            is_child = re.search(r"\bSELECT\b.*\bWHERE\b", part, re.DOTALL) and bound
            conflict = re.search(r"ON CONFLICT \((.*?)\) DO UPDATE(.*)", part, re.DOTALL)
            if (
                conflict
                and not is_child
                and "group_id" not in conflict[1]
                and f"{table}.group_id = " not in conflict[2]
            ):
                faults.append(f"updates a row of {table} that may be another group's")
        elif alias in bound or (not alias and table in bound):
            continue
        elif not alias and bare > 0:
            bare -= 1
        else:
            faults.append(f"reads or changes {table} {alias} without its group")
    return faults


@pytest.mark.statement("T21")
@pytest.mark.parametrize("name", sorted(all_queries()))
def test_query_is_bound_to_its_group(name):
    assert scope_faults(all_queries()[name], group_tables()) == []


@pytest.mark.parametrize("name", sorted(name for name, query in all_queries().items() if query.scope == "system"))
def test_query_of_scope_system_says_why(name):
    assert len(all_queries()[name].reason) > 5


MUTANTS = [
    "SELECT * FROM sources WHERE id = :id",
    "SELECT * FROM sources WHERE id = :group_id",
    "SELECT * FROM sources s JOIN clinics c ON c.id = s.clinic_id WHERE s.group_id = :group_id",
    "SELECT * FROM sources WHERE group_id = :group_id AND clinic_id IN (SELECT id FROM clinics)",
    "UPDATE sources SET state = :state WHERE id = :id",
    "DELETE FROM uploads WHERE id = :id AND 1 = :group_id",
    "SELECT * FROM sources WHERE id = :id /*if mine: AND group_id = :group_id */",
    "SELECT * FROM sources WHERE group_id = :group_id /*if c: AND clinic_id IN (SELECT id FROM clinics) */",
    "INSERT INTO uploads (public_id, file_name) VALUES (:public_id, :group_id)",
    "INSERT INTO outbox (event_id, group_id) VALUES (:e, :group_id) ON CONFLICT (event_id) DO UPDATE SET kind = :k",
    "SELECT * FROM groups g, sources s WHERE g.id = :group_id",
]


@pytest.mark.statement("T21", "H9")
@pytest.mark.parametrize("text", MUTANTS)
def test_query_that_forgets_its_group_is_found(text):
    assert scope_faults(parse_query("mutant", "tests", f"-- Intent.\n{text}"), group_tables()) != []


def test_bound_query_is_not_taken_for_a_fault():
    good = [
        "SELECT * FROM sources WHERE group_id = :group_id AND id = :id",
        "SELECT * FROM sources s JOIN clinics c ON c.id = s.clinic_id AND c.group_id = s.group_id"
        " WHERE s.group_id = :group_id",
        "INSERT INTO uploads (public_id, group_id) VALUES (:public_id, :group_id)",
    ]
    assert [scope_faults(parse_query("good", "tests", f"-- x\n{text}"), group_tables()) for text in good] == [
        [],
        [],
        [],
    ]


@pytest.mark.statement("T21")
def test_group_handle_refuses_queries_of_the_installation_and_the_other_way_round(storage: Storage, tenant: Tenant):
    with storage.read() as tx:
        with pytest.raises(StorageError, match="scope system"):
            tx.group(tenant.group_id).rows("find_groups")
        with pytest.raises(StorageError, match="scope group"):
            tx.rows("find_sources", group_id=tenant.group_id)


@pytest.mark.statement("T21")
def test_group_handle_does_not_let_a_caller_name_another_group(storage: Storage, tenant: Tenant, other: Tenant):
    with storage.read() as tx, pytest.raises(StorageError, match="bound by the handle"):
        tx.group(tenant.group_id).rows("find_sources", group_id=other.group_id)
