-- Reviews that stand in two places: pairs, and which one counts (reviews.copy_of).

-- name: newest_to_pair
-- From how many sources the reviews of a clinic are, when the newest change was read, and up to when they were paired.
SELECT COUNT(DISTINCT r.source_id) AS sources, MAX(COALESCE(r.changed_at, r.first_seen_at)) AS newest, c.paired_until
FROM clinics AS c LEFT JOIN reviews AS r ON r.clinic_id = c.id AND r.group_id = c.group_id
WHERE c.group_id = :group_id AND c.id = :clinic_id
GROUP BY c.id, c.paired_until

-- name: may_stand_twice
-- The clinic, if it has several sources, or pairs that are one review.
SELECT c.id FROM clinics AS c
WHERE c.group_id = :group_id AND c.id = :clinic_id
  AND ((SELECT COUNT(*) FROM sources AS s WHERE s.group_id = :group_id AND s.clinic_id = :clinic_id) > 1
       OR EXISTS (SELECT 1 FROM review_pairs AS p
                  WHERE p.group_id = :group_id AND p.clinic_id = :clinic_id AND p.state = 'same')
       OR EXISTS (SELECT 1 FROM reviews AS r
                  WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id AND r.copy_of IS NOT NULL))

-- name: find_to_pair
-- The reviews of a clinic as they are compared: what stands at its source, with its content.
SELECT r.id, r.source_id, r.origin, r.shared_key, r.stars100, r.recommends, c.author, c.title, c.text, c.date_earliest,
       c.date_latest, c.date_precision, c.date_relative, COALESCE(r.changed_at, r.first_seen_at) AS since
FROM reviews AS r JOIN review_contents AS c ON c.review_id = r.id AND c.group_id = r.group_id
WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id AND r.presence IN ('visible', 'changed', 'returned')
ORDER BY r.id

-- name: set_paired_until
-- Up to when the reviews of a clinic were looked at for copies.
UPDATE clinics SET paired_until = :until WHERE group_id = :group_id AND id = :clinic_id

-- name: add_pairs
-- Pairs that were found, once each: what a person has decided is not asked again.
INSERT INTO review_pairs (public_id, group_id, clinic_id, one_id, other_id, basis, likeness, state, created_at)
SELECT item.value ->> 'public_id', a.group_id, a.clinic_id, a.id, b.id, item.value ->> 'basis',
       CAST(item.value ->> 'likeness' AS bigint), item.value ->> 'state', :now
FROM json_each(:items) AS item
CROSS JOIN reviews AS a
CROSS JOIN reviews AS b
WHERE a.group_id = :group_id AND a.id = CAST(item.value ->> 'one_id' AS bigint) AND a.clinic_id = :clinic_id
  AND b.group_id = :group_id AND b.id = CAST(item.value ->> 'other_id' AS bigint) AND b.clinic_id = :clinic_id
ON CONFLICT (one_id, other_id) DO NOTHING

-- name: find_pairs
-- Pairs with the public ids of their reviews, the oldest first.
SELECT p.id, p.public_id, p.clinic_id, p.one_id, p.other_id, p.basis, p.likeness, p.state, p.person_id, p.decided_at,
       p.created_at
FROM review_pairs AS p
WHERE p.group_id = :group_id
  /*if public_id: AND p.public_id = :public_id */
  /*if clinic_id: AND p.clinic_id = :clinic_id */
  /*if review_id: AND (p.one_id = :review_id OR p.other_id = :review_id) */
  /*if state: AND p.state = :state */
ORDER BY p.id
LIMIT :limit

-- name: count_pairs
-- How many pairs wait for a person.
SELECT COUNT(*) AS n FROM review_pairs AS p WHERE p.group_id = :group_id AND p.state = 'proposed'

-- name: decide_pair
-- A person has looked at a pair.
UPDATE review_pairs SET state = :state, person_id = :person_id, decided_at = :now
WHERE group_id = :group_id AND id = :pair_id AND state <> :state

-- name: find_elsewhere
-- Where else these reviews stand now.
SELECT a.id, b.source_id
FROM reviews AS a JOIN reviews AS b
  ON +b.group_id = a.group_id AND b.id <> a.id AND (b.copy_of = a.id OR b.id = a.copy_of OR b.copy_of = a.copy_of)
WHERE a.group_id = :group_id AND a.id IN (:review_ids*) AND b.presence IN ('visible', 'changed', 'returned')
ORDER BY a.id, b.id

-- name: find_copies
-- The reviews that are the same as these, in other places, whether they stand there now or not.
SELECT a.id, b.public_id
FROM reviews AS a JOIN reviews AS b
  ON +b.group_id = a.group_id AND b.id <> a.id AND (b.copy_of = a.id OR b.id = a.copy_of OR b.copy_of = a.copy_of)
WHERE a.group_id = :group_id AND a.id IN (:review_ids*)
ORDER BY a.id, b.id

-- name: find_in_pairs
-- The reviews of a clinic that are in pairs which are one review, or were.
SELECT r.id, r.presence, r.publication, r.hide_reason, r.content_purged_at, r.origin, r.copy_of, s.kind
FROM reviews AS r JOIN sources AS s ON s.id = r.source_id AND s.group_id = r.group_id
WHERE r.group_id = :group_id AND r.clinic_id = :clinic_id
  AND (r.copy_of IS NOT NULL
       OR r.id IN (SELECT p.one_id FROM review_pairs AS p
                   WHERE p.group_id = :group_id AND p.clinic_id = :clinic_id AND p.state = 'same')
       OR r.id IN (SELECT p.other_id FROM review_pairs AS p
                   WHERE p.group_id = :group_id AND p.clinic_id = :clinic_id AND p.state = 'same'))
ORDER BY r.id

-- name: hold_reviews
-- Keep anybody from changing these reviews until the transaction ends.
UPDATE reviews SET copy_of = copy_of WHERE group_id = :group_id AND id IN (:review_ids*)

-- name: set_copies
-- Which review counts in the place of each of these.
UPDATE reviews SET copy_of = CAST(item.value ->> 'copy_of' AS bigint)
FROM json_each(:items) AS item
WHERE reviews.id = CAST(item.key AS bigint) AND +reviews.group_id = :group_id
