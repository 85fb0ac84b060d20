"""Backups: what comes back is what was there, what is damaged is refused, what terms forbid to keep is not in it."""

import json
import os
import random
import threading
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews.errors import StorageBusy, StorageError, StorageUnavailable
from reviews.storage import (
    Storage,
    audit,
    groups,
    open_storage,
    outbox,
    people,
    replies,
    reply_posts,
    runs,
    sources,
    uploads,
)
from reviews.storage.backup import backup, export_group, restore, verify
from reviews.storage.catalogue import find_tables
from reviews.storage.manifest import Manifest, digest_file, digest_tables, manifest_path, write_manifest
from reviews.storage.migrate import Migration
from tests.conftest import NOW
from tests.storage.conftest import Tenant, add_tenant

LATER = NOW + timedelta(days=1)
SECRET = "the-dentist-was-late"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "monday.backup"


def url_of(storage: Storage) -> str:
    return str(getattr(storage, "path", None) or storage._url)


def rows_of(storage: Storage, table: str) -> list[dict[str, Any]]:
    with storage.session(writable=False) as session:
        (found,) = [each for each in find_tables(session) if each.name == table]
        return session.execute(f"SELECT * FROM {table} ORDER BY {', '.join(found.key)}").rows


def digests_of(storage: Storage) -> dict[str, str]:
    with storage.session(writable=False) as session:
        return digest_tables(session, find_tables(session))[1]


def add_review(storage: Storage, tenant: Tenant, origin: str, text: str, at: datetime = NOW) -> int:
    """A review with content, an earlier version, a reply, and a snapshot that quotes it."""
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        claim = sources.claim_source(g, tenant.source.id, owner="w", now=at, lease_seconds=0)
        assert claim is not None
        run = runs.open_run(g, claim, trigger="schedule", now=NOW)
        runs.close_run(g, run.id, now=NOW, outcome="ok", is_complete=True)
    at_text = "2026-11-22T09:00:00.000000Z"
    common = {"g": tenant.group_id, "c": tenant.clinic.id, "s": tenant.source.id, "run": run.id, "at": at_text}
    with storage.session(writable=True) as session:

        def insert(sql: str, **values: Any) -> int:
            return int(session.execute(f"{sql} RETURNING *", values).rows[0].get("id") or 0)

        review_id = insert(
            """INSERT INTO reviews (public_id, group_id, clinic_id, source_id, identity_key, identity_kind, origin,
                content_hash, reply_hash, volatile_hash, first_seen_at, last_read_at, created_run_id, last_run_id,
                stars100, language, has_text, written_at, compound, label, scorer)
            VALUES (:key, :g, :c, :s, :key, 'id', :origin, 'h', 'r', 'v', :at, :at, :run, :run, 450, 'en', 1, :at,
                0.25, 'positive', 'vader')""",
            key=f"key at {origin}",
            origin=origin,
            **common,
        )
        more = {"review": review_id, "text": text, "g": tenant.group_id, "at": at_text}
        insert(
            "INSERT INTO review_contents (review_id, group_id, author, text) VALUES (:review, :g, :text, :text)",
            review=review_id, text=text, g=tenant.group_id,
        )  # fmt: skip
        insert(
            """INSERT INTO review_versions (group_id, review_id, version, content_hash, content, seen_from, seen_until,
                run_id) VALUES (:g, :review, 1, 'old', :text, :at, :at, :run)""",
            run=run.id,
            **more,
        )
        for written_by in ("elsewhere", "here"):
            insert(
                """INSERT INTO replies (public_id, group_id, review_id, written_by, state, text, hash, first_seen_at,
                    last_seen_at) VALUES (:id, :g, :review, :by, 'draft', :text, 'h', :at, :at)""",
                **{**more, "text": f"{written_by} {text}" if written_by == "elsewhere" else "our draft"},
                id=f"{review_id}{written_by}",
                by=written_by,
            )
    return review_id


def add_snapshot(storage: Storage, tenant: Tenant, path: str, keep_until: str | None) -> None:
    values = {"g": tenant.group_id, "path": path, "keep": keep_until, "at": "2026-11-22T09:00:00.000000Z"}
    with storage.session(writable=True) as session:
        found = (
            session.execute("SELECT id FROM widgets WHERE slug = 'w'").rows
            or session.execute(
                """INSERT INTO widgets (public_id, group_id, slug, created_at, updated_at)
            VALUES ('w', :g, 'w', :at, :at) RETURNING id""",
                {"g": tenant.group_id, "at": values["at"]},
            ).rows
        )
        session.execute(
            """INSERT INTO snapshots (path, group_id, widget_id, content_type, body, body_gzip, etag, made_at,
                keep_until, change_number) VALUES (:path, :g, :w, 'text/html', :body, :body, 'e', :at, :keep, 5)""",
            {**values, "w": found[0]["id"], "body": SECRET.encode() + bytes(range(256))},
        )


def fill(storage: Storage) -> Tenant:
    tenant = add_tenant(storage, "maple")
    add_review(storage, tenant, "own_site", "plain text with é and 👍🏽")
    add_snapshot(storage, tenant, "w/maple/data.json", None)
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        person = people.add_person(tx, email="a@example.org", name="Ada", password_hash="phc", now=NOW)
        people.add_membership(g, person_id=person.id, role="owner", now=NOW)
        people.add_session(tx, token_hash="t", person_id=person.id, group_id=None, now=NOW, expires_at=LATER)
        people.add_token(tx, purpose="setup", token_hash="t", now=NOW, expires_at=LATER)
        uploads.add_upload(g, person_id=person.id, file_name="a.csv", body=SECRET.encode(), now=NOW)
        outbox.add_event(g, event_id="e", kind="review.new", payload={}, now=NOW)
        audit.add_entry(g, now=NOW, person_id=person.id, action="a", object_kind="x", object_id="y")
        tx.run("set_counter", name="snapshots", value=7)
        claim = sources.claim_source(g, tenant.source.id, owner="w", now=NOW, lease_seconds=300)
        assert claim is not None
        runs.open_run(g, claim, trigger="person", now=NOW)
    return tenant


SETTLED = (
    "groups", "people", "memberships", "audit_entries", "reviews", "review_contents", "review_versions", "replies",
)  # fmt: skip


@pytest.mark.statement("R19", "S61", "S62")
def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(storage: Storage, file: Path):
    tenant = fill(storage)
    before = digests_of(storage)
    manifest = backup(storage, file, NOW)
    assert verify(file) == manifest
    assert {name: manifest.digests[name] for name in SETTLED} == {name: before[name] for name in SETTLED}
    with storage.write() as tx:
        groups.add_group(tx, name="made afterwards", now=NOW)
    kept = restore(url_of(storage), file, LATER)
    after = digests_of(storage)
    assert {name: after[name] for name in SETTLED} == {name: before[name] for name in SETTLED}
    storage.check()
    with storage.read() as tx:
        assert audit.verify_chain(tx.group(tenant.group_id)) is None
    # What was there is kept, and is itself something that can be restored.
    assert kept is not None
    assert kept.exists()
    if storage.dialect == "postgres":
        assert verify(kept).counts["groups"] == 2
    else:
        old = open_storage(str(kept))
        assert len(rows_of(old, "groups")) == 2
        old.close()
    # New rows get new ids.
    with storage.write() as tx:
        assert groups.add_group(tx, name="next", now=LATER).id == tenant.group_id + 1


@pytest.mark.statement("S62", "S63")
def test_restored_installation_holds_no_lease_no_login_and_sends_no_old_alert(storage: Storage, file: Path):
    tenant = fill(storage)
    backup(storage, file, NOW)
    with storage.write() as tx:
        tx.run("set_counter", name="snapshots", value=90)
    restore(url_of(storage), file, LATER)
    with storage.write() as tx:
        assert outbox.find_unsent(tx, LATER + timedelta(days=9), 10) == []
        g = tx.group(tenant.group_id)
        assert people.find_session(tx, "t", NOW) is None
        assert people.is_token_valid(tx, "setup", "t", NOW) is False
        claim = sources.claim_source(g, tenant.source.id, owner="w", now=NOW, lease_seconds=1)
        assert claim is not None
        assert claim.fence > tenant.source.fence + 2
        assert runs.find_open_run(g, tenant.source.id) is None
    # Web processes have seen change 90 and must see these snapshots as newer; all are made anew.
    assert [row["change_number"] for row in rows_of(storage, "snapshots")] == [91]
    assert all(row["stale_since"] for row in rows_of(storage, "clinics"))


@pytest.mark.statement("S62")
def test_a_reply_that_waited_in_a_backup_is_not_posted_again(storage: Storage, file: Path):
    tenant = add_tenant(storage, "maple")
    review_id = add_review(storage, tenant, "own_site", "kind")
    with storage.write() as tx:
        g = tx.group(tenant.group_id)
        person = people.add_person(tx, email="a@example.org", name="Ada", password_hash="phc", now=NOW)
        (reply,) = replies.find_own(g, review_id)
        replies.move(g, reply, "approved")
        assert reply_posts.add_post(g, reply.id, person_id=person.id, now=NOW)
    backup(storage, file, NOW)
    restore(url_of(storage), file, LATER)
    with storage.write() as tx:
        assert reply_posts.claim_post(tx, now=LATER, lease_until=LATER + timedelta(minutes=5)) is None
        last = reply_posts.find_last_post(tx.group(tenant.group_id), reply.id)
    assert last is not None
    assert last.state == "unsure", "a person looks at the platform first"


@pytest.mark.statement("R19")
def test_content_of_short_retention_is_left_out_and_ids_and_hashes_stay(storage: Storage, file: Path):
    tenant = add_tenant(storage, "maple")
    kept_id = add_review(storage, tenant, "own_site", "may-be-kept")
    short_id = add_review(storage, tenant, "google", SECRET)
    add_snapshot(storage, tenant, "w/maple/data.json", None)
    add_snapshot(storage, tenant, "w/maple/short.json", "2026-12-01T00:00:00.000000Z")
    with storage.session(writable=True) as session:
        session.execute("UPDATE snapshots SET body = :no, body_gzip = :no WHERE keep_until IS NULL", {"no": b""})
    live = rows_of(storage, "reviews")
    manifest = backup(storage, file, NOW, skip_origins=frozenset({"google"}))
    assert manifest.skipped_origins == ("google",)
    assert (manifest.counts["reviews"], manifest.counts["review_contents"], manifest.counts["snapshots"]) == (2, 1, 1)
    for content in contents_of(file):
        assert SECRET.encode() not in content
    restore(url_of(storage), file, LATER)
    found = {row["id"]: row for row in rows_of(storage, "reviews")}
    assert found[kept_id] == next(row for row in live if row["id"] == kept_id)
    short, old = found[short_id], next(row for row in live if row["id"] == short_id)
    assert (short["stars100"], short["has_text"], short["label"], short["compound"]) == (None, 0, None, None)
    assert short["content_purged_at"] is not None
    assert (short["identity_key"], short["content_hash"]) == (old["identity_key"], old["content_hash"])
    assert [row["review_id"] for row in rows_of(storage, "review_contents")] == [kept_id]
    assert [row["content"] for row in rows_of(storage, "review_versions")] == ["may-be-kept", None]
    texts = [row["text"] for row in rows_of(storage, "replies")]
    assert texts == ["elsewhere may-be-kept", "our draft", None, "our draft"]


def contents_of(file: Path) -> list[bytes]:
    if not zipfile.is_zipfile(file):
        return [file.read_bytes()]
    with zipfile.ZipFile(file) as archive:
        return [archive.read(name) for name in archive.namelist()]


@pytest.mark.statement("R19")
def test_deleted_content_is_not_in_the_free_pages_of_a_backup(tmp_path: Path, file: Path):
    storage = open_storage(str(tmp_path / "reviews.db"))
    storage.migrate(NOW)
    tenant = fill(storage)
    with storage.session(writable=True) as session:
        session.execute("DELETE FROM snapshots")
    add_review(storage, tenant, "google", "a review", LATER)
    with storage.session(writable=True) as session:
        session.execute("UPDATE review_contents SET text = :text WHERE text = 'a review'", {"text": SECRET * 2000})
    backup(storage, file, NOW, skip_origins={"google"})
    storage.close()
    assert SECRET.encode() not in file.read_bytes()


@pytest.mark.statement("R19", "S62", "H11")
def test_damaged_backup_is_refused_whatever_was_damaged(storage: Storage, file: Path):
    fill(storage)
    backup(storage, file, NOW)
    whole = {path: path.read_bytes() for path in (file, manifest_path(file))}
    random_numbers = random.Random(7)
    for path, body in whole.items():
        damages = [body[:-1], body[: len(body) // 2], b"", body + b"x"]
        for _ in range(12):
            place = random_numbers.randrange(len(body))
            damages.append(body[:place] + bytes([body[place] ^ 0x20]) + body[place + 1 :])
        for damaged in damages:
            path.write_bytes(damaged)
            if path != file and is_same_json(damaged, body):
                continue
            with pytest.raises(StorageError):
                verify(file)
        path.unlink()
        with pytest.raises(StorageError):
            restore(url_of(storage), file, LATER)
        path.write_bytes(body)
    verify(file)
    assert len(rows_of(storage, "groups")) == 1


def is_same_json(one: bytes, two: bytes) -> bool:
    try:
        return bool(json.loads(one) == json.loads(two))
    except ValueError:
        return False


@pytest.mark.statement("F3", "H11")
def test_rows_that_were_changed_are_found_by_their_digest_alone(storage: Storage, file: Path):
    fill(storage)
    manifest = backup(storage, file, NOW)
    # A manifest that vouches for the changed file as a whole, but for the old rows.
    if storage.dialect == "sqlite":
        copy = open_storage(f"{file}?journal_mode=truncate")
        with copy.session(writable=True) as session:
            session.execute("UPDATE groups SET name = 'naple'")
        copy.close()
    else:
        entries = dict(zip(zipfile.ZipFile(file).namelist(), contents_of(file), strict=True))
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in entries.items():
                archive.writestr(name, content.replace(b'"maple"', b'"naple"'))
    rewrite_manifest(file, manifest)
    with pytest.raises(StorageError, match="does not hold the rows"):
        verify(file)


def rewrite_manifest(file: Path, manifest: Manifest, **changes: Any) -> None:
    size, sha256 = digest_file(file)
    write_manifest(file, replace(manifest, size=size, sha256=sha256, **changes))


@pytest.mark.statement("S62")
def test_backup_of_a_newer_schema_is_refused(storage: Storage, file: Path):
    fill(storage)
    manifest = backup(storage, file, NOW)
    rewrite_manifest(file, manifest, schema_version=len(storage.migrations) + 1)
    with pytest.raises(StorageError, match="newer version"):
        restore(url_of(storage), file, LATER)


@pytest.mark.statement("S62")
def test_backup_of_an_older_schema_is_upgraded_on_the_way(
    storage: Storage, file: Path, monkeypatch: pytest.MonkeyPatch
):
    tenant = fill(storage)
    backup(storage, file, NOW)
    known = storage.migrations
    newer = Migration(
        version=len(known) + 1, name="next", text="CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;", digest="d"
    )
    for module in ("engine", "backup"):
        monkeypatch.setattr(f"reviews.storage.{module}.known_migrations", lambda: (*known, newer))
    restore(url_of(storage), file, LATER)
    upgraded = open_storage(url_of(storage))
    upgraded.check()
    assert rows_of(upgraded, "later") == []
    assert [row["id"] for row in rows_of(upgraded, "groups")] == [tenant.group_id]
    upgraded.close()


def test_backup_never_overwrites_another_and_is_private(storage: Storage, file: Path):
    backup(storage, file, NOW)
    with pytest.raises(StorageError, match="exists already"):
        backup(storage, file, NOW)
    assert {path.stat().st_mode & 0o777 for path in (file, manifest_path(file))} == {0o600}
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, manifest_path(file).name]


def test_backup_that_was_cut_off_leaves_nothing_that_looks_like_one(
    storage: Storage, file: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        backup(storage, file, NOW)
    assert list(file.parent.iterdir()) == []


@pytest.mark.statement("S61", "H11")
def test_backup_is_one_state_though_writers_go_on(storage: Storage, file: Path):
    tenant = fill(storage)
    with storage.write() as tx:
        # Somebody is in the middle of writing.
        tx.group(tenant.group_id).run("mark_stale", id=tenant.clinic.id, now=NOW)
        helper = threading.Thread(target=backup, args=(storage, file, NOW))
        helper.start()
        helper.join()
    assert verify(file).counts["clinics"] == 1
    restore(url_of(storage), file, LATER)
    # What was not committed then is not in it; the restore itself marks the clinic at its own time.
    assert [row["stale_since"][:10] for row in rows_of(storage, "clinics")] == ["2026-11-23"]


def test_backup_of_the_other_engine_is_refused(storage: Storage, file: Path, tmp_path: Path, postgres_url: str):
    backup(storage, file, NOW)
    target = postgres_url if storage.dialect == "sqlite" else str(tmp_path / "reviews.db")
    with pytest.raises(StorageError, match="is a backup of"):
        restore(target, file, LATER)


def test_restore_into_nothing_keeps_nothing(storage: Storage, file: Path, empty_url: str):
    fill(storage)
    backup(storage, file, NOW)
    if ("postgres" in empty_url) != (storage.dialect == "postgres"):
        with pytest.raises(StorageError, match="is a backup of"):
            restore(empty_url, file, LATER)
        return
    assert restore(empty_url, file, LATER) is None
    fresh = open_storage(empty_url)
    fresh.check()
    assert len(rows_of(fresh, "reviews")) == 1
    fresh.close()


@pytest.mark.statement("R16")
def test_damaged_database_is_replaced_and_kept(tmp_path: Path, file: Path):
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path))
    storage.migrate(NOW)
    fill(storage)
    backup(storage, file, NOW)
    storage.close()
    damaged = b"\xff" * 9000
    path.write_bytes(damaged)
    broken = open_storage(str(path))
    with pytest.raises(StorageUnavailable, match="reviews restore"):
        broken.check()
    kept = restore(str(path), file, LATER)
    assert kept is not None
    assert kept.read_bytes() == damaged
    # A process that has the storage open goes on with the restored file.
    broken.check()
    assert len(rows_of(broken, "groups")) == 1
    broken.close()


def test_restore_that_finds_the_database_in_use_changes_nothing(tmp_path: Path, file: Path):
    path = tmp_path / "reviews.db"
    storage = open_storage(str(path), busy_timeout_seconds=0.2)
    storage.migrate(NOW)
    fill(storage)
    backup(storage, file, NOW)
    before = {each.name for each in tmp_path.iterdir()}
    with storage.write() as tx:
        groups.add_group(tx, name="in the middle", now=NOW)
        with pytest.raises(StorageBusy):
            restore(str(path), file, LATER, busy_timeout_seconds=0.2)
    assert len(rows_of(storage, "groups")) == 2
    assert {each.name for each in tmp_path.iterdir()} == before
    storage.close()


# ---------------------------------------------------------------- export of one group


def test_export_holds_the_group_and_no_secret(storage: Storage):
    tenant = fill(storage)
    other = add_tenant(storage, "harbour")
    with storage.session(writable=True) as session:
        session.execute(
            """INSERT INTO connections (public_id, group_id, kind, label, secrets, created_at, updated_at)
            VALUES ('c', :g, 'x', 'x', :secret, 'a', 'a')""",
            {"g": tenant.group_id, "secret": SECRET},
        )
    add_review(storage, tenant, "google", "short-lived", LATER)
    with storage.read() as tx:
        head, *lines = [json.loads(line) for line in export_group(tx.group(tenant.group_id), skip_origins={"google"})]
    assert head == {"clinic-reviews-export": 1, "schema": len(storage.migrations)}
    text = json.dumps(lines)
    for absent in (SECRET, "phc", "harbour", other.clinic.public_id):
        assert absent not in text
    tables = [line["table"] for line in lines]
    assert (tables.count("reviews"), tables.count("review_contents"), tables.count("people")) == (2, 1, 1)
    assert {"groups", "clinics", "sources", "runs", "audit_entries", "memberships"} <= set(tables)
