-- name: count_months
-- Counts of reviews present at their source, by the little of their dates that decides about the month.
SELECT r.source_id, substr(c.date_earliest, 1, 7) AS month_from, substr(c.date_latest, 1, 7) AS month_to,
       CASE WHEN substr(c.date_earliest, 12, 2) >= '11' THEN 1 ELSE 0 END AS starts_late, c.date_precision,
       c.date_relative,
       COUNT(*) AS count,
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
       CAST(SUM(CASE WHEN r.label = 'positive' THEN 1 ELSE 0 END) AS bigint) AS positive,
       CAST(SUM(CASE WHEN r.label = 'neutral' THEN 1 ELSE 0 END) AS bigint) AS neutral,
       CAST(SUM(CASE WHEN r.label = 'negative' THEN 1 ELSE 0 END) AS bigint) AS negative,
       CAST(SUM(CASE WHEN r.work = 'answered'
                       OR EXISTS (SELECT 1 FROM replies AS p
                                  WHERE p.group_id = r.group_id AND p.review_id = r.id
                                    AND p.state IN ('posted', 'pending', 'confirmed'))
                     THEN 1 ELSE 0 END) AS bigint) AS answered,
       COUNT(r.answer_hours) AS answer_known,
       CAST(SUM(CASE WHEN r.answer_hours <= 24 THEN 1 ELSE 0 END) AS bigint) AS answered_1d,
       CAST(SUM(CASE WHEN r.answer_hours <= 72 THEN 1 ELSE 0 END) AS bigint) AS answered_3d,
       CAST(SUM(CASE WHEN r.answer_hours <= 168 THEN 1 ELSE 0 END) AS bigint) AS answered_7d
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.presence IN ('visible', 'changed', 'returned') AND r.copy_of IS NULL
  /*if clinic_id: AND r.clinic_id = :clinic_id */
  /*if source_id: AND r.source_id = :source_id */
  /*if low: AND r.written_at >= :low AND r.written_at < :high */
  /*if review_ids: AND r.id IN (:review_ids*) */
GROUP BY 1, 2, 3, 4, 5, 6

-- name: find_months
-- The monthly rows of a clinic as stored, those of content that had to go ('2026-11*') beside the others.
SELECT source_id, month, count, with_text, stars_1, stars_2, stars_3, stars_4, stars_5, stars100_sum, stars_count,
       recommended, not_recommended, positive, neutral, negative, answered, answer_known, answered_1d, answered_3d,
       answered_7d
FROM monthly_summaries
WHERE group_id = :group_id
  /*if clinic_id: AND clinic_id = :clinic_id */
  /*if source_id: AND source_id = :source_id */
ORDER BY month, source_id

-- name: put_months
-- Monthly rows in place of what they said before; the batch is keyed by source and month.
INSERT INTO monthly_summaries (group_id, clinic_id, source_id, month, count, with_text, stars_1, stars_2, stars_3,
                               stars_4, stars_5, stars100_sum, stars_count, recommended, not_recommended, positive,
                               neutral, negative, answered, answer_known, answered_1d, answered_3d, answered_7d)
SELECT s.group_id, s.clinic_id, s.id, item.value ->> 'month', CAST(item.value ->> 'count' AS bigint),
       CAST(item.value ->> 'with_text' AS bigint), CAST(item.value ->> 'stars_1' AS bigint),
       CAST(item.value ->> 'stars_2' AS bigint), CAST(item.value ->> 'stars_3' AS bigint),
       CAST(item.value ->> 'stars_4' AS bigint), CAST(item.value ->> 'stars_5' AS bigint),
       CAST(item.value ->> 'stars100_sum' AS bigint), CAST(item.value ->> 'stars_count' AS bigint),
       CAST(item.value ->> 'recommended' AS bigint), CAST(item.value ->> 'not_recommended' AS bigint),
       CAST(item.value ->> 'positive' AS bigint), CAST(item.value ->> 'neutral' AS bigint),
       CAST(item.value ->> 'negative' AS bigint), CAST(item.value ->> 'answered' AS bigint),
       CAST(item.value ->> 'answer_known' AS bigint), CAST(item.value ->> 'answered_1d' AS bigint),
       CAST(item.value ->> 'answered_3d' AS bigint), CAST(item.value ->> 'answered_7d' AS bigint)
FROM json_each(:items) AS item CROSS JOIN sources AS s
WHERE s.group_id = :group_id AND s.id = CAST(item.value ->> 'source_id' AS bigint)
ON CONFLICT (source_id, month) DO UPDATE SET
    count = excluded.count, with_text = excluded.with_text, stars_1 = excluded.stars_1, stars_2 = excluded.stars_2,
    stars_3 = excluded.stars_3, stars_4 = excluded.stars_4, stars_5 = excluded.stars_5,
    stars100_sum = excluded.stars100_sum, stars_count = excluded.stars_count, recommended = excluded.recommended,
    not_recommended = excluded.not_recommended, positive = excluded.positive, neutral = excluded.neutral,
    negative = excluded.negative, answered = excluded.answered, answer_known = excluded.answer_known,
    answered_1d = excluded.answered_1d, answered_3d = excluded.answered_3d, answered_7d = excluded.answered_7d

-- name: delete_month
-- A month in which there is nothing any more.
DELETE FROM monthly_summaries WHERE group_id = :group_id AND source_id = :source_id AND month = :month

-- name: put_summary
-- The figures of a clinic, if they say something else than before.
INSERT INTO summaries (clinic_id, group_id, body, made_at)
SELECT c.id, c.group_id, :body, :now FROM clinics AS c WHERE c.id = :clinic_id AND c.group_id = :group_id
ON CONFLICT (clinic_id) DO UPDATE SET body = excluded.body, made_at = excluded.made_at
WHERE summaries.body <> excluded.body

-- name: find_summary
-- The figures of a clinic.
SELECT clinic_id, body, made_at FROM summaries WHERE group_id = :group_id AND clinic_id = :clinic_id
