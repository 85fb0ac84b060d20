-- Reports, frozen as they were made, and the links that share them.

-- name: add_report
-- A report with its frozen inputs; its row.
INSERT INTO reports (public_id, group_id, clinic_id, month, recipe, inputs, person_id, made_at)
VALUES (:public_id, :group_id, :clinic_id, :month, :recipe, :inputs, :person_id, :now)

-- name: find_reports
-- The group's reports, the newest first, or the one that was asked for.
SELECT r.id, r.public_id, r.clinic_id, r.month, r.recipe, r.inputs, r.person_id, r.made_at
FROM reports AS r
WHERE r.group_id = :group_id
  /*if public_id: AND r.public_id = :public_id */
  /*if id: AND r.id = :id */
  /*if by_schedule: AND r.month = :by_schedule AND r.person_id IS NULL */
  /*if of_clinic: AND r.clinic_id = :of_clinic */
  /*if of_all: AND r.clinic_id IS NULL AND r.removed_clinic = '' AND 1 = :of_all */
ORDER BY r.id DESC LIMIT 60

-- name: add_report_link
-- A link to a report.
INSERT INTO report_links (public_id, group_id, report_id, token_hash, password_hash, shows_authors, language, expires_at,
                          person_id, created_at)
SELECT :public_id, r.group_id, r.id, :token_hash, :password_hash, :shows_authors, :language, :expires_at, :person_id, :now
FROM reports AS r WHERE r.id = :report_id AND r.group_id = :group_id

-- name: find_report_links
-- The links to a report, the newest first.
SELECT l.id, l.public_id, l.report_id, l.password_hash, l.shows_authors, l.language, l.expires_at, l.revoked_at, l.views,
       l.created_at
FROM report_links AS l
WHERE l.group_id = :group_id AND l.report_id = :report_id
ORDER BY l.id DESC

-- name: revoke_report_link
-- A link ends.
UPDATE report_links SET revoked_at = :now
WHERE group_id = :group_id AND public_id = :public_id AND revoked_at IS NULL

-- name: find_link_by_hash
-- scope: system — whoever has a link belongs to no group
-- The link whose token has this hash, while it may be used.
SELECT l.id, l.group_id, l.report_id, l.password_hash, l.shows_authors, l.language
FROM report_links AS l
WHERE l.token_hash = :token_hash AND l.revoked_at IS NULL AND l.expires_at > :now

-- name: count_view
-- scope: system — whoever has a link belongs to no group
-- One more has looked at it.
UPDATE report_links SET views = views + 1 WHERE id = :id

-- name: count_outcomes
-- How the runs of a time ended, by source: for the method of a report.
SELECT u.source_id, u.outcome, COUNT(*) AS n, MIN(u.started_at) AS first_at, MAX(u.started_at) AS last_at
FROM runs AS u
WHERE u.group_id = :group_id AND u.finished_at IS NOT NULL AND u.started_at >= :since AND u.started_at < :until
GROUP BY u.source_id, u.outcome
ORDER BY u.source_id, u.outcome

-- name: find_acts
-- Who did what of some kinds in a time, oldest first: for the evidence in a report.
SELECT e.at, e.action, e.object_id, e.after, p.name AS person_name
FROM audit_entries AS e LEFT JOIN people AS p ON p.id = e.person_id
WHERE e.group_id = :group_id AND e.at >= :since AND e.at < :until AND e.action IN (:actions*)
ORDER BY e.id LIMIT 500

-- name: save_report_subscription
-- A person gets the report of each month, of one clinic or of all (NULL).
INSERT INTO report_subscriptions (group_id, person_id, clinic_id, created_at)
VALUES (:group_id, :person_id, :clinic_id, :now)
ON CONFLICT (group_id, person_id) DO UPDATE SET clinic_id = excluded.clinic_id, created_at = excluded.created_at

-- name: delete_report_subscription
-- A person gets no monthly reports any more.
DELETE FROM report_subscriptions WHERE group_id = :group_id AND person_id = :person_id

-- name: find_report_subscriptions
-- Who gets the report of each month, and of what; or what one person gets.
SELECT s.person_id, s.clinic_id, s.created_at FROM report_subscriptions AS s
WHERE s.group_id = :group_id
  /*if person_id: AND s.person_id = :person_id */
ORDER BY s.person_id
