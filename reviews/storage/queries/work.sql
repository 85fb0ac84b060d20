-- The daily work on reviews. set_work is in reviews.sql.

-- name: add_note
-- A note on a review of the group.
INSERT INTO review_notes (public_id, group_id, review_id, person_id, text, created_at)
SELECT :public_id, r.group_id, r.id, :person_id, :text, :now
FROM reviews AS r WHERE r.id = :review_id AND r.group_id = :group_id

-- name: find_notes
-- The notes on a review with the names of who wrote them, oldest first.
SELECT n.public_id, n.person_id, p.name AS person_name, n.text, n.created_at
FROM review_notes AS n LEFT JOIN people AS p ON p.id = n.person_id
WHERE n.group_id = :group_id AND n.review_id = :review_id
ORDER BY n.id

-- name: delete_notes_of
-- Notes on a review whose author asked to be forgotten.
DELETE FROM review_notes WHERE group_id = :group_id AND review_id = :review_id

-- name: delete_note
-- Delete one's own note.
DELETE FROM review_notes WHERE group_id = :group_id AND public_id = :public_id AND person_id = :person_id

-- name: add_tag
-- Tag a review of the group.
INSERT INTO review_tags (review_id, tag, group_id)
SELECT r.id, :tag, r.group_id FROM reviews AS r WHERE r.id = :review_id AND r.group_id = :group_id
ON CONFLICT (review_id, tag) DO NOTHING

-- name: delete_tag
-- Take a tag off a review.
DELETE FROM review_tags WHERE group_id = :group_id AND review_id = :review_id AND tag = :tag

-- name: delete_tags_of
-- All tags of a review: words of staff may say whose it was.
DELETE FROM review_tags WHERE group_id = :group_id AND review_id = :review_id

-- name: find_tags
-- The tags of reviews.
SELECT t.review_id, t.tag FROM review_tags AS t
WHERE t.group_id = :group_id AND t.review_id IN (:review_ids*) ORDER BY t.review_id, t.tag

-- name: find_group_tags
-- The tags that a group uses.
SELECT DISTINCT t.tag FROM review_tags AS t WHERE t.group_id = :group_id ORDER BY t.tag LIMIT :limit

-- name: find_read
-- Which of these reviews a person has read.
SELECT d.review_id FROM review_reads AS d
WHERE d.group_id = :group_id AND d.person_id = :person_id AND d.review_id IN (:review_ids*)

-- name: mark_all_read
-- A person has seen everything of the group.
INSERT INTO review_reads (group_id, person_id, review_id, read_at)
SELECT r.group_id, :person_id, r.id, :now
FROM reviews AS r
WHERE r.group_id = :group_id
  AND NOT EXISTS (SELECT 1 FROM review_reads AS d
                  WHERE d.group_id = :group_id AND d.person_id = :person_id AND d.review_id = r.id)
ON CONFLICT (person_id, review_id) DO NOTHING

-- name: add_action
-- Remember what was done to several reviews.
INSERT INTO bulk_actions (public_id, group_id, person_id, action, value, changes, created_at)
VALUES (:public_id, :group_id, :person_id, :action, :value, :changes, :now)

-- name: find_actions
-- What a person has done to several reviews, newest first.
SELECT b.id, b.public_id, b.person_id, b.action, b.value, b.changes, b.created_at, b.undone_at
FROM bulk_actions AS b
WHERE b.group_id = :group_id AND b.person_id = :person_id
  /*if public_id: AND b.public_id = :public_id */
  /*if since: AND b.created_at >= :since */
ORDER BY b.id DESC LIMIT 50

-- name: mark_action_undone
-- An action has been taken back.
UPDATE bulk_actions SET undone_at = :now WHERE group_id = :group_id AND id = :action_id AND undone_at IS NULL

-- name: drop_old_actions
-- scope: system — upkeep of all groups
-- What was done to several reviews longer ago than it can be taken back.
DELETE FROM bulk_actions WHERE created_at < :before
