-- Accounts at platforms. Their secrets are sealed texts here, never more.

-- name: add_connection
-- A new account at a platform; its row.
INSERT INTO connections (public_id, group_id, kind, label, secrets, created_at, updated_at)
VALUES (:public_id, :group_id, :kind, :label, :secrets, :now, :now)
RETURNING *;

-- name: find_accounts
-- The accounts of the group, or those with the values that were passed.
SELECT * FROM connections
WHERE group_id = :group_id
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
    /*if kind: AND kind = :kind */
ORDER BY id;

-- name: find_account_anywhere
-- scope: system — a push comes to an address before anybody knows whose group it is for
-- The account with a public id, without its secrets.
SELECT id, group_id, state FROM connections WHERE public_id = :public_id;

-- name: find_accounts_anywhere
-- scope: system — the worker fetches the nudges of all groups
-- The accounts at one platform that can be asked, without their secrets.
SELECT id, public_id, group_id, kind, label, state, created_at, updated_at, pull_failures, pull_failed_at, pull_hint
FROM connections
WHERE kind = :kind AND state <> 'disconnected' ORDER BY id;

-- name: pull_failed
-- Fetching an account's notes failed once more; its row. That is no change of its settings.
UPDATE connections SET
    pull_failures = pull_failures + 1, pull_failed_at = COALESCE(pull_failed_at, :now), pull_hint = :hint
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: pull_worked
-- Fetching an account's notes works, or is not wanted any more; touches no row if nothing was wrong.
UPDATE connections SET pull_failures = 0, pull_failed_at = NULL, pull_hint = ''
WHERE group_id = :group_id AND id = :id AND pull_failures > 0;

-- name: count_failing_pulls
-- scope: system — for whoever looks after the installation
-- Of how many accounts the notes cannot be fetched.
SELECT COUNT(*) AS count FROM connections WHERE pull_failures > 0 AND state <> 'disconnected';

-- name: touch_account
-- Take an account for changing, so that nobody else changes it until the transaction ends; its row as it was.
UPDATE connections SET updated_at = :now WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: change_account
-- Change what was passed of one account; its row.
UPDATE connections SET
    updated_at = :now
    /*if secrets: , secrets = :secrets */
    /*if state: , state = :state */
    /*if label: , label = :label */
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: find_sources_of_account
-- The sources that are read with an account.
SELECT * FROM sources WHERE group_id = :group_id AND connection_id = :connection_id ORDER BY id;

-- name: stop_sources_of_account
-- No source of an account is due any more, staff are told why, and a run that goes on cannot write.
UPDATE sources SET
    state = CASE WHEN state IN ('active', 'needs_person') THEN 'needs_person' ELSE state END,
    fence = fence + 1, lease_owner = NULL, lease_until = NULL, next_due_at = NULL, hint = :hint, hint_values = '{}',
    updated_at = :now
WHERE group_id = :group_id AND connection_id = :connection_id;

-- name: wake_sources_of_account
-- The sources of an account that waited for a person are due now.
UPDATE sources SET state = 'active', next_due_at = :now, updated_at = :now
WHERE group_id = :group_id AND connection_id = :connection_id AND state = 'needs_person';

-- name: find_all_sealed
-- scope: system — keys are changed for the whole installation
-- All sealed secrets.
SELECT id, group_id, secrets FROM connections WHERE secrets <> '' ORDER BY id;

-- name: put_sealed
-- scope: system — keys are changed for the whole installation
-- The same secrets under another key, unless somebody has changed them meanwhile.
UPDATE connections SET secrets = :secrets WHERE id = :id AND secrets = :before;
