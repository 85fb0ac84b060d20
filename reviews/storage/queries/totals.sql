-- name: add_total
-- A source says something new.
INSERT INTO reported_totals (group_id, source_id, run_id, average, best, worst, stars100, rating_count, review_count,
                             recommend_percent, raw, url, read_from, read_until)
SELECT u.group_id, u.source_id, u.id, :average, :best, :worst, :stars100, :rating_count, :review_count,
       :recommend_percent, :raw, :url, :now, :now
FROM runs AS u
WHERE u.group_id = :group_id AND u.id = :run_id AND u.source_id = :source_id

-- name: extend_total
-- A source says again what it said last, if that is this, where it says something.
UPDATE reported_totals SET read_until = CASE WHEN read_until < :now THEN :now ELSE read_until END
WHERE group_id = :group_id
  AND id = (SELECT MAX(t.id) FROM reported_totals AS t WHERE t.group_id = :group_id AND t.source_id = :source_id)
  /*if raw: AND raw = :raw AND average IS NOT DISTINCT FROM :average AND best IS NOT DISTINCT FROM :best
     AND worst IS NOT DISTINCT FROM :worst AND stars100 IS NOT DISTINCT FROM :stars100
     AND rating_count IS NOT DISTINCT FROM :rating_count AND review_count IS NOT DISTINCT FROM :review_count
     AND recommend_percent IS NOT DISTINCT FROM :recommend_percent */

-- name: find_totals
-- What a source has said over time, oldest first.
SELECT id, source_id, run_id, average, best, worst, stars100, rating_count, review_count, recommend_percent, raw, url,
       read_from, read_until
FROM reported_totals
WHERE group_id = :group_id AND source_id = :source_id
ORDER BY id

-- name: find_latest_totals
-- What each source of a clinic said last.
SELECT t.id, t.source_id, t.run_id, t.average, t.best, t.worst, t.stars100, t.rating_count, t.review_count,
       t.recommend_percent, t.raw, t.url, t.read_from, t.read_until
FROM sources AS s
JOIN reported_totals AS t ON t.id = (SELECT MAX(l.id) FROM reported_totals AS l
                                     WHERE l.group_id = :group_id AND l.source_id = s.id)
                          AND t.group_id = s.group_id
WHERE s.group_id = :group_id AND s.clinic_id = :clinic_id
ORDER BY s.id
