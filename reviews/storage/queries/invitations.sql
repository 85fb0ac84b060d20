-- name: add_invitation
-- A new invitation; the row.
INSERT INTO invitations (public_id, group_id, email, role, all_clinics, clinic_ids, language, person_id, created_at,
                         expires_at)
VALUES (:public_id, :group_id, :email, :role, :all_clinics, :clinic_ids, :language, :person_id, :now, :expires_at)
RETURNING *;

-- name: find_open_invitations
-- Invitations that nobody has taken up or taken back, the newest first; those that have run out too.
SELECT * FROM invitations
WHERE group_id = :group_id AND used_at IS NULL AND withdrawn_at IS NULL
    /*if public_id: AND public_id = :public_id */
    /*if email: AND email = :email */
ORDER BY id DESC;

-- name: withdraw_invitation
-- Take an invitation back; touches no row if it was used.
UPDATE invitations SET withdrawn_at = :now
WHERE group_id = :group_id AND public_id = :public_id AND used_at IS NULL AND withdrawn_at IS NULL;

-- name: find_invitation
-- scope: system — whoever holds the link is not logged in yet
-- An invitation that can be taken up now.
SELECT * FROM invitations
WHERE public_id = :public_id AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now;

-- name: use_invitation
-- scope: system — whoever holds the link is not logged in yet
-- Take an invitation up; touches a row once only.
UPDATE invitations SET used_at = :now
WHERE public_id = :public_id AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > :now;
