-- name: add_api_token
-- A new key of the API; the row.
INSERT INTO api_tokens (public_id, group_id, person_id, label, prefix, token_hash, scopes, all_clinics, clinic_ids,
                        created_at, expires_at)
VALUES (:public_id, :group_id, :person_id, :label, :prefix, :token_hash, :scopes, :all_clinics, :clinic_ids, :now,
        :expires_at)
RETURNING *;

-- name: find_api_tokens
-- The group's keys, the newest first.
SELECT * FROM api_tokens WHERE group_id = :group_id /*if public_id: AND public_id = :public_id */ ORDER BY id DESC;

-- name: revoke_api_token
-- A key opens nothing any more.
UPDATE api_tokens SET revoked_at = :now WHERE group_id = :group_id AND public_id = :public_id AND revoked_at IS NULL;

-- name: find_api_token
-- scope: system — the key is all that is known
-- The key with this hash that opens something now.
SELECT * FROM api_tokens
WHERE token_hash = :token_hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now);

-- name: touch_api_token
-- scope: system — the key is all that is known
-- Note that a key was used.
UPDATE api_tokens SET last_used_at = :now WHERE id = :id;
