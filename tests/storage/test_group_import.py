"""A group leaves as JSON lines and comes back into an empty installation with equal counts and figures."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from reviews.errors import Conflict, StorageError
from reviews.storage import (
    Storage,
    alerts,
    audit,
    clinics,
    connections,
    deliveries,
    groups,
    open_storage,
    outbox,
    people,
    replies,
    reply_posts,
    review_lists,
    reviews,
    summaries,
)
from reviews.storage.backup import export_group
from reviews.storage.group_import import import_group
from tests.conftest import NOW
from tests.web.support import make_world


def read_out(storage: Storage, group_id: int) -> list[str]:
    with storage.read() as tx:
        return list(export_group(tx.group(group_id)))


def figures(storage: Storage, group_id: int) -> list[tuple[str, object, object]]:
    with storage.read() as tx:
        g = tx.group(group_id)
        return [
            (each.public_id, review_lists.sample_figures(g, each.id), len(summaries.find_months(g, each.id)))
            for each in clinics.find_clinics(g)
        ]


@pytest.mark.statement("S51", "Q9")
def test_a_group_comes_back_with_equal_counts_and_figures(storage: Storage, empty_url: str) -> None:
    world = make_world(storage)
    lines = read_out(storage, world.group_id)
    there = open_storage(empty_url)
    there.migrate(NOW)
    with there.write() as tx:
        # Ids that are taken, so that nothing can come out right by chance.
        other = groups.add_group(tx, name="Earlier", now=NOW)
        clinics.add_clinic(tx.group(other.id), slug="earlier", name="Earlier", now=NOW)
        people.add_person(tx, email="owner@north.example.org", name="Known", password_hash="kept", now=NOW)
    counts = import_group(there, lines, NOW)
    given: dict[str, int] = {}
    for line in lines[1:]:
        name = json.loads(line)["table"]
        given[name] = given.get(name, 0) + 1
    assert counts == given
    with there.read() as tx:
        group = groups.find_group_by_public_id(tx, groups_public_id(storage, world.group_id))
        assert group is not None
        assert audit.verify_chain(tx.group(group.id)) is None
        owner = people.find_person_by_email(tx, "owner@north.example.org")
        assert owner is not None
        assert (owner.name, owner.password_hash) == ("Known", "kept")
    mine = [(public_id, strip(sample), months) for public_id, sample, months in figures(storage, world.group_id)]
    theirs = [(public_id, strip(sample), months) for public_id, sample, months in figures(there, group.id)]
    assert mine == theirs
    again = read_out(there, group.id)
    assert len(again) == len(lines) + 1, "and one entry in the trail that says so"
    assert without_ids(lines, "review_contents")
    for table in ("reviews", "review_contents", "review_versions", "replies", "sources", "clinics", "widgets"):
        assert without_ids(again, table) == without_ids(lines, table), table
    with pytest.raises(Conflict):
        import_group(there, lines, NOW)
    assert len(read_out(there, group.id)) == len(again)
    there.close()


def strip(sample: object) -> list[object]:
    """Figures of the sources without their ids, which differ."""
    return sorted(map(repr, sample.values())) if isinstance(sample, dict) else [repr(sample)]


LOCAL = ("id", "stale_since")


def without_ids(lines: list[str], table: str) -> list[dict[str, object]]:
    """The rows of a table in an export; ids are new in another installation, and its pages are to be made."""
    rows = [json.loads(line)["row"] for line in lines[1:] if json.loads(line)["table"] == table]
    return [
        {name: value for name, value in row.items() if name not in LOCAL and not name.endswith("_id")} for row in rows
    ]


def groups_public_id(storage: Storage, group_id: int) -> str:
    with storage.read() as tx:
        return groups.get_group(tx, group_id).public_id


def test_what_still_waited_there_is_neither_sent_nor_posted_here(storage: Storage, tmp_path: Path) -> None:
    world = make_world(storage)
    with storage.write() as tx:
        g = tx.group(world.group_id)
        person = people.find_members(g)[0].person
        review = reviews.get_review_by_public_id(g, world.mine["review"])
        reply = replies.add_own(g, review_id=review.id, text="Thank you.", person_id=person.id, now=NOW)
        replies.move(g, reply, "waiting")
        replies.move(g, replies.get_own(g, reply.public_id), "approved")
        reply_posts.add_post(g, reply.id, person_id=person.id, now=NOW)
        outbox.add_event(g, event_id="waits", kind="reviews.collected", payload={}, now=NOW)
    there = open_storage(str(tmp_path / "there.db"))
    there.migrate(NOW)
    import_group(there, read_out(storage, world.group_id), NOW)
    later = NOW + timedelta(days=2)
    with there.write() as tx:
        assert outbox.find_unsent(tx, later, 10) == []
        assert deliveries.claim(tx, now=later, lease_until=later) is None
        assert reply_posts.claim_post(tx, now=later, lease_until=later) is None
        group = groups.find_groups(tx)[0]
        assert {each.state for each in connections.find_connections(tx.group(group.id))} <= {"needs_person"}
        assert {each.state for each in alerts.find_channels(tx.group(group.id))} <= {"disabled"}
    there.close()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("people", {"is_operator": 1}),
        ("people", {"password_hash": "phc"}),
        ("people", {"totp_secret": "x"}),
        ("sessions", {"token_hash": "t", "person_id": 1, "created_at": "", "last_used_at": "", "expires_at": "9"}),
        ("api_tokens", {"public_id": "k", "token_hash": "t"}),
        ("invitations", {"public_id": "i", "email": "x@example.org"}),
        ("recovery_codes", {"code_hash": "c", "person_id": 1}),
        ("one_time_tokens", {"purpose": "setup", "token_hash": "t"}),
    ],
)
def test_a_changed_export_opens_nothing(storage: Storage, tmp_path: Path, table: str, row: dict[str, object]) -> None:
    world = make_world(storage)
    lines = read_out(storage, world.group_id)
    if table == "people":
        at = next(i for i, line in enumerate(lines) if i and json.loads(line)["table"] == "people")
        given = json.loads(lines[at])
        lines[at] = json.dumps({**given, "row": {**given["row"], **row}})
    else:
        lines.append(json.dumps({"table": table, "row": row}))
    there = open_storage(str(tmp_path / "there.db"))
    there.migrate(NOW)
    with pytest.raises(StorageError, match=r"are not known|has no rows of"):
        import_group(there, lines, NOW)
    with there.read() as tx:
        assert people.find_people(tx) == []
    there.close()


def test_what_is_no_export_is_refused_and_stores_nothing(storage: Storage, tmp_path: Path) -> None:
    world = make_world(storage)
    lines = read_out(storage, world.group_id)
    cut = [lines[0], *[line for line in lines[1:] if json.loads(line)["table"] != "sources"]]
    older = [json.dumps({"clinic-reviews-export": 1, "schema": 1}), *lines[1:]]
    there = open_storage(str(tmp_path / "there.db"))
    there.migrate(NOW)
    for wrong in ([], ["nothing"], ["[]"], older, cut, [lines[0], '{"table": "people"}']):
        with pytest.raises(StorageError):
            import_group(there, wrong, NOW)
    with there.read() as tx:
        assert groups.find_groups(tx) == []
    there.close()
