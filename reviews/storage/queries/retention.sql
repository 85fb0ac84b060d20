-- Content whose time has come. Ids, hashes, first and last reading, and counts by month stay.

-- name: find_groups_of_origin
-- scope: system — retention is kept for all groups
-- Groups that hold reviews of an origin.
SELECT DISTINCT group_id FROM reviews WHERE origin = :origin ORDER BY group_id

-- name: find_reviews_to_purge
-- Reviews that were not read since; the day is what the index holds.
SELECT id, clinic_id, source_id FROM reviews
WHERE +group_id = :group_id AND origin = :origin AND last_read_day <= substr(CAST(:read_before AS text), 1, 10)
    AND last_read_at < :read_before AND content_purged_at IS NULL
    /*if source_id: AND source_id = :source_id */
ORDER BY id

-- name: delete_contents
-- What reviews said.
DELETE FROM review_contents WHERE group_id = :group_id AND review_id IN (:review_ids*)

-- name: clear_copies
-- The copies of content go with it.
UPDATE reviews SET
    stars100 = NULL, recommends = NULL, language = NULL, has_text = 0, written_at = first_seen_at, compound = NULL,
    label = NULL, scorer = '', attention = '', content_purged_at = :now
WHERE group_id = :group_id AND id IN (:review_ids*)

-- name: clear_versions_of
-- What reviews said earlier.
UPDATE review_versions SET content = NULL, stars100 = NULL
WHERE group_id = :group_id AND review_id IN (:review_ids*)

-- name: clear_replies_of
-- What was found as replies to them.
UPDATE replies SET text = NULL, author = NULL, date_raw = NULL, date_earliest = NULL, date_latest = NULL,
                   date_precision = NULL
WHERE group_id = :group_id AND review_id IN (:review_ids*) AND written_by = 'elsewhere'

-- name: find_versions_to_purge
-- Earlier versions, still with content, of reviews that are read to this day.
SELECT v.id, v.content
FROM review_versions AS v JOIN reviews AS r ON r.group_id = v.group_id AND r.id = v.review_id
WHERE v.group_id = :group_id AND r.origin = :origin AND v.content IS NOT NULL AND v.seen_from < :read_before
    /*if source_id: AND r.source_id = :source_id */
ORDER BY v.id

-- name: clear_versions
-- What a review said earlier.
UPDATE review_versions SET content = NULL, stars100 = NULL WHERE group_id = :group_id AND id IN (:version_ids*)

-- name: clear_old_replies
-- Replies that the source no longer shows.
UPDATE replies SET text = NULL, author = NULL, date_raw = NULL, date_earliest = NULL, date_latest = NULL,
                   date_precision = NULL
WHERE group_id = :group_id AND written_by = 'elsewhere' AND state IN ('replaced', 'removed')
  AND last_seen_at < :read_before AND text IS NOT NULL
  AND review_id IN (SELECT r.id FROM reviews AS r WHERE r.group_id = :group_id AND r.origin = :origin
                     /*if source_id: AND r.source_id = :source_id */)


-- name: find_keeping
-- How long the group keeps its own copies.
SELECT k.review_months, k.note_months FROM keeping AS k WHERE k.group_id = :group_id

-- name: save_keeping
-- How long the group keeps its own copies from now on.
INSERT INTO keeping (group_id, review_months, note_months) VALUES (:group_id, :review_months, :note_months)
ON CONFLICT (group_id) DO UPDATE SET review_months = excluded.review_months, note_months = excluded.note_months

-- name: find_keepings
-- scope: system — the worker keeps all groups' limits
-- Groups that keep their own copies for some time only.
SELECT k.group_id FROM keeping AS k
WHERE k.review_months IS NOT NULL OR k.note_months IS NOT NULL ORDER BY k.group_id

-- name: find_all_keepings
-- scope: system — a restore is about the whole installation
-- What groups wish.
SELECT g.public_id AS group_public_id, k.review_months, k.note_months
FROM keeping AS k JOIN groups AS g ON g.id = k.group_id ORDER BY g.public_id

-- name: delete_notes_before
-- Notes of colleagues that are old enough to go.
DELETE FROM review_notes WHERE group_id = :group_id AND created_at < :before

-- name: count_before
-- What would go now: reviews that were read last before one time, and notes that were written before another.
SELECT (SELECT COUNT(*) FROM reviews AS r WHERE r.group_id = :group_id AND r.content_purged_at IS NULL
          AND r.last_read_at < :read_before) AS reviews,
       (SELECT COUNT(*) FROM review_notes AS n WHERE n.group_id = :group_id AND n.created_at < :written_before) AS notes
