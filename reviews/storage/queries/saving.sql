-- Saving what a run has read. A batch travels as one JSON object, so that a page costs a handful of statements and not
-- one a review: both engines read it with json_each() and ->>. Its keys are identity keys or ids of reviews.
-- "+group_id" keeps SQLite's planner from walking a whole group for each of them.

-- name: find_saved_reviews
-- What is already held of a batch. Counted, not EXISTS: for that PostgreSQL may read all replies into a table of its own.
SELECT r.id, r.identity_key, r.content_hash, r.reply_hash, r.last_run_id, r.presence, r.content_purged_at,
       r.publication, r.hide_reason,
       (SELECT COUNT(*) FROM replies AS p
        WHERE p.group_id = :group_id AND p.review_id = r.id AND p.written_by = 'here') AS own_replies
FROM json_each(:items) AS item CROSS JOIN reviews AS r
WHERE r.source_id = :source_id AND r.identity_key = item.key AND +r.group_id = :group_id

-- name: add_reviews
-- New reviews. The last of a page comes first, so that among equal dates "newest first" is the order of the page.
INSERT INTO reviews (public_id, group_id, clinic_id, source_id, identity_key, identity_kind, origin, content_hash,
                     reply_hash, volatile_hash, position, first_seen_at, last_read_at, created_run_id, last_run_id,
                     stars100, recommends, language, has_text, written_at, shared_key,
                     scorer, compound, label, attention, work, work_at, answered_at, answer_hours)
SELECT item.value ->> 'public_id', s.group_id, s.clinic_id, s.id, item.key, item.value ->> 'identity_kind',
       item.value ->> 'origin', item.value ->> 'content_hash', item.value ->> 'reply_hash',
       item.value ->> 'volatile_hash', CAST(item.value ->> 'position' AS bigint), :now, :now, u.id, u.id,
       CAST(item.value ->> 'stars100' AS bigint), CAST(item.value ->> 'recommends' AS bigint),
       item.value ->> 'language', CAST(item.value ->> 'has_text' AS bigint),
       COALESCE(item.value ->> 'written_at', u.started_at), item.value ->> 'shared_key',
       COALESCE(item.value ->> 'scorer', ''), CAST(item.value ->> 'compound' AS double precision),
       item.value ->> 'label', COALESCE(item.value ->> 'attention', ''),
       CASE WHEN item.value ->> 'is_answered' IS NULL THEN 'new' ELSE 'answered' END,
       CASE WHEN item.value ->> 'is_answered' IS NULL THEN NULL ELSE :now END,
       item.value ->> 'answered_at', CAST(item.value ->> 'answer_hours' AS bigint)
FROM json_each(:items) AS item
CROSS JOIN sources AS s
CROSS JOIN runs AS u
WHERE s.id = :source_id AND s.group_id = :group_id AND s.clinic_id = :clinic_id
  AND u.id = :run_id AND u.source_id = s.id AND u.group_id = :group_id
ORDER BY CAST(item.value ->> 'position' AS bigint) DESC, item.key DESC
RETURNING id, identity_key

-- name: put_contents
-- What reviews say now, in place of what they said.
INSERT INTO review_contents (review_id, group_id, author, title, text, translation, is_cut, url, rating_raw,
                             rating_value, rating_best, rating_worst, date_raw, date_earliest, date_latest,
                             date_precision, date_relative)
SELECT r.id, r.group_id, item.value ->> 'author', item.value ->> 'title', item.value ->> 'text',
       item.value ->> 'translation', CAST(item.value ->> 'is_cut' AS bigint), item.value ->> 'url',
       item.value ->> 'rating_raw', item.value ->> 'rating_value', item.value ->> 'rating_best',
       item.value ->> 'rating_worst', item.value ->> 'date_raw', item.value ->> 'date_earliest',
       item.value ->> 'date_latest', item.value ->> 'date_precision',
       CAST(item.value ->> 'date_relative' AS bigint)
FROM json_each(:items) AS item CROSS JOIN reviews AS r
WHERE r.id = CAST(item.key AS bigint) AND r.group_id = :group_id
ON CONFLICT (review_id) DO UPDATE SET
    author = excluded.author, title = excluded.title, text = excluded.text, translation = excluded.translation,
    is_cut = excluded.is_cut, url = excluded.url, rating_raw = excluded.rating_raw,
    rating_value = excluded.rating_value, rating_best = excluded.rating_best, rating_worst = excluded.rating_worst,
    date_raw = excluded.date_raw, date_earliest = excluded.date_earliest, date_latest = excluded.date_latest,
    date_precision = excluded.date_precision, date_relative = excluded.date_relative

-- name: find_contents_to_keep
-- The content that is about to be replaced, with what a version keeps beside it.
SELECT r.id, r.version, r.content_hash, r.stars100, r.recommends, r.language, r.has_text, r.written_at,
       r.last_read_at, COALESCE(r.changed_at, r.first_seen_at) AS seen_from, c.review_id, c.author, c.title, c.text,
       c.translation, c.is_cut, c.url, c.rating_raw, c.rating_value, c.rating_best, c.rating_worst, c.date_raw,
       c.date_earliest, c.date_latest, c.date_precision, c.date_relative
FROM reviews AS r LEFT JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.id IN (:review_ids*)
ORDER BY r.id

-- name: add_version
-- Keep the content that is about to be replaced.
INSERT INTO review_versions (group_id, review_id, version, content_hash, content, stars100, seen_from, seen_until,
                             run_id)
VALUES (:group_id, :review_id, :version, :content_hash, :content, :stars100, :seen_from, :seen_until, :run_id)

-- name: copy_contents
-- The copies of content in reviews follow the content; a score of other words is no score.
UPDATE reviews SET
    stars100 = CAST(item.value ->> 'stars100' AS bigint), recommends = CAST(item.value ->> 'recommends' AS bigint),
    language = item.value ->> 'language', has_text = CAST(item.value ->> 'has_text' AS bigint),
    written_at = COALESCE(item.value ->> 'written_at', reviews.written_at),
    compound = NULL, label = NULL, scorer = '', attention = '', content_purged_at = NULL
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id

-- name: begin_versions
-- A new version begins: a quote chosen by hand is withdrawn, what was closed or answered opens again (`rules.work`), a
-- hidden review stays hidden.
UPDATE reviews SET
    content_hash = item.value ->> 'content_hash', version = reviews.version + 1, changed_at = :now,
    presence = CASE WHEN reviews.presence IN ('missing', 'withdrawn') THEN 'returned' ELSE 'changed' END,
    publication = CASE WHEN reviews.publication = 'featured' THEN 'listed' ELSE reviews.publication END,
    work_at = CASE WHEN reviews.work IN ('closed', 'answered') THEN :now ELSE reviews.work_at END,
    work = CASE WHEN reviews.work IN ('closed', 'answered') THEN 'open' ELSE reviews.work END
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id

-- name: mark_seen
-- These were read again, changed or not; a person may have named another origin for the source meanwhile.
UPDATE reviews SET
    last_read_at = :now, last_run_id = :run_id, missed_runs = 0, missing_since = NULL,
    reply_hash = item.value ->> 'reply_hash', volatile_hash = item.value ->> 'volatile_hash',
    origin = COALESCE(item.value ->> 'origin', reviews.origin),
    shared_key = COALESCE(item.value ->> 'shared_key', reviews.shared_key),
    presence = CASE WHEN reviews.presence IN ('missing', 'withdrawn') THEN 'returned' ELSE reviews.presence END
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id

-- name: find_answered
-- A reply stands at the source: the work is done, by whomever. What is closed stays closed.
UPDATE reviews SET
    work = CASE WHEN reviews.work IN ('new', 'open', 'no_reply_needed', 'reported') THEN 'answered' ELSE reviews.work END,
    work_at = CASE WHEN reviews.work IN ('new', 'open', 'no_reply_needed', 'reported') THEN :now ELSE reviews.work_at END,
    answered_at = COALESCE(reviews.answered_at, item.value ->> 'answered_at'),
    answer_hours = COALESCE(reviews.answer_hours, CAST(item.value ->> 'answer_hours' AS bigint))
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id

-- name: find_unanswered_again
-- The reply that stood at the source is gone: somebody looks at it again.
UPDATE reviews SET work = 'open', work_at = :now, answered_at = NULL, answer_hours = NULL
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id AND reviews.work = 'answered'

-- name: end_replies
-- Replies that the source no longer shows: replaced by another, or removed.
UPDATE replies SET state = CASE WHEN item.value ->> 'text' IS NULL THEN 'removed' ELSE 'replaced' END
FROM json_each(:items) AS item
WHERE replies.review_id = CAST(item.key AS bigint) AND +replies.group_id = :group_id
  AND replies.written_by = 'elsewhere' AND replies.state IN ('confirmed', 'pending', 'rejected')

-- name: add_replies
-- Replies found at the source, each as the next version of the reply to its review.
INSERT INTO replies (public_id, group_id, review_id, written_by, state, text, text_key, author, hash, reason, version,
                     date_raw, date_earliest, date_latest, date_precision, first_seen_at, last_seen_at)
SELECT item.value ->> 'public_id', r.group_id, r.id, 'elsewhere', item.value ->> 'state', item.value ->> 'text',
       item.value ->> 'text_key', item.value ->> 'author', item.value ->> 'hash', item.value ->> 'reason',
       1 + (SELECT COUNT(*) FROM replies AS p
            WHERE p.group_id = :group_id AND p.review_id = r.id AND p.written_by = 'elsewhere'),
       item.value ->> 'date_raw', item.value ->> 'date_earliest', item.value ->> 'date_latest',
       item.value ->> 'date_precision', :now, :now
FROM json_each(:items) AS item CROSS JOIN reviews AS r
WHERE r.group_id = :group_id AND r.id = CAST(item.key AS bigint) AND item.value ->> 'text' IS NOT NULL

-- name: touch_replies
-- Replies that were read again as they are; a text that had to go comes back with it.
UPDATE replies SET
    last_seen_at = :now, text_key = item.value ->> 'text_key',
    text = COALESCE(replies.text, item.value ->> 'text'), author = COALESCE(replies.author, item.value ->> 'author'),
    date_raw = COALESCE(replies.date_raw, item.value ->> 'date_raw'),
    date_earliest = COALESCE(replies.date_earliest, item.value ->> 'date_earliest'),
    date_latest = COALESCE(replies.date_latest, item.value ->> 'date_latest'),
    date_precision = COALESCE(replies.date_precision, item.value ->> 'date_precision')
FROM json_each(:items) AS item
WHERE replies.review_id = CAST(item.key AS bigint) AND +replies.group_id = :group_id
  AND replies.written_by = 'elsewhere' AND replies.state IN ('confirmed', 'pending', 'rejected')
  AND replies.hash = item.value ->> 'hash'
