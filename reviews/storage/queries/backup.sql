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
