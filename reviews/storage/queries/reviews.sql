-- Reviews: reading them, their axes, absence. Saving is in saving.sql.
-- "+group_id" keeps SQLite's planner from walking a whole group where a source is asked for.

-- name: find_reviews
-- Reviews with their content, newest first; the only query that reads whole reviews. Each condition is optional.
-- "+r.source_id" keeps the planner on the index that is in the order of the list; the clinic narrows it. A theme has an
-- index in the same order: `written_at` is the same there.
SELECT r.id, r.public_id, r.clinic_id, r.source_id, r.identity_key, r.identity_kind, r.origin, r.content_hash,
       r.reply_hash, r.version, r.position, r.first_seen_at, r.changed_at, r.last_read_at, r.created_run_id,
       r.last_run_id, r.stars100, r.recommends, r.language, r.has_text, r.written_at, r.compound, r.label, r.scorer,
       r.content_purged_at, r.presence, r.missed_runs, r.missing_since, r.work, r.publication, r.hide_reason,
       r.assignee_id, r.due_at, r.work_at, r.answered_at, r.attention,
       c.author, c.title, c.text, c.translation, c.is_cut, c.url, c.rating_raw, c.rating_value, c.rating_best,
       c.rating_worst, c.date_raw, c.date_earliest, c.date_latest, c.date_precision, c.date_relative
FROM /*if spoken: review_themes AS t CROSS JOIN */ reviews AS r LEFT JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id
  /*if review_id: AND r.id = :review_id */
  /*if public_id: AND r.public_id = :public_id */
  /*if clinic_id: AND r.clinic_id = :clinic_id */
  /*if source_id: AND r.clinic_id = (SELECT s.clinic_id FROM sources AS s WHERE s.id = :source_id AND s.group_id = :group_id)
                  AND +r.source_id = :source_id */
  /*if stars: AND CASE WHEN r.stars100 IS NULL THEN 0 WHEN r.stars100 < 150 THEN 1 WHEN r.stars100 < 250 THEN 2 WHEN r.stars100 < 350 THEN 3
                       WHEN r.stars100 < 450 THEN 4 ELSE 5 END IN (:stars*) */
  /*if language: AND r.language = :language */
  /*if label: AND r.label = :label */
  /*if presence: AND r.presence = :presence */
  /*if is_present: AND r.presence IN ('visible', 'changed', 'returned') */
  /*if publication: AND r.publication = :publication */
  /*if not_hidden: AND r.publication <> 'hidden' */
  /*if no_copies: AND r.copy_of IS NULL */
  /*if is_dated: AND r.written_at <> r.first_seen_at */
  /*if work: AND r.work = :work */
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
  /*if spoken: AND t.group_id = :group_id AND t.theme = :spoken AND r.id = t.review_id AND r.group_id = t.group_id
     AND t.written_at >= :theme_since AND t.written_at < :theme_until */
  /*if theme_clinic: AND t.clinic_id = :theme_clinic */
  /*if praised: AND t.positive > 0 */
  /*if criticized: AND t.negative > 0 */
  /*if unread_by: AND NOT EXISTS (SELECT 1 FROM review_reads AS d
                                  WHERE d.group_id = :group_id AND d.person_id = :unread_by AND d.review_id = r.id) */
  /*if done_with: AND r.work NOT IN ('new', 'open') */
  /*if after_id: AND (r.written_at, r.id) < (:after_written_at, :after_id) */
  /*if spoken_after: AND (t.written_at, t.review_id) < (:after_written_at, :spoken_after) */
  /*if after_oldest: AND (r.written_at, r.id) > (:after_written, :after_oldest) */
  /*if same_lead: AND -COALESCE(r.stars100, 501) = :same_lead */
  /*if below_lead: AND -COALESCE(r.stars100, 501) < :below_lead */
ORDER BY /*if lowest: -COALESCE(r.stars100, 501) DESC, */ /*if oldest: r.written_at, r.id, */
         /*if spoken: t.written_at DESC, t.review_id DESC, */
         r.written_at DESC, /*if in_page_order: r.position, */ r.id DESC
LIMIT :limit

-- name: find_known_reviews
-- Reviews of a source without an id of the platform, for identity matching.
SELECT r.id, r.identity_key, r.identity_kind, c.author, c.date_earliest, c.date_precision, r.stars100, c.text,
       r.content_hash
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE +r.group_id = :group_id AND r.source_id = :source_id AND r.identity_kind <> 'id'
ORDER BY r.id
/*if limit: LIMIT :limit */

-- name: find_versions
-- Earlier versions of a review, oldest first.
SELECT v.version, v.content_hash, v.content, v.stars100, v.seen_from, v.seen_until, v.run_id
FROM review_versions AS v
WHERE v.group_id = :group_id AND v.review_id = :review_id
ORDER BY v.version

-- name: find_replies
-- Replies to a review or several, all versions, oldest first.
SELECT p.id, p.public_id, p.review_id, p.written_by, p.state, p.text, p.author, p.hash, p.version, p.date_raw,
       p.date_earliest, p.date_latest, p.date_precision, p.first_seen_at, p.last_seen_at, p.is_ours
FROM replies AS p
WHERE p.group_id = :group_id
  /*if review_id: AND p.review_id = :review_id */
  /*if review_ids: AND p.review_id IN (:review_ids*) */
ORDER BY p.id

-- name: count_would_miss
-- How many reviews, present at the source and seen by the run before, a run has not seen.
SELECT COUNT(*) AS n FROM reviews
WHERE +group_id = :group_id AND source_id = :source_id AND last_run_id <> :run_id
  AND presence IN ('visible', 'changed', 'returned') AND missed_runs = 0

-- name: add_missed_run
-- A complete run did not see these.
UPDATE reviews SET missed_runs = missed_runs + 1
WHERE +group_id = :group_id AND source_id = :source_id AND last_run_id <> :run_id AND presence <> 'withdrawn'

-- name: mark_missing
-- Absent from two complete runs in a row: no longer present at the source.
UPDATE reviews SET presence = 'missing', missing_since = :now
WHERE +group_id = :group_id AND source_id = :source_id AND last_run_id <> :run_id AND missed_runs >= 2
  AND presence IN ('visible', 'changed', 'returned')

-- name: set_publication
-- Hide a review with its reason, or show it again.
UPDATE reviews SET publication = :publication, hide_reason = :hide_reason
WHERE group_id = :group_id AND id = :review_id

-- name: set_work
-- What remains to be done about a review, by whom and until when.
UPDATE reviews SET work = :work, work_at = :now
  /*if due_at: , due_at = :due_at */
  /*if assignee_id: , assignee_id = :assignee_id */
  /*if answered_at: , answered_at = :answered_at, answer_hours = :answer_hours */
WHERE group_id = :group_id AND id = :review_id

-- name: mark_read
-- A person has read these reviews.
INSERT INTO review_reads (group_id, person_id, review_id, read_at)
SELECT r.group_id, :person_id, r.id, :now
FROM reviews AS r
WHERE r.group_id = :group_id AND r.id IN (:review_ids*)
ON CONFLICT (person_id, review_id) DO NOTHING

-- name: mark_unread
-- A person wants to see these reviews as unread again.
DELETE FROM review_reads WHERE group_id = :group_id AND person_id = :person_id AND review_id IN (:review_ids*)

-- name: find_identities
-- Content hash of those reviews of a source that have one of these identities.
SELECT identity_key, content_hash FROM reviews
WHERE +group_id = :group_id AND source_id = :source_id AND identity_key IN (:keys*)
