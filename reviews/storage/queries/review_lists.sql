-- name: count_reviews
-- How many reviews pass the filters of a list, counted no further than the cap; the conditions are those of find_reviews.
-- With "found", reviews by their ids, it says which of them pass, in the order of the list.
SELECT /*if found: f.id, f.written_at, */ COUNT(*) AS n FROM (
SELECT /*if found: r.id, r.written_at, */ 1 AS one
FROM /*if found: json_each(:found) AS w CROSS JOIN */ /*if spoken: review_themes AS t CROSS JOIN */ reviews AS r
  /*if month_from: JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id */
WHERE r.group_id = :group_id
  /*if clinic_id: AND r.clinic_id = :clinic_id */
  /*if source_id: AND r.clinic_id = (SELECT s.clinic_id FROM sources AS s WHERE s.id = :source_id AND s.group_id = :group_id)
                  AND +r.source_id = :source_id */
  /*if stars: AND CASE WHEN r.stars100 IS NULL THEN 0 WHEN r.stars100 < 150 THEN 1 WHEN r.stars100 < 250 THEN 2 WHEN r.stars100 < 350 THEN 3
                       WHEN r.stars100 < 450 THEN 4 ELSE 5 END IN (:stars*) */
  /*if language: AND r.language = :language */
  /*if label: AND r.label = :label */
  /*if presence: AND r.presence = :presence */
  /*if publication: AND r.publication = :publication */
  /*if work: AND r.work = :work */
  /*if is_present: AND r.presence IN ('visible', 'changed', 'returned') */
  /*if no_copies: AND r.copy_of IS NULL */
  /*if is_dated: AND r.written_at <> r.first_seen_at */
  /*if has_text: AND r.has_text = :has_text */
  /*if waiting: AND r.work IN ('new', 'open') */
  /*if assignee_id: AND r.assignee_id = :assignee_id */
  /*if is_low: AND (r.stars100 < 250 OR (r.stars100 IS NULL AND (r.recommends = 0 OR r.label = 'negative'))) */
  /*if tag: AND EXISTS (SELECT 1 FROM review_tags AS t WHERE t.group_id = :group_id AND t.tag = :tag AND t.review_id = r.id) */
  /*if first_seen_since: AND r.first_seen_at >= :first_seen_since */
  /*if reply_rejected: AND r.id IN (SELECT j.review_id FROM replies AS j WHERE j.group_id = :group_id
                                    AND j.written_by = 'here' AND j.state = 'rejected') */
  /*if reply_outdated: AND r.changed_at > r.answered_at AND r.work IN ('open', 'answered') */
  /*if clinic_ids: AND r.clinic_id IN (:clinic_ids*) */
  /*if first_seen_before: AND r.first_seen_at < :first_seen_before */
  /*if ids: AND r.id IN (:ids*) */
  /*if month_from: AND r.written_at >= :month_low AND r.written_at < :month_high AND r.presence IN ('visible', 'changed', 'returned')
      AND (r.id IS NULL OR c.date_precision <> 'year')
      AND (r.id IS NULL OR c.date_relative = 0 OR substr(c.date_earliest, 1, 7) = substr(c.date_latest, 1, 7))
      AND CASE WHEN r.id IS NULL THEN '' WHEN c.date_precision = 'instant' OR c.date_relative = 1 OR substr(c.date_earliest, 12, 2) < '11'
               THEN substr(c.date_earliest, 1, 7) ELSE substr(c.date_latest, 1, 7) END BETWEEN :month_from AND :month_to */
  /*if since: AND r.written_at >= :since */
  /*if until: AND r.written_at < :until */
  /*if attention: AND r.attention <> '' AND (' ' || r.attention || ' ') LIKE :attention */
  /*if found: AND r.id = CAST(w.key AS bigint) */
  /*if spoken: AND t.group_id = :group_id AND t.theme = :spoken AND r.id = t.review_id AND r.group_id = t.group_id
     AND t.written_at >= :theme_since AND t.written_at < :theme_until */
  /*if spoken_found: AND t.review_id = CAST(w.key AS bigint) */
  /*if theme_clinic: AND t.clinic_id = :theme_clinic */
  /*if praised: AND t.positive > 0 */
  /*if criticized: AND t.negative > 0 */
  /*if unread_by: AND NOT EXISTS (SELECT 1 FROM review_reads AS d
                                  WHERE d.group_id = :group_id AND d.person_id = :unread_by AND d.review_id = r.id) */
LIMIT :cap
) AS f
/*if found: GROUP BY f.id, f.written_at ORDER BY f.written_at DESC, f.id DESC */

-- name: find_matching
-- Reviews whose words match, those that came last first, no more than the limit; the conditions are those of a list.
-- On PostgreSQL by the index of words ("rare"), or by walking back from the newest ("common"); neither subquery is
-- merged into the whole, since the planner cannot know how many reviews hold a word. SQLite's index is in this order.
SELECT r.id FROM
/*sqlite: review_words AS w CROSS JOIN reviews AS r ON r.id = w.rowid AND w.review_words MATCH :words */
/*postgres: /*if rare: (SELECT u.rowid FROM (SELECT t.review_id AS rowid FROM review_contents AS t
 WHERE t.group_id = :group_id AND t.words @@ to_tsquery('simple', :words) LIMIT ALL) AS u
 ORDER BY u.rowid DESC LIMIT ALL) AS w
JOIN LATERAL (SELECT n.id, n.group_id, n.clinic_id, n.source_id, n.stars100, n.recommends, n.label FROM reviews AS n
 WHERE n.group_id = :group_id AND n.id = w.rowid LIMIT ALL) AS r ON r.group_id = :group_id */
/*if common: (SELECT n.id AS rowid, n.clinic_id, n.source_id, n.stars100, n.recommends, n.label FROM reviews AS n
 WHERE n.group_id = :group_id */ /*if of_clinic: AND n.clinic_id = :of_clinic */ /*if ids: AND n.id IN (:ids*) */
/*if common: ORDER BY n.id DESC LIMIT ALL) AS w
JOIN LATERAL (SELECT t.review_id AS id, t.group_id, w.clinic_id, w.source_id, w.stars100, w.recommends, w.label
 FROM review_contents AS t WHERE t.group_id = :group_id AND t.review_id = w.rowid
 AND t.words @@ to_tsquery('simple', :words) LIMIT ALL) AS r ON r.group_id = :group_id */
*/
WHERE r.group_id = :group_id
  /*if clinic_id: AND r.clinic_id = :clinic_id */
  /*if source_id: AND r.source_id = :source_id */
  /*if is_low: AND (r.stars100 < 250 OR (r.stars100 IS NULL AND (r.recommends = 0 OR r.label = 'negative'))) */
ORDER BY w.rowid DESC
LIMIT :limit

-- name: find_words
-- scope: system — the index of words serves all groups
-- The words between two, in order; each is looked up from the one before, so that none is read through (SQLite).
WITH RECURSIVE found (term) AS (
    SELECT (SELECT t.term FROM review_terms AS t WHERE t.term >= :first AND t.term < :last LIMIT 1)
    UNION ALL
    SELECT (SELECT t.term FROM review_terms AS t WHERE t.term >= f.term || char(1) AND t.term < :last LIMIT 1)
    FROM found AS f WHERE f.term IS NOT NULL
)
SELECT f.term FROM found AS f WHERE f.term IS NOT NULL LIMIT :limit

-- name: find_newest_ids
-- Ids of the newest reviews.
SELECT r.id FROM reviews AS r
WHERE r.group_id = :group_id
  /*if clinic_id: AND r.clinic_id = :clinic_id */
ORDER BY r.written_at DESC, r.id DESC
LIMIT :limit

-- name: count_sample
-- The sample of a clinic by source: what stands at its source now and has not been purged.
SELECT r.source_id, COUNT(*) AS n,
       CAST(SUM(r.has_text) AS bigint) AS with_text,
       CAST(SUM(CASE WHEN r.stars100 < 150 THEN 1 ELSE 0 END) AS bigint) AS stars_1,
       CAST(SUM(CASE WHEN r.stars100 >= 150 AND r.stars100 < 250 THEN 1 ELSE 0 END) AS bigint) AS stars_2,
       CAST(SUM(CASE WHEN r.stars100 >= 250 AND r.stars100 < 350 THEN 1 ELSE 0 END) AS bigint) AS stars_3,
       CAST(SUM(CASE WHEN r.stars100 >= 350 AND r.stars100 < 450 THEN 1 ELSE 0 END) AS bigint) AS stars_4,
       CAST(SUM(CASE WHEN r.stars100 >= 450 THEN 1 ELSE 0 END) AS bigint) AS stars_5,
       CAST(COALESCE(SUM(r.stars100), 0) AS bigint) AS stars100_sum,
       COUNT(r.stars100) AS stars_count,
       CAST(SUM(CASE WHEN r.recommends = 1 THEN 1 ELSE 0 END) AS bigint) AS recommended,
       CAST(SUM(CASE WHEN r.recommends = 0 THEN 1 ELSE 0 END) AS bigint) AS not_recommended,
       CAST(SUM(CASE WHEN r.publication = 'hidden' THEN 1 ELSE 0 END) AS bigint) AS hidden
FROM reviews AS r
WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id AND r.presence IN ('visible', 'changed', 'returned')
  AND r.copy_of IS NULL AND r.content_purged_at IS NULL
GROUP BY r.source_id
ORDER BY r.source_id

-- name: count_hidden_by_stars
-- How many reviews of the sample are hidden, by the whole stars that they gave.
SELECT (r.stars100 + 50) / 100 AS stars, COUNT(*) AS n
FROM reviews AS r
WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id AND r.presence IN ('visible', 'changed', 'returned')
  AND r.copy_of IS NULL AND r.content_purged_at IS NULL AND r.publication = 'hidden'
GROUP BY (r.stars100 + 50) / 100
ORDER BY stars

-- name: count_hidden
-- How many reviews of the sample are hidden, by source and reason.
SELECT r.source_id, r.hide_reason, COUNT(*) AS n
FROM reviews AS r
WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id AND r.presence IN ('visible', 'changed', 'returned')
  AND r.copy_of IS NULL AND r.content_purged_at IS NULL AND r.publication = 'hidden'
GROUP BY r.source_id, r.hide_reason
ORDER BY r.source_id, r.hide_reason
