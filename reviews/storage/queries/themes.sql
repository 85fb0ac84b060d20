-- What patients speak of, counted; of all reviews whose content is held; with all sources together
-- a review that stands in several places once.

-- name: count_themes
-- Reviews and sentences by theme.
SELECT t.theme, COUNT(*) AS reviews,
       CAST(SUM(CASE WHEN t.positive > 0 THEN 1 ELSE 0 END) AS bigint) AS praising,
       CAST(SUM(CASE WHEN t.negative > 0 THEN 1 ELSE 0 END) AS bigint) AS criticizing,
       CAST(SUM(t.positive) AS bigint) AS positive, CAST(SUM(t.neutral) AS bigint) AS neutral,
       CAST(SUM(t.negative) AS bigint) AS negative
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.written_at >= :since AND t.written_at < :until
  /*if themes: AND t.theme IN (:themes*) */
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND t.review_id NOT IN (SELECT r.id FROM reviews AS r WHERE +r.group_id = :group_id AND r.copy_of IS NOT NULL) */
GROUP BY t.theme

-- name: count_theme_months
-- The same for one theme by month.
SELECT substr(t.written_at, 1, 7) AS month, COUNT(*) AS reviews,
       CAST(SUM(CASE WHEN t.positive > 0 THEN 1 ELSE 0 END) AS bigint) AS praising,
       CAST(SUM(CASE WHEN t.negative > 0 THEN 1 ELSE 0 END) AS bigint) AS criticizing,
       CAST(SUM(t.positive) AS bigint) AS positive, CAST(SUM(t.neutral) AS bigint) AS neutral,
       CAST(SUM(t.negative) AS bigint) AS negative
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.theme = :theme AND t.written_at >= :since AND t.written_at < :until
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND t.review_id NOT IN (SELECT r.id FROM reviews AS r WHERE +r.group_id = :group_id AND r.copy_of IS NOT NULL) */
GROUP BY substr(t.written_at, 1, 7)
ORDER BY 1

-- name: find_theme_words
-- The words that spoke of a theme in its newest reviews.
SELECT t.words
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.theme = :theme AND t.written_at >= :since AND t.written_at < :until
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND t.review_id NOT IN (SELECT r.id FROM reviews AS r WHERE +r.group_id = :group_id AND r.copy_of IS NOT NULL) */
ORDER BY t.written_at DESC, t.review_id DESC LIMIT :limit

-- name: find_theme_examples
-- The newest reviews that praise or criticize a theme.
SELECT t.review_id
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.theme = :theme AND t.written_at >= :since AND t.written_at < :until
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND t.review_id NOT IN (SELECT r.id FROM reviews AS r WHERE +r.group_id = :group_id AND r.copy_of IS NOT NULL) */
  /*if praised: AND t.positive > 0 */
  /*if criticized: AND t.negative > 0 */
ORDER BY t.written_at DESC, t.review_id DESC LIMIT :limit
