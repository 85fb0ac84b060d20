-- name: add_source
-- A new source; its row.
INSERT INTO sources (
    public_id, group_id, clinic_id, connection_id, kind, label, url, origin, config, declared_complete,
    interval_minutes, next_due_at, created_at, updated_at
) VALUES (
    :public_id, :group_id, :clinic_id, :connection_id, :kind, :label, :url, :origin, :config, :declared_complete,
    :interval_minutes, :next_due_at, :now, :now
)
RETURNING *;

-- name: update_source
-- Change what was passed of one source; its row.
UPDATE sources SET
    updated_at = :now
    /*if label: , label = :label */
    /*if url: , url = :url */
    /*if origin: , origin = :origin */
    /*if config: , config = :config */
    /*if declared_complete: , declared_complete = :declared_complete */
    /*if state: , state = :state */
    /*if interval_minutes: , interval_minutes = :interval_minutes */
    /*if next_due_at: , next_due_at = :next_due_at */
    /*if failures: , failures = :failures */
    /*if cursor: , cursor = :cursor */
    /*if validators: , validators = :validators */
    /*if expectations: , expectations = :expectations */
    /*if hint: , hint = :hint */
    /*if hint_values: , hint_values = :hint_values */
    /*if connection_id: , connection_id = :connection_id */
    /*if fences_taken: , fence = fence + :fences_taken, lease_owner = NULL, lease_until = NULL */
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: keep_settings
-- Settings that the platform itself has changed, kept by the run that reads the source.
UPDATE sources SET config = :config, updated_at = :now WHERE group_id = :group_id AND id = :id AND fence = :fence;

-- name: find_sources
-- The sources of the group, or those with the values that were passed.
SELECT * FROM sources
WHERE group_id = :group_id
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
    /*if clinic_id: AND clinic_id = :clinic_id */
    /*if kind: AND kind = :kind */
    /*if url: AND url = :url */
    /*if label: AND label = :label */
    /*if staying: AND NOT EXISTS (SELECT 1 FROM removals AS m WHERE m.group_id = :group_id
                                  AND m.public_id = sources.public_id AND m.done_at IS NULL) */
ORDER BY clinic_id, id;

-- name: find_connections
-- The account of the group that a new source wants to use.
SELECT id FROM connections WHERE group_id = :group_id AND id = :id;

-- name: claim_due
-- scope: system — a worker serves the sources of all groups
-- Take the active source that has been due for the longest and that nobody holds; its row.
UPDATE sources SET
    fence = fence + 1, lease_owner = :owner, lease_until = :lease_until, next_due_at = :retry_at
WHERE id = (
    SELECT id FROM sources
    WHERE state = 'active' AND next_due_at IS NOT NULL AND next_due_at <= :due_by
        AND (lease_until IS NULL OR lease_until <= :now)
        /*if source_ids: AND id IN (:source_ids*) */
    ORDER BY next_due_at, id
    LIMIT 1
    /*postgres: FOR UPDATE SKIP LOCKED */
)
RETURNING *;

-- name: claim_source
-- Take one source unless somebody holds it; its row. A due time that is not later is moved on, as in claim_due.
UPDATE sources SET
    fence = fence + 1, lease_owner = :owner, lease_until = :lease_until,
    next_due_at = CASE WHEN next_due_at < :retry_at THEN :retry_at ELSE next_due_at END
WHERE group_id = :group_id AND id = :id AND (lease_until IS NULL OR lease_until <= :now)
RETURNING *;

-- name: wake_source
-- Read a source earlier than planned, unless it is paused or waits after a failure.
UPDATE sources SET next_due_at = :at, updated_at = :now
WHERE group_id = :group_id AND id = :id AND state = 'active' AND failures = 0
  AND (next_due_at IS NULL OR next_due_at > :at);

-- name: check_lease
-- Find the source if it is still held under this fence, and keep anybody from taking it until the transaction ends;
-- beside it since when its clinic is to be made anew.
UPDATE sources SET fence = fence
WHERE group_id = :group_id AND id = :id AND lease_owner = :owner AND fence = :fence
RETURNING *, (SELECT c.stale_since FROM clinics AS c WHERE c.group_id = :group_id AND c.id = clinic_id) AS stale_since;

-- name: find_lease_owner
-- Who holds a source, or did.
SELECT lease_owner FROM sources WHERE group_id = :group_id AND id = :id;

-- name: break_lease
-- Take a source from somebody who is known to be gone.
UPDATE sources SET lease_owner = NULL, lease_until = NULL
WHERE group_id = :group_id AND id = :id AND lease_owner = :owner;

-- name: extend_lease
-- Hold the source for longer.
UPDATE sources SET lease_until = :lease_until
WHERE group_id = :group_id AND id = :id AND lease_owner = :owner AND fence = :fence;

-- name: save_cursor
-- Remember where to go on. What was stored beside it is not what the validators stand for, until a run ends well.
UPDATE sources SET cursor = :cursor, validators = '{}' /*if lease_until: , lease_until = :lease_until */
WHERE group_id = :group_id AND id = :id AND lease_owner = :owner AND fence = :fence;

-- name: forget_validators
-- The next run reads the source whole, also where it says what it said.
UPDATE sources SET validators = '{}' WHERE group_id = :group_id AND id = :source_id;

-- name: release_source
-- Give the source back, with what its run has taught.
UPDATE sources SET
    lease_owner = NULL, lease_until = NULL, next_due_at = :next_due_at, failures = :failures,
    last_outcome = :outcome, last_run_id = :run_id, hint = :hint, hint_values = :hint_values
    /*if success_at: , last_success_at = :success_at */
    /*if state: , state = :state */
    /*if cursor: , cursor = :cursor */
    /*if validators: , validators = :validators */
    /*if expectations: , expectations = :expectations */
WHERE group_id = :group_id AND id = :id AND lease_owner = :owner AND fence = :fence;

-- name: request_run
-- Make an active source due now.
UPDATE sources SET next_due_at = :now WHERE group_id = :group_id AND id = :id AND state = 'active';

-- name: find_all_sources
-- scope: system — commands and the doctor look at all groups
-- All sources of the installation.
SELECT * FROM sources ORDER BY group_id, clinic_id, id;

-- name: newest_success
-- scope: system — a health check looks at all groups
-- When a source was last read well.
SELECT max(last_success_at) AS last_success_at FROM sources;

-- name: next_due
-- scope: system — the worker asks how long it may sleep
-- When the next active source is due.
SELECT min(next_due_at) AS next_due_at FROM sources WHERE state = 'active' AND next_due_at IS NOT NULL;
