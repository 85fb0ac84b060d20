-- Permissions for quotes that a person chose, and reviews whose authors asked to be forgotten.

-- name: add_permission
-- A permission for the review as it is now.
INSERT INTO quote_permissions (public_id, group_id, review_id, content_hash, covers, basis, given_by, given_on,
                               valid_until, proof, person_id, created_at)
SELECT :public_id, r.group_id, r.id, r.content_hash, :covers, :basis, :given_by, :given_on, :valid_until, :proof,
       :person_id, :now
FROM reviews AS r
WHERE r.group_id = :group_id AND r.id = :review_id AND r.content_purged_at IS NULL
RETURNING id

-- name: find_permissions
-- Permissions with what has become of their reviews; each condition is optional.
SELECT p.id, p.public_id, p.review_id, p.covers, p.basis, p.given_by, p.given_on, p.valid_until, p.proof, p.person_id,
       p.created_at, p.withdrawn_at, p.withdrawn_why, r.clinic_id,
       CASE WHEN p.content_hash = r.content_hash THEN 1 ELSE 0 END AS is_same_text,
       CASE WHEN r.content_purged_at IS NULL THEN 0 ELSE 1 END AS is_purged, r.public_id AS review_public_id
FROM quote_permissions AS p JOIN reviews AS r ON r.group_id = p.group_id AND r.id = p.review_id
WHERE p.group_id = :group_id
  /*if permission_id: AND p.id = :permission_id */
  /*if review_id: AND p.review_id = :review_id */
  /*if clinic_id: AND r.clinic_id = :clinic_id */
  /*if open_only: AND p.withdrawn_at IS NULL AND :open_only = 1 */
ORDER BY p.id

-- name: withdraw_permission
-- A permission holds no longer.
UPDATE quote_permissions SET withdrawn_at = :now, withdrawn_why = :why
WHERE group_id = :group_id AND id = :permission_id AND withdrawn_at IS NULL

-- name: forget_permissions
-- What permissions say of a person goes with the review.
UPDATE quote_permissions SET
    given_by = '', proof = '', withdrawn_at = COALESCE(withdrawn_at, :now),
    withdrawn_why = COALESCE(withdrawn_why, 'erased')
WHERE group_id = :group_id AND review_id = :review_id

-- name: unfeature
-- A quote that nobody permits any more is one among the others again.
UPDATE reviews SET publication = 'listed'
WHERE group_id = :group_id AND id = :review_id AND publication = 'featured'

-- name: add_suppression
-- A review that must not come back.
INSERT INTO suppressions (source_id, identity_hash, group_id, created_at)
SELECT s.id, :identity_hash, s.group_id, :now FROM sources AS s WHERE s.group_id = :group_id AND s.id = :source_id
ON CONFLICT (source_id, identity_hash) DO NOTHING

-- name: find_suppressions
-- What must not come back from a source.
SELECT identity_hash FROM suppressions WHERE group_id = :group_id AND source_id = :source_id
