-- name: find_branding
-- How the group looks.
SELECT b.accent, b.logo FROM branding AS b WHERE b.group_id = :group_id;

-- name: save_branding
-- How the group looks from now on.
INSERT INTO branding (group_id, accent, logo) VALUES (:group_id, :accent, :logo)
ON CONFLICT (group_id) DO UPDATE SET accent = excluded.accent, logo = excluded.logo;

-- name: add_logo
-- A logo, once.
INSERT INTO logos (group_id, digest, content_type, width, height, body, created_at)
VALUES (:group_id, :digest, :content_type, :width, :height, :body, :now)
ON CONFLICT (group_id, digest) DO NOTHING;

-- name: find_logo
-- One logo.
SELECT l.digest, l.content_type, l.width, l.height, l.body FROM logos AS l
WHERE l.group_id = :group_id AND l.digest = :digest;
