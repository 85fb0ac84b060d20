-- Saved views: lists that somebody named.

-- name: add_view
-- A new view of a person, or of the group.
INSERT INTO saved_views (public_id, group_id, person_id, name, query, columns, is_tab, created_at)
VALUES (:public_id, :group_id, :person_id, :name, :query, :columns, :is_tab, :now)

-- name: find_views
-- A person's views and the group's, the oldest first.
SELECT v.id, v.public_id, v.person_id, v.name, v.query, v.columns, v.is_tab
FROM saved_views AS v
WHERE v.group_id = :group_id AND (v.person_id IS NULL OR v.person_id = :person_id)
  /*if public_id: AND v.public_id = :public_id */
ORDER BY v.id

-- name: delete_view
-- A view goes: one's own, or the group's.
DELETE FROM saved_views
WHERE group_id = :group_id AND public_id = :public_id AND (person_id IS NULL OR person_id = :person_id)
