-- name: add_session
-- scope: system — a session belongs to a person
-- A new login session; the row.
INSERT INTO sessions (token_hash, person_id, group_id, created_at, last_used_at, expires_at, device)
VALUES (:token_hash, :person_id, :in_group, :now, :now, :expires_at, :device)
RETURNING *;

-- name: find_session
-- scope: system — the cookie is all that is known
-- The session of a cookie, if it has not run out and its person may still log in.
SELECT s.* FROM sessions s JOIN people p ON p.id = s.person_id
WHERE s.token_hash = :token_hash AND s.expires_at > :now AND p.disabled_at IS NULL
    /*if used_after: AND s.last_used_at > :used_after */;

-- name: find_sessions
-- scope: system — a session belongs to a person
-- The sessions of a person, the last used first.
SELECT * FROM sessions WHERE person_id = :person_id ORDER BY last_used_at DESC, id DESC;

-- name: touch_session
-- scope: system — a session belongs to a person
-- Note that a session was used.
UPDATE sessions SET last_used_at = :now WHERE id = :id;

-- name: set_session_group
-- scope: system — a session belongs to a person
-- Let a session look at another of the person's groups.
UPDATE sessions SET group_id = :in_group
WHERE id = :id AND person_id IN (SELECT person_id FROM memberships WHERE group_id = :in_group);

-- name: end_session
-- scope: system — a session belongs to a person
-- End one session of a person.
DELETE FROM sessions WHERE id = :id AND person_id = :person_id;

-- name: end_session_by_hash
-- scope: system — the cookie is all that is known
-- End the session of a cookie.
DELETE FROM sessions WHERE token_hash = :token_hash;

-- name: end_sessions
-- scope: system — a session belongs to a person
-- End all sessions of a person, but for the one that was passed.
DELETE FROM sessions WHERE person_id = :person_id /*if keep: AND id <> :keep */;

-- name: drop_sessions
-- scope: system — upkeep
-- Drop sessions that have run out.
DELETE FROM sessions WHERE expires_at <= :now;

-- name: add_token
-- scope: system — whoever holds the link is not logged in yet
-- A new one-time token.
INSERT INTO one_time_tokens (token_hash, purpose, created_at, expires_at)
VALUES (:token_hash, :purpose, :now, :expires_at);

-- name: find_token
-- scope: system — whoever holds the link is not logged in yet
-- A token that may still be used.
SELECT token_hash FROM one_time_tokens
WHERE token_hash = :token_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now;

-- name: use_token
-- scope: system — whoever holds the link is not logged in yet
-- Use a token; touches a row once only.
UPDATE one_time_tokens SET used_at = :now
WHERE token_hash = :token_hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now;

-- name: end_tokens
-- scope: system — a new set-up link takes the place of the old one
-- End all tokens of a purpose that were not used.
DELETE FROM one_time_tokens WHERE purpose = :purpose AND used_at IS NULL;

-- name: drop_tokens
-- scope: system — upkeep
-- Drop tokens that have run out.
DELETE FROM one_time_tokens WHERE expires_at <= :now;

-- name: add_attempt
-- scope: system — attempts are counted before anybody is logged in
-- Note one attempt.
INSERT INTO attempts (key, at) VALUES (:key, :now);

-- name: count_attempts
-- scope: system — attempts are counted before anybody is logged in
-- How many attempts there were since a time, and the first of them.
SELECT count(*) AS count, min(at) AS first_at FROM attempts WHERE key = :key AND at > :since;

-- name: clear_attempts
-- scope: system — attempts are counted before anybody is logged in
-- Forget the attempts of a key.
DELETE FROM attempts WHERE key = :key;

-- name: drop_attempts
-- scope: system — upkeep
-- Drop old attempts.
DELETE FROM attempts WHERE at < :before;

-- name: claim_form_key
-- scope: system — some forms have no group yet, as at set-up
-- Take a form's key; touches no row if it is taken.
INSERT INTO form_keys (key, group_id, created_at) VALUES (:key, :in_group, :now) ON CONFLICT (key) DO NOTHING;

-- name: find_form_key
-- scope: system — some forms have no group yet, as at set-up
-- Where the form with this key led.
SELECT group_id, answer FROM form_keys WHERE key = :key;

-- name: save_form_answer
-- scope: system — some forms have no group yet, as at set-up
-- Remember where a form has led.
UPDATE form_keys SET answer = :answer WHERE key = :key;

-- name: drop_form_keys
-- scope: system — upkeep
-- Drop old form keys.
DELETE FROM form_keys WHERE created_at < :before;
