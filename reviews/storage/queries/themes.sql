-- What patients speak of, counted; of all reviews whose content is held; with all sources together
-- a review that stands in several places once.

-- name: count_themes
-- Reviews and sentences by theme: whole periods from what is kept, and the reviews before and after them.
SELECT c.theme, CAST(SUM(c.spoken) AS bigint) AS reviews, CAST(SUM(c.praising) AS bigint) AS praising,
       CAST(SUM(c.criticizing) AS bigint) AS criticizing, CAST(SUM(c.positive) AS bigint) AS positive,
       CAST(SUM(c.neutral) AS bigint) AS neutral, CAST(SUM(c.negative) AS bigint) AS negative
FROM (
    SELECT p.theme, p.spoken, p.praising, p.criticizing, p.positive, p.neutral, p.negative
    FROM theme_periods AS p
    WHERE p.group_id = :group_id AND p.period >= :first AND p.period < :last
      /*if themes: AND p.theme IN (:themes*) */
      /*if clinic_id: AND p.clinic_id = :clinic_id */
      /*if source_id: AND p.source_id = :source_id */
      /*if all_sources: AND p.is_copy = 0 */
    UNION ALL
    SELECT t.theme, 1, CASE WHEN t.positive > 0 THEN 1 ELSE 0 END, CASE WHEN t.negative > 0 THEN 1 ELSE 0 END,
           t.positive, t.neutral, t.negative
    FROM review_themes AS t
    WHERE t.group_id = :group_id AND t.written_at >= :since AND t.written_at < :head_end
      /*if themes: AND t.theme IN (:themes*) */
      /*if clinic_id: AND t.clinic_id = :clinic_id */
      /*if source_id: AND t.source_id = :source_id */
      /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
    UNION ALL
    SELECT t.theme, 1, CASE WHEN t.positive > 0 THEN 1 ELSE 0 END, CASE WHEN t.negative > 0 THEN 1 ELSE 0 END,
           t.positive, t.neutral, t.negative
    FROM review_themes AS t
    WHERE t.group_id = :group_id AND t.written_at >= :tail_start AND t.written_at < :until
      /*if themes: AND t.theme IN (:themes*) */
      /*if clinic_id: AND t.clinic_id = :clinic_id */
      /*if source_id: AND t.source_id = :source_id */
      /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
) AS c
GROUP BY c.theme
HAVING SUM(c.spoken) > 0

-- name: count_theme_months
-- The same for one theme by month.
SELECT c.month, CAST(SUM(c.spoken) AS bigint) AS reviews, CAST(SUM(c.praising) AS bigint) AS praising,
       CAST(SUM(c.criticizing) AS bigint) AS criticizing, CAST(SUM(c.positive) AS bigint) AS positive,
       CAST(SUM(c.neutral) AS bigint) AS neutral, CAST(SUM(c.negative) AS bigint) AS negative
FROM (
    SELECT substr(p.period, 1, 7) AS month, p.spoken, p.praising, p.criticizing, p.positive, p.neutral, p.negative
    FROM theme_periods AS p
    WHERE p.group_id = :group_id AND p.period >= :first AND p.period < :last
      AND p.theme = :theme
      /*if clinic_id: AND p.clinic_id = :clinic_id */
      /*if source_id: AND p.source_id = :source_id */
      /*if all_sources: AND p.is_copy = 0 */
    UNION ALL
    SELECT substr(t.written_at, 1, 7), 1, CASE WHEN t.positive > 0 THEN 1 ELSE 0 END, CASE WHEN t.negative > 0 THEN 1 ELSE 0 END,
           t.positive, t.neutral, t.negative
    FROM review_themes AS t
    WHERE t.group_id = :group_id AND t.written_at >= :since AND t.written_at < :head_end
      AND t.theme = :theme
      /*if clinic_id: AND t.clinic_id = :clinic_id */
      /*if source_id: AND t.source_id = :source_id */
      /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
    UNION ALL
    SELECT substr(t.written_at, 1, 7), 1, CASE WHEN t.positive > 0 THEN 1 ELSE 0 END, CASE WHEN t.negative > 0 THEN 1 ELSE 0 END,
           t.positive, t.neutral, t.negative
    FROM review_themes AS t
    WHERE t.group_id = :group_id AND t.written_at >= :tail_start AND t.written_at < :until
      AND t.theme = :theme
      /*if clinic_id: AND t.clinic_id = :clinic_id */
      /*if source_id: AND t.source_id = :source_id */
      /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
) AS c
GROUP BY c.month
HAVING SUM(c.spoken) > 0
ORDER BY 1

-- name: find_theme_words
-- The words that spoke of a theme in its newest reviews.
SELECT t.words
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.theme = :theme AND t.written_at >= :since AND t.written_at < :until
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
ORDER BY t.written_at DESC, t.review_id DESC LIMIT :limit

-- name: find_theme_examples
-- The newest reviews that praise or criticize a theme.
SELECT t.review_id
FROM review_themes AS t
WHERE t.group_id = :group_id AND t.theme = :theme AND t.written_at >= :since AND t.written_at < :until
  /*if clinic_id: AND t.clinic_id = :clinic_id */
  /*if source_id: AND t.source_id = :source_id */
  /*if all_sources: AND NOT EXISTS (SELECT 1 FROM reviews AS r
                                       WHERE +r.group_id = :group_id AND r.id = t.review_id AND r.copy_of IS NOT NULL) */
  /*if praised: AND t.positive > 0 */
  /*if criticized: AND t.negative > 0 */
ORDER BY t.written_at DESC, t.review_id DESC LIMIT :limit

-- name: add_theme_periods
-- What reviews speak of is added to the periods in which they were written, or taken off.
INSERT INTO theme_periods (source_id, theme, period, is_copy, group_id, clinic_id, spoken, praising, criticizing, positive,
                           neutral, negative)
SELECT t.source_id, t.theme, substr(t.written_at, 1, 7) || CASE WHEN substr(t.written_at, 9, 2) < '09' THEN 'a'
                                                       WHEN substr(t.written_at, 9, 2) < '17' THEN 'b'
                                                       WHEN substr(t.written_at, 9, 2) < '25' THEN 'c' ELSE 'd' END,
       CASE WHEN r.copy_of IS NULL THEN 0 ELSE 1 END, t.group_id, t.clinic_id,
       CAST(:sign AS bigint) * COUNT(*), CAST(:sign AS bigint) * SUM(CASE WHEN t.positive > 0 THEN 1 ELSE 0 END),
       CAST(:sign AS bigint) * SUM(CASE WHEN t.negative > 0 THEN 1 ELSE 0 END),
       CAST(:sign AS bigint) * SUM(t.positive), CAST(:sign AS bigint) * SUM(t.neutral),
       CAST(:sign AS bigint) * SUM(t.negative)
FROM reviews AS r JOIN review_themes AS t ON t.review_id = r.id AND t.group_id = r.group_id
WHERE +r.group_id = :group_id
  /*if review_ids: AND r.id IN (:review_ids*) */
  /*if clinic_id: AND r.clinic_id = :clinic_id */
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4
ON CONFLICT (source_id, theme, period, is_copy) DO UPDATE SET
    spoken = theme_periods.spoken + excluded.spoken, praising = theme_periods.praising + excluded.praising,
    criticizing = theme_periods.criticizing + excluded.criticizing,
    positive = theme_periods.positive + excluded.positive, neutral = theme_periods.neutral + excluded.neutral,
    negative = theme_periods.negative + excluded.negative

-- name: drop_theme_periods
-- What was counted of a clinic.
DELETE FROM theme_periods WHERE group_id = :group_id AND clinic_id = :clinic_id

-- name: drop_all_theme_periods
-- scope: system — restored data is counted again, of all groups
-- What was counted.
DELETE FROM theme_periods

-- name: count_all_theme_periods
-- scope: system — restored data is counted again, of all groups
-- What all reviews speak of, by the periods in which they were written.
INSERT INTO theme_periods (source_id, theme, period, is_copy, group_id, clinic_id, spoken, praising, criticizing, positive,
                           neutral, negative)
SELECT t.source_id, t.theme, substr(t.written_at, 1, 7) || CASE WHEN substr(t.written_at, 9, 2) < '09' THEN 'a'
                                                       WHEN substr(t.written_at, 9, 2) < '17' THEN 'b'
                                                       WHEN substr(t.written_at, 9, 2) < '25' THEN 'c' ELSE 'd' END,
       CASE WHEN r.copy_of IS NULL THEN 0 ELSE 1 END, t.group_id, t.clinic_id,
       COUNT(*), SUM(CASE WHEN t.positive > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN t.negative > 0 THEN 1 ELSE 0 END),
       SUM(t.positive), SUM(t.neutral),
       SUM(t.negative)
FROM review_themes AS t JOIN reviews AS r ON r.id = t.review_id
GROUP BY 1, 2, 3, 4, 5, 6
