-- Figures over time, from monthly counts, and what people remark about days.

-- name: sum_months
-- Monthly counts of a group, a clinic or a source, all of a month together; `kept` are those whose content had to go.
SELECT substr(m.month, 1, 7) AS month,
       CAST(SUM(m.count) AS bigint) AS count,
       CAST(SUM(CASE WHEN substr(m.month, 8, 1) = '*' THEN m.count ELSE 0 END) AS bigint) AS kept,
       CAST(SUM(m.stars_1) AS bigint) AS stars_1, CAST(SUM(m.stars_2) AS bigint) AS stars_2,
       CAST(SUM(m.stars_3) AS bigint) AS stars_3, CAST(SUM(m.stars_4) AS bigint) AS stars_4,
       CAST(SUM(m.stars_5) AS bigint) AS stars_5, CAST(SUM(m.stars100_sum) AS bigint) AS stars100_sum,
       CAST(SUM(m.stars_count) AS bigint) AS stars_count, CAST(SUM(m.recommended) AS bigint) AS recommended,
       CAST(SUM(m.not_recommended) AS bigint) AS not_recommended, CAST(SUM(m.positive) AS bigint) AS positive,
       CAST(SUM(m.neutral) AS bigint) AS neutral, CAST(SUM(m.negative) AS bigint) AS negative,
       CAST(SUM(m.answered) AS bigint) AS answered, CAST(SUM(m.answer_known) AS bigint) AS answer_known,
       CAST(SUM(m.answered_1d) AS bigint) AS answered_1d, CAST(SUM(m.answered_3d) AS bigint) AS answered_3d,
       CAST(SUM(m.answered_7d) AS bigint) AS answered_7d
FROM monthly_summaries AS m
WHERE m.group_id = :group_id AND m.month >= :first AND m.month <= :last
  /*if clinic_id: AND m.clinic_id = :clinic_id */
  /*if source_id: AND m.source_id = :source_id */
GROUP BY substr(m.month, 1, 7)
ORDER BY 1

-- name: sum_clinics
-- The same for each clinic over a time.
SELECT m.clinic_id,
       CAST(SUM(m.count) AS bigint) AS count,
       CAST(SUM(CASE WHEN substr(m.month, 8, 1) = '*' THEN m.count ELSE 0 END) AS bigint) AS kept,
       CAST(SUM(m.stars_1) AS bigint) AS stars_1, CAST(SUM(m.stars_2) AS bigint) AS stars_2,
       CAST(SUM(m.stars_3) AS bigint) AS stars_3, CAST(SUM(m.stars_4) AS bigint) AS stars_4,
       CAST(SUM(m.stars_5) AS bigint) AS stars_5, CAST(SUM(m.stars100_sum) AS bigint) AS stars100_sum,
       CAST(SUM(m.stars_count) AS bigint) AS stars_count, CAST(SUM(m.recommended) AS bigint) AS recommended,
       CAST(SUM(m.not_recommended) AS bigint) AS not_recommended, CAST(SUM(m.positive) AS bigint) AS positive,
       CAST(SUM(m.neutral) AS bigint) AS neutral, CAST(SUM(m.negative) AS bigint) AS negative,
       CAST(SUM(m.answered) AS bigint) AS answered, CAST(SUM(m.answer_known) AS bigint) AS answer_known,
       CAST(SUM(m.answered_1d) AS bigint) AS answered_1d, CAST(SUM(m.answered_3d) AS bigint) AS answered_3d,
       CAST(SUM(m.answered_7d) AS bigint) AS answered_7d
FROM monthly_summaries AS m
WHERE m.group_id = :group_id AND m.month >= :first AND m.month <= :last
GROUP BY m.clinic_id
ORDER BY m.clinic_id

-- name: find_months_read
-- The months in which something was read well.
SELECT DISTINCT substr(u.finished_at, 1, 7) AS month
FROM runs AS u JOIN sources AS s ON s.id = u.source_id AND s.group_id = u.group_id
WHERE u.group_id = :group_id AND u.finished_at IS NOT NULL AND u.outcome IN ('ok', 'unchanged', 'partial')
  /*if clinic_id: AND s.clinic_id = :clinic_id */
  /*if source_id: AND u.source_id = :source_id */
ORDER BY 1

-- name: add_annotation
-- A remark about a day.
INSERT INTO annotations (public_id, group_id, clinic_id, day, text, person_id, created_at)
VALUES (:public_id, :group_id, :clinic_id, :day, :text, :person_id, :now)

-- name: find_annotations
-- The remarks about a time, oldest first.
SELECT a.public_id, a.clinic_id, a.day, a.text, a.person_id
FROM annotations AS a
WHERE a.group_id = :group_id AND a.day >= :first AND a.day <= :last
  /*if clinic_id: AND (a.clinic_id IS NULL OR a.clinic_id = :clinic_id) */
ORDER BY a.day, a.id

-- name: delete_annotation
-- A remark goes.
DELETE FROM annotations WHERE group_id = :group_id AND public_id = :public_id

-- name: count_lately
-- Of each clinic: reviews that say when they were written, within the last days and in the time before.
SELECT r.clinic_id,
       CAST(SUM(CASE WHEN r.written_at >= :recent THEN 1 ELSE 0 END) AS bigint) AS recent,
       CAST(SUM(CASE WHEN r.written_at < :recent THEN 1 ELSE 0 END) AS bigint) AS before
FROM reviews AS r
WHERE r.group_id = :group_id AND r.written_at >= :since AND r.written_at <> r.first_seen_at AND r.copy_of IS NULL
GROUP BY r.clinic_id
ORDER BY r.clinic_id

-- name: count_same_lately
-- Of each clinic: how many reviews of the last days say the very same, of the text that is said most often.
SELECT s.clinic_id, CAST(MAX(s.count) AS bigint) AS same
FROM (SELECT r.clinic_id, COUNT(*) AS count
      FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
      WHERE r.group_id = :group_id AND r.written_at >= :recent AND r.written_at <> r.first_seen_at AND r.has_text = 1
        AND r.copy_of IS NULL
      GROUP BY r.clinic_id, c.text) AS s
GROUP BY s.clinic_id
ORDER BY s.clinic_id
