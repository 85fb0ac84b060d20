-- name: restore_sources
-- scope: system — a restore is about the whole installation
-- No lease outlives a restore.
UPDATE sources SET lease_owner = NULL, lease_until = NULL, fence = fence + 1;

-- name: restore_runs
-- scope: system — a restore is about the whole installation
-- A run that was open when the backup was made has ended.
UPDATE runs SET finished_at = :now, outcome = 'interrupted' WHERE finished_at IS NULL;

-- name: restore_outbox
-- scope: system — a restore is about the whole installation
-- A restored installation sends no old alerts.
UPDATE outbox SET sent_at = :now WHERE sent_at IS NULL;

-- name: restore_posts
-- scope: system — a restore is about the whole installation
-- A reply that waited when the backup was made may have been posted since: a person looks before it is posted again.
UPDATE reply_posts SET state = 'unsure', said = :said, finished_at = :now, lease_until = NULL WHERE state = 'waiting';

-- name: restore_clinics
-- scope: system — a restore is about the whole installation
-- All figures and snapshots are made anew.
UPDATE clinics SET stale_since = :now;

-- name: restore_snapshots
-- scope: system — a restore is about the whole installation
-- Every snapshot counts as changed, so that web processes read it again.
UPDATE snapshots SET change_number = :change_number;

-- name: find_tombstones
-- scope: system — a restore is about the whole installation
-- What authors asked to be forgotten, by the names that sources have in backups too.
SELECT s.public_id AS source, t.identity_hash, t.created_at
FROM suppressions AS t JOIN sources AS s ON s.id = t.source_id AND s.group_id = t.group_id
ORDER BY s.public_id, t.identity_hash;

-- name: restore_tombstones
-- scope: system — a restore is about the whole installation
-- The same in the restored data, for the sources that it knows.
INSERT INTO suppressions (source_id, identity_hash, group_id, created_at)
SELECT s.id, i.value ->> 'hash', s.group_id, i.value ->> 'at'
FROM json_each(:items) AS i JOIN sources AS s ON s.public_id = i.value ->> 'source'
WHERE s.id > 0
ON CONFLICT (source_id, identity_hash) DO NOTHING;

-- name: find_held_of_source
-- scope: system — a restore is about the whole installation
-- Reviews of a source that still say something, by their identity there.
SELECT r.id, r.group_id, r.clinic_id, r.identity_key
FROM reviews AS r JOIN sources AS s ON s.id = r.source_id AND s.group_id = r.group_id
WHERE s.public_id = :source AND r.content_purged_at IS NULL
ORDER BY r.id;

-- name: drop_snapshots_of
-- Snapshots that may quote a clinic: they are made anew.
DELETE FROM snapshots WHERE group_id = :group_id
  AND widget_id IN (SELECT w.widget_id FROM widget_clinics AS w
                    WHERE w.group_id = :group_id AND w.clinic_id = :clinic_id);
