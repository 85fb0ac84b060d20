-- Replies that are written here, their texts, who is writing, and what runs see of them.

-- name: find_own_replies
-- Replies written here: of a review, or one by its public id; oldest first.
SELECT p.id, p.public_id, p.review_id, p.state, p.text, p.text_key, p.version, p.person_id, p.saved_at, p.sent_by,
       p.approved_by, p.approved_at, p.cleared, p.posted_by, p.posted_at, p.posted_way, p.note, p.reason,
       p.unseen_runs, p.review_hash, p.first_seen_at, p.last_seen_at
FROM replies AS p
WHERE p.group_id = :group_id AND p.written_by = 'here'
  /*if review_id: AND p.review_id = :review_id */
  /*if public_id: AND p.public_id = :public_id */
  /*if reply_id: AND p.id = :reply_id */
ORDER BY p.id

-- name: add_own_reply
-- The first text of a reply; nothing when somebody is writing one for this review already.
INSERT INTO replies (public_id, group_id, review_id, written_by, person_id, state, text, text_key, hash, version,
                     saved_at, first_seen_at, last_seen_at)
SELECT :public_id, r.group_id, r.id, 'here', :person_id, 'draft', :text, :text_key, :text_key, 1, :now, :now, :now
FROM reviews AS r
WHERE r.group_id = :group_id AND r.id = :review_id
  AND NOT EXISTS (SELECT 1 FROM replies AS p WHERE p.group_id = :group_id AND p.review_id = r.id
                  AND p.written_by = 'here' AND p.state IN ('draft', 'waiting', 'approved'))
RETURNING id

-- name: save_own_reply
-- Another text in place of the version that was seen: a draft again, whatever was approved before.
UPDATE replies SET
    text = :text, text_key = :text_key, hash = :text_key, version = version + 1, person_id = :person_id,
    saved_at = :now, state = 'draft', sent_by = NULL, approved_by = NULL, approved_at = NULL, cleared = '[]',
    note = '', reason = '', unseen_runs = 0
WHERE group_id = :group_id AND id = :reply_id AND version = :seen_version AND state = :seen_state

-- name: keep_reply_text
-- A text as it was saved.
INSERT INTO reply_texts (group_id, reply_id, version, text, person_id, saved_at)
SELECT p.group_id, p.id, p.version, p.text, p.person_id, p.saved_at
FROM replies AS p WHERE p.group_id = :group_id AND p.id = :reply_id

-- name: find_reply_texts
-- The texts of a reply, oldest first.
SELECT t.version, t.text, t.person_id, t.saved_at
FROM reply_texts AS t
WHERE t.group_id = :group_id AND t.reply_id = :reply_id
ORDER BY t.version

-- name: move_reply
-- A reply takes its next state; nothing when somebody moved it or changed its text meanwhile.
UPDATE replies SET state = :state
  /*if sent_by: , sent_by = :sent_by */
  /*if approved_by: , approved_by = :approved_by, approved_at = :approved_at, cleared = :cleared,
                      review_hash = :review_hash */
  /*if posted_at: , posted_by = :posted_by, posted_at = :posted_at, posted_way = :posted_way */
  /*if note: , note = :note */
  /*if reason: , reason = :reason */
  /*if unseen_runs: , unseen_runs = :unseen_runs */
WHERE group_id = :group_id AND id = :reply_id AND version = :version AND state = :seen_state

-- name: delete_reply
-- A draft is thrown away.
DELETE FROM replies WHERE group_id = :group_id AND id = :reply_id AND written_by = 'here' AND state = 'draft'
  AND version = :version

-- name: find_replies_to_observe
-- Replies of ours that a page of a run may say something about. Keys of the batch are identity keys.
SELECT p.id, p.public_id, p.review_id, p.state, p.text_key, p.version, p.posted_at, p.posted_by, p.person_id,
       p.unseen_runs, r.identity_key, r.public_id AS review_public_id, r.work, r.clinic_id
FROM json_each(:items) AS item CROSS JOIN reviews AS r CROSS JOIN replies AS p
WHERE r.source_id = :source_id AND r.identity_key = item.key AND +r.group_id = :group_id
  AND p.review_id = r.id AND +p.group_id = :group_id AND p.written_by = 'here'
  AND p.state IN ('posted', 'pending', 'confirmed', 'rejected', 'not_confirmed', 'replaced', 'removed')
ORDER BY p.id

-- name: mark_found_replies_ours
-- Replies found at the source that are the ones written here.
UPDATE replies SET is_ours = 1
WHERE group_id = :group_id AND written_by = 'elsewhere' AND is_ours = 0 AND review_id IN (:review_ids*)
  AND text IS NOT NULL AND text_key IN (SELECT p.text_key FROM replies AS p
                                        WHERE p.group_id = :group_id AND p.review_id = replies.review_id
                                          AND p.written_by = 'here')

-- name: find_replies_awaited
-- Replies of a source that were posted and not seen, with what its run says of their reviews.
SELECT p.id, p.public_id, p.review_id, p.state, p.text_key, p.version, p.posted_at, p.posted_by, p.person_id,
       p.unseen_runs, r.identity_key, r.public_id AS review_public_id, r.work, r.clinic_id, r.last_run_id
FROM replies AS p JOIN reviews AS r ON r.id = p.review_id AND r.group_id = p.group_id
WHERE p.group_id = :group_id AND p.written_by = 'here' AND p.state = 'posted' AND r.source_id = :source_id
  AND p.posted_at < :started_at
ORDER BY p.id

-- name: count_unseen_run
-- One more run has not seen a reply.
UPDATE replies SET unseen_runs = unseen_runs + 1 WHERE group_id = :group_id AND id = :reply_id

-- name: touch_presence
-- Somebody has the reply to a review open.
INSERT INTO reply_presence (group_id, review_id, person_id, at)
SELECT r.group_id, r.id, :person_id, :now FROM reviews AS r WHERE r.group_id = :group_id AND r.id = :review_id
ON CONFLICT (review_id, person_id) DO UPDATE SET at = excluded.at

-- name: find_presence
-- Who else has had the reply to a review open since.
SELECT e.name FROM reply_presence AS s JOIN people AS e ON e.id = s.person_id
WHERE s.group_id = :group_id AND s.review_id = :review_id AND s.person_id <> :person_id AND s.at >= :since
ORDER BY e.name

-- name: end_presence
-- Somebody has finished with the reply to a review.
DELETE FROM reply_presence WHERE group_id = :group_id AND review_id = :review_id AND person_id = :person_id

-- name: clear_own_replies_of
-- What was written here about reviews whose authors asked to be forgotten.
UPDATE replies SET text = NULL, note = '', reason = ''
WHERE group_id = :group_id AND review_id IN (:review_ids*) AND written_by = 'here'

-- name: clear_reply_texts_of
-- Earlier texts of the replies whose text is gone.
UPDATE reply_texts SET text = NULL
WHERE group_id = :group_id AND reply_id IN (SELECT p.id FROM replies AS p WHERE p.group_id = :group_id
                                            AND p.review_id IN (:review_ids*) AND p.text IS NULL)

-- name: find_answers
-- Reviews present at their source that were written in a time, whether they are answered, and after how many hours.
SELECT r.id, r.answer_hours,
       CASE WHEN r.work = 'answered' OR r.answered_at IS NOT NULL
                 OR EXISTS (SELECT 1 FROM replies AS p WHERE p.group_id = :group_id AND p.review_id = r.id
                            AND p.state IN ('posted', 'pending', 'confirmed', 'not_confirmed'))
            THEN 1 ELSE 0 END AS is_answered
FROM reviews AS r
WHERE r.group_id = :group_id AND r.presence IN ('visible', 'changed', 'returned') AND r.copy_of IS NULL
  AND r.written_at >= :since AND r.written_at < :until
  /*if clinic_id: AND r.clinic_id = :clinic_id */
ORDER BY r.id
