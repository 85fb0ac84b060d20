-- Replies on their way to a platform.

-- name: add_post
-- An approved text is to be posted; nothing when it is on its way already.
INSERT INTO reply_posts (public_id, group_id, reply_id, version, person_id, next_try_at, created_at)
SELECT :public_id, p.group_id, p.id, p.version, :person_id, :now, :now
FROM replies AS p
WHERE p.group_id = :group_id AND p.id = :reply_id AND p.state = 'approved'
  AND NOT EXISTS (SELECT 1 FROM reply_posts AS o WHERE o.group_id = :group_id AND o.reply_id = p.id
                  AND o.state = 'waiting')

-- name: claim_post
-- scope: system — the worker serves all groups
-- The reply that waits longest, now this worker's until its lease ends.
UPDATE reply_posts SET lease_until = :lease_until, attempts = attempts + 1
WHERE state = 'waiting' AND (lease_until IS NULL OR lease_until <= :now)
  AND id = (SELECT o.id FROM reply_posts AS o
            WHERE o.state = 'waiting' AND o.next_try_at <= :now AND (o.lease_until IS NULL OR o.lease_until <= :now)
            ORDER BY o.next_try_at, o.id LIMIT 1)
RETURNING id, public_id, group_id, reply_id, version, person_id, attempts, called_at, lease_until, created_at

-- name: note_call
-- A call begins: whoever finds this and no end of it looks at the platform before calling again.
UPDATE reply_posts SET called_at = :now WHERE group_id = :group_id AND public_id = :public_id AND state = 'waiting'
  AND lease_until = :lease_until

-- name: end_post
-- The end of it: done, refused, unsure or stopped.
UPDATE reply_posts SET state = :state, said = :said, finished_at = :now, lease_until = NULL
WHERE group_id = :group_id AND public_id = :public_id AND state = 'waiting'

-- name: put_post_off
-- To be tried again later, unless another worker has taken over; `forget_call` when the platform has said that it took nothing.
UPDATE reply_posts SET next_try_at = :next_try_at, said = :said, lease_until = NULL
  /*if forget_call: , called_at = NULL */
WHERE group_id = :group_id AND public_id = :public_id AND state = 'waiting' AND lease_until = :lease_until

-- name: find_last_post
-- The last time that a reply was sent on its way.
SELECT id, public_id, state, version, attempts, called_at, next_try_at, said, created_at, finished_at
FROM reply_posts WHERE group_id = :group_id AND reply_id = :reply_id ORDER BY id DESC LIMIT 1

-- name: stop_posts
-- What waits of a reply is not posted any more; a call that has begun is looked after first.
UPDATE reply_posts SET state = 'stopped', finished_at = :now
WHERE group_id = :group_id AND reply_id = :reply_id AND state = 'waiting' AND called_at IS NULL AND lease_until IS NULL

-- name: find_reply_templates
-- The group's own templates by name.
SELECT id, public_id, name, language, stars, text, updated_at FROM reply_templates
WHERE group_id = :group_id /*if public_id: AND public_id = :public_id */
ORDER BY name, id

-- name: add_reply_template
-- A template of the group.
INSERT INTO reply_templates (public_id, group_id, name, language, stars, text, created_at, updated_at)
VALUES (:public_id, :group_id, :name, :language, :stars, :text, :now, :now)

-- name: save_reply_template
-- A template says something else from now on.
UPDATE reply_templates SET name = :name, language = :language, stars = :stars, text = :text, updated_at = :now
WHERE group_id = :group_id AND public_id = :public_id

-- name: delete_reply_template
-- A template goes.
DELETE FROM reply_templates WHERE group_id = :group_id AND public_id = :public_id

-- name: find_reply_settings
-- How the group approves.
SELECT editors_approve FROM reply_settings WHERE group_id = :group_id

-- name: save_reply_settings
-- The group approves in this way from now on.
INSERT INTO reply_settings (group_id, editors_approve) VALUES (:group_id, :editors_approve)
ON CONFLICT (group_id) DO UPDATE SET editors_approve = excluded.editors_approve
