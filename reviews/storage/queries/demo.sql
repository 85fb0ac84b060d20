-- name: find_demo_clinics
-- The ids of the clinics that are there to look around only.
SELECT id FROM clinics WHERE group_id = :group_id AND is_demo = 1 ORDER BY id;

-- name: count_demo_reviews
-- How many reviews these clinics have.
SELECT COUNT(*) AS n FROM reviews WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: take_demo_leases
-- Nobody who is reading these clinics' sources may write any more.
UPDATE sources SET fence = fence + 1, lease_owner = NULL, lease_until = NULL, state = 'paused'
WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: find_demo_connections
-- The accounts that these clinics' sources use.
SELECT DISTINCT connection_id AS id FROM sources
WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*) AND connection_id IS NOT NULL;

-- name: delete_demo_deliveries
-- Messages about these clinics, sent or not.
DELETE FROM deliveries
WHERE group_id = :group_id AND EXISTS (
    SELECT 1 FROM clinics AS c
    WHERE c.group_id = :group_id AND c.id IN (:clinic_ids*) AND deliveries.payload LIKE '%' || c.public_id || '%'
);

-- name: delete_demo_contents
-- What these clinics' reviews say.
DELETE FROM review_contents
WHERE group_id = :group_id AND review_id IN (
    SELECT r.id FROM reviews AS r WHERE r.group_id = :group_id AND r.clinic_id IN (:clinic_ids*)
);

-- name: delete_demo_reviews
-- These clinics' reviews, and with them versions, replies, notes, tags, pairs, permissions and who has read them.
DELETE FROM reviews WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: delete_demo_totals
-- What platforms reported of these clinics.
DELETE FROM reported_totals
WHERE group_id = :group_id AND source_id IN (
    SELECT s.id FROM sources AS s WHERE s.group_id = :group_id AND s.clinic_id IN (:clinic_ids*)
);

-- name: delete_demo_months
-- Their figures by month.
DELETE FROM monthly_summaries WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: delete_demo_summaries
-- Their figures.
DELETE FROM summaries WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: delete_demo_runs
-- Readings of their sources.
DELETE FROM runs
WHERE group_id = :group_id AND source_id IN (
    SELECT s.id FROM sources AS s WHERE s.group_id = :group_id AND s.clinic_id IN (:clinic_ids*)
);

-- name: delete_demo_sources
-- Their sources.
DELETE FROM sources WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: delete_demo_connections
-- Accounts that no source uses any more.
DELETE FROM connections
WHERE group_id = :group_id AND id IN (:connection_ids*)
  AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE s.group_id = :group_id AND s.connection_id = connections.id);

-- name: delete_demo_reports
-- Reports of these clinics, and of all clinics, which hold their figures.
DELETE FROM reports WHERE group_id = :group_id AND (clinic_id IS NULL OR clinic_id IN (:clinic_ids*));

-- name: leave_demo_widgets
-- No widget shows these clinics any more.
DELETE FROM widget_clinics WHERE group_id = :group_id AND clinic_id IN (:clinic_ids*);

-- name: delete_demo_actions
-- What could be taken back; its reviews may be gone.
DELETE FROM bulk_actions WHERE group_id = :group_id;

-- name: delete_demo_confirmations
-- Advertising rules that no person of the group has confirmed, but an invented one.
DELETE FROM rule_confirmations WHERE group_id = :group_id AND person_id IS NULL;

-- name: delete_demo_clinics
-- The clinics themselves.
DELETE FROM clinics WHERE group_id = :group_id AND id IN (:clinic_ids*);

-- name: end_demo
-- The group is a real one from now on.
UPDATE groups SET is_demo = 0 WHERE id = :group_id;

-- name: mark_demo_stale
-- scope: system — an installation that is no demo shows no demo clinic of any group
-- Everything public that holds a demo clinic is to be made anew.
UPDATE clinics SET stale_since = :now WHERE is_demo = 1 AND stale_since IS NULL;
