-- name: next_scored
-- scope: system — one scoring pass serves all groups
-- The first pair of group and scorer after this one, in the order of the index; reviews without content never wait.
SELECT group_id, scorer FROM reviews
WHERE content_purged_at IS NULL AND (group_id, scorer) > (:after_group_id, :after_scorer)
ORDER BY group_id, scorer LIMIT 1

-- name: find_scored_by
-- Reviews of a group last scored by this scorer ('' = by none), by id.
SELECT r.group_id, r.clinic_id, r.id, c.title, c.text, r.language, r.stars100, r.content_hash
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.scorer = :scorer AND r.id > :after_id AND r.content_purged_at IS NULL
ORDER BY r.id LIMIT :limit

-- name: count_scored
-- How many reviews of a group each scorer has read; '' = none.
SELECT scorer, COUNT(*) AS n FROM reviews
WHERE group_id = :group_id AND content_purged_at IS NULL
GROUP BY scorer

-- name: find_other_scorer
-- Another scorer than this one that some review was read with last: beside it in the order of the index.
SELECT scorer FROM reviews
WHERE group_id = :group_id AND content_purged_at IS NULL
  /*if below: AND scorer > '' AND scorer < :below */
  /*if above: AND scorer > :above */
LIMIT 1

-- name: put_scores
-- Scores of a batch keyed by review id, but only where the content is still the one that was scored.
UPDATE reviews SET
    scorer = item.value ->> 'scorer', compound = CAST(item.value ->> 'compound' AS double precision),
    label = item.value ->> 'label', attention = item.value ->> 'attention'
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id
  AND reviews.content_hash = item.value ->> 'content_hash' AND reviews.content_purged_at IS NULL

-- name: find_scored_now
-- Which reviews of a batch still have the content that was scored, for their themes.
SELECT r.id
FROM json_each(:items) AS item CROSS JOIN reviews AS r
WHERE r.id = CAST(item.key AS bigint) AND +r.group_id = :group_id
  AND r.content_hash = item.value ->> 'content_hash' AND r.content_purged_at IS NULL

-- name: drop_themes
-- What reviews were said to speak of.
DELETE FROM review_themes WHERE +group_id = :group_id AND review_id IN (:review_ids*)

-- name: add_themes
-- What reviews speak of, as found with their scores.
INSERT INTO review_themes (review_id, theme, group_id, clinic_id, source_id, written_at, positive, neutral, negative,
                           words)
SELECT r.id, item.value ->> 'theme', r.group_id, r.clinic_id, r.source_id, r.written_at,
       CAST(item.value ->> 'positive' AS bigint), CAST(item.value ->> 'neutral' AS bigint),
       CAST(item.value ->> 'negative' AS bigint), item.value ->> 'words'
FROM json_each(:items) AS item CROSS JOIN reviews AS r
WHERE r.id = CAST(item.value ->> 'review_id' AS bigint) AND +r.group_id = :group_id

-- name: find_unscored_of_source
-- Reviews of a source that no scorer has read yet: what a run has just brought.
SELECT r.group_id, r.clinic_id, r.id, c.title, c.text, r.language, r.stars100, r.content_hash
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.scorer = '' AND r.content_purged_at IS NULL AND +r.source_id = :source_id
ORDER BY r.id LIMIT :limit
