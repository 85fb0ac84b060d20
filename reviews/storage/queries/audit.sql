-- name: lock_audit
-- scope: system — the group's own row has no group_id
-- Let one entry at a time be added to a group's chain.
SELECT id FROM groups WHERE id = :id /*postgres: FOR NO KEY UPDATE */;

-- name: find_last_entry
-- The newest entry of the group's chain.
SELECT id, hash FROM audit_entries WHERE group_id = :group_id ORDER BY id DESC LIMIT 1;

-- name: add_entry
-- A new entry; its id.
INSERT INTO audit_entries (group_id, at, person_id, action, object_kind, object_id, before, after, hash)
VALUES (:group_id, :now, :person_id, :action, :object_kind, :object_id, :before, :after, :hash)
RETURNING id;

-- name: find_entries
-- Entries of the group, newest first.
SELECT e.*, p.name AS person_name
FROM audit_entries e LEFT JOIN people p ON p.id = e.person_id
WHERE e.group_id = :group_id
    /*if before_id: AND e.id < :before_id */
    /*if object_kind: AND e.object_kind = :object_kind */
    /*if object_id: AND e.object_id = :object_id */
    /*if person_id: AND e.person_id = :person_id */
ORDER BY e.id DESC
LIMIT :limit;

-- name: find_chain
-- A piece of the group's chain, oldest first.
SELECT * FROM audit_entries WHERE group_id = :group_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: get_counter
-- scope: system — counters belong to the installation
-- The value of one counter.
SELECT value FROM counters WHERE name = :name;

-- name: set_counter
-- scope: system — counters belong to the installation
-- Set one counter.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: find_entry_kinds
-- Of what kinds the objects in the group's trail are.
SELECT DISTINCT object_kind FROM audit_entries WHERE group_id = :group_id ORDER BY object_kind;

-- name: set_entry_hash
-- Another hash for an entry: after an import, whose rows have other ids.
UPDATE audit_entries SET hash = :hash WHERE group_id = :group_id AND id = :id;
