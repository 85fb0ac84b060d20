-- name: add_channel
-- A new channel of the group; the row.
INSERT INTO channels (public_id, group_id, kind, label, host, secrets, language, created_at, updated_at)
VALUES (:public_id, :group_id, :kind, :label, :host, :secrets, :language, :now, :now)
RETURNING *;

-- name: find_channels
-- The group's channels, or the one that was asked for.
SELECT * FROM channels
WHERE group_id = :group_id
    /*if id: AND id = :id */
    /*if public_id: AND public_id = :public_id */
ORDER BY id;

-- name: update_channel
-- Change what was passed of a channel; the row.
UPDATE channels SET updated_at = :now
    /*if label: , label = :label */
    /*if host: , host = :host */
    /*if secrets: , secrets = :secrets */
    /*if language: , language = :language */
    /*if state: , state = :state */
    /*if reason: , reason = :reason */
    /*if failures: , failures = :failures */
    /*if held_until: , held_until = :held_until */
WHERE group_id = :group_id AND id = :id
RETURNING *;

-- name: delete_channel
-- A channel goes, with its rules and its deliveries.
DELETE FROM channels WHERE group_id = :group_id AND id = :id;

-- name: add_alert_rule
-- A new rule; the row.
INSERT INTO alert_rules (public_id, group_id, person_id, channel_id, clinic_ids, source_ids, stars, reasons, urgent, news,
                         trouble, digest, quiet_from, quiet_until, urgent_passes, created_at, updated_at)
VALUES (:public_id, :group_id, :person_id, :channel_id, :clinic_ids, :source_ids, :stars, :reasons, :urgent, :news,
        :trouble, :digest, :quiet_from, :quiet_until, :urgent_passes, :now, :now)
RETURNING *;

-- name: find_alert_rules
-- The group's rules, or those of one person or channel, or the one that was asked for.
SELECT * FROM alert_rules
WHERE group_id = :group_id
    /*if public_id: AND public_id = :public_id */
    /*if person_id: AND person_id = :person_id */
    /*if channel_id: AND channel_id = :channel_id */
ORDER BY id;

-- name: update_alert_rule
-- Change a rule; the row.
UPDATE alert_rules SET
    clinic_ids = :clinic_ids, source_ids = :source_ids, stars = :stars, reasons = :reasons, urgent = :urgent, news = :news,
    trouble = :trouble, digest = :digest, quiet_from = :quiet_from, quiet_until = :quiet_until, urgent_passes = :urgent_passes,
    updated_at = :now
WHERE group_id = :group_id AND public_id = :public_id
RETURNING *;

-- name: delete_alert_rule
-- A rule goes.
DELETE FROM alert_rules WHERE group_id = :group_id AND public_id = :public_id;

-- name: find_alert_members
-- The people of the group who may get mail, with since when they belong to it.
SELECT p.id, p.public_id, p.email, p.name, p.language, m.role, m.all_clinics, m.created_at AS member_since
FROM memberships m JOIN people p ON p.id = m.person_id
WHERE m.group_id = :group_id AND p.disabled_at IS NULL
    /*if person_id: AND m.person_id = :person_id */
ORDER BY p.id;

-- name: find_news
-- What a run has brought: reviews that it saw first, and those whose content it replaced, with the stars before. Of a
-- review that stands in several places it is the one that was stored first, so that people are told once.
SELECT r.id, r.public_id, r.clinic_id, r.source_id, r.stars100, r.language, r.version, r.first_seen_at, r.written_at,
       c.title, c.text, v.stars100 AS stars100_before, v.version AS version_before
FROM reviews AS r
LEFT JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
LEFT JOIN review_versions AS v ON v.review_id = r.id AND v.group_id = r.group_id AND v.run_id = :run_id
WHERE +r.group_id = :group_id AND r.source_id = :source_id
  AND r.content_purged_at IS NULL
  AND (r.created_run_id = :run_id OR v.run_id IS NOT NULL) AND r.id > :after_id
  AND NOT EXISTS (SELECT 1 FROM reviews AS e WHERE +e.id < r.id AND +e.group_id = :group_id
                  AND (e.id = r.copy_of OR e.copy_of = r.id OR e.copy_of = r.copy_of)
                  AND (r.created_run_id = :run_id OR e.presence IN ('visible', 'changed', 'returned')))
ORDER BY r.id
LIMIT :limit;

-- name: find_earlier_good_run
-- An earlier run of the source that ended well: then its reviews are not read for the first time.
SELECT id FROM runs
WHERE group_id = :group_id AND source_id = :source_id AND id < :run_id AND outcome IN ('ok', 'unchanged', 'partial')
LIMIT 1;

-- name: count_first_reading
-- How many reviews of a source stand there now, or those that one run saw first, by whole stars; 0 is without stars.
SELECT CASE WHEN r.stars100 IS NULL THEN 0 WHEN r.stars100 < 150 THEN 1 WHEN r.stars100 < 250 THEN 2
            WHEN r.stars100 < 350 THEN 3 WHEN r.stars100 < 450 THEN 4 ELSE 5 END AS stars, COUNT(*) AS n
FROM reviews AS r
WHERE r.group_id = :group_id AND r.source_id = :source_id AND r.presence IN ('visible', 'changed', 'returned')
  /*if run_id: AND r.created_run_id = :run_id */
GROUP BY 1
ORDER BY 1;

-- name: count_week
-- What was seen first in a time, by source: all, with few stars, with stars and their sum. Not what a first reading or
-- an imported file brought: that is as old as it is. What was known from another place is not new.
SELECT r.source_id, COUNT(*) AS n, COUNT(r.stars100) AS stars_count,
       CAST(COALESCE(SUM(r.stars100), 0) AS bigint) AS stars100_sum,
       CAST(COALESCE(SUM(CASE WHEN r.stars100 < 250 THEN 1 ELSE 0 END), 0) AS bigint) AS low
FROM reviews AS r JOIN runs AS c ON c.id = r.created_run_id AND c.group_id = r.group_id AND c.trigger <> 'import'
WHERE r.group_id = :group_id AND r.first_seen_at >= :since AND r.first_seen_at < :until
  AND EXISTS (SELECT 1 FROM runs AS e WHERE e.group_id = :group_id AND e.source_id = r.source_id
              AND e.id < r.created_run_id AND e.outcome IN ('ok', 'unchanged', 'partial'))
  AND NOT EXISTS (SELECT 1 FROM reviews AS o WHERE +o.id < r.id AND +o.group_id = :group_id
                  AND (o.id = r.copy_of OR o.copy_of = r.id OR o.copy_of = r.copy_of))
GROUP BY r.source_id
ORDER BY r.source_id;

-- name: count_missing_since
-- How many reviews became missing in a time, by source; one that stands elsewhere still is there.
SELECT r.source_id, COUNT(*) AS n
FROM reviews AS r
WHERE r.group_id = :group_id AND r.copy_of IS NULL AND r.missing_since >= :since AND r.missing_since < :until
GROUP BY r.source_id
ORDER BY r.source_id;

-- name: find_unanswered
-- Reviews with text that nobody has answered, fewest stars first, then the newest.
SELECT r.id, r.source_id, r.clinic_id FROM reviews AS r
WHERE r.group_id = :group_id AND r.first_seen_at >= :since AND r.has_text = 1
  AND r.presence IN ('visible', 'changed', 'returned') AND r.work IN ('new', 'open') AND r.copy_of IS NULL
  AND NOT EXISTS (SELECT 1 FROM replies AS p WHERE p.group_id = :group_id AND p.review_id = r.id
                  AND p.state IN ('posted', 'pending', 'confirmed'))
ORDER BY CASE WHEN r.stars100 IS NULL THEN 1 ELSE 0 END, r.stars100, r.first_seen_at DESC, r.id
LIMIT :limit;

-- name: find_totals_at
-- What each source of the group said at a moment.
SELECT t.source_id, t.average, t.best, t.stars100, t.rating_count, t.review_count
FROM reported_totals AS t
WHERE t.group_id = :group_id AND t.read_from <= :at
  AND t.id = (SELECT MAX(o.id) FROM reported_totals AS o
              WHERE o.group_id = :group_id AND o.source_id = t.source_id AND o.read_from <= :at)
ORDER BY t.source_id;
