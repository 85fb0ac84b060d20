-- name: add_group
-- scope: system — a group is made before it has a handle
-- A new group; its row.
INSERT INTO groups (public_id, name, is_demo, created_at)
VALUES (:public_id, :name, :is_demo, :now)
RETURNING id, public_id, name, is_demo, requires_second_factor;

-- name: find_groups
-- scope: system — the list of all groups is the installation's own
-- All groups, oldest first.
SELECT id, public_id, name, is_demo, requires_second_factor FROM groups ORDER BY id;

-- name: get_group
-- scope: system — groups are asked for by their id from a session or a command
-- One group.
SELECT id, public_id, name, is_demo, requires_second_factor FROM groups WHERE id = :id;

-- name: find_group_by_public_id
-- scope: system — addresses name the group before there is a handle
-- One group by its public id.
SELECT id, public_id, name, is_demo, requires_second_factor FROM groups WHERE public_id = :public_id;

-- name: rename_group
-- Another name for the group.
UPDATE groups SET name = :name WHERE id = :group_id;

-- name: count_by_origin
-- How many reviews with content the group holds, by whose terms bind them, and when the longest unread was read last.
SELECT r.origin, COUNT(*) AS n, MIN(r.last_read_at) AS oldest FROM reviews AS r
WHERE r.group_id = :group_id AND r.content_purged_at IS NULL
GROUP BY r.origin ORDER BY r.origin;

-- name: count_forgotten
-- How many authors of the group's reviews asked to be forgotten.
SELECT COUNT(*) AS n FROM suppressions WHERE group_id = :group_id;
