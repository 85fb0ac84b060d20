-- Taking an import back. "Nothing has seen it since" means: between that import and the last run that read the review
-- there is none that still counts.

-- name: find_run_to_undo
-- The run, with the clinic of its source.
SELECT u.id, u.source_id, s.clinic_id, u.started_at, u.finished_at, u.undone_at
FROM runs AS u JOIN sources AS s ON s.id = u.source_id AND s.group_id = u.group_id
WHERE u.group_id = :group_id AND u.id = :run_id

-- name: delete_reviews_of_run
-- Reviews that the run created and nothing has seen since; their content, versions and replies go with them.
DELETE FROM reviews
WHERE +group_id = :group_id AND source_id = :source_id AND created_run_id = :run_id
  AND NOT EXISTS (SELECT 1 FROM runs AS u
                  WHERE u.group_id = :group_id AND u.source_id = :source_id AND u.id > :run_id
                    AND u.id <= reviews.last_run_id AND u.undone_at IS NULL)

-- name: count_reviews_of_run
-- Reviews that a run created, of those that are still there.
SELECT COUNT(*) AS n FROM reviews
WHERE +group_id = :group_id AND source_id = :source_id AND created_run_id = :run_id

-- name: find_versions_to_restore
-- What reviews said before the run, oldest first, where nothing has seen them since.
SELECT v.review_id, v.version, v.content_hash, v.content, v.stars100, v.seen_from
FROM reviews AS r JOIN review_versions AS v ON v.group_id = r.group_id AND v.review_id = r.id
WHERE +r.group_id = :group_id AND r.source_id = :source_id AND v.run_id = :run_id
  AND NOT EXISTS (SELECT 1 FROM runs AS u
                  WHERE u.group_id = :group_id AND u.source_id = :source_id AND u.id > :run_id
                    AND u.id <= r.last_run_id AND u.undone_at IS NULL)
ORDER BY v.review_id, v.version

-- name: restore_reviews
-- Back to an earlier version; the copies of its content are restored by copy_contents.
UPDATE reviews SET
    content_hash = item.value ->> 'content_hash', version = CAST(item.value ->> 'version' AS bigint),
    changed_at = item.value ->> 'changed_at', last_read_at = item.value ->> 'last_read_at',
    presence = CASE WHEN reviews.presence <> 'changed' THEN reviews.presence
                    WHEN item.value ->> 'changed_at' IS NULL THEN 'visible' ELSE 'changed' END
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id

-- name: delete_versions_from
-- Versions that are current again, or were made after those.
DELETE FROM review_versions WHERE group_id = :group_id AND review_id = :review_id AND version >= :version

-- name: find_replies_of_run
-- Replies that the run found, where nothing has seen their reviews since.
SELECT p.id, p.review_id
FROM reviews AS r JOIN replies AS p ON p.group_id = r.group_id AND p.review_id = r.id
WHERE +r.group_id = :group_id AND r.source_id = :source_id AND r.last_run_id >= :run_id
  AND p.written_by = 'elsewhere' AND p.first_seen_at >= :started_at
  AND NOT EXISTS (SELECT 1 FROM runs AS u
                  WHERE u.group_id = :group_id AND u.source_id = :source_id AND u.id > :run_id
                    AND u.id <= r.last_run_id AND u.undone_at IS NULL)
ORDER BY p.id

-- name: delete_replies
-- Replies that were never found.
DELETE FROM replies WHERE group_id = :group_id AND id IN (:reply_ids*)

-- name: restore_replies
-- The reply that was replaced stands again.
UPDATE replies SET state = 'confirmed'
WHERE group_id = :group_id AND review_id IN (:review_ids*) AND state = 'replaced'
  AND id = (SELECT MAX(p.id) FROM replies AS p
            WHERE p.group_id = :group_id AND p.review_id = replies.review_id AND p.written_by = 'elsewhere')

-- name: restore_reply_hashes
-- The hash is that of the reply that stands; without one the next run decides.
UPDATE reviews SET reply_hash = COALESCE((SELECT MAX(p.hash) FROM replies AS p
                                          WHERE p.group_id = :group_id AND p.review_id = reviews.id
                                            AND p.written_by = 'elsewhere' AND p.state = 'confirmed'), '')
WHERE group_id = :group_id AND id IN (:review_ids*)

-- name: forget_answer_times
-- When they were answered, where only the run has said so.
UPDATE reviews SET answered_at = NULL, answer_hours = NULL
WHERE group_id = :group_id AND id IN (:review_ids*) AND answered_at >= :started_at AND answered_at <= :finished_at

-- name: delete_totals_of_run
-- Totals that the run brought and no later one has confirmed.
DELETE FROM reported_totals
WHERE group_id = :group_id AND run_id = :run_id AND read_until <= :finished_at
