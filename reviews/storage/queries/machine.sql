-- name: add_event
-- A new event for the outbox; touches no row if the same cause has made one.
INSERT INTO outbox (event_id, group_id, kind, payload, created_at)
VALUES (:event_id, :group_id, :kind, :payload, :now)
ON CONFLICT (event_id) DO NOTHING;

-- name: find_event
-- The group's event with this id.
SELECT * FROM outbox WHERE group_id = :group_id AND event_id = :event_id;

-- name: find_unsent
-- scope: system — the sender serves all groups
-- Events that are to be sent now, oldest first.
SELECT * FROM outbox
WHERE sent_at IS NULL AND (next_try_at IS NULL OR next_try_at <= :now)
ORDER BY id
LIMIT :limit;

-- name: mark_sent
-- scope: system — the sender serves all groups
-- Note that an event was sent.
UPDATE outbox SET sent_at = :now, attempts = attempts + 1 WHERE id = :id AND sent_at IS NULL;

-- name: mark_failed
-- scope: system — the sender serves all groups
-- Note that an event could not be sent, and when to try again.
UPDATE outbox SET attempts = attempts + 1, next_try_at = :next_try_at WHERE id = :id AND sent_at IS NULL;

-- name: beat
-- scope: system — workers belong to the installation
-- Note that a worker is alive.
INSERT INTO workers (name, started_at, beat_at, version) VALUES (:name, :started_at, :now, :version)
ON CONFLICT (name) DO UPDATE SET
    started_at = excluded.started_at, beat_at = excluded.beat_at, version = excluded.version;

-- name: find_workers
-- scope: system — workers belong to the installation
-- All workers, the liveliest first.
SELECT * FROM workers ORDER BY beat_at DESC, name;

-- name: turn_counter
-- scope: system — counters belong to the installation
-- Set a counter that stands at something else; of several who do so at once, one touches the row.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE counters.value <> excluded.value;

-- name: drop_workers
-- scope: system — workers belong to the installation
-- Forget workers that went long ago, or one that says goodbye.
DELETE FROM workers WHERE beat_at < :before /*if name: AND name = :name */;

-- name: add_upload
-- A file that waits between its preview and its import; its row without the body.
INSERT INTO uploads (public_id, group_id, person_id, file_name, body, created_at)
VALUES (:public_id, :group_id, :person_id, :file_name, :body, :now)
RETURNING id, public_id, group_id, person_id, file_name, created_at, queued_at, jobs, fault;

-- name: find_uploads
-- One waiting file of the group.
SELECT * FROM uploads WHERE group_id = :group_id AND public_id = :public_id;

-- name: find_waiting_uploads
-- The group's waiting files, newest first, without their bodies.
SELECT id, public_id, group_id, person_id, file_name, created_at, queued_at, jobs, fault FROM uploads
WHERE group_id = :group_id
ORDER BY id DESC
LIMIT :limit;

-- name: delete_upload
-- A file has been imported or given up.
DELETE FROM uploads WHERE group_id = :group_id AND id = :id;

-- name: delete_old_uploads
-- scope: system — upkeep
-- Drop files that nobody came back for.
DELETE FROM uploads WHERE created_at < :before AND queued_at IS NULL;

-- name: queue_upload
-- A file is for the worker to import.
UPDATE uploads SET queued_at = COALESCE(queued_at, :now), jobs = :jobs, fault = '' WHERE group_id = :group_id AND id = :id;

-- name: refuse_upload
-- The worker could not import a file; it waits for its person again, for another hour.
UPDATE uploads SET queued_at = NULL, created_at = :now, fault = :fault WHERE group_id = :group_id AND id = :id;

-- name: find_queued_uploads
-- scope: system — the worker serves all groups
-- Files that wait for the worker, oldest first, without their bodies.
SELECT id, public_id, group_id, person_id, file_name, created_at, queued_at, jobs, fault FROM uploads
WHERE queued_at IS NOT NULL
ORDER BY queued_at, id
LIMIT :limit;

-- name: save_mapping
-- Keep what was said about columns under a name; the same name again replaces it.
INSERT INTO file_mappings (public_id, group_id, name, headers, config, created_at, updated_at)
VALUES (:public_id, :group_id, :name, :headers, :config, :now, :now)
ON CONFLICT (group_id, name) DO UPDATE SET
    headers = excluded.headers, config = excluded.config, updated_at = excluded.updated_at
RETURNING *;

-- name: find_mappings
-- What the group has said about columns, newest first.
SELECT * FROM file_mappings
WHERE group_id = :group_id
    /*if headers: AND headers = :headers */
    /*if public_id: AND public_id = :public_id */
ORDER BY updated_at DESC, id DESC;

-- name: delete_mapping
-- Forget what was said about columns.
DELETE FROM file_mappings WHERE group_id = :group_id AND id = :id;

-- name: find_applied
-- scope: system — migrations belong to the installation
-- The migrations of this database, the newest first.
SELECT version, name, applied_at FROM schema_migrations ORDER BY version DESC;

-- name: read_queue
-- scope: system — the queue belongs to the installation
-- How much waits: sources and messages of all groups, as counts.
SELECT (SELECT COUNT(*) FROM sources) AS sources,
       (SELECT COUNT(*) FROM sources WHERE state = 'active' AND next_due_at <= :now) AS due,
       (SELECT COUNT(*) FROM sources WHERE lease_until > :now) AS held,
       (SELECT COUNT(*) FROM sources WHERE failures > 0 OR state IN ('needs_person', 'gone')) AS troubled,
       (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL) AS events,
       (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') AS messages;

-- name: count_machine_rows
-- scope: system — counts of the whole installation, for its operator
-- How many rows of the main kinds there are.
SELECT (SELECT COUNT(*) FROM groups) AS groups, (SELECT COUNT(*) FROM people) AS people,
       (SELECT COUNT(*) FROM clinics) AS clinics, (SELECT COUNT(*) FROM reviews) AS reviews,
       (SELECT COUNT(*) FROM runs) AS runs;
