-- name: interrupt_runs
-- Close what a worker that died has left open.
UPDATE runs SET finished_at = :now, outcome = 'interrupted'
WHERE group_id = :group_id AND source_id = :source_id AND finished_at IS NULL;

-- name: open_run
-- A new run of a source that is held under this fence, which nobody can take until the transaction ends; its row.
INSERT INTO runs (public_id, group_id, source_id, trigger, person_id, file_name, file_digest, fence, started_at)
SELECT :public_id, s.group_id, s.id, :trigger, :person_id, :file_name, :file_digest, s.fence, :now
FROM sources AS s
WHERE s.group_id = :group_id AND s.id = :id AND s.lease_owner = :owner AND s.fence = :fence
/*postgres: FOR NO KEY UPDATE */
RETURNING *;

-- name: find_opening
-- What a run must know before it reads: its clinic, what the group wishes, and what stands of the source.
SELECT c.*, k.review_months,
       EXISTS (SELECT 1 FROM runs AS u
               WHERE u.group_id = :group_id AND u.source_id = :source_id AND u.finished_at IS NULL) AS has_open,
       EXISTS (SELECT 1 FROM reviews AS r
               WHERE +r.group_id = :group_id AND r.source_id = :source_id AND r.identity_kind <> 'id') AS has_unnumbered,
       EXISTS (SELECT 1 FROM replies AS p JOIN reviews AS r ON r.id = p.review_id AND r.group_id = p.group_id
               WHERE p.group_id = :group_id AND p.written_by = 'here' AND p.state = 'posted'
                 AND r.source_id = :source_id) AS has_posted
FROM clinics AS c LEFT JOIN keeping AS k ON k.group_id = c.group_id
WHERE c.group_id = :group_id AND c.id = :clinic_id;

-- name: find_cut_off_import
-- The newest run of a source, if it is an import of this file that was cut off between two pages.
SELECT * FROM runs
WHERE group_id = :group_id AND source_id = :source_id AND trigger = 'import' AND file_digest = :file_digest
    AND undone_at IS NULL AND position <> '{}'
    AND (finished_at IS NULL OR outcome IN ('interrupted', 'failed'))
    AND id = (SELECT MAX(id) FROM runs WHERE group_id = :group_id AND source_id = :source_id);

-- name: resume_run
-- A run that was cut off goes on, under the fence of who goes on with it; its row.
UPDATE runs SET fence = :fence, finished_at = NULL, outcome = NULL, message = '', hint = '', hint_values = '{}'
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: save_progress
-- How far an import is.
UPDATE runs SET records_done = :records_done, records_total = :records_total, position = :position
WHERE group_id = :group_id AND id = :id AND finished_at IS NULL;

-- name: add_reject
-- A record of an import that could not be read.
INSERT INTO run_rejects (group_id, run_id, place, named_column, reason, reason_values, sample, created_at)
SELECT u.group_id, u.id, :place, :named_column, :reason, :reason_values, :sample, :now
FROM runs AS u WHERE u.group_id = :group_id AND u.id = :run_id;

-- name: find_rejects
-- Records of an import that could not be read, in the order of the file.
SELECT id, place, named_column, reason, reason_values, sample FROM run_rejects
WHERE group_id = :group_id AND run_id = :run_id AND id > :after_id
ORDER BY id
LIMIT :limit;

-- name: delete_old_rejects
-- scope: system — upkeep
-- Forget what could not be read long ago.
DELETE FROM run_rejects WHERE created_at < :before;

-- name: find_reject_sample
-- The rejects of an open run, to add to them.
SELECT reject_sample FROM runs WHERE group_id = :group_id AND id = :id AND finished_at IS NULL;

-- name: add_counts
-- Add what one page has brought.
UPDATE runs SET
    pages = pages + :pages, seen = seen + :seen, new = new + :new, changed = changed + :changed,
    unchanged = unchanged + :unchanged, rejected = rejected + :rejected, missing = missing + :missing,
    returned = returned + :returned /*if reject_sample: , reject_sample = :reject_sample */
WHERE group_id = :group_id AND id = :id AND finished_at IS NULL;

-- name: close_run
-- Note how a run has ended.
UPDATE runs SET
    finished_at = :now, outcome = :outcome, is_complete = :is_complete, message = :message, hint = :hint,
    hint_values = :hint_values, missing = missing + :missing, returned = returned + :returned
WHERE group_id = :group_id AND id = :id AND finished_at IS NULL;

-- name: mark_undone
-- Note that an import was taken back.
UPDATE runs SET undone_at = :now WHERE group_id = :group_id AND id = :id AND undone_at IS NULL;

-- name: find_runs
-- Runs of the group, newest first, or those with the values that were passed.
SELECT * FROM runs
WHERE group_id = :group_id
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
    /*if source_id: AND source_id = :source_id */
    /*if before_id: AND id < :before_id */
    /*if is_open: AND finished_at IS NULL */
ORDER BY id DESC
LIMIT :limit;
