-- name: begin_second_factor
-- scope: system — a second factor is the person's own, in all groups
-- Store a secret that no code has proved yet; touches no row if a factor is in use.
UPDATE people SET totp_secret = :secret, totp_step = 0 WHERE id = :id AND totp_since IS NULL;

-- name: find_second_factor
-- scope: system — a second factor is the person's own, in all groups
-- The sealed secret of a person.
SELECT totp_secret, totp_since, totp_step FROM people WHERE id = :id;

-- name: take_code
-- scope: system — a second factor is the person's own, in all groups
-- Note the time step of a right code; touches no row if a code of this or a later step was taken already.
UPDATE people SET totp_step = :step WHERE id = :id AND totp_step < :step;

-- name: confirm_second_factor
-- scope: system — a second factor is the person's own, in all groups
-- From now on a code is asked for.
UPDATE people SET totp_since = :now WHERE id = :id AND totp_since IS NULL AND totp_secret <> '';

-- name: end_second_factor
-- scope: system — a second factor is the person's own, in all groups
-- No code is asked for any more.
UPDATE people SET totp_secret = '', totp_since = NULL, totp_step = 0 WHERE id = :id;

-- name: add_recovery_code
-- scope: system — a second factor is the person's own, in all groups
-- One code for when the second factor is lost.
INSERT INTO recovery_codes (code_hash, person_id, created_at) VALUES (:code_hash, :person_id, :now);

-- name: drop_recovery_codes
-- scope: system — a second factor is the person's own, in all groups
-- Forget all codes of a person, or the one that was used.
DELETE FROM recovery_codes WHERE person_id = :person_id /*if code_hash: AND code_hash = :code_hash */;

-- name: count_recovery_codes
-- scope: system — a second factor is the person's own, in all groups
-- How many codes a person has left.
SELECT COUNT(*) AS n FROM recovery_codes WHERE person_id = :person_id;

-- name: set_second_factor_rule
-- Whether people of the group must have a second factor.
UPDATE groups SET requires_second_factor = :required WHERE id = :group_id;

-- name: find_sealed_factors
-- scope: system — all secrets are put under a new key at once
-- The sealed secrets of all people who have one.
SELECT id, totp_secret FROM people WHERE totp_secret <> '' ORDER BY id;

-- name: put_sealed_factor
-- scope: system — all secrets are put under a new key at once
-- The same secret under another key, unless it was changed meanwhile.
UPDATE people SET totp_secret = :secret WHERE id = :id AND totp_secret = :before;
