-- Deleting sources and clinics that people want to have no more: what goes, and in which order.

-- name: count_loss
-- What goes with these sources: reviews, replies, notes, permissions to quote, readings.
SELECT (SELECT COUNT(*) FROM reviews AS r WHERE +r.group_id = :group_id AND r.source_id IN (:source_ids*)) AS reviews,
       (SELECT COUNT(*) FROM reviews AS r JOIN replies AS p ON p.review_id = r.id AND p.group_id = r.group_id
        WHERE +r.group_id = :group_id AND r.source_id IN (:source_ids*)) AS replies,
       (SELECT COUNT(*) FROM reviews AS r JOIN review_notes AS n ON n.review_id = r.id AND n.group_id = r.group_id
        WHERE +r.group_id = :group_id AND r.source_id IN (:source_ids*)) AS notes,
       (SELECT COUNT(*) FROM reviews AS r JOIN quote_permissions AS q ON q.review_id = r.id AND q.group_id = r.group_id
        WHERE +r.group_id = :group_id AND r.source_id IN (:source_ids*) AND q.withdrawn_at IS NULL) AS permissions,
       (SELECT COUNT(*) FROM runs AS u WHERE u.group_id = :group_id AND u.source_id IN (:source_ids*)) AS runs;

-- name: count_reports_of
-- Reports of one clinic.
SELECT COUNT(*) AS n FROM reports AS r WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id;

-- name: add_removal
-- Note what was deleted; nothing where that is noted already.
INSERT INTO removals (group_id, kind, public_id, clinic, source_kind, label, address, removed_at)
VALUES (:group_id, :kind, :public_id, :clinic, :source_kind, :label, :address, :now)
ON CONFLICT (public_id) DO NOTHING;

-- name: keep_suppressions
-- What authors had erased at a source stays known when the source goes.
INSERT INTO removal_suppressions (removal_id, identity_hash, group_id, created_at)
SELECT m.id, t.identity_hash, m.group_id, t.created_at
FROM removals AS m
JOIN sources AS s ON s.group_id = m.group_id AND s.public_id = m.public_id
JOIN suppressions AS t ON t.group_id = s.group_id AND t.source_id = s.id
WHERE m.group_id = :group_id AND m.public_id = :public_id
ON CONFLICT (removal_id, identity_hash) DO NOTHING;

-- name: inherit_suppressions
-- A source that was deleted and is added anew knows what was erased there.
INSERT INTO suppressions (source_id, identity_hash, group_id, created_at)
SELECT s.id, k.identity_hash, s.group_id, MIN(k.created_at)
FROM removals AS m
JOIN removal_suppressions AS k ON k.group_id = m.group_id AND k.removal_id = m.id
JOIN sources AS s ON s.group_id = m.group_id
WHERE m.group_id = :group_id AND m.source_kind = :kind AND m.address = :address AND s.id = :source_id
GROUP BY s.id, k.identity_hash, s.group_id
ON CONFLICT (source_id, identity_hash) DO NOTHING;

-- name: find_open_removals
-- scope: system — the worker deletes for all groups
-- What is still being deleted: sources, then their clinics.
SELECT m.id, m.group_id, m.kind, m.public_id FROM removals AS m WHERE m.done_at IS NULL ORDER BY m.kind DESC, m.id;

-- name: find_removed
-- What was deleted here under these names.
SELECT m.kind, m.removed_at FROM removals AS m
WHERE m.group_id = :group_id AND m.kind = :kind AND m.clinic = :clinic
  /*if label: AND m.source_kind = :source_kind AND m.label = :label */
ORDER BY m.id DESC LIMIT 1;

-- name: end_removal
-- All of it is gone.
UPDATE removals SET done_at = :now WHERE group_id = :group_id AND public_id = :public_id;

-- name: stop_sources
-- Nobody reads these sources any more, and nobody who is reading them may write.
UPDATE sources SET fence = fence + 1, lease_owner = NULL, lease_until = NULL, state = 'paused', next_due_at = NULL,
                   hint = :hint, hint_values = '{}', updated_at = :now
WHERE group_id = :group_id AND id IN (:source_ids*);

-- name: stop_posts_of
-- Nothing more is posted to these sources.
UPDATE reply_posts SET state = 'stopped', finished_at = :now, lease_until = NULL
WHERE group_id = :group_id AND state = 'waiting' AND reply_id IN (
    SELECT p.id FROM replies AS p JOIN reviews AS r ON r.id = p.review_id AND r.group_id = p.group_id
    WHERE p.group_id = :group_id AND r.source_id IN (:source_ids*));

-- name: find_reviews_of
-- Some reviews of a source.
SELECT r.id FROM reviews AS r WHERE +r.group_id = :group_id AND r.source_id = :source_id ORDER BY r.id LIMIT :limit;

-- name: delete_reviews
-- These reviews, and with them versions, replies, notes, tags, pairs, permissions and who has read them.
DELETE FROM reviews WHERE group_id = :group_id AND id IN (:review_ids*);

-- name: delete_runs_of
-- Some readings of a source, with the lists of what could not be read.
DELETE FROM runs WHERE group_id = :group_id AND id IN (
    SELECT u.id FROM runs AS u WHERE u.group_id = :group_id AND u.source_id = :source_id ORDER BY u.id LIMIT :limit);

-- name: delete_totals_of
-- What a platform reported.
DELETE FROM reported_totals WHERE group_id = :group_id AND source_id = :source_id;

-- name: delete_months_of
-- A source's figures by month.
DELETE FROM monthly_summaries WHERE group_id = :group_id AND source_id = :source_id;

-- name: delete_source
-- The source itself.
DELETE FROM sources WHERE group_id = :group_id AND id = :source_id;

-- name: delete_unused_account
-- An account that no source uses any more.
DELETE FROM connections
WHERE group_id = :group_id AND id = :connection_id
  AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE s.group_id = :group_id AND s.connection_id = connections.id);

-- name: choose_no_primary
-- A clinic whose figures came first from one of these sources has none of its choice any more.
UPDATE clinics SET primary_source_id = NULL WHERE group_id = :group_id AND primary_source_id IN (:source_ids*);

-- name: leave_widgets
-- No widget shows this clinic any more.
DELETE FROM widget_clinics WHERE group_id = :group_id AND clinic_id = :clinic_id;

-- name: free_reports
-- Reports of a clinic that goes stay as they are.
UPDATE reports SET clinic_id = NULL, removed_clinic = :public_id
WHERE group_id = :group_id AND clinic_id = :clinic_id;

-- name: delete_summary_of
-- A clinic's figures.
DELETE FROM summaries WHERE group_id = :group_id AND clinic_id = :clinic_id;

-- name: delete_clinic
-- The clinic itself, with who may see it, remarks about it and who is sent its reports.
DELETE FROM clinics WHERE group_id = :group_id AND id = :clinic_id;

-- name: find_all_views
-- Every saved view of the group.
SELECT v.id, v.query FROM saved_views AS v WHERE v.group_id = :group_id ORDER BY v.id;

-- name: drop_views
-- These views.
DELETE FROM saved_views WHERE group_id = :group_id AND id IN (:view_ids*);

-- name: find_scopes
-- What is limited to some clinics, of rules, keys and invitations.
SELECT 'rule' AS kind, a.id, a.clinic_ids, a.source_ids FROM alert_rules AS a WHERE a.group_id = :group_id
UNION ALL
SELECT 'key' AS kind, k.id, k.clinic_ids, '[]' AS source_ids FROM api_tokens AS k
WHERE k.group_id = :group_id AND k.all_clinics = 0
UNION ALL
SELECT 'invitation' AS kind, i.id, i.clinic_ids, '[]' AS source_ids FROM invitations AS i
WHERE i.group_id = :group_id AND i.all_clinics = 0;

-- name: narrow_rule
-- A rule of alerts speaks of what is left.
UPDATE alert_rules SET clinic_ids = :clinic_ids, source_ids = :source_ids, updated_at = :now
WHERE group_id = :group_id AND id = :id;

-- name: drop_rule
-- A rule of alerts that spoke of nothing else.
DELETE FROM alert_rules WHERE group_id = :group_id AND id = :id;

-- name: narrow_key
-- A key reaches what is left; one that reached nothing else ends.
UPDATE api_tokens SET clinic_ids = :clinic_ids /*if ended_at: , revoked_at = COALESCE(revoked_at, :ended_at) */
WHERE group_id = :group_id AND id = :id;

-- name: narrow_invitation
-- An invitation to what is left; one to nothing else is withdrawn.
UPDATE invitations SET clinic_ids = :clinic_ids /*if ended_at: , withdrawn_at = COALESCE(withdrawn_at, :ended_at) */
WHERE group_id = :group_id AND id = :id;

-- name: find_uploads_of
-- Files of the group that wait for the worker.
SELECT u.id, u.jobs FROM uploads AS u WHERE u.group_id = :group_id AND u.queued_at IS NOT NULL;

-- name: find_all_removals
-- scope: system — a restore is about the whole installation
-- All that was deleted.
SELECT m.group_id, g.public_id AS group_public_id, m.kind, m.public_id, m.clinic, m.source_kind, m.label, m.address,
       m.removed_at
FROM removals AS m JOIN groups AS g ON g.id = m.group_id ORDER BY m.kind DESC, m.id;

-- name: find_kept_tombstones
-- scope: system — a restore is about the whole installation
-- What authors asked to be forgotten at sources that are deleted.
SELECT m.public_id AS source, k.identity_hash, k.created_at
FROM removal_suppressions AS k JOIN removals AS m ON m.id = k.removal_id AND m.group_id = k.group_id
WHERE k.removal_id > 0 ORDER BY m.public_id, k.identity_hash;

-- name: restore_kept_tombstones
-- scope: system — a restore is about the whole installation
-- The same in the restored data.
INSERT INTO removal_suppressions (removal_id, identity_hash, group_id, created_at)
SELECT m.id, i.value ->> 'hash', m.group_id, i.value ->> 'at'
FROM json_each(:items) AS i JOIN removals AS m ON m.public_id = i.value ->> 'source'
WHERE m.id > 0
ON CONFLICT (removal_id, identity_hash) DO NOTHING;

-- name: delete_pairs_of
-- No review is one with a review of these sources any more.
DELETE FROM review_pairs
WHERE group_id = :group_id AND (
    one_id IN (SELECT r.id FROM reviews AS r WHERE r.group_id = :group_id AND r.source_id IN (:source_ids*))
    OR other_id IN (SELECT r.id FROM reviews AS r WHERE r.group_id = :group_id AND r.source_id IN (:source_ids*)));
